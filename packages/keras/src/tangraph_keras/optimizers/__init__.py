"""`tf.keras.optimizers`: how weights follow gradients."""
