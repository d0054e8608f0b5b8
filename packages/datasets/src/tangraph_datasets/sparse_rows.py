"""A SparseTensor as SparseTensors of one rank less, one a row, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import errors

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType

#: Indices, values and dense shape.
Parts = tuple[Any, Any, Any]


def check_parts(indices: Any, values: Any, shape: Any) -> None:
    """Checks that three arrays are a SparseTensor.

    Raises:
      InvalidArgumentError: they are not.
    """
    if np.ndim(indices) != 2 or np.ndim(values) != 1 or np.ndim(shape) != 1:
        found = [list(np.shape(part)) for part in (indices, values, shape)]
        raise errors.InvalidArgumentError(
            None, None, f"Indices, values and shape of a SparseTensor must have rank 2, 1 and 1 but have shapes {found}"
        )
    if len(indices) != len(values) or indices.shape[1] != len(shape):
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Number of values must match first dimension of indices. Got {len(values)} values, indices shape: "
            f"{list(indices.shape)}",
        )


def split(indices: Any, values: Any, shape: Any) -> Iterator[Parts]:
    """Yields the rows of a SparseTensor, of the empty ones too.

    Raises:
      InvalidArgumentError: the parts do not fit each other, or there is no row dimension to split.
    """
    check_parts(indices, values, shape)
    if len(shape) < 2:
        raise errors.InvalidArgumentError(
            None, None, f"Rank of input SparseTensor should be > 1, but saw rank: {len(shape)}"
        )
    rows = indices[:, 0]
    order = np.argsort(rows, kind="stable")
    count = int(shape[0])
    if len(rows) and (rows.min() < 0 or rows.max() >= count):
        raise errors.InvalidArgumentError(
            None, None, f"Received unexpected group index {rows.max()} >= {count} rows of the SparseTensor"
        )
    borders = np.searchsorted(rows[order], np.arange(count + 1))
    for begin, end in zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True):
        places = order[begin:end]
        yield indices[places, 1:], values[places], shape[1:].copy()


def join(parts: Sequence[Parts], dtype: DType) -> Parts:
    """Returns the SparseTensor whose rows the given ones are; its shape is the largest of theirs.

    Raises:
      InvalidArgumentError: they differ in rank or type.
    """
    if not parts:
        raise errors.InvalidArgumentError(None, None, "Must have at least 1 serialized SparseTensor, has 0")
    rank = len(parts[0][2])
    for index, (_, values, shape) in enumerate(parts):
        if len(shape) != rank:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Inconsistent rank across SparseTensors: rank prior to SparseTensor[{index}] was: {rank + 1} but rank "
                f"of SparseTensor[{index}] is: {len(shape) + 1}",
            )
        if values.dtype != dtype.np:
            raise errors.InvalidArgumentError(
                None, None, f"Requested SparseTensor of type {dtype.name} but SparseTensor[{index}] is of another type"
            )
    rows = [np.full((len(values), 1), i, np.int64) for i, (_, values, _) in enumerate(parts)]
    indices = np.concatenate([np.hstack([r, p[0]]) for r, p in zip(rows, parts, strict=True)])
    values = np.concatenate([p[1] for p in parts])
    sizes = np.stack([p[2] for p in parts]).max(axis=0) if rank else np.zeros(0, np.int64)
    return indices, values, np.concatenate([[len(parts)], sizes]).astype(np.int64)
