"""Columns of numbers cut into ranges."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph_estimators.feature_columns.bridges import NewCategorical, NewDense, OldCategorical, OldDense
from tangraph_estimators.feature_columns.interface import IdWeightPair
from tangraph_estimators.feature_columns.numeric import NumericColumn, _NumericColumn
from tangraph_estimators.feature_columns.sources import Generation, Source


class _Fields(NamedTuple):
    source_column: Any
    boundaries: tuple[float, ...]


class _Bucketized(_Fields):
    @property
    def _title(self) -> str:
        return f"{self.source_column.name}_bucketized"

    def _spec(self, generation: Generation) -> dict[str, Any]:
        return generation.spec(self.source_column)

    def _made(self, source: Source) -> Any:
        return make_op("Bucketize", source.get(self.source_column), boundaries=list(self.boundaries))

    def _shape(self, generation: Generation) -> Any:
        del generation
        return (*self.source_column.shape, len(self.boundaries) + 1)

    def _dense(self, source: Source) -> Any:
        return tf.one_hot(
            indices=tf.cast(source.get(self), tf.int64), depth=len(self.boundaries) + 1, on_value=1.0, off_value=0.0
        )

    def _buckets(self, generation: Generation) -> int:
        del generation
        number: int = (len(self.boundaries) + 1) * self.source_column.shape[0]
        return number

    def _ids(self, source: Source) -> IdWeightPair:
        """The buckets of an example's numbers, one after the other; those of the second number follow the first's."""
        tensor = source.get(self)
        batch_size = tf.shape(tensor)[0]
        width = self.source_column.shape[0]
        rows = tf.reshape(tf.tile(tf.expand_dims(tf.range(0, batch_size), 1), [1, width]), (-1,))
        columns = tf.tile(tf.range(0, width), [batch_size])
        ids = tf.reshape(tensor, (-1,)) + (len(self.boundaries) + 1) * columns
        indices = tf.cast(tf.transpose(tf.stack((rows, columns))), tf.int64)
        shape = tf.cast(tf.stack([batch_size, width]), tf.int64)
        return IdWeightPair(tf.SparseTensor(indices=indices, values=ids, dense_shape=shape), None)


class BucketizedColumn(NewDense, NewCategorical, OldDense, OldCategorical, _Bucketized):
    """See `tf.feature_column.bucketized_column`."""

    @property
    def parents(self) -> list[Any]:
        """The numeric column."""
        return [self.source_column]


class _BucketizedColumn(OldDense, OldCategorical, _Bucketized):
    """A BucketizedColumn of the older generation."""


@export("feature_column.bucketized_column")
def bucketized_column(source_column: Any, boundaries: Any) -> BucketizedColumn:
    """Makes a column of which range a number lies in: one-hot when dense, and an id when categorical.

    Args:
      source_column: a numeric column of rank 1.
      boundaries: where ranges begin, a list or tuple of ascending numbers; ``[0., 1.]`` makes (-inf, 0), [0, 1) and
        [1, inf).

    Raises:
      ValueError: no numeric column of rank 1; no boundaries, or not ascending ones.

    >>> age = tf.feature_column.numeric_column("age")
    >>> ranges = tf.feature_column.bucketized_column(age, [18.0, 65.0])
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.feature_column.input_layer({"age": [[18.0], [70.0]]}, [ranges])).tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    return BucketizedColumn(*_checked(source_column, boundaries, (NumericColumn, _NumericColumn)))


def _bucketized_column(source_column: Any, boundaries: Any) -> _BucketizedColumn:
    """Makes a bucketized column of the older generation."""
    if not boundaries:
        raise ValueError("boundaries must be a sorted list.")
    return _BucketizedColumn(*_checked(source_column, boundaries, (_NumericColumn,)))


def _checked(source_column: Any, boundaries: Any, types: tuple[type[Any], ...]) -> _Fields:
    if not isinstance(source_column, types):
        raise ValueError(f"source_column must be a column generated with numeric_column(). Given: {source_column}")
    if len(source_column.shape) > 1:
        raise ValueError(f"source_column must be one-dimensional column. Given: {source_column}")
    if not boundaries:
        raise ValueError("boundaries must not be empty.")
    ascending = isinstance(boundaries, list | tuple) and all(one < other for one, other in pairwise(boundaries))
    if not ascending:
        raise ValueError("boundaries must be a sorted list.")
    return _Fields(source_column, tuple(boundaries))
