"""Columns of ids with weights."""

from __future__ import annotations

from typing import Any, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.bridges import NewCategorical, OldCategorical
from tangraph_estimators.feature_columns.features import to_sparse
from tangraph_estimators.feature_columns.interface import IdWeightPair
from tangraph_estimators.feature_columns.sources import Generation, Source


class _Fields(NamedTuple):
    categorical_column: Any
    weight_feature_key: str
    dtype: Any


class _Weighted(_Fields):
    @property
    def _title(self) -> str:
        return f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}"

    def _spec(self, generation: Generation) -> dict[str, Any]:
        config = generation.spec(self.categorical_column)
        if self.weight_feature_key in config:
            raise ValueError(
                f"Parse config {config[self.weight_feature_key]} already exists for {self.weight_feature_key}."
            )
        config[self.weight_feature_key] = tf.VarLenFeature(self.dtype)
        return config

    def _buckets(self, generation: Generation) -> int:
        return generation.buckets(self.categorical_column)

    def _made(self, source: Source) -> Any:
        weights = source.get(self.weight_feature_key)
        if weights is None:
            raise ValueError(f"Missing weights {self.weight_feature_key}.")
        weights = tf.convert_to_tensor_or_sparse_tensor(weights)
        if self.dtype != weights.dtype.base_dtype:
            raise ValueError(f"Bad dtype, expected {self.dtype}, but got {weights.dtype}.")
        weights = to_sparse(weights, ignore_value=0.0)
        if not weights.dtype.is_floating:
            weights = tf.cast(weights, tf.float32)
        return source.get(self.categorical_column), weights

    def _ids(self, source: Source) -> IdWeightPair:
        return IdWeightPair(*source.get(self))


class WeightedCategoricalColumn(NewCategorical, OldCategorical, _Weighted):
    """See `tf.feature_column.weighted_categorical_column`."""

    @property
    def parents(self) -> list[Any]:
        """The column of the ids, and the key of the weights."""
        return [self.categorical_column, self.weight_feature_key]


class _WeightedCategoricalColumn(OldCategorical, _Weighted):
    """A WeightedCategoricalColumn of the older generation."""


@export("feature_column.weighted_categorical_column")
def weighted_categorical_column(
    categorical_column: Any, weight_feature_key: str, dtype: Any = tf.float32
) -> WeightedCategoricalColumn:
    """Gives the ids of a categorical column weights.

    Args:
      categorical_column: the column of the ids.
      weight_feature_key: the key of the weights, which stand where the ids do. A dense feature's 0 count as missing.
      dtype: the weights' type.

    Raises:
      ValueError: a type that is no number's; the weights' type is another.

    >>> word = tf.feature_column.categorical_column_with_identity("word", 3)
    >>> column = tf.feature_column.indicator_column(
    ...     tf.feature_column.weighted_categorical_column(word, "count")
    ... )
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     features = {"word": [[0, 2]], "count": [[0.5, 2.0]]}
    ...     session.run(tf.feature_column.input_layer(features, [column])).tolist()
    [[0.5, 0.0, 2.0]]
    """
    return WeightedCategoricalColumn(*_checked(categorical_column, weight_feature_key, dtype))


def _weighted_categorical_column(
    categorical_column: Any, weight_feature_key: str, dtype: Any = tf.float32
) -> _WeightedCategoricalColumn:
    """Makes a column of ids with weights of the older generation."""
    return _WeightedCategoricalColumn(*_checked(categorical_column, weight_feature_key, dtype))


def _checked(categorical_column: Any, weight_feature_key: Any, dtype: Any) -> _Fields:
    if dtype is None or not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype {dtype} is not convertible to float.")
    return _Fields(categorical_column, weight_feature_key, dtype)
