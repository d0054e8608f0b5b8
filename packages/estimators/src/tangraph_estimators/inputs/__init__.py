"""`tf.estimator.inputs`: arrays and tables as inputs, fed into a queue by threads."""
