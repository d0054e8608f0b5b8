"""`tf.contrib.framework`."""
