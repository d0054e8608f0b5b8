"""Ids as vectors of how often each occurs."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.bridges import NewDense, NewSequence, OldDense, OldSequence
from tangraph_estimators.feature_columns.interface import FeatureColumn, TensorSequenceLengthPair
from tangraph_estimators.feature_columns.lengths import sequence_length_from_sparse_tensor
from tangraph_estimators.feature_columns.sequence_categorical import check_sequence
from tangraph_estimators.feature_columns.sources import Generation, NewSource, OldSource, Source


class _Fields(NamedTuple):
    categorical_column: Any


class _Indicator(_Fields):
    _older: ClassVar[bool] = True

    @property
    def _title(self) -> str:
        return f"{self.categorical_column.name}_indicator"

    def _spec(self, generation: Generation) -> dict[str, Any]:
        return generation.spec(self.categorical_column)

    def _shape(self, generation: Generation) -> Any:
        if generation is NewSource and not isinstance(self.categorical_column, FeatureColumn):
            generation = OldSource
        return [1, generation.buckets(self.categorical_column)]

    def _made(self, source: Source) -> Any:
        ids, weights = source.ids(self.categorical_column)
        depth = self._shape(OldSource)[-1]
        if weights is not None:
            weighted = tf.sparse_merge(sp_ids=ids, sp_values=weights, vocab_size=int(depth))
            weighted = tf.sparse_slice(weighted, [0, 0], weighted.dense_shape)
            return tf.scatter_nd(weighted.indices, weighted.values, weighted.dense_shape)
        dense = tf.sparse_tensor_to_dense(ids, default_value=-1)
        return tf.reduce_sum(tf.one_hot(dense, depth=depth, on_value=1.0, off_value=0.0), axis=[-2])

    def _dense(self, source: Source) -> Any:
        check_sequence(self, False, "indicator", source, self._older)
        return source.get(self)

    def _sequence(self, source: Source) -> TensorSequenceLengthPair:
        check_sequence(self, True, "indicator", source, self._older)
        tensor = source.get(self)
        ids, _ = source.ids(self.categorical_column)
        return TensorSequenceLengthPair(tensor, sequence_length_from_sparse_tensor(ids))


class IndicatorColumn(NewDense, NewSequence, OldDense, OldSequence, _Indicator):
    """See `tf.feature_column.indicator_column`."""

    _older = False

    @property
    def parents(self) -> list[Any]:
        """The categorical column."""
        return [self.categorical_column]


class _IndicatorColumn(OldDense, OldSequence, _Indicator):
    """An IndicatorColumn of the older generation."""


@export("feature_column.indicator_column")
def indicator_column(categorical_column: Any) -> IndicatorColumn:
    """Makes a dense column of a categorical one: how often each id occurs, or the sum of its weights.

    Args:
      categorical_column: the categorical column. Of ids with several weights in an example, the weights add up.

    >>> day = tf.feature_column.categorical_column_with_identity("day", 3)
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     column = tf.feature_column.indicator_column(day)
    ...     session.run(tf.feature_column.input_layer({"day": [[1, 1], [0, -1]]}, [column])).tolist()
    [[0.0, 2.0, 0.0], [1.0, 0.0, 0.0]]
    """
    return IndicatorColumn(categorical_column)


def _indicator_column(categorical_column: Any) -> _IndicatorColumn:
    """Makes an indicator column of the older generation."""
    return _IndicatorColumn(categorical_column)
