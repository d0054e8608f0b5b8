"""`tf.keras.metrics`: what is counted over many batches."""
