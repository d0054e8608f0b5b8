"""The nodes that a Saver adds to the graph."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from tangraph.framework.device import DeviceSpec
from tangraph.framework.make_op import make_op
from tangraph.framework.protos import SaverDef
from tangraph.framework.scopes import control_dependencies, device, name_scope
from tangraph.ops.array.constant import constant, placeholder_with_default
from tangraph.ops.array.identity import identity
from tangraph.ops.array.shape import shape as shape_of
from tangraph.ops.control_flow.grouping import group, with_dependencies
from tangraph_training.saveables import SaveableObject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


def build(
    saveables: Sequence[SaveableObject],
    *,
    name: str | None,
    filename: str | None,
    reshape: bool,
    sharded: bool,
    max_to_keep: int,
    keep_checkpoint_every_n_hours: float,
    version: int,
) -> SaverDef:
    """Adds the nodes that save and restore; returns the message that names them."""
    first = version == SaverDef.V1
    with name_scope(name, "save", [saveable.op for saveable in saveables]):
        path = placeholder_with_default(filename or "model", shape=(), name="filename")
        # The name is from the time when there was a Const in this place.
        path = placeholder_with_default(path, shape=(), name="Const")
        if sharded:
            shards = by_device(saveables)
            save = _save_files(path, shards) if first else _save_shards(path, shards)
            restore = _restore_shards(path, shards, reshape)
        else:
            save = _save(path, saveables, first)
            restore = _restore(path, saveables, reshape, "restore_all")
    return SaverDef(
        filename_tensor_name=path.name,
        save_tensor_name=save.name,
        restore_op_name=restore.name,
        max_to_keep=max_to_keep,
        sharded=sharded,
        keep_checkpoint_every_n_hours=keep_checkpoint_every_n_hours,
        version=version,
    )


def _save(path: Tensor, saveables: Sequence[SaveableObject], first: bool = False) -> Tensor:
    """Saves to one file; `first` is for TensorFlow's first format."""
    specs = [spec for saveable in saveables for spec in saveable.specs]
    names, slices = [spec.name for spec in specs], [spec.slice_spec for spec in specs]
    tensors = [spec.tensor for spec in specs]
    if first:
        saved = make_op("SaveSlices", path, names, slices, tensors, name="save")
    else:
        saved = make_op("SaveV2", path, names, slices, tensors)
    path_after: Tensor = with_dependencies([saved], path)
    return path_after


def _restore(path: Tensor, saveables: Sequence[SaveableObject], reshape: bool, name: str) -> Operation:
    specs = [spec for saveable in saveables for spec in saveable.specs]
    with device("CPU:0"):
        values = make_op(
            "RestoreV2",
            path,
            [spec.name for spec in specs],
            [spec.slice_spec for spec in specs],
            dtypes=[spec.dtype.base for spec in specs],
        )
    done = []
    position = 0
    for saveable in saveables:
        shapes = [_static_or_dynamic_shape(spec.tensor) for spec in saveable.specs] if reshape else None
        done.append(saveable.restore(values[position : position + len(saveable.specs)], shapes))
        position += len(saveable.specs)
    return group(*done, name=name)


def _static_or_dynamic_shape(tensor: Tensor) -> Any:
    shape = tensor.get_shape()
    return shape if shape.is_fully_defined() else shape_of(tensor)


# -- shards ------------------------------------------------------------------------------------------------------


def by_device(saveables: Sequence[SaveableObject]) -> list[tuple[str, list[SaveableObject]]]:
    """Returns the saveables by device, sorted."""
    found: dict[str, list[SaveableObject]] = {}
    for saveable in saveables:
        devices = {_canonical(spec.tensor.device) for spec in saveable.specs}
        if len(devices) != 1:
            raise ValueError(f"All tensors of a saveable object must be on the same device: {saveable.name}")
        found.setdefault(devices.pop(), []).append(saveable)
    return sorted(found.items(), key=lambda item: item[0])


def _canonical(name: str) -> str:
    return DeviceSpec.from_string(name or "").to_string()


def on_cpu(name: str) -> str:
    """Returns the CPU of the task that a device belongs to."""
    spec = DeviceSpec.from_string(name)
    return spec.replace(device_type="CPU", device_index=0).to_string()


def _save_shards(path: Tensor, shards: Sequence[tuple[str, list[SaveableObject]]]) -> Tensor:
    from tangraph.ops.strings.join import string_join

    prefix = string_join([path, f"_temp_{uuid.uuid4().hex}/part"])
    count = constant(len(shards), name="num_shards")
    names, saves = [], []
    for shard, (where, saveables) in enumerate(shards):
        with device(on_cpu(where)):
            names.append(make_op("ShardedFilename", prefix, shard, count))
            saves.append(_save(names[-1], saveables))
    # The shards become one checkpoint where the last of them is.
    with control_dependencies([save.op for save in saves]), device(on_cpu(shards[-1][0])):
        merged = make_op("MergeV2Checkpoints", names, path, delete_old_dirs=True)
        with control_dependencies([merged]):
            return identity(path)


def _save_files(path: Tensor, shards: Sequence[tuple[str, list[SaveableObject]]]) -> Tensor:
    """As `_save_shards` for the format V1: the files stay as they are, and the checkpoint is a pattern of names."""
    count = constant(len(shards), name="num_shards")
    saves = []
    for shard, (where, saveables) in enumerate(shards):
        with device(where):
            saves.append(_save(make_op("ShardedFilename", path, shard, count), saveables, first=True))
    with control_dependencies([save.op for save in saves]):
        pattern: Tensor = make_op("ShardedFilespec", path, count)
        return pattern


def _restore_shards(path: Tensor, shards: Sequence[tuple[str, list[SaveableObject]]], reshape: bool) -> Operation:
    restores = []
    for where, saveables in shards:
        with device(where):
            restores.append(_restore(path, saveables, reshape, "restore_shard"))
    return group(*restores, name="restore_all")
