"""Input pipelines made of queues: `tf.train.batch` and its like."""
