"""`tf.keras.preprocessing`: from texts, sequences and images to arrays."""
