"""SaveV2, RestoreV2, MergeV2Checkpoints and ShardedFilename: their schemas and kernels."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import raw_shape
from tangraph.framework.dtypes import DType
from tangraph.framework.errors import InvalidArgumentError
from tangraph.framework.op_def import OpSet
from tangraph.plan.kernel import KernelSet
from tangraph_interop.checkpoint.bundle import BundleReader, BundleWriter, merge_bundles
from tangraph_interop.checkpoint.slices import parse_spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.plan.kernel import KernelContext

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
ops.not_differentiable("SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename")


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
            os.makedirs(folder, exist_ok=True)
        values = [
            tensor.get() if hasattr(tensor, "get") and not isinstance(tensor, bytes) else tensor for tensor in tensors
        ]
        BundleWriter(path).write(list(zip(names, specs, values, types, strict=True)))

    return run


@kernel("RestoreV2")
def restore(k: KernelContext) -> Callable[..., Any]:
    """Reads tensors of a checkpoint."""
    types: list[DType] = k.attr("dtypes")
    single = len(types) == 1

    def run(prefix: Any, tensor_names: Any, shape_and_slices: Any) -> Any:
        names, specs = _texts(tensor_names), _texts(shape_and_slices)
        _check_lengths(names, specs, len(types))
        reader = BundleReader(_text(prefix))
        read = [_restored(reader, name, spec, dtype) for name, spec, dtype in zip(names, specs, types, strict=True)]
        return read[0] if single else tuple(read)

    return run


def _restored(reader: BundleReader, name: str, spec: str, dtype: DType) -> Any:
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
