"""`tf.keras.losses`: how far predictions are from what is true."""
