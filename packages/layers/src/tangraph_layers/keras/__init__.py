"""The layers of `tf.keras` that those of `tf.layers` are made of."""
