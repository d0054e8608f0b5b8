"""`tf.contrib.slim`: networks, training and evaluation loops, data sets."""
