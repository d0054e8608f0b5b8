"""The lengths of sequences."""

from __future__ import annotations

from typing import Any

import tangraph as tf


def sequence_length_from_sparse_tensor(sp_tensor: Any, num_elements: int = 1) -> Any:
    """Returns how long the sequence of each example is.

    Args:
      sp_tensor: a SparseTensor [batch, longest, ...].
      num_elements: how many columns make a step.

    Returns:
      int64 [batch].
    """
    with tf.name_scope(None, "sequence_length") as scope:
        rows = sp_tensor.indices[:, 0]
        columns = sp_tensor.indices[:, 1]
        columns += tf.ones_like(columns)
        lengths: Any = tf.segment_max(columns, segment_ids=rows)
        lengths = tf.cast(tf.ceil(lengths / num_elements), tf.int64)
        missing = tf.shape(sp_tensor)[:1] - tf.shape(lengths)[:1]
        return tf.concat([lengths, tf.zeros(missing, dtype=lengths.dtype)], axis=0, name=scope)


def assert_all_equal(tensors: list[Any]) -> Any:
    """Returns the first of some tensors, which must be equal when run."""
    with tf.name_scope(None, "assert_all_equal", values=tensors):
        if len(tensors) == 1:
            return tensors[0]
        checks = [tf.assert_equal(tensors[0], tensor) for tensor in tensors[1:]]
        with tf.control_dependencies(checks):
            return tf.identity(tensors[0])
