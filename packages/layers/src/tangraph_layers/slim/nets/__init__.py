"""`tf.contrib.slim.nets`: convolutional networks for images, with the variables of their published checkpoints."""
