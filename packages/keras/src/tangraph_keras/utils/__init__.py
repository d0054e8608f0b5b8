"""`tf.keras.utils`: what is of use around models."""
