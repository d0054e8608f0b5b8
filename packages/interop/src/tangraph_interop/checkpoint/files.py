"""Checkpoints of either format behind one interface."""

from __future__ import annotations

import glob
import math
import os
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tangraph.framework.errors import DataLossError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tangraph.framework.dtypes import DType
    from tangraph_interop.checkpoint.slices import TensorSlice

Array = np.ndarray[Any, Any]


class CheckpointFiles(Protocol):
    """The tensors of a checkpoint.

    Attributes:
      prefix: the checkpoint's name.
    """

    prefix: str

    def names(self) -> list[str]:
        """Returns the names of the tensors, sorted."""

    def has(self, name: str) -> bool:
        """Returns whether there is a tensor of that name."""

    def dtype(self, name: str) -> DType:
        """Returns the type of a tensor."""

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor."""

    def read(self, name: str, part: TensorSlice | None = None) -> Any:
        """Returns a tensor, or a slice of it."""


def open_checkpoint(prefix: str) -> CheckpointFiles:
    """Returns a checkpoint: in the format V2 where there is an index of that name, else in the format V1.

    Raises:
      NotFoundError: there is none.
      DataLossError: it is damaged.
    """
    from tangraph_interop.checkpoint.bundle import index_file
    from tangraph_interop.checkpoint.bundle_reader import BundleReader
    from tangraph_interop.checkpoint.v1 import TableReader

    if os.path.exists(index_file(prefix)):
        return BundleReader(prefix)
    files = matching_files(prefix)
    if not files:
        raise NotFoundError(
            None,
            None,
            f"Unsuccessful TensorSliceReader constructor: Failed to find any matching files for {prefix}",
        )
    return TableReader(prefix, files)


def matching_files(pattern: str) -> list[str]:
    """Returns the files of a checkpoint in the format V1, "m" or "m-?????-of-00002"."""
    if os.path.isfile(pattern):
        return [pattern]
    return sorted(path for path in glob.glob(pattern) if os.path.isfile(path))


def assemble(
    prefix: str,
    name: str,
    dtype: DType,
    shape: tuple[int, ...],
    wanted: TensorSlice,
    stored: Iterable[tuple[TensorSlice, Callable[[], Array]]],
) -> Array:
    """Puts a slice of a tensor together from those that are stored.

    Args:
      prefix, name: what errors say.
      dtype, shape: those of the whole tensor.
      wanted: the slice.
      stored: the slices that there are, each with what reads it.

    Raises:
      NotFoundError: they do not cover what is wanted.
      DataLossError: one of them lies outside of the tensor.
    """
    ranges = wanted.ranges(shape)
    pieces = []
    for part, load in stored:
        if len(part.extents) != len(shape):
            raise DataLossError(
                None, None, f"A slice of {name} in checkpoint {prefix} has another rank than the tensor"
            )
        there = part.ranges(shape)
        if any(begin < 0 or end > size for (begin, end), size in zip(there, shape, strict=True)):
            raise DataLossError(None, None, f"A slice of {name} in checkpoint {prefix} lies outside of the tensor")
        common = [(max(a, c), min(b, d)) for (a, b), (c, d) in zip(ranges, there, strict=True)]
        if all(begin < end for begin, end in common):
            pieces.append((common, there, load))
    wanted_size = math.prod(end - begin for begin, end in ranges)
    # Slices may overlap, so this can only rule out. It comes first: a damaged shape must not allocate memory.
    covered_size = sum(math.prod(end - begin for begin, end in common) for common, _, _ in pieces)
    if covered_size < wanted_size:
        raise NotFoundError(None, None, f"The slices of {name} in checkpoint {prefix} do not cover {wanted}")
    loaded = [(common, there, load()) for common, there, load in pieces]
    result = np.zeros([end - begin for begin, end in ranges], dtype.np)
    covered = np.zeros(result.shape, bool)
    for common, there, value in loaded:
        target = tuple(slice(b - o, e - o) for (b, e), (o, _) in zip(common, ranges, strict=True))
        source = tuple(slice(b - o, e - o) for (b, e), (o, _) in zip(common, there, strict=True))
        result[target] = value[source]
        covered[target] = True
    if not covered.all():
        raise NotFoundError(None, None, f"The slices of {name} in checkpoint {prefix} do not cover {wanted}")
    return result
