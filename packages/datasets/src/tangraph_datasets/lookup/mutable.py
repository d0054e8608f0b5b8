"""Tables that may change: MutableHashTable, MutableDenseHashTable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.scopes import add_to_collection, colocate_with, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.plugin import export, make_op
from tangraph_datasets.lookup.tables import LookupInterface

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


class _TableSpec:
    """One tensor of a table in a checkpoint; see `SaveSpec` of tangraph-training."""

    slice_spec = ""

    def __init__(self, tensor: Tensor, name: str) -> None:
        self.tensor = tensor
        self.name = name
        self.dtype = tensor.dtype
        self.device = tensor.device


class TableSaveable:
    """What a Saver saves of a table: its keys and values."""

    def __init__(self, table: MutableTable, name: str) -> None:
        keys, values = table.export()
        self.op = table
        self.specs = [_TableSpec(keys, f"{name}-keys"), _TableSpec(values, f"{name}-values")]
        self.name = name

    def restore(
        self, restored_tensors: Sequence[Tensor], restored_shapes: Any = None, name: str | None = None
    ) -> Operation:
        """Returns the operation that takes over what was read from a checkpoint."""
        del restored_shapes
        handle = self.op.resource_handle
        with name_scope(name, f"{self.name}_table_restore"), colocate_with(handle):
            return make_op("LookupTableImportV2", handle, *restored_tensors)  # type: ignore[no-any-return]


class MutableTable(LookupInterface):
    """What tables that may change have in common; a subclass makes the handle."""

    def __init__(self, key_dtype: Any, value_dtype: Any, default_value: Tensor, name: str, checkpoint: bool) -> None:
        super().__init__(key_dtype, value_dtype)
        self._default_value = default_value
        self._name = name
        self._checkpoint = checkpoint
        self._handle = self._make_handle()
        self._table_name = self._handle.op.name.split("/")[-1]
        if checkpoint:
            add_to_collection(GraphKeys.SAVEABLE_OBJECTS, TableSaveable(self, name))

    def _make_handle(self) -> Tensor:
        raise NotImplementedError

    @property
    def name(self) -> str:
        """The table's name."""
        return self._table_name

    @property
    def resource_handle(self) -> Tensor:
        """The tensor that holds the table's handle."""
        return self._handle

    def size(self, name: str | None = None) -> Tensor:
        """Returns how many keys there are, an int64 scalar."""
        with name_scope(name, f"{self._table_name}_Size", [self._handle]), colocate_with(self._handle):
            return make_op("LookupTableSizeV2", self._handle)  # type: ignore[no-any-return]

    def lookup(self, keys: Any, name: str | None = None) -> Tensor:
        """Returns the values of keys, and the default value for those that are missing."""
        values = (self._handle, keys, *self._scope_of_lookup())
        with name_scope(name, f"{self._table_name}_lookup_table_find", values):
            keys = convert_to_tensor(keys, dtype=self._key_dtype, name="keys")
            with colocate_with(self._handle):
                return make_op("LookupTableFindV2", self._handle, keys, self._default_value)  # type: ignore[no-any-return]

    def _scope_of_lookup(self) -> tuple[Tensor, ...]:
        return (self._default_value,)

    def insert(self, keys: Any, values: Any, name: str | None = None) -> Operation:
        """Returns the operation that adds or replaces values.

        Args:
          keys: the keys.
          values: of the shape of `keys` followed by that of one value.
          name: the name scope.
        """
        with name_scope(name, f"{self._table_name}_lookup_table_insert", [self._handle, keys, values]):
            keys = convert_to_tensor(keys, self._key_dtype, name="keys")
            values = convert_to_tensor(values, self._value_dtype, name="values")
            with colocate_with(self._handle):
                return make_op("LookupTableInsertV2", self._handle, keys, values)  # type: ignore[no-any-return]

    def remove(self, keys: Any, name: str | None = None) -> Operation:
        """Returns the operation that removes keys, a tensor.

        Raises:
          TypeError: keys of another type.
        """
        if keys.dtype is not self._key_dtype:
            raise TypeError(f"Signature mismatch. Keys must be dtype {self._key_dtype}, got {keys.dtype}.")
        values = (self._handle, keys, self._default_value)
        with name_scope(name, f"{self._table_name}_lookup_table_remove", values):
            return make_op("LookupTableRemoveV2", self._handle, keys)  # type: ignore[no-any-return]

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """Returns all keys and values."""
        scope = f"{self._table_name}_lookup_table_export_values"
        with name_scope(name, scope, [self._handle]), colocate_with(self._handle):
            keys, values = make_op(
                "LookupTableExportV2", self._handle, Tkeys=self._key_dtype, Tvalues=self._value_dtype
            )
        return keys, values


@export("contrib.lookup.MutableHashTable")
class MutableHashTable(MutableTable):
    """A table that may change; what is in it is saved with the variables.

    Args:
      key_dtype: the type of the keys.
      value_dtype: the type of the values.
      default_value: the value of keys that are missing; its shape is that of one value.
      name: the operation's name, and the table's in checkpoints.
      checkpoint: whether it is saved.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     table = tf.contrib.lookup.MutableHashTable(tf.string, tf.int64, -1)
    ...     session.run(table.insert(["a"], [5]))
    ...     session.run(table.lookup(["a", "b"])).tolist()
    [5, -1]
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        name: str = "MutableHashTable",
        checkpoint: bool = True,
    ) -> None:
        default = convert_to_tensor(default_value, dtype=value_dtype)
        super().__init__(key_dtype, value_dtype, default, name, checkpoint)

    def _make_handle(self) -> Tensor:
        shape = self._default_value.raw_shape
        more: dict[str, Any] = {} if shape == () else {"value_shape": shape}
        result: Tensor = make_op(
            "MutableHashTableOfTensorsV2" if more else "MutableHashTableV2",
            use_node_name_sharing=self._checkpoint,
            key_dtype=self._key_dtype,
            value_dtype=self._value_dtype,
            name=self._name,
            **more,
        )
        return result


@export("contrib.lookup.MutableDenseHashTable", "lookup.experimental.DenseHashTable")
class MutableDenseHashTable(MutableTable):
    """As :class:`MutableHashTable`, with two keys that may not be used.

    Args:
      key_dtype: the type of the keys.
      value_dtype: the type of the values.
      default_value: the value of keys that are missing; its shape is that of one value.
      empty_key: a scalar that is no key.
      deleted_key: another one.
      initial_num_buckets: has no effect.
      name: the operation's name, and the table's in checkpoints.
      checkpoint: whether it is saved.
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        empty_key: Any,
        deleted_key: Any,
        initial_num_buckets: int | None = None,
        name: str = "MutableDenseHashTable",
        checkpoint: bool = True,
    ) -> None:
        default = convert_to_tensor(default_value, dtype=value_dtype, name="default_value")
        self._marks = (
            convert_to_tensor(empty_key, dtype=key_dtype, name="empty_key"),
            convert_to_tensor(deleted_key, dtype=key_dtype, name="deleted_key"),
        )
        self._buckets = initial_num_buckets
        super().__init__(key_dtype, value_dtype, default, name, checkpoint)

    def _make_handle(self) -> Tensor:
        more: dict[str, Any] = {} if self._buckets is None else {"initial_num_buckets": self._buckets}
        result: Tensor = make_op(
            "MutableDenseHashTableV2",
            *self._marks,
            use_node_name_sharing=self._checkpoint,
            value_dtype=self._value_dtype,
            value_shape=self._default_value.raw_shape,
            name=self._name,
            **more,
        )
        return result

    def _scope_of_lookup(self) -> tuple[Tensor, ...]:
        return ()

    def insert_or_assign(self, keys: Any, values: Any, name: str | None = None) -> Operation:
        """As `insert`."""
        return self.insert(keys, values, name)

    def erase(self, keys: Any, name: str | None = None) -> Operation:
        """As `remove`."""
        return self.remove(keys, name)
