"""`tangraph check`: reads programs and says what of TensorFlow they need that is not here. Nothing of them is run."""
