"""Matrices with structure: `tf.linalg.LinearOperator` and its kinds."""
