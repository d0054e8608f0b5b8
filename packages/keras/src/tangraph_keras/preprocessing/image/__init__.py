"""`tf.keras.preprocessing.image`: images from files to arrays, changed at random, in batches."""
