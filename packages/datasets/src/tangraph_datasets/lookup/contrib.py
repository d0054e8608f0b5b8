"""Functions of `tf.contrib.lookup` whose arguments have names of their own."""

from __future__ import annotations

from typing import Any

from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.plugin import export
from tangraph_datasets.lookup.tables import StaticHashTable
from tangraph_datasets.lookup.vocabulary import (
    FastHashSpec,
    index_table,
    index_table_from_file,
    index_to_string_table,
)


@export("contrib.lookup.index_table_from_tensor")
def index_table_from_tensor(
    mapping: Any,
    num_oov_buckets: int = 0,
    default_value: Any = -1,
    hasher_spec: Any = FastHashSpec,
    dtype: Any = dtypes.string,
    name: str | None = None,
) -> Any:
    """Returns a table from words to their places in a list.

    Args:
      mapping: the words, a list or vector.
      num_oov_buckets: how many buckets there are for other words, whose ids come last.
      default_value: the id of other words, when there are no buckets.
      hasher_spec: how words are hashed into buckets.
      dtype: string or an integer type.
      name: the name scope.

    Raises:
      ValueError: no words, words of another type, or a negative number.
      TypeError: keys that are no strings and no integers.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     table = tf.contrib.lookup.index_table_from_tensor(["x", "y"], num_oov_buckets=1)
    ...     session.run(tf.tables_initializer())
    ...     session.run(table.lookup(tf.constant(["y", "other"]))).tolist()
    [1, 2]
    """
    if mapping is None:
        raise ValueError("mapping must be specified.")
    return index_table(mapping, num_oov_buckets, default_value, hasher_spec, dtype, name)


@export("contrib.lookup.index_to_string_table_from_tensor")
def index_to_string_table_from_tensor(
    mapping: Any, default_value: Any = "UNK", name: str | None = None
) -> StaticHashTable:
    """Returns a table from int64 to the words in a list.

    Args:
      mapping: the words, a list or vector.
      default_value: the word for other numbers.
      name: the name scope.
    """
    if mapping is None:
        raise ValueError("mapping must be specified.")
    return index_to_string_table(mapping, default_value, name)


@export("contrib.lookup.string_to_index")
def string_to_index(tensor: Any, mapping: Any, default_value: Any = -1, name: str | None = None) -> Any:
    """Returns the places of words in a list; the table must be initialised. Deprecated in TensorFlow."""
    return index_table_from_tensor(mapping, default_value=default_value, name=name).lookup(tensor)


@export("contrib.lookup.index_to_string")
def index_to_string(tensor: Any, mapping: Any, default_value: Any = "UNK", name: str | None = None) -> Any:
    """Returns the words at places in a list; the table must be initialised. Deprecated in TensorFlow."""
    return index_to_string_table_from_tensor(mapping, default_value=default_value, name=name).lookup(tensor)


@export("contrib.lookup.string_to_index_table_from_file")
def string_to_index_table_from_file(
    vocabulary_file: Any = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: Any = -1,
    hasher_spec: Any = FastHashSpec,
    name: str | None = None,
) -> Any:
    """The old name of `index_table_from_file`."""
    return index_table_from_file(vocabulary_file, num_oov_buckets, vocab_size, default_value, hasher_spec, name=name)


@export("contrib.lookup.string_to_index_table_from_tensor")
def string_to_index_table_from_tensor(
    mapping: Any,
    num_oov_buckets: int = 0,
    default_value: Any = -1,
    hasher_spec: Any = FastHashSpec,
    name: str | None = None,
) -> Any:
    """The old name of `index_table_from_tensor`, for strings only."""
    with name_scope(name, "string_to_index") as scope:
        mapping = convert_to_tensor(mapping)
    if mapping.dtype.base is not dtypes.string:
        raise ValueError("string_to_index_table_from_tensor requires string.")
    return index_table_from_tensor(mapping, num_oov_buckets, default_value, hasher_spec, name=scope)
