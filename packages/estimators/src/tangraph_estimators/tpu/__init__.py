"""`tf.contrib.tpu`: estimators that would run on TPUs, on the CPU."""
