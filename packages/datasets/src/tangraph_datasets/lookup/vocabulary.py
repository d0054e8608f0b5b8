"""From words to ids and back: IdTableWithHashBuckets, StaticVocabularyTable, index_table_from_file and the like."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.sparse_tensor import SparseTensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.identity import no_op
from tangraph.ops.array.shape import size
from tangraph.ops.array.where import where_v2
from tangraph.ops.math.arithmetic import add
from tangraph.ops.math.cast import cast
from tangraph.ops.math.comparison import not_equal
from tangraph.ops.math.ranges import range as range_of
from tangraph.ops.strings.conversion import as_string
from tangraph.ops.strings.hashing import (
    string_to_hash_bucket,
    string_to_hash_bucket_fast,
    string_to_hash_bucket_strong,
)
from tangraph.plugin import export
from tangraph_datasets.lookup.initializers import (
    KeyValueTensorInitializer,
    TextFileIdTableInitializer,
    TextFileIndex,
    TextFileStringTableInitializer,
    known_text,
)
from tangraph_datasets.lookup.tables import LookupInterface, StaticHashTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


@export("contrib.lookup.HasherSpec")
class HasherSpec(NamedTuple):
    """How keys are hashed into buckets.

    Attributes:
      hasher: "fasthash", "stronghash" or "legacy".
      key: the key of a strong hash, two integers.
    """

    hasher: str
    key: Any


FastHashSpec = HasherSpec("fasthash", None)
__tf_values__ = {"contrib.lookup.FastHashSpec": FastHashSpec}


@export("contrib.lookup.StrongHashSpec")
class StrongHashSpec(HasherSpec):
    """A hash with a secret key of two integers, for input from those who would make all keys fall into one bucket."""

    __slots__ = ()

    def __new__(cls, key: Any) -> Self:
        """Returns the spec; ValueError or TypeError for a key that is not two integers."""
        if len(key) != 2:
            raise ValueError(f"key must have size 2, got {len(key)}.")
        if not all(isinstance(part, int) for part in key):
            raise TypeError(f"Invalid key {key}. Must be unsigned integer values.")
        return super().__new__(cls, "stronghash", key)


def _as_strings(tensor: Tensor) -> Tensor:
    return tensor if tensor.dtype.base is dtypes.string else as_string(tensor)


def _hash_function(spec: Any) -> Callable[..., Tensor]:
    if not isinstance(spec, HasherSpec):
        raise TypeError(f"hasher_spec must be of type HasherSpec {spec}")
    if spec.hasher == "fasthash":
        return string_to_hash_bucket_fast
    if spec.hasher == "legacy":
        return string_to_hash_bucket
    if spec.hasher == "stronghash":
        return partial(string_to_hash_bucket_strong, key=spec.key)
    raise ValueError(f"Unknown hasher {spec.hasher}")


class _Buckets(LookupInterface):
    """A table from keys to ids; keys that it has not are hashed into buckets, whose ids follow those of the table."""

    def __init__(self, table: Any, key_dtype: Any, num_oov_buckets: int, hasher_spec: Any, name: str | None) -> None:
        super().__init__(key_dtype, dtypes.int64)
        self._table = table
        self._num_oov_buckets = num_oov_buckets
        self._hasher_spec = hasher_spec
        self._table_name = name.split("/")[-1] if name else None

    @property
    def name(self) -> Any:
        """The table's name."""
        return self._table_name

    @property
    def resource_handle(self) -> Any:
        """The tensor that holds the table's handle; None without a table."""
        return None if self._table is None else self._table.resource_handle

    @property
    def initializer(self) -> Operation:
        """The operation that fills the table."""
        if self._table is not None:
            return self._table.initializer  # type: ignore[no-any-return]
        with name_scope(None, "init"):
            return no_op()

    @property
    def init(self) -> Operation:
        """The same, by its old name."""
        return self.initializer

    def size(self, name: str | None = None) -> Tensor:
        """Returns how many ids there are, an int64 scalar."""
        with name_scope(name, f"{self._table_name}_Size"):
            count: Tensor = convert_to_tensor(0, dtype=dtypes.int64) if self._table is None else self._table.size()
            return count + self._num_oov_buckets

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """Returns the ids of keys, int64.

        Args:
          keys: a tensor or SparseTensor.
          name: the name scope.

        Raises:
          TypeError: keys of another type.
        """
        self._check_keys(keys)
        values = keys.values if isinstance(keys, SparseTensor) else keys
        if self._table is not None and self._table.key_dtype.base is dtypes.int64:
            values = cast(values, dtypes.int64)
        if self._num_oov_buckets == 0:
            ids = self._table.lookup(values, name=name)
        else:
            with name_scope(name, f"{self._table_name}_Lookup"):
                ids = self._hashed(values)
        if isinstance(keys, SparseTensor):
            return SparseTensor(keys.indices, ids, keys.dense_shape)
        return ids

    def _hashed(self, values: Tensor) -> Tensor:
        to_bucket = _hash_function(self._hasher_spec)
        buckets = to_bucket(_as_strings(values), num_buckets=self._num_oov_buckets, name="hash_bucket")
        if self._table is None:
            return buckets
        ids = self._table.lookup(values)
        buckets = add(buckets, self._table.size())
        found = not_equal(ids, self._table.default_value)
        return where_v2(found, ids, buckets)


def _check_source(source: Any, key_dtype: Any) -> None:
    """Checks that a table, or what fills one, has keys and values of the types that are needed."""
    supported = (dtypes.int64, dtypes.string)
    if source.key_dtype not in supported:
        raise TypeError(f"Invalid key dtype, expected one of {supported}, but got {key_dtype}.")
    if source.key_dtype.is_integer != key_dtype.is_integer:
        kind = "integer" if key_dtype.is_integer else "non-integer"
        raise TypeError(f"Invalid key dtype, expected {kind} but got {source.key_dtype}.")
    if source.value_dtype is not dtypes.int64:
        raise TypeError(f"Invalid value dtype, expected {dtypes.int64} but got {source.value_dtype}.")


def _check_key_dtype(key_dtype: Any) -> None:
    if not key_dtype.is_integer and key_dtype is not dtypes.string:
        raise TypeError(f"Invalid key_dtype, expected integer or string, got {key_dtype}.")


@export("contrib.lookup.IdTableWithHashBuckets")
class IdTableWithHashBuckets(_Buckets):
    """A table from keys to ids that hashes keys that another table has not into buckets.

    Args:
      table: the table, from int64 or strings to int64; None to hash all keys.
      num_oov_buckets: how many buckets there are.
      hasher_spec: how keys are hashed.
      name: the table's name.
      key_dtype: the type of the keys.

    Raises:
      TypeError: types that do not fit.
      ValueError: neither a table nor buckets.
    """

    def __init__(
        self,
        table: Any,
        num_oov_buckets: int,
        hasher_spec: Any = FastHashSpec,
        name: str | None = None,
        key_dtype: Any = None,
    ) -> None:
        name = name.rstrip("/") if name else name
        if table:
            key_dtype = table.key_dtype if key_dtype is None else key_dtype
            _check_source(table, key_dtype)
            name = name or table.name
        else:
            if num_oov_buckets <= 0:
                raise ValueError("oov_buckets must be > 0 if no table is supplied.")
            key_dtype = dtypes.string if key_dtype is None else key_dtype
            table = None
            name = name or "hash_bucket"
        _check_key_dtype(key_dtype)
        if not isinstance(hasher_spec, HasherSpec):
            raise TypeError(f"hasher_spec must be of type HasherSpec, got {hasher_spec}")
        super().__init__(table, key_dtype, num_oov_buckets, hasher_spec, name)


@export("lookup.StaticVocabularyTable")
class StaticVocabularyTable(_Buckets):
    """A table from words to ids that hashes words that it has not into buckets.

    Args:
      initializer: what fills it, from int64 or strings to int64; None to hash all words.
      num_oov_buckets: how many buckets there are.
      lookup_key_dtype: the type of the words.
      name: the table's name.

    Raises:
      TypeError: types that do not fit.
      ValueError: no buckets.
    """

    def __init__(
        self, initializer: Any, num_oov_buckets: int, lookup_key_dtype: Any = None, name: str | None = None
    ) -> None:
        if num_oov_buckets <= 0:
            raise ValueError("oov_buckets must be > 0.")
        name = name.rstrip("/") if name else name
        table = None
        key_dtype = dtypes.string
        if initializer:
            key_dtype = initializer.key_dtype if lookup_key_dtype is None else lookup_key_dtype
            _check_source(initializer, key_dtype)
            table = StaticHashTable(initializer, default_value=-1)
        name = name or (table.name if table is not None else "hash_bucket")
        _check_key_dtype(key_dtype)
        super().__init__(table, key_dtype, num_oov_buckets, FastHashSpec, name)


def _check_counts(num_oov_buckets: int, dtype: Any) -> None:
    if num_oov_buckets < 0:
        raise ValueError(f"num_oov_buckets must be greater or equal than 0, got {num_oov_buckets}.")
    if dtype is not None and not dtype.is_integer and dtype.base is not dtypes.string:
        raise TypeError("Only integer and string keys are supported.")


def _check_file(vocabulary_file: Any) -> None:
    if vocabulary_file is None or (isinstance(vocabulary_file, str) and not vocabulary_file):
        raise ValueError("vocabulary_file must be specified and must not be empty.")


@export("contrib.lookup.index_table_from_file")
def index_table_from_file(
    vocabulary_file: Any = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: Any = -1,
    hasher_spec: Any = FastHashSpec,
    key_dtype: Any = dtypes.string,
    name: str | None = None,
    key_column_index: int = TextFileIndex.WHOLE_LINE,
    value_column_index: int = TextFileIndex.LINE_NUMBER,
    delimiter: str = "\t",
) -> Any:
    """Returns a table from the words in a file to their line numbers.

    Args:
      vocabulary_file: the file, a word in each line.
      num_oov_buckets: how many buckets there are for words that are not in it, whose ids come last.
      vocab_size: how many lines are read; all when None.
      default_value: the id of other words, when there are no buckets.
      hasher_spec: how words are hashed into buckets.
      key_dtype: string or an integer type.
      name: the name scope.
      key_column_index: the column with the words.
      value_column_index: the column with the ids.
      delimiter: what separates columns.

    Raises:
      ValueError: no file, or a negative number.
      TypeError: keys of another type.
    """
    _check_file(vocabulary_file)
    _check_counts(num_oov_buckets, None)
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(
            f"vocab_size must be greater than 0, got {vocab_size}. vocabulary_file: {known_text(vocabulary_file)}"
        )
    _check_counts(num_oov_buckets, key_dtype)
    with name_scope(name, "string_to_index"):
        with name_scope(None, "hash_table"):
            initializer = TextFileIdTableInitializer(
                vocabulary_file,
                vocab_size=vocab_size,
                key_dtype=dtypes.int64 if key_dtype.is_integer else key_dtype,
                name="table_init",
                key_column_index=key_column_index,
                value_column_index=value_column_index,
                delimiter=delimiter,
            )
            table = StaticHashTable(initializer, default_value)
        return _with_buckets(table, num_oov_buckets, hasher_spec, key_dtype)


def _with_buckets(table: Any, num_oov_buckets: int, hasher_spec: Any, key_dtype: Any) -> Any:
    if not num_oov_buckets:
        return table
    return IdTableWithHashBuckets(table, num_oov_buckets, hasher_spec=hasher_spec, key_dtype=key_dtype)


def index_table(
    vocabulary_list: Any,
    num_oov_buckets: int = 0,
    default_value: Any = -1,
    hasher_spec: Any = FastHashSpec,
    dtype: Any = dtypes.string,
    name: str | None = None,
) -> Any:
    """Returns a table from words to their places in a list; see `tf.contrib.lookup.index_table_from_tensor`."""
    if vocabulary_list is None:
        raise ValueError("vocabulary_list must be specified.")
    _check_counts(num_oov_buckets, dtype)
    with name_scope(name, "string_to_index"):
        keys = convert_to_tensor(vocabulary_list)
        if keys.dtype.is_integer != dtype.is_integer:
            raise ValueError(f"Expected {'integer' if dtype.is_integer else 'non-integer'}, got {keys.dtype}.")
        if not dtype.is_integer and keys.dtype.base is not dtype:
            raise ValueError(f"Expected {dtype}, got {keys.dtype}.")
        values = cast(range_of(size(keys)), dtypes.int64)
        with name_scope(None, "hash_table"):
            keys = cast(keys, dtypes.int64) if keys.dtype.is_integer else keys
            initializer = KeyValueTensorInitializer(keys, values, keys.dtype.base, dtypes.int64, name="table_init")
            table = StaticHashTable(initializer, default_value)
        return _with_buckets(table, num_oov_buckets, hasher_spec, dtype)


@export("contrib.lookup.index_to_string_table_from_file")
def index_to_string_table_from_file(
    vocabulary_file: Any,
    vocab_size: int | None = None,
    default_value: Any = "UNK",
    name: str | None = None,
    key_column_index: int = TextFileIndex.LINE_NUMBER,
    value_column_index: int = TextFileIndex.WHOLE_LINE,
    delimiter: str = "\t",
) -> StaticHashTable:
    """Returns a table from line numbers (int64) to the words in a file; see `index_table_from_file`."""
    _check_file(vocabulary_file)
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"vocab_size must be greater than 0, got {vocab_size}.")
    with name_scope(name, "index_to_string"):
        initializer = TextFileStringTableInitializer(
            vocabulary_file,
            vocab_size=vocab_size,
            name="table_init",
            key_column_index=key_column_index,
            value_column_index=value_column_index,
            delimiter=delimiter,
        )
        return StaticHashTable(initializer, default_value)


def index_to_string_table(vocabulary_list: Any, default_value: Any = "UNK", name: str | None = None) -> StaticHashTable:
    """Returns a table from int64 to the words in a list."""
    if vocabulary_list is None:
        raise ValueError("vocabulary_list must be specified.")
    with name_scope(name, "index_to_string"):
        words = convert_to_tensor(vocabulary_list, dtypes.string)
        keys = cast(range_of(size(words)), dtypes.int64)
        initializer = KeyValueTensorInitializer(keys, words, dtypes.int64, dtypes.string, name="table_init")
        return StaticHashTable(initializer, default_value)
