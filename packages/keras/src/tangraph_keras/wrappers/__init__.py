"""`tf.keras.wrappers`: models as the objects of other libraries."""
