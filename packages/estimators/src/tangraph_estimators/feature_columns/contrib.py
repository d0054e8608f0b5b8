"""`tf.contrib.feature_column`: sequences in the older generation of columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.features import _LazyBuilder
from tangraph_estimators.feature_columns.hashed import _categorical_column_with_hash_bucket
from tangraph_estimators.feature_columns.identity import _categorical_column_with_identity
from tangraph_estimators.feature_columns.interface import _SequenceDenseColumn
from tangraph_estimators.feature_columns.lengths import assert_all_equal
from tangraph_estimators.feature_columns.normalized import by_names, check_batch_sizes, normalized
from tangraph_estimators.feature_columns.sequence_categorical import _SequenceCategoricalColumn
from tangraph_estimators.feature_columns.sequence_numeric import _SequenceNumericColumn, checked_sequence
from tangraph_estimators.feature_columns.vocabulary import (
    _categorical_column_with_vocabulary_file,
    _categorical_column_with_vocabulary_list,
)


@export("contrib.feature_column.sequence_input_layer")
def sequence_input_layer(
    features: dict[str, Any], feature_columns: Any, weight_collections: Any = None, trainable: bool = True
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns what columns make of features that are sequences, side by side, in the order of the columns' names.

    Args:
      features: a dictionary from keys to SparseTensors.
      feature_columns: columns of sequences: `sequence_numeric_column`, and embedding and indicator columns of
        `sequence_categorical_column_with_...`.
      weight_collections: collections that variables join.
      trainable: whether variables are trained.

    Returns:
      A tensor [batch, longest, sum of the columns' sizes] of float32, and the lengths, int64 [batch].

    Raises:
      ValueError: a column that is not of sequences, two columns of one name, or a feature that is missing.
      tf.errors.InvalidArgumentError: when run, columns whose sequences are of different lengths.

    >>> fc = tf.contrib.feature_column
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     prices = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [1.0, 2.0, 5.0], [2, 2])
    ...     inputs, lengths = fc.sequence_input_layer(
    ...         {"price": prices}, [fc.sequence_numeric_column("price")]
    ...     )
    ...     session.run(inputs).tolist(), session.run(lengths).tolist()
    ([[[1.0], [2.0]], [[5.0], [0.0]]], [2, 1])
    """
    columns = normalized(feature_columns)
    for column in columns:
        if not isinstance(column, _SequenceDenseColumn):
            raise ValueError(
                "All feature_columns must be of type _SequenceDenseColumn. You can wrap a sequence_categorical_column "
                f"with an embedding_column or indicator_column. Given (type {type(column)}): {column}"
            )
    with tf.variable_scope(None, default_name="sequence_input_layer", values=features.values()):
        builder = _LazyBuilder(features)
        tensors, lengths, ordered = [], [], by_names(columns)
        for column in ordered:
            tensor, length = _of_column(column, builder, weight_collections, trainable)
            tensors.append(tensor)
            lengths.append(length)
        check_batch_sizes(tensors, ordered)
        check_batch_sizes(lengths, ordered)
        length = assert_all_equal(lengths)
        return tf.concat(tensors, -1), length


def _of_column(column: Any, builder: _LazyBuilder, weight_collections: Any, trainable: bool) -> tuple[Any, Any]:
    with tf.variable_scope(None, default_name=column._var_scope_name):
        tensor, length = column._get_sequence_dense_tensor(
            builder, weight_collections=weight_collections, trainable=trainable
        )
        shape: Any = tf.shape(tensor)
        target = [shape[0], shape[1], column._variable_shape.num_elements()]
        return tf.reshape(tensor, shape=target), length


@export("contrib.feature_column.sequence_numeric_column")
def sequence_numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: float = 0.0,
    dtype: Any = tf.float32,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> _SequenceNumericColumn:
    """As `tf.feature_column.sequence_numeric_column`, for `sequence_input_layer`."""
    return _SequenceNumericColumn(*checked_sequence(key, shape, default_value, dtype, normalizer_fn))


@export("contrib.feature_column.sequence_categorical_column_with_identity")
def sequence_categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> _SequenceCategoricalColumn:
    """As `tf.feature_column.sequence_categorical_column_with_identity`, for `sequence_input_layer`."""
    return _SequenceCategoricalColumn(_categorical_column_with_identity(key, num_buckets, default_value))


@export("contrib.feature_column.sequence_categorical_column_with_hash_bucket")
def sequence_categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = tf.string
) -> _SequenceCategoricalColumn:
    """As `tf.feature_column.sequence_categorical_column_with_hash_bucket`, for `sequence_input_layer`."""
    return _SequenceCategoricalColumn(_categorical_column_with_hash_bucket(key, hash_bucket_size, dtype))


@export("contrib.feature_column.sequence_categorical_column_with_vocabulary_file")
def sequence_categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: str,
    vocabulary_size: int | None = None,
    num_oov_buckets: int = 0,
    default_value: int | None = None,
    dtype: Any = tf.string,
) -> _SequenceCategoricalColumn:
    """As `tf.feature_column.sequence_categorical_column_with_vocabulary_file`, for `sequence_input_layer`."""
    return _SequenceCategoricalColumn(
        _categorical_column_with_vocabulary_file(
            key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype
        )
    )


@export("contrib.feature_column.sequence_categorical_column_with_vocabulary_list")
def sequence_categorical_column_with_vocabulary_list(
    key: str, vocabulary_list: Any, dtype: Any = None, default_value: int = -1, num_oov_buckets: int = 0
) -> _SequenceCategoricalColumn:
    """As `tf.feature_column.sequence_categorical_column_with_vocabulary_list`, for `sequence_input_layer`."""
    return _SequenceCategoricalColumn(
        _categorical_column_with_vocabulary_list(key, vocabulary_list, dtype, default_value, num_oov_buckets)
    )
