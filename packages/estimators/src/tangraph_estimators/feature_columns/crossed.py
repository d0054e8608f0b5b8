"""Columns of ids of combinations."""

from __future__ import annotations

from typing import Any, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.bridges import NewCategorical, OldCategorical
from tangraph_estimators.feature_columns.hashed import HashedCategoricalColumn, _HashedCategoricalColumn
from tangraph_estimators.feature_columns.interface import (
    CategoricalColumn,
    FeatureColumn,
    IdWeightPair,
    _CategoricalColumn,
    _FeatureColumn,
)
from tangraph_estimators.feature_columns.sources import Generation, NewSource, OldSource, Source


class _Fields(NamedTuple):
    keys: tuple[Any, ...]
    hash_bucket_size: int
    hash_key: int | None


class _Crossed(_Fields):
    def _leaves(self) -> list[Any]:
        """Returns what is crossed, crosses in this one taken apart."""
        leaves: list[Any] = []
        for key in self.keys:
            leaves.extend(key._leaves() if isinstance(key, _Crossed) else [key])
        return leaves

    @property
    def _title(self) -> str:
        columns = (FeatureColumn, _FeatureColumn)
        return "_X_".join(sorted(key.name if isinstance(key, columns) else key for key in self._leaves()))

    def _spec(self, generation: Generation) -> dict[str, Any]:
        config: dict[str, Any] = {}
        for key in self.keys:
            if isinstance(key, FeatureColumn):
                config.update(NewSource.spec(key))
            elif isinstance(key, _FeatureColumn):
                config.update(OldSource.spec(key))
            else:
                config[key] = tf.VarLenFeature(tf.string)
        del generation
        return config

    def _made(self, source: Source) -> Any:
        return tf.sparse.cross_hashed(
            inputs=[_input(key, source) for key in self._leaves()],
            num_buckets=self.hash_bucket_size,
            hash_key=self.hash_key,
        )

    def _buckets(self, generation: Generation) -> int:
        del generation
        return self.hash_bucket_size

    def _ids(self, source: Source) -> IdWeightPair:
        return IdWeightPair(source.get(self), None)


def _input(key: Any, source: Source) -> Any:
    if isinstance(key, str):
        return source.get(key)
    if not isinstance(key, CategoricalColumn | _CategoricalColumn):
        raise ValueError(f"Unsupported column type. Given: {key}")
    ids, weights = source.ids(key)
    if weights is not None:
        raise ValueError(
            "crossed_column does not support weight_tensor, but the given column populates weight_tensor. "
            f"Given column: {key.name}"
        )
    return ids


class CrossedColumn(NewCategorical, OldCategorical, _Crossed):
    """See `tf.feature_column.crossed_column`."""

    @property
    def parents(self) -> list[Any]:
        """The columns and keys that are crossed."""
        return list(self.keys)


class _CrossedColumn(OldCategorical, _Crossed):
    """A CrossedColumn of the older generation."""


@export("feature_column.crossed_column")
def crossed_column(keys: Any, hash_bucket_size: int, hash_key: int | None = None) -> CrossedColumn:
    """Makes a column whose ids are hashes of combinations of features.

    Args:
      keys: what is crossed, two or more: keys of features of strings or integers, and categorical columns.
      hash_bucket_size: the number of ids; several combinations may share one.
      hash_key: what the hash begins with; TensorFlow's own number when None.

    Raises:
      ValueError: a number of ids below 1; fewer than two keys; a column that is not categorical, or one of hashes,
        whose feature is crossed by its key.

    >>> cross = tf.feature_column.crossed_column(["city", "day"], 4)
    >>> column = tf.feature_column.indicator_column(cross)
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     features = {"city": [["Bonn"], ["Ulm"]], "day": [["Monday"], ["Monday"]]}
    ...     session.run(tf.feature_column.input_layer(features, [column])).tolist()
    [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]
    """
    newer = (CategoricalColumn, _CategoricalColumn)
    hashed = (HashedCategoricalColumn, _HashedCategoricalColumn)
    return CrossedColumn(*_checked(keys, hash_bucket_size, hash_key, newer, hashed, "HashedCategoricalColumn"))


def _crossed_column(keys: Any, hash_bucket_size: int, hash_key: int | None = None) -> _CrossedColumn:
    """Makes a crossed column of the older generation."""
    older, hashed = (_CategoricalColumn,), (_HashedCategoricalColumn,)
    return _CrossedColumn(*_checked(keys, hash_bucket_size, hash_key, older, hashed, "_HashedCategoricalColumn"))


def _checked(
    keys: Any, size: Any, hash_key: Any, columns: tuple[type, ...], hashed: tuple[type, ...], excepted: str
) -> _Fields:
    if not size or size < 1:
        raise ValueError(f"hash_bucket_size must be > 1. hash_bucket_size: {size}")
    if not keys or len(keys) < 2:
        raise ValueError(f"keys must be a list with length > 1. Given: {keys}")
    for key in keys:
        if not isinstance(key, (str, *columns)):
            raise ValueError(
                "Unsupported key type. All keys must be either string, or categorical column except "
                f"{excepted}. Given: {key}"
            )
        if isinstance(key, hashed):
            raise ValueError(
                "categorical_column_with_hash_bucket is not supported for crossing. Hashing before crossing will "
                "increase probability of collision. Instead, use the feature name as a string. "
                f"Given: {key}"
            )
    return _Fields(tuple(keys), size, hash_key)
