"""Data sets of `tf.contrib.slim`: what is read, how it is decoded, who provides it."""
