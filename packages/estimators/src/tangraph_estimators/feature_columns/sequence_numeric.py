"""Columns of sequences of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.bridges import NewSequence, OldSequence
from tangraph_estimators.feature_columns.checks import check_normalizer, check_number_type, checked_shape
from tangraph_estimators.feature_columns.interface import TensorSequenceLengthPair
from tangraph_estimators.feature_columns.lengths import sequence_length_from_sparse_tensor
from tangraph_estimators.feature_columns.sources import Generation, Source


class _Fields(NamedTuple):
    key: str
    shape: tuple[int, ...]
    default_value: float
    dtype: Any
    normalizer_fn: Callable[[Any], Any] | None


class _SequenceNumeric(_Fields):
    @property
    def _title(self) -> str:
        return self.key

    def _spec(self, generation: Generation) -> dict[str, Any]:
        del generation
        return {self.key: tf.VarLenFeature(self.dtype)}

    def _shape(self, generation: Generation) -> Any:
        del generation
        return self.shape

    def _made(self, source: Source) -> Any:
        tensor = source.get(self.key)
        return tensor if self.normalizer_fn is None else self.normalizer_fn(tensor)

    def _sequence(self, source: Source) -> TensorSequenceLengthPair:
        sparse = source.get(self)
        dense = tf.sparse_tensor_to_dense(sparse, default_value=self.default_value)
        batch: Any = tf.shape(dense)
        shape = tf.TensorShape(self.shape)
        dense = tf.reshape(dense, shape=tf.concat([batch[:1], [-1], shape], axis=0))
        elements: Any = shape.num_elements() if sparse.shape.ndims == 2 else 1
        return TensorSequenceLengthPair(dense, sequence_length_from_sparse_tensor(sparse, elements))


class SequenceNumericColumn(NewSequence, _SequenceNumeric):
    """See `tf.feature_column.sequence_numeric_column`."""

    @property
    def variable_shape(self) -> tf.TensorShape:
        """The shape of a step."""
        return tf.TensorShape(self.shape)

    @property
    def parents(self) -> list[Any]:
        """The key."""
        return [self.key]


class _SequenceNumericColumn(OldSequence, _SequenceNumeric):
    """A SequenceNumericColumn of the older generation."""

    @property
    def _variable_shape(self) -> tf.TensorShape:
        return tf.TensorShape(self.shape)


@export("feature_column.sequence_numeric_column")
def sequence_numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: float = 0.0,
    dtype: Any = tf.float32,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> SequenceNumericColumn:
    """Makes a column of sequences of numbers, for `tf.keras.experimental.SequenceFeatures`.

    Args:
      key: the feature's key; the feature is a SparseTensor.
      shape: the shape of a step, a number or a sequence of numbers.
      default_value: what shorter sequences are filled up with.
      dtype: the feature's type, an integer or floating type.
      normalizer_fn: what is done to the SparseTensor first, a function from a SparseTensor to a SparseTensor.

    Raises:
      TypeError: a dimension is no integer; a normalizer that cannot be called.
      ValueError: a dimension below 1; a type that is no number's.

    >>> column = tf.feature_column.sequence_numeric_column("price", shape=2)
    >>> column.variable_shape.as_list(), column.parse_example_spec
    ([2], {'price': VarLenFeature(dtype=tf.float32)})
    """
    return SequenceNumericColumn(*checked_sequence(key, shape, default_value, dtype, normalizer_fn))


def checked_sequence(key: Any, shape: Any, default_value: Any, dtype: Any, normalizer_fn: Any) -> _Fields:
    """Returns the fields of a column of sequences of numbers, checked."""
    shape = checked_shape(shape, key)
    check_number_type(dtype, key)
    check_normalizer(normalizer_fn)
    return _Fields(key, shape, default_value, dtype, normalizer_fn)
