"""`tf.contrib.layers` and `tf.contrib.slim`."""
