"""The nodes that save and restore on several devices: each writes a shard, and the shards become one checkpoint."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import control_dependencies, device
from tangraph.ops.array.constant import constant
from tangraph.ops.strings.join import string_join
from tangraph_training.saver_graph import on_cpu

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor
    from tangraph_training.saveables import SaveableObject


def _by_device(saveables: Iterable[SaveableObject]) -> list[tuple[str, list[SaveableObject]]]:
    found: dict[str, list[SaveableObject]] = {}
    for saveable in saveables:
        found.setdefault(saveable.device, []).append(saveable)
    return sorted(found.items(), key=lambda item: item[0])


def save(prefix: Tensor, saveables: Iterable[SaveableObject]) -> Operation:
    """Adds the nodes that save; returns the operation after which the checkpoint is there."""
    shards = _by_device(saveables)
    with device("cpu:0"):
        temporary = string_join([prefix, f"_temp_{uuid.uuid4().hex}/part"])
    count = constant(len(shards), name="num_shards")
    names, saves = [], []
    for shard, (where, found) in enumerate(shards):
        with device(on_cpu(where)):
            names.append(make_op("ShardedFilename", temporary, shard, count))
        specs = [spec for saveable in found for spec in saveable.specs]
        with device(where):
            tensors = [spec.tensor for spec in specs]
            with device("cpu:0"):
                keys, slices = [spec.name for spec in specs], [spec.slice_spec for spec in specs]
                saves.append(make_op("SaveV2", names[-1], keys, slices, tensors))
    with control_dependencies(saves), device(on_cpu(shards[-1][0])):
        merged: Operation = make_op("MergeV2Checkpoints", names, prefix, delete_old_dirs=True)
    return merged


def restore(prefix: Tensor, saveables: Iterable[SaveableObject]) -> dict[str, Any]:
    """Adds the nodes that restore; returns the operations by the saveables' names."""
    operations: dict[str, Any] = {}
    for where, found in _by_device(saveables):
        with device(where):
            specs = [spec for saveable in found for spec in saveable.specs]
            with device("cpu:0"):
                values = make_op(
                    "RestoreV2",
                    prefix,
                    [spec.name for spec in specs],
                    [spec.slice_spec for spec in specs],
                    dtypes=[spec.dtype.base for spec in specs],
                )
            position = 0
            for saveable in found:
                end = position + len(saveable.specs)
                operations[saveable.name] = saveable.restore(values[position:end], None)
                position = end
    return operations
