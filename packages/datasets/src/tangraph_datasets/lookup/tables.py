"""Tables that are filled once: HashTable, StaticHashTable."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.init_scope import in_control_flow, init_scope
from tangraph.framework.scopes import name_scope
from tangraph.framework.sparse_tensor import SparseTensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.plugin import export, make_op

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


@export("contrib.lookup.LookupInterface")
class LookupInterface:
    """A table from keys to values.

    Args:
      key_dtype: the type of the keys.
      value_dtype: the type of the values.
    """

    def __init__(self, key_dtype: Any, value_dtype: Any) -> None:
        self._key_dtype: DType = dtypes.as_dtype(key_dtype)
        self._value_dtype: DType = dtypes.as_dtype(value_dtype)

    @property
    def key_dtype(self) -> DType:
        """The type of the keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The type of the values."""
        return self._value_dtype

    @property
    def name(self) -> Any:
        """The table's name."""
        raise NotImplementedError

    @property
    def resource_handle(self) -> Any:
        """The tensor that holds the table's handle."""
        raise NotImplementedError

    def size(self, name: str | None = None) -> Any:
        """Returns how many keys there are."""
        raise NotImplementedError

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """Returns the values of keys."""
        raise NotImplementedError

    def _check_keys(self, keys: Any) -> None:
        if keys.dtype.base is not self._key_dtype:
            raise TypeError(f"Signature mismatch. Keys must be dtype {self._key_dtype}, got {keys.dtype}.")


@export("contrib.lookup.InitializableLookupTableBase")
class InitializableLookupTableBase(LookupInterface):
    """A table that an initializer fills.

    Args:
      default_value: the value of keys that are missing, a scalar.
      initializer: what fills it.
      shared_name: a name under which tables are shared in a session.
      name: the operation's name.
    """

    def __init__(self, default_value: Any, initializer: Any, shared_name: str | None, name: str | None) -> None:
        super().__init__(initializer.key_dtype, initializer.value_dtype)
        self._initializer = initializer
        self._default_value = convert_to_tensor(default_value, dtype=self._value_dtype)
        self._default_value.shape.merge_with([])
        with init_scope():
            self._resource_handle: Tensor = make_op(
                "HashTableV2",
                shared_name=shared_name or "",
                key_dtype=initializer.key_dtype,
                value_dtype=initializer.value_dtype,
                name=name or "hash_table",
            )
        self._table_name: str = self._resource_handle.op.name.split("/")[-1]
        if in_control_flow():
            with init_scope():
                self._init_op = self._initialize()
        else:
            self._init_op = self._initialize()

    def _initialize(self) -> Operation:
        return self._initializer.initialize(self)  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        """The table's name."""
        return self._table_name

    @property
    def resource_handle(self) -> Tensor:
        """The tensor that holds the table's handle."""
        return self._resource_handle

    @property
    def default_value(self) -> Tensor:
        """The value of keys that are missing."""
        return self._default_value

    @property
    def initializer(self) -> Operation:
        """The operation that fills the table."""
        return self._init_op

    @property
    def init(self) -> Operation:
        """The same, by its old name."""
        return self._init_op

    def size(self, name: str | None = None) -> Tensor:
        """Returns how many keys there are, an int64 scalar."""
        with name_scope(name, f"{self._table_name}_Size", [self._resource_handle]):
            return make_op("LookupTableSizeV2", self._resource_handle)  # type: ignore[no-any-return]

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """Returns the values of keys, and the default value for those that are missing.

        Args:
          keys: a tensor or SparseTensor.
          name: the name scope.

        Raises:
          TypeError: keys of another type.
        """
        key_tensor = keys.values if isinstance(keys, SparseTensor) else keys
        self._check_keys(keys)
        values = (self._resource_handle, key_tensor, self._default_value)
        with name_scope(name, f"{self._table_name}_Lookup", values):
            found: Tensor = make_op("LookupTableFindV2", *values)
        found.set_shape(key_tensor.get_shape())
        if isinstance(keys, SparseTensor):
            return SparseTensor(keys.indices, found, keys.dense_shape)
        return found


class _ExportableTable(InitializableLookupTableBase):
    def _exported(self, parts: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        keys, values = parts
        values.set_shape(keys.get_shape().concatenate(self._default_value.get_shape()))
        return keys, values

    def _types(self) -> dict[str, Any]:
        return {"Tkeys": self._key_dtype, "Tvalues": self._value_dtype}


@export("lookup.StaticHashTable")
class StaticHashTable(_ExportableTable):
    """A table that is filled once.

    Args:
      initializer: what fills it: a :class:`KeyValueTensorInitializer` or :class:`TextFileInitializer`.
      default_value: the value of keys that are missing.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]), -1)
    ...     session.run(tf.tables_initializer())
    ...     session.run(table.lookup(tf.constant(["b", "z"]))).tolist()
    [2, -1]
    """

    def __init__(self, initializer: Any, default_value: Any, name: str | None = None) -> None:
        shared_name = initializer.shared_name or f"hash_table_{uuid.uuid4()}"
        super().__init__(default_value, initializer, shared_name, name)

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """Returns all keys and values."""
        with name_scope(name, f"{self._table_name}_Export", [self._resource_handle]):
            return self._exported(make_op("LookupTableExportV2", self._resource_handle, **self._types()))


@export("contrib.lookup.HashTable")
class HashTable(_ExportableTable):
    """As :class:`StaticHashTable`, with a name under which tables are shared.

    Args:
      initializer: what fills it.
      default_value: the value of keys that are missing.
      shared_name: a name under which tables are shared in a session.
      name: the operation's name.
    """

    def __init__(
        self, initializer: Any, default_value: Any, shared_name: str | None = None, name: str | None = None
    ) -> None:
        super().__init__(default_value, initializer, shared_name, name)

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """Returns all keys and values."""
        with name_scope(name, f"{self._table_name}_Export", [self._resource_handle]) as scope:
            return self._exported(make_op("LookupTableExportV2", self._resource_handle, name=scope, **self._types()))
