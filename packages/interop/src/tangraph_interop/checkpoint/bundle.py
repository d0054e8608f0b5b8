"""Checkpoints in the format V2: an index (a sorted table) of the tensors, and their bytes in data shards."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph_interop.messages import BundleEntryProto


def data_file(prefix: str, shard: int, shards: int) -> str:
    """Returns the name of a data shard."""
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


def index_file(prefix: str) -> str:
    """Returns the name of the index."""
    return f"{prefix}.index"


def set_shape(entry: BundleEntryProto, shape: Sequence[int]) -> None:
    """Writes a tensor's shape into its entry."""
    entry.shape.SetInParent()
    for size in shape:
        entry.shape.dim.add(size=size)


def shape_of(entry: BundleEntryProto) -> tuple[int, ...]:
    """Returns the shape of an entry's tensor."""
    return tuple(dim.size for dim in entry.shape.dim)
