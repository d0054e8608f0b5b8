"""`tf.keras.backend`: the functions that layers, models and losses are written with."""
