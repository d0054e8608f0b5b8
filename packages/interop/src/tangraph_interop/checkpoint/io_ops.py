"""The ops that save and restore, of the formats V2 and V1: their schemas and kernels."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import raw_shape
from tangraph.framework.dtypes import DType
from tangraph.framework.errors import InvalidArgumentError, NotFoundError
from tangraph.framework.op_def import OpSet
from tangraph.plan.kernel import KernelSet
from tangraph.util.file_io import translated
from tangraph_interop.checkpoint.bundle_writer import BundleWriter, merge_bundles
from tangraph_interop.checkpoint.files import CheckpointFiles, open_checkpoint
from tangraph_interop.checkpoint.slices import parse_spec
from tangraph_interop.checkpoint.v1 import write_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.plan.kernel import KernelContext

_THREADS: Final = min(8, os.cpu_count() or 1)

ops = OpSet()
kernel = KernelSet()


def _save_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[0], 0)
    for index in (1, 2):
        raw_shape.with_rank(c.shapes[index], 1)
    return []


def _restore_shape(c: ShapeContext) -> list[Raw]:
    _save_shape(c)
    types = c.attr("dtypes")
    specs = c.value(2)
    if specs is None or len(specs) != len(types):
        return [None] * len(types)
    return [_slice_shape(spec) for spec in specs]


def _slice_shape(spec: bytes) -> Raw:
    if not spec:
        return None
    try:
        return parse_spec(spec.decode())[2]
    except InvalidArgumentError as error:
        raise ValueError(error.message) from None


def _save_v1_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[0], 0)
    raw_shape.with_rank(c.shapes[1], 1)
    return []


def _restore_v1_shape(c: ShapeContext) -> Raw:
    for shape in c.shapes:
        raw_shape.with_rank(shape, 0)
    spec = c.value(2) if len(c.shapes) > 2 else None
    return None if spec is None else _slice_shape(spec.item())


def _merge_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[0], 1)
    raw_shape.with_rank(c.shapes[1], 0)
    return []


def _filename_shape(c: ShapeContext) -> Raw:
    for shape in c.shapes:
        raw_shape.with_rank(shape, 0)
    return ()


SAVE = ops.define(
    "SaveV2",
    ["prefix: string", "tensor_names: string", "shape_and_slices: string", "tensors: dtypes"],
    attrs=["dtypes: list(type) >= 1"],
    shape=_save_shape,
    stateful=True,
)
RESTORE = ops.define(
    "RestoreV2",
    ["prefix: string", "tensor_names: string", "shape_and_slices: string"],
    ["tensors: dtypes"],
    ["dtypes: list(type) >= 1"],
    shape=_restore_shape,
    stateful=True,
)
MERGE = ops.define(
    "MergeV2Checkpoints",
    ["checkpoint_prefixes: string", "destination_prefix: string"],
    attrs=["delete_old_dirs: bool = true"],
    shape=_merge_shape,
    stateful=True,
)
SHARDED_FILENAME = ops.define(
    "ShardedFilename",
    ["basename: string", "shard: int32", "num_shards: int32"],
    ["filename: string"],
    shape=_filename_shape,
)
SHARDED_FILESPEC = ops.define(
    "ShardedFilespec",
    ["basename: string", "num_shards: int32"],
    ["filename: string"],
    shape=_filename_shape,
)
SAVE_SLICES = ops.define(
    "SaveSlices",
    ["filename: string", "tensor_names: string", "shapes_and_slices: string", "data: T"],
    attrs=["T: list(type) >= 1"],
    shape=_save_shape,
    stateful=True,
)
SAVE_V1 = ops.define(
    "Save",
    ["filename: string", "tensor_names: string", "data: T"],
    attrs=["T: list(type) >= 1"],
    shape=_save_v1_shape,
    stateful=True,
)
RESTORE_V1 = ops.define(
    "Restore",
    ["file_pattern: string", "tensor_name: string"],
    ["tensor: dt"],
    ["dt: type", "preferred_shard: int = -1"],
    shape=_restore_v1_shape,
    stateful=True,
)
RESTORE_SLICE = ops.define(
    "RestoreSlice",
    ["file_pattern: string", "tensor_name: string", "shape_and_slice: string"],
    ["tensor: dt"],
    ["dt: type", "preferred_shard: int = -1"],
    shape=_restore_v1_shape,
    stateful=True,
)
ops.without_gradient(
    "MergeV2Checkpoints",
    "Restore",
    "RestoreSlice",
    "RestoreV2",
    "Save",
    "SaveSlices",
    "SaveV2",
    "ShardedFilename",
    "ShardedFilespec",
)


def _text(value: Any) -> str:
    item = value.item() if hasattr(value, "item") else value
    return os.fsdecode(item)


def _texts(value: Any) -> list[str]:
    return [os.fsdecode(item) for item in np.asarray(value, object).ravel().tolist()]


def _check_lengths(names: list[str], specs: list[str], count: int) -> None:
    for what, items in (("tensor_names", names), ("shape_and_slices", specs)):
        if len(items) != count:
            raise InvalidArgumentError(
                None, None, f"{what} must have one element for each tensor. Received: {len(items)} for {count} tensors"
            )


@kernel("SaveV2")
def save(k: KernelContext) -> Callable[..., None]:
    """Writes a checkpoint of one shard."""
    types: list[DType] = k.attr("dtypes")

    def run(prefix: Any, tensor_names: Any, shape_and_slices: Any, *tensors: Any) -> None:
        names, specs = _texts(tensor_names), _texts(shape_and_slices)
        _check_lengths(names, specs, len(types))
        path = _text(prefix)
        folder = os.path.dirname(path)
        if folder:
            with translated(folder):
                os.makedirs(folder, exist_ok=True)
        BundleWriter(path).write(list(zip(names, specs, _on_host(tensors), types, strict=True)))

    return run


def _on_host(tensors: Iterable[Any]) -> list[Any]:
    return [t.get() if hasattr(t, "get") and not isinstance(t, bytes) else t for t in tensors]


@kernel("SaveSlices")
def save_slices(k: KernelContext) -> Callable[..., None]:
    """Writes a checkpoint in the format V1."""
    types: list[DType] = k.attr("T")

    def run(filename: Any, tensor_names: Any, shapes_and_slices: Any, *tensors: Any) -> None:
        names, specs = _texts(tensor_names), _texts(shapes_and_slices)
        _check_lengths(names, specs, len(types))
        path = _text(filename)
        folder = os.path.dirname(path)
        if folder and not os.path.isdir(folder):
            raise NotFoundError(None, None, f"{path}; No such file or directory")
        write_tables(path, list(zip(names, specs, _on_host(tensors), types, strict=True)))

    return run


@kernel("Save")
def save_v1(k: KernelContext) -> Callable[..., None]:
    """Writes a checkpoint in the format V1, of whole tensors."""
    write = save_slices(k)
    count = len(k.attr("T"))
    return lambda filename, tensor_names, *tensors: write(filename, tensor_names, [b""] * count, *tensors)


@kernel("RestoreV2")
def restore(k: KernelContext) -> Callable[..., Any]:
    """Reads tensors of a checkpoint."""
    types: list[DType] = k.attr("dtypes")
    single = len(types) == 1

    def run(prefix: Any, tensor_names: Any, shape_and_slices: Any) -> Any:
        names, specs = _texts(tensor_names), _texts(shape_and_slices)
        _check_lengths(names, specs, len(types))
        reader = open_checkpoint(_text(prefix))
        if single:
            return _restored(reader, names[0], specs[0], types[0])
        # Reading waits for the system, which works for several threads at a time.
        with ThreadPoolExecutor(_THREADS) as threads:
            return tuple(threads.map(_restored, repeat(reader), names, specs, types))

    return run


@kernel("Restore")
def restore_v1(k: KernelContext) -> Callable[..., Any]:
    """Reads a tensor of a checkpoint."""
    dtype = k.attr("dt")
    return lambda pattern, name: _restored(open_checkpoint(_text(pattern)), _text(name), "", dtype)


@kernel("RestoreSlice")
def restore_slice(k: KernelContext) -> Callable[..., Any]:
    """Reads a slice of a tensor of a checkpoint."""
    dtype = k.attr("dt")
    return lambda pattern, name, spec: _restored(open_checkpoint(_text(pattern)), _text(name), _text(spec), dtype)


def _restored(reader: CheckpointFiles, name: str, spec: str, dtype: DType) -> Any:
    found = reader.dtype(name)
    if found is not dtype:
        raise InvalidArgumentError(
            None,
            None,
            f"tensor_name = {name}; expected dtype {_runtime_name(dtype)} does not equal original dtype "
            f"{_runtime_name(found)}",
        )
    part = None
    if spec:
        shape, part, _ = parse_spec(spec)
        if shape != reader.shape(name):
            raise InvalidArgumentError(
                None,
                None,
                f"tensor_name = {name}; shape in shape_and_slice spec {list(shape)} does not match the shape stored in "
                f"checkpoint: {list(reader.shape(name))}",
            )
    value = reader.read(name, part)
    return value[()] if value.ndim == 0 else value


def _runtime_name(dtype: DType) -> str:
    from tangraph_interop.schema_text import type_name

    return type_name(dtype)


@kernel("MergeV2Checkpoints")
def merge(k: KernelContext) -> Callable[..., None]:
    """Makes one checkpoint of several."""
    delete = k.attr("delete_old_dirs")

    def run(prefixes: Any, destination: Any) -> None:
        merge_bundles(_texts(prefixes), _text(destination), delete_old_dirs=delete)

    return run


@kernel("ShardedFilename")
def sharded_filename(k: KernelContext) -> Callable[..., bytes]:
    """Returns the name of a shard's file."""
    return lambda name, shard, count: os.fsencode(_text(name)) + b"-%05d-of-%05d" % (int(shard), int(count))


@kernel("ShardedFilespec")
def sharded_filespec(k: KernelContext) -> Callable[..., bytes]:
    """Returns the pattern of the names of all shards."""
    return lambda name, count: os.fsencode(_text(name)) + b"-?????-of-%05d" % int(count)
