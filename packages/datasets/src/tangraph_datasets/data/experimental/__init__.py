"""``tf.data.experimental`` and ``tf.contrib.data``."""
