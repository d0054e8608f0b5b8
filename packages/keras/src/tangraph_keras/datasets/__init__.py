"""`tf.keras.datasets`: small data sets, kept where Keras keeps them."""
