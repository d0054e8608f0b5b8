"""What `tf.contrib.learn.datasets` has besides MNIST."""
