"""`tf.contrib.summary` and what else `tf.contrib` has for TensorBoard."""
