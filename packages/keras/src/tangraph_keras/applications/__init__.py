"""The models of `tf.keras.applications`: image classifiers with their layers' names and orders."""
