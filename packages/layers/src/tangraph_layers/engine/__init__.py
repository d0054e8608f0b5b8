"""What the layers of `tf.layers` and those of `tf.keras` have in common: their base class and the session they use."""
