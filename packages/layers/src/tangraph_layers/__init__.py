"""Layers for Tangraph: `tf.layers`, `tf.contrib.layers` and `tf.contrib.slim`."""
