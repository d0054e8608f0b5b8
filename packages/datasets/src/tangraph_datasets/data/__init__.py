"""``tf.data``: datasets and iterators, as operations of the graph."""
