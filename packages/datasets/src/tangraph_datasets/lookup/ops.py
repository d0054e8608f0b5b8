"""The operations on lookup tables: schemas and kernels.

A handle's value is the table itself, which the session keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plugin import KernelSet, OpSet
from tangraph_datasets.lookup import text_file
from tangraph_datasets.lookup.storage import DenseTable, StaticTable, Table, flat, invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.raw_shape import Raw
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()

_NAMES: Final = (
    "container: string = ''",
    "shared_name: string = ''",
    "use_node_name_sharing: bool = false",
    "key_dtype: type",
    "value_dtype: type",
)


def _value_shape(c: ShapeContext) -> Raw:
    found = c.handle(0)
    return None if found is None else found[1]


def _find_shape(c: ShapeContext) -> Raw:
    return raw_shape.concatenate(c.shapes[1], _value_shape(c))


def _export_shape(c: ShapeContext) -> list[Raw]:
    return [(None,), raw_shape.concatenate((None,), _value_shape(c))]


def _import_shape(c: ShapeContext) -> list[Raw]:
    keys, values = c.shapes[1], c.shapes[2]
    if keys is not None and values is not None:
        raw_shape.merge(keys, values[: len(keys)])
    return []


ops.define("HashTableV2", outputs=["table_handle: resource"], attrs=_NAMES, shape=lambda c: (), stateful=True)
ops.define("MutableHashTableV2", outputs=["table_handle: resource"], attrs=_NAMES, shape=lambda c: (), stateful=True)
ops.define(
    "MutableHashTableOfTensorsV2",
    outputs=["table_handle: resource"],
    attrs=[*_NAMES, "value_shape: shape = {}"],
    shape=lambda c: (),
    stateful=True,
)
ops.define(
    "MutableDenseHashTableV2",
    ["empty_key: key_dtype", "deleted_key: key_dtype"],
    ["table_handle: resource"],
    [
        *_NAMES,
        "value_shape: shape = {}",
        "initial_num_buckets: int = 131072",
        "max_load_factor: float = 0.800000011920929",
    ],
    shape=lambda c: (),
    stateful=True,
)
ops.define(
    "LookupTableFindV2",
    ["table_handle: resource", "keys: Tin", "default_value: Tout"],
    ["values: Tout"],
    ["Tin: type", "Tout: type"],
    shape=_find_shape,
    stateful=True,
)
for _name in ("LookupTableInsertV2", "LookupTableImportV2"):
    ops.define(
        _name,
        ["table_handle: resource", "keys: Tin", "values: Tout"],
        attrs=["Tin: type", "Tout: type"],
        shape=_import_shape if "Import" in _name else lambda c: [],
        stateful=True,
    )
ops.define(
    "LookupTableRemoveV2",
    ["table_handle: resource", "keys: Tin"],
    attrs=["Tin: type"],
    shape=lambda c: [],
    stateful=True,
)
ops.define("LookupTableSizeV2", ["table_handle: resource"], ["size: int64"], shape=lambda c: (), stateful=True)
ops.define(
    "LookupTableExportV2",
    ["table_handle: resource"],
    ["keys: Tkeys", "values: Tvalues"],
    ["Tkeys: type", "Tvalues: type"],
    shape=_export_shape,
    stateful=True,
)
ops.define(
    "InitializeTableV2",
    ["table_handle: resource", "keys: Tkey", "values: Tval"],
    attrs=["Tkey: type", "Tval: type"],
    shape=_import_shape,
    stateful=True,
)
ops.define(
    "InitializeTableFromTextFileV2",
    ["table_handle: resource", "filename: string"],
    attrs=[
        "key_index: int >= -2",
        "value_index: int >= -2",
        "vocab_size: int >= -1 = -1",
        "delimiter: string = '\t'",
    ],
    shape=lambda c: [],
    stateful=True,
)
_WITHOUT = ("LookupTableExportV2", "LookupTableImportV2", "LookupTableRemoveV2")
ops.not_differentiable(*(op_type for op_type in ops if op_type not in _WITHOUT))
ops.without_gradient(*_WITHOUT)


def _in_session(k: KernelContext, make: Callable[..., Table]) -> Callable[..., Table]:
    """Finds the table of this name in the session, or makes it."""
    store = k.resources
    assert store is not None
    key = ("table", k.attr("container"), k.attr("shared_name") or k.name)
    return lambda *inputs: store.get_or_create(*key, lambda: make(*inputs))


@kernel("HashTableV2")
def hash_table(k: KernelContext) -> Callable[..., Table]:
    """A table that is filled once."""
    return _in_session(k, lambda: StaticTable(k.attr("key_dtype"), k.attr("value_dtype")))


@kernel("MutableHashTableV2", "MutableHashTableOfTensorsV2")
def mutable_hash_table(k: KernelContext) -> Callable[..., Table]:
    """A table that may change."""
    shape = k.attrs.get("value_shape", ())
    return _in_session(k, lambda: Table(k.attr("key_dtype"), k.attr("value_dtype"), shape))


@kernel("MutableDenseHashTableV2")
def mutable_dense_hash_table(k: KernelContext) -> Callable[..., Table]:
    """A table that may change, with two keys that may not be used."""

    def make(empty_key: Any, deleted_key: Any) -> Table:
        if np.ndim(empty_key) or np.ndim(deleted_key):
            raise invalid(f"Keys that are no scalars are not supported. Received: an empty key {empty_key}")
        marks = (flat(empty_key)[0], flat(deleted_key)[0])
        return DenseTable(k.attr("key_dtype"), k.attr("value_dtype"), k.attr("value_shape"), *marks)

    return _in_session(k, make)


def _one(handle: Any) -> Any:
    return handle.item() if isinstance(handle, np.ndarray) else handle


@kernel("LookupTableFindV2")
def find(k: KernelContext) -> Callable[..., Any]:
    """The values of keys."""
    del k
    return lambda handle, keys, default: _one(handle).find(keys, default)


@kernel("LookupTableInsertV2")
def insert(k: KernelContext) -> Callable[..., None]:
    """Adds or replaces values."""
    del k
    return lambda handle, keys, values: _one(handle).insert(keys, values)


@kernel("LookupTableImportV2", "InitializeTableV2")
def import_(k: KernelContext) -> Callable[..., None]:
    """Takes over all keys and values."""
    del k
    return lambda handle, keys, values: _one(handle).replace(keys, values)


@kernel("LookupTableRemoveV2")
def remove(k: KernelContext) -> Callable[..., None]:
    """Removes keys."""
    del k
    return lambda handle, keys: _one(handle).remove(keys)


@kernel("LookupTableSizeV2")
def size(k: KernelContext) -> Callable[..., Any]:
    """The number of keys."""
    del k
    return lambda handle: np.int64(_one(handle).size())


@kernel("LookupTableExportV2")
def export(k: KernelContext) -> Callable[..., Any]:
    """All keys and values."""
    del k
    return lambda handle: _one(handle).export()


@kernel("InitializeTableFromTextFileV2")
def initialize_from_text_file(k: KernelContext) -> Callable[..., None]:
    """Fills a table from a file."""
    key, value, count = k.attr("key_index"), k.attr("value_index"), k.attr("vocab_size")
    delimiter = k.attr("delimiter")
    between = delimiter if isinstance(delimiter, bytes) else delimiter.encode()
    if len(between) != 1:
        raise invalid(f"delimiter should be only 1 char. Received: {delimiter!r}")

    def run(handle: Any, filename: Any) -> None:
        table, name = _one(handle), flat(filename)[0].decode()
        table.fill(text_file.pairs(name, (key, table.key_dtype), (value, table.value_dtype), count, between))

    return run
