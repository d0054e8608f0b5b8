"""Columns of words from a vocabulary, which is a list or a file."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_datasets.lookup.vocabulary import index_table, index_table_from_file
from tangraph_estimators.feature_columns.bridges import NewCategorical, OldCategorical
from tangraph_estimators.feature_columns.categorical import FromOneFeature
from tangraph_estimators.feature_columns.checks import check_key, check_string_or_int
from tangraph_estimators.feature_columns.sources import Generation, Source


class _FileFields(NamedTuple):
    key: Any
    vocabulary_file: Any
    vocabulary_size: int
    num_oov_buckets: int
    dtype: Any
    default_value: int


class _ListFields(NamedTuple):
    key: Any
    vocabulary_list: tuple[Any, ...]
    dtype: Any
    default_value: int
    num_oov_buckets: int


class _VocabularyFile(FromOneFeature, _FileFields):
    def _made(self, source: Source) -> Any:
        tensor, dtype = self._lookup_input(source)
        table = index_table_from_file(
            vocabulary_file=self.vocabulary_file,
            num_oov_buckets=self.num_oov_buckets,
            vocab_size=self.vocabulary_size,
            default_value=self.default_value,
            key_dtype=dtype,
            name=f"{self.key}_lookup",
        )
        return self._looked_up(source, table, tensor)

    def _buckets(self, generation: Generation) -> int:
        del generation
        return self.vocabulary_size + self.num_oov_buckets


class _VocabularyList(FromOneFeature, _ListFields):
    def _made(self, source: Source) -> Any:
        tensor, dtype = self._lookup_input(source)
        table = index_table(
            tuple(self.vocabulary_list),
            default_value=self.default_value,
            num_oov_buckets=self.num_oov_buckets,
            dtype=dtype,
            name=f"{self.key}_lookup",
        )
        return self._looked_up(source, table, tensor)

    def _buckets(self, generation: Generation) -> int:
        del generation
        return len(self.vocabulary_list) + self.num_oov_buckets


class VocabularyFileCategoricalColumn(NewCategorical, OldCategorical, _VocabularyFile):
    """See `tf.feature_column.categorical_column_with_vocabulary_file`."""

    parents = _VocabularyFile.parents


class _VocabularyFileCategoricalColumn(OldCategorical, _VocabularyFile):
    """A VocabularyFileCategoricalColumn of the older generation."""


class VocabularyListCategoricalColumn(NewCategorical, OldCategorical, _VocabularyList):
    """See `tf.feature_column.categorical_column_with_vocabulary_list`."""

    parents = _VocabularyList.parents


class _VocabularyListCategoricalColumn(OldCategorical, _VocabularyList):
    """A VocabularyListCategoricalColumn of the older generation."""


@export("feature_column.categorical_column_with_vocabulary_file")
def categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: str,
    vocabulary_size: int | None = None,
    num_oov_buckets: int = 0,
    default_value: int | None = None,
    dtype: Any = tf.string,
) -> VocabularyFileCategoricalColumn:
    r"""Makes a column whose ids are the line numbers of words in a file.

    Args:
      key: the feature's key. A dense feature's empty strings, or integers of -1, count as missing.
      vocabulary_file: the file, a word in each line.
      vocabulary_size: how many of its lines count; all when None.
      num_oov_buckets: how many ids, behind those of the file, other words are hashed to.
      default_value: the id of other words, when there are no such ids; -1, which counts as missing, when None.
      dtype: string, or an integer type.

    Raises:
      ValueError: no such file; a size below 1; both a default value and ids for other words; a key that is no string; a
        type that is neither string nor integer.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder, tf.Graph().as_default(), tf.Session() as session:
    ...     file = pathlib.Path(folder, "words.txt")
    ...     _ = file.write_text("fox\ndog\n")
    ...     word = tf.feature_column.categorical_column_with_vocabulary_file("word", str(file))
    ...     column = tf.feature_column.indicator_column(word)
    ...     inputs = tf.feature_column.input_layer({"word": [["dog"], ["cat"]]}, [column])
    ...     session.run(tf.tables_initializer())
    ...     session.run(inputs).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    return VocabularyFileCategoricalColumn(
        *_checked_file(key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype)
    )


@export("compat.v2.feature_column.categorical_column_with_vocabulary_file")
def categorical_column_with_vocabulary_file_v2(
    key: str,
    vocabulary_file: str,
    vocabulary_size: int | None = None,
    dtype: Any = tf.string,
    default_value: int | None = None,
    num_oov_buckets: int = 0,
) -> VocabularyFileCategoricalColumn:
    """As `tf.feature_column.categorical_column_with_vocabulary_file`, in TensorFlow 2's order of arguments."""
    return categorical_column_with_vocabulary_file(
        key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype
    )


@export("feature_column.categorical_column_with_vocabulary_list")
def categorical_column_with_vocabulary_list(
    key: str, vocabulary_list: Any, dtype: Any = None, default_value: int = -1, num_oov_buckets: int = 0
) -> VocabularyListCategoricalColumn:
    """Makes a column whose ids are the places of words in a list.

    Args:
      key: the feature's key. A dense feature's empty strings, or integers of -1, count as missing.
      vocabulary_list: the words, strings or integers.
      dtype: the feature's type; that of the words when None.
      default_value: the id of other words; -1 counts as missing.
      num_oov_buckets: how many ids, behind those of the list, other words are hashed to.

    Raises:
      ValueError: no words, or one of them twice; both a default value and ids for other words; another type; a key that
        is no string.

    >>> word = tf.feature_column.categorical_column_with_vocabulary_list(
    ...     "word", ["fox", "dog"], num_oov_buckets=1
    ... )
    >>> column = tf.feature_column.indicator_column(word)
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     inputs = tf.feature_column.input_layer({"word": [["dog"], ["cat"]]}, [column])
    ...     session.run(tf.tables_initializer())
    ...     session.run(inputs).tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    return VocabularyListCategoricalColumn(*_checked_list(key, vocabulary_list, dtype, default_value, num_oov_buckets))


def _categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: str,
    vocabulary_size: int | None = None,
    num_oov_buckets: int = 0,
    default_value: int | None = None,
    dtype: Any = tf.string,
) -> _VocabularyFileCategoricalColumn:
    """Makes a column of words in a file of the older generation."""
    return _VocabularyFileCategoricalColumn(
        *_checked_file(key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype)
    )


def _categorical_column_with_vocabulary_list(
    key: str, vocabulary_list: Any, dtype: Any = None, default_value: int = -1, num_oov_buckets: int = 0
) -> _VocabularyListCategoricalColumn:
    """Makes a column of words in a list of the older generation."""
    return _VocabularyListCategoricalColumn(*_checked_list(key, vocabulary_list, dtype, default_value, num_oov_buckets))


def _checked_file(
    key: Any, file: Any, size: int | None, num_oov_buckets: int | None, default_value: int | None, dtype: Any
) -> _FileFields:
    if not file:
        raise ValueError(f"Missing vocabulary_file in {key}.")
    if size is None:
        size = _lines_in(file, key)
    if size < 1:
        raise ValueError(f"Invalid vocabulary_size in {key}.")
    _check_buckets(key, num_oov_buckets, default_value, None)
    check_string_or_int(dtype, prefix=f"column_name: {key}")
    check_key(key)
    return _FileFields(key, file, size, num_oov_buckets or 0, dtype, -1 if default_value is None else default_value)


def _lines_in(file: Any, key: Any) -> int:
    if not tf.gfile.Exists(file):
        raise ValueError(f"vocabulary_file in {key} does not exist.")
    with tf.gfile.GFile(file) as lines:
        size = sum(1 for _ in lines)
    tf.logging.info(
        "vocabulary_size = %d in %s is inferred from the number of elements in the vocabulary_file %s.", size, key, file
    )
    return size


def _check_buckets(key: Any, num_oov_buckets: int | None, default_value: Any, no_default: Any) -> None:
    if not num_oov_buckets:
        return
    if default_value != no_default:
        raise ValueError(f"Can't specify both num_oov_buckets and default_value in {key}.")
    if num_oov_buckets < 0:
        raise ValueError(f"Invalid num_oov_buckets {num_oov_buckets} in {key}.")


def _checked_list(key: Any, words: Any, dtype: Any, default_value: int, num_oov_buckets: int) -> _ListFields:
    if words is None or len(words) < 1:
        raise ValueError(f"vocabulary_list {words} must be non-empty, column_name: {key}")
    if len(set(words)) != len(words):
        raise ValueError(f"Duplicate keys in vocabulary_list {words}, column_name: {key}")
    of_words = tf.as_dtype(np.array(words).dtype)
    _check_buckets(key, num_oov_buckets, default_value, -1)
    check_string_or_int(of_words, prefix=f"column_name: {key} vocabulary")
    if dtype is None:
        dtype = of_words
    elif dtype.is_integer != of_words.is_integer:
        raise ValueError(f"dtype {dtype} and vocabulary dtype {of_words} do not match, column_name: {key}")
    check_string_or_int(dtype, prefix=f"column_name: {key}")
    check_key(key)
    return _ListFields(key, tuple(words), dtype, default_value, num_oov_buckets)
