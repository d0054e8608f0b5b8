"""Leaves of `tf.contrib` that belong to no other package."""
