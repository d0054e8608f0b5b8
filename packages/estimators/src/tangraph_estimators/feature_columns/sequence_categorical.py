"""Columns of sequences of ids."""

from __future__ import annotations

from typing import Any, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.bridges import NewCategorical, OldCategorical
from tangraph_estimators.feature_columns.hashed import categorical_column_with_hash_bucket
from tangraph_estimators.feature_columns.identity import categorical_column_with_identity
from tangraph_estimators.feature_columns.interface import IdWeightPair
from tangraph_estimators.feature_columns.sources import Generation, NewSource, Source
from tangraph_estimators.feature_columns.vocabulary import (
    categorical_column_with_vocabulary_file,
    categorical_column_with_vocabulary_list,
)


class _Fields(NamedTuple):
    categorical_column: Any


class _SequenceCategorical(_Fields):
    @property
    def _title(self) -> str:
        name: str = self.categorical_column.name
        return name

    def _spec(self, generation: Generation) -> dict[str, Any]:
        return generation.spec(self.categorical_column)

    def _buckets(self, generation: Generation) -> int:
        return generation.buckets(self.categorical_column)

    def _made(self, source: Source) -> Any:
        return source.made(self.categorical_column)

    def _ids(self, source: Source) -> IdWeightPair:
        ids, weights = source.ids(self.categorical_column)
        shape: Any = tf.shape(ids)
        target = [shape[0], shape[1], tf.reduce_prod(shape[2:])]
        ids = tf.sparse_reshape(ids, target)
        if weights is not None:
            weights = tf.sparse_reshape(weights, target)
        return IdWeightPair(ids, weights)


class SequenceCategoricalColumn(NewCategorical, OldCategorical, _SequenceCategorical):
    """A categorical column whose feature is a sequence in each example."""

    @property
    def parents(self) -> list[Any]:
        """The categorical column."""
        return [self.categorical_column]


class _SequenceCategoricalColumn(OldCategorical, _SequenceCategorical):
    """A SequenceCategoricalColumn of the older generation."""


def check_sequence(column: Any, wanted: bool, kind: str, source: Source, older: bool) -> None:
    """Checks whether what a dense column wraps is, or is not, of sequences.

    Args:
      column: the dense column.
      wanted: whether sequences are wanted.
      kind: "embedding" or "indicator".
      source: who asks.
      older: whether the column is itself of the older generation.

    Raises:
      ValueError: it wraps the other.
    """
    newer = isinstance(source, NewSource)
    sequences: tuple[type, ...] = (_SequenceCategoricalColumn,)
    if not older:
        sequences = (SequenceCategoricalColumn,) if newer else (SequenceCategoricalColumn, _SequenceCategoricalColumn)
    inner = column.categorical_column
    if isinstance(inner, sequences) == wanted:
        return
    dense, sequence = ("input_layer", "sequence_input_layer") if older else ("DenseFeatures", "SequenceFeatures")
    named = "SequenceCategoricalColumn"
    if older or not (newer or (wanted and kind == "embedding")):
        named = f"_{named}"
    start = f"In {kind}_column: {column.name}. categorical_column must "
    if wanted:
        advice = f"be of type {named} to use {sequence}. Suggested fix: Use one of sequence_categorical_column_with_*. "
    else:
        advice = (
            f"not be of type {named}. Suggested fix A: If you wish to use {dense}, use a non-sequence "
            "categorical_column_with_*. Suggested fix B: If you wish to create sequence input, use "
            f"{sequence} instead of {dense}. "
        )
    raise ValueError(f"{start}{advice}Given (type {type(inner)}): {inner}")


@export("feature_column.sequence_categorical_column_with_identity")
def sequence_categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> SequenceCategoricalColumn:
    """Makes a column of sequences of integers that are ids as they are.

    Args:
      key, num_buckets, default_value: see `tf.feature_column.categorical_column_with_identity`.

    Raises:
      ValueError: see there.

    >>> day = tf.feature_column.sequence_categorical_column_with_identity("day", 7)
    >>> day.name, day.num_buckets
    ('day', 7)
    """
    return SequenceCategoricalColumn(categorical_column_with_identity(key, num_buckets, default_value))


@export("feature_column.sequence_categorical_column_with_hash_bucket")
def sequence_categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = tf.string
) -> SequenceCategoricalColumn:
    """Makes a column of sequences of words, whose ids are hashes.

    Args:
      key, hash_bucket_size, dtype: see `tf.feature_column.categorical_column_with_hash_bucket`.

    Raises:
      ValueError: see there.

    >>> tf.feature_column.sequence_categorical_column_with_hash_bucket("word", 100).num_buckets
    100
    """
    return SequenceCategoricalColumn(categorical_column_with_hash_bucket(key, hash_bucket_size, dtype))


@export("feature_column.sequence_categorical_column_with_vocabulary_file")
def sequence_categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: str,
    vocabulary_size: int | None = None,
    num_oov_buckets: int = 0,
    default_value: int | None = None,
    dtype: Any = tf.string,
) -> SequenceCategoricalColumn:
    """Makes a column of sequences of words from a file.

    Args:
      key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype: see
        `tf.feature_column.categorical_column_with_vocabulary_file`.

    Raises:
      ValueError: see there.

    >>> tf.feature_column.sequence_categorical_column_with_vocabulary_file(
    ...     "word", "words.txt", 40, 2
    ... ).num_buckets
    42
    """
    return SequenceCategoricalColumn(
        categorical_column_with_vocabulary_file(
            key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype
        )
    )


@export("feature_column.sequence_categorical_column_with_vocabulary_list")
def sequence_categorical_column_with_vocabulary_list(
    key: str, vocabulary_list: Any, dtype: Any = None, default_value: int = -1, num_oov_buckets: int = 0
) -> SequenceCategoricalColumn:
    """Makes a column of sequences of words from a list.

    Args:
      key, vocabulary_list, dtype, default_value, num_oov_buckets: see
        `tf.feature_column.categorical_column_with_vocabulary_list`.

    Raises:
      ValueError: see there.

    >>> tf.feature_column.sequence_categorical_column_with_vocabulary_list(
    ...     "word", ["fox", "dog"]
    ... ).num_buckets
    2
    """
    return SequenceCategoricalColumn(
        categorical_column_with_vocabulary_list(key, vocabulary_list, dtype, default_value, num_oov_buckets)
    )
