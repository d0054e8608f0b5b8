"""Columns of ids that are hashes."""

from __future__ import annotations

from typing import Any, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.bridges import NewCategorical, OldCategorical
from tangraph_estimators.feature_columns.categorical import FromOneFeature
from tangraph_estimators.feature_columns.checks import check_key, check_same_kind, check_string_or_int
from tangraph_estimators.feature_columns.sources import Generation, Source


class _Fields(NamedTuple):
    key: Any
    hash_bucket_size: int
    dtype: Any


class _Hashed(FromOneFeature, _Fields):
    def _made(self, source: Source) -> Any:
        tensor = self._sparse(source)
        check_string_or_int(tensor.dtype, prefix=f"column_name: {self.key} input_tensor")
        check_same_kind(self.key, self.dtype, tensor.dtype)
        words = tensor.values if self.dtype == tf.string else tf.as_string(tensor.values)
        ids = tf.string_to_hash_bucket_fast(words, self.hash_bucket_size, name="lookup")
        return tf.SparseTensor(tensor.indices, ids, tensor.dense_shape)

    def _buckets(self, generation: Generation) -> int:
        del generation
        return self.hash_bucket_size


class HashedCategoricalColumn(NewCategorical, OldCategorical, _Hashed):
    """See `tf.feature_column.categorical_column_with_hash_bucket`."""

    parents = _Hashed.parents


class _HashedCategoricalColumn(OldCategorical, _Hashed):
    """A HashedCategoricalColumn of the older generation."""


@export("feature_column.categorical_column_with_hash_bucket")
def categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = tf.string
) -> HashedCategoricalColumn:
    """Makes a column whose ids are hashes of words, for words that nobody has listed.

    Args:
      key: the feature's key. A dense feature's empty strings, or integers of -1, count as missing.
      hash_bucket_size: the number of ids; several words may share one.
      dtype: string, or an integer type, whose numbers are hashed as their texts.

    Raises:
      ValueError: no number of ids, or one below 1; a key that is no string; a type that is neither string nor integer.

    >>> word = tf.feature_column.categorical_column_with_hash_bucket("word", 5)
    >>> column = tf.feature_column.indicator_column(word)
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.feature_column.input_layer({"word": [["fox", "fox"]]}, [column])).tolist()
    [[2.0, 0.0, 0.0, 0.0, 0.0]]
    """
    return HashedCategoricalColumn(*_checked(key, hash_bucket_size, dtype))


def _categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = tf.string
) -> _HashedCategoricalColumn:
    """Makes a column of hashes of the older generation."""
    return _HashedCategoricalColumn(*_checked(key, hash_bucket_size, dtype))


def _checked(key: Any, hash_bucket_size: Any, dtype: Any) -> _Fields:
    if hash_bucket_size is None:
        raise ValueError(f"hash_bucket_size must be set. key: {key}")
    if hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be at least 1. hash_bucket_size: {hash_bucket_size}, key: {key}")
    check_key(key)
    check_string_or_int(dtype, prefix=f"column_name: {key}")
    return _Fields(key, hash_bucket_size, dtype)
