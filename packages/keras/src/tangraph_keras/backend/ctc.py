"""Connectionist temporal classification (Graves et al., 2006) on dense tensors."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.shaping import concatenate, reverse
from tangraph_layers.engine.settings import epsilon


@export("keras.backend.ctc_label_dense_to_sparse")
def ctc_label_dense_to_sparse(labels: Any, label_lengths: Any) -> Any:
    """Returns labels as a SparseTensor.

    Args:
      labels: a matrix of labels, a row for each sequence.
      label_lengths: a vector: how many labels of each row count.
    """
    shape = tf.shape(labels)
    batches = tf.stack([shape[0]])
    longest = tf.stack([shape[1]])

    def is_before(before: Any, length: Any) -> Any:
        return tf.expand_dims(tf.range(tf.shape(before)[1]), 0) < tf.fill(longest, length)

    start = tf.cast(tf.fill([1, shape[1]], 0), tf.bool)
    mask = tf.scan(is_before, label_lengths, initializer=start, parallel_iterations=1)
    mask = mask[:, 0, :]
    columns = tf.reshape(tf.tile(tf.range(0, shape[1]), batches), shape)
    column = tf.boolean_mask(columns, mask)
    rows = tf.transpose(tf.reshape(tf.tile(tf.range(0, shape[0]), longest), reverse(shape, 0)))
    row = tf.boolean_mask(rows, mask)
    indices = tf.transpose(tf.reshape(concatenate([row, column], axis=0), [2, -1]))
    values = tf.gather_nd(labels, indices)
    return tf.SparseTensor(tf.cast(indices, tf.int64), values, tf.cast(shape, tf.int64))


@export("keras.backend.ctc_batch_cost")
def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> Any:
    """Returns the CTC loss of each sequence.

    Args:
      y_true: a matrix of labels, a row for each sequence.
      y_pred: a tensor of probabilities: sequences, time, labels and the blank.
      input_length: a matrix of one column: how many steps of each sequence count.
      label_length: a matrix of one column: how many labels of each row count.

    Returns:
      A matrix of one column.
    """
    label_length = tf.cast(tf.squeeze(label_length, axis=-1), tf.int32)
    input_length = tf.cast(tf.squeeze(input_length, axis=-1), tf.int32)
    labels = tf.cast(ctc_label_dense_to_sparse(y_true, label_length), tf.int32)
    logs = tf.log(tf.transpose(y_pred, perm=[1, 0, 2]) + epsilon())
    return tf.expand_dims(tf.nn.ctc_loss(inputs=logs, labels=labels, sequence_length=input_length), 1)


@export("keras.backend.ctc_decode")
def ctc_decode(y_pred: Any, input_length: Any, greedy: bool = True, beam_width: int = 100, top_paths: int = 1) -> Any:
    """Returns the likeliest labels of sequences.

    Args:
      y_pred: a tensor of probabilities: sequences, time, labels and the blank.
      input_length: a vector: how many steps of each sequence count.
      greedy: whether to take the likeliest label of each step; else beams are searched.
      beam_width: how many beams are kept.
      top_paths: how many answers to return.

    Returns:
      A list of matrices of labels, filled up with -1, and the logarithms of their probabilities.
    """
    logs = tf.log(tf.transpose(y_pred, perm=[1, 0, 2]) + epsilon())
    input_length = tf.cast(input_length, tf.int32)
    if greedy:
        decoded, scores = tf.nn.ctc_greedy_decoder(inputs=logs, sequence_length=input_length)
    else:
        decoded, scores = tf.nn.ctc_beam_search_decoder(
            inputs=logs, sequence_length=input_length, beam_width=beam_width, top_paths=top_paths
        )
    dense = [tf.sparse_to_dense(x.indices, x.dense_shape, x.values, default_value=-1) for x in decoded]
    return dense, scores
