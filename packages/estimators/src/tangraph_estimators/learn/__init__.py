"""What `tf.contrib.learn` had before `tf.estimator`, as far as programs still use it with that."""
