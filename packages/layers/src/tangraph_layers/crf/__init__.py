"""`tf.contrib.crf`: linear-chain conditional random fields (Lafferty, McCallum and Pereira, 2001)."""
