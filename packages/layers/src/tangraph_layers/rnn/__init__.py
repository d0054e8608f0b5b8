"""`tf.nn.rnn_cell`, `tf.contrib.rnn`, and the functions that run cells over sequences."""
