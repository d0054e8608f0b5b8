"""What `tf.contrib.learn` offers apart from estimators."""
