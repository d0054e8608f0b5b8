"""Columns of sequences as a layer, and what all steps of a sequence get besides."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.interface import SequenceDenseColumn
from tangraph_estimators.feature_columns.layers import _BaseFeaturesLayer
from tangraph_estimators.feature_columns.lengths import assert_all_equal
from tangraph_estimators.feature_columns.normalized import check_batch_sizes


@export("keras.experimental.SequenceFeatures")
class SequenceFeatures(_BaseFeaturesLayer):
    """What columns make of features that are sequences, side by side, in the order of the columns' names.

    Args:
      feature_columns: columns of sequences: `sequence_numeric_column`, and embedding and indicator columns of
        `sequence_categorical_column_with_...`.
      trainable: whether variables are trained.
      name: the layer's name; "sequence_features" when None.
      **kwargs: see `tf.keras.layers.Layer`.

    The layer is called on a dictionary from keys to SparseTensors, and returns [batch, longest, sum of the columns'
    sizes] of float32 and the lengths, int64 [batch].

    Raises:
      ValueError: a column that is not of sequences, two columns of one name, or no columns.

    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     prices = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [1.0, 2.0, 5.0], [2, 2])
    ...     layer = tf.keras.experimental.SequenceFeatures(
    ...         tf.feature_column.sequence_numeric_column("price")
    ...     )
    ...     inputs, lengths = layer({"price": prices})
    ...     session.run(inputs).tolist(), session.run(lengths).tolist()
    ([[[1.0], [2.0]], [[5.0], [0.0]]], [2, 1])
    """

    def __init__(self, feature_columns: Any, trainable: bool = True, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(feature_columns, SequenceDenseColumn, trainable, name, **kwargs)

    def _target_shape(self, input_shape: Any, total_elements: int) -> Any:
        return (input_shape[0], input_shape[1], total_elements)

    def call(self, features: Any) -> Any:
        """Returns the values, [batch, longest, sum of the columns' sizes], and the lengths, [batch].

        Raises:
          ValueError: `features` is no dictionary, or lacks a feature.
        """
        cache = self._cache(features)
        tensors, lengths = [], []
        for column in self._feature_columns:
            with tf.name_scope(column.name):
                tensor, length = column.get_sequence_dense_tensor(cache, self._state_manager)
                tensors.append(self._flattened(column, tensor))
                lengths.append(length)
        check_batch_sizes(lengths, self._feature_columns)
        length = assert_all_equal(lengths)
        return self._side_by_side(tensors), length


def concatenate_context_input(context_input: Any, sequence_input: Any) -> Any:
    """Puts the same values beside every step of a sequence.

    Args:
      context_input: float32 [batch, values].
      sequence_input: float32 [batch, longest, size].

    Returns:
      float32 [batch, longest, size + values].

    Raises:
      ValueError: inputs of another rank.
      TypeError: inputs of another type.
    """
    checks = [
        check
        for name, tensor, rank in (("sequence_input", sequence_input, 3), ("context_input", context_input, 2))
        for check in (
            tf.assert_rank(tensor, rank, message=f"{name} must have rank {rank}", data=[tf.shape(tensor)]),
            tf.assert_type(tensor, tf.float32, message=f"{name} must have dtype float32; got {tensor.dtype}."),
        )
    ]
    with tf.control_dependencies(checks):
        padded: Any = tf.shape(sequence_input)[1]
        tiled = tf.tile(tf.expand_dims(context_input, 1), tf.concat([[1], [padded], [1]], 0))
    return tf.concat([sequence_input, tiled], 2)
