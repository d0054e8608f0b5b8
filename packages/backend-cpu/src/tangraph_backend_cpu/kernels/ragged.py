"""Kernels of ragged tensors: ranges, rows, and the way to sparse tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _invalid(text: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, text)


def _places(starts: Any, lengths: Any) -> Any:
    """All places of ranges that start somewhere and are so long, one range behind the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(np.asarray(starts) - (ends - lengths), lengths)


@kernel("RaggedRange")
def ragged_range(k: KernelContext) -> Callable[..., Any]:
    """A range of numbers in each row."""
    split_type, dtype = (d.np for d in k.output_dtypes)

    def run(starts: Any, limits: Any, deltas: Any) -> tuple[Any, Any]:
        given = {"starts": np.asarray(starts), "limits": np.asarray(limits), "deltas": np.asarray(deltas)}
        for name, value in given.items():
            if value.ndim > 1:
                raise _invalid(f"{name} must be a scalar or vector")
        sizes = {value.size for value in given.values() if value.ndim}
        if len(sizes) > 1:
            raise _invalid("starts, limits, and deltas must have the same shape")
        first, last, step = np.broadcast_arrays(*[np.atleast_1d(value) for value in given.values()])
        if not step.all():
            raise _invalid("Requires delta != 0")
        if np.dtype(dtype).kind == "i":
            distance, size = np.abs(last.astype(np.int64) - first), np.abs(step.astype(np.int64))
            counts = -(-distance // size)
        else:
            counts = np.ceil(np.abs((last.astype(np.float64) - first) / step)).astype(np.int64)
        counts = np.where((step > 0) & (first >= last) | (step < 0) & (first <= last), 0, counts)
        inner = _places(np.zeros(len(counts), np.int64), counts)
        values = np.repeat(first, counts) + np.repeat(step, counts) * inner.astype(dtype)
        return np.concatenate([[0], np.cumsum(counts)]).astype(split_type), values.astype(dtype, copy=False)

    return run


@kernel("RaggedGather")
def ragged_gather(k: KernelContext) -> Callable[..., Any]:
    """Rows of a ragged tensor."""
    split_type = k.output_dtypes[0].np if len(k.output_dtypes) > 1 else np.dtype(np.int64)

    def run(*inputs: Any) -> Any:
        *nested, values, indices = inputs
        rows, flat = len(nested[0]) - 1, np.ravel(indices)
        bad = np.flatnonzero((flat < 0) | (flat >= rows))
        if bad.size:
            place = np.unravel_index(int(bad[0]), np.shape(indices))
            where = ",".join(str(int(i)) for i in place)
            raise _invalid(f"indices[{where}] = {flat[bad[0]]} is not in [0, {rows})")
        splits: list[Any] = []
        # The axes of the indices but for the last are uniform ones of the result.
        for axis, size in enumerate(np.shape(indices)[1:], 1):
            count = int(np.prod(np.shape(indices)[:axis]))
            splits.append(np.arange(count + 1) * size)
        places = flat
        for one in nested:
            lengths = (one[1:] - one[:-1])[places]
            splits.append(np.concatenate([[0], np.cumsum(lengths)]))
            places = _places(one[:-1][places], lengths)
        return (*[one.astype(split_type) for one in splits], values[places])

    return run


@kernel("RaggedTensorToSparse")
def ragged_to_sparse(k: KernelContext) -> Callable[..., Any]:
    """The coordinates, values and shape of a ragged tensor."""
    del k

    def run(*inputs: Any) -> tuple[Any, Any, Any]:
        *nested, values = inputs
        _check_splits(nested, len(values))
        columns: list[Any] = [np.arange(len(nested[0]) - 1)]
        sizes = [len(nested[0]) - 1]
        for splits in nested:
            lengths = splits[1:] - splits[:-1]
            columns = [np.repeat(column, lengths) for column in columns]
            columns.append(_places(np.zeros(len(lengths), np.int64), lengths))
            sizes.append(int(lengths.max(initial=0)))
        inner = values.shape[1:]
        count = int(np.prod(inner, dtype=np.int64))
        outer = np.repeat(np.stack(columns, 1), count, axis=0)
        rest = np.indices(inner).reshape(len(inner), count).T
        indices = np.hstack([outer, np.tile(rest, (len(values), 1))]).astype(np.int64)
        return indices, values.reshape(-1), np.array([*sizes, *inner], np.int64)

    return run


def _check_splits(nested: list[Any], count: int) -> None:
    for splits, after in zip(nested, [*[len(s) - 1 for s in nested[1:]], count], strict=True):
        if not len(splits):
            raise _invalid("ragged splits may not be empty.")
        if splits[0] != 0:
            raise _invalid("First value of ragged splits must be 0.")
        if (splits[1:] < splits[:-1]).any():
            raise _invalid("Ragged splits should be non decreasing.")
        if splits[-1] != after:
            raise _invalid("Final value of ragged splits must match the length the corresponding ragged values.")
