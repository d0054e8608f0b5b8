"""Crosses of SparseTensors and of Tensors, row by row, as strings or as hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels.string_arrays import flat, made
from tangraph_backend_cpu.kernels.string_hashes import by_length, fingerprint64

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

Array = Any

_FACTOR: Final = np.uint64(0xC6A4A7935BD1E995)
_SHIFT: Final = np.uint64(47)
_LARGEST: Final = np.uint64(2**63 - 1)


class _Column(NamedTuple):
    """One input: its elements, and for each row how many there are and where they begin."""

    values: Array
    counts: Array
    starts: Array


@kernel("SparseCross")
def sparse_cross(k: KernelContext) -> Callable[..., Any]:
    """Every combination of one element of each input, for each row."""
    count, buckets = k.attr("N"), np.uint64(k.attr("num_buckets"))
    key = np.uint64(k.attr("hash_key") & 0xFFFFFFFFFFFFFFFF)
    hashed = k.attr("hashed_output")

    def run(*inputs: Array) -> tuple[Array, Array, Array]:
        indices, values, shapes = inputs[:count], inputs[count : 2 * count], inputs[2 * count : 3 * count]
        dense = inputs[3 * count :]
        _check(indices, values, shapes, dense)
        rows = int(shapes[0][0] if count else len(dense[0]) if dense else 0)
        columns = [_sparse_column(*column, rows) for column in zip(indices, values, strict=True)]
        columns += [_dense_column(x) for x in dense]
        totals = np.prod([column.counts for column in columns], axis=0, dtype=np.int64) if columns else np.zeros(0, int)
        row = np.repeat(np.arange(rows), totals)
        number = np.arange(len(row)) - np.repeat(np.cumsum(totals) - totals, totals)
        chosen = _chosen(columns, row, number)
        crossed = _hashes(chosen, key, len(row), buckets) if hashed else _joined(chosen, len(row))
        widest = totals.max(initial=0)
        return np.stack([row, number], 1).astype(np.int64), crossed, np.array([rows, widest], np.int64)

    return run


def _check(indices: Sequence[Array], values: Sequence[Array], shapes: Sequence[Array], dense: Sequence[Array]) -> None:
    rows = None
    for number, (index, value, shape) in enumerate(zip(indices, values, shapes, strict=True)):
        rows = shape[0] if rows is None else rows
        if index.ndim != 2 or index.shape[1] != 2:
            size = index.shape[1] if index.ndim == 2 else index.ndim
            raise _invalid(f"Expected D2 of index to be 2 got {size} at position {number}")
        if len(index) != len(value):
            raise _invalid(f"Expected size of values to be {len(index)} got {len(value)} at position {number}")
        if shape[0] != rows:
            raise _invalid(f"Expected batch size {rows} got {shape[0]} at position {number}")
    for number, x in enumerate(dense):
        if np.ndim(x) != 2:
            raise _invalid(f"Dense inputs should be a matrix but received shape {np.shape(x)} at position {number}")
        rows = len(x) if rows is None else rows
        if len(x) != rows:
            raise _invalid(f"Expected batch size {rows} got {len(x)} at dense tensor {number}")


def _invalid(text: str) -> errors.OpError:
    return errors.InvalidArgumentError(None, None, text)


def _sparse_column(indices: Array, values: Array, rows: int) -> _Column:
    """Takes the elements up to the first that is out of order, as TensorFlow's kernel does."""
    row = indices[:, 0]
    right = (row >= np.concatenate([[0], row[:-1]])) & (row < rows)
    used = len(row) if right.all() else int(right.argmin())
    counts = np.bincount(row[:used], minlength=rows)
    return _Column(values, counts, np.cumsum(counts) - counts)


def _dense_column(x: Array) -> _Column:
    counts = np.full(len(x), x.shape[1])
    return _Column(x.reshape(-1), counts, np.arange(len(x)) * x.shape[1])


def _chosen(columns: list[_Column], row: Array, number: Array) -> list[Array]:
    """Returns the elements of each column that the combinations take; the last column's change fastest."""
    chosen = []
    for values, counts, starts in reversed(columns):
        size = counts[row]
        chosen.append(values[starts[row] + number % size])
        number = number // size
    return chosen[::-1]


def _joined(chosen: list[Array], size: int) -> Array:
    texts = [flat(x) if x.dtype == object else [b"%d" % value for value in x.tolist()] for x in chosen]
    return made(map(b"_X_".join, zip(*texts, strict=True)), (size,))


def _hashes(chosen: list[Array], key: Any, size: int, buckets: Any) -> Array:
    result = np.full(size, key, np.uint64)
    for x in chosen:
        words = by_length(flat(x), fingerprint64) if x.dtype == object else x.astype(np.uint64)
        result = _together(result, words)
    return (result % (buckets or _LARGEST)).astype(np.int64)


def _together(one: Array, other: Array) -> Array:
    """FarmHash's way to make one fingerprint of two (`FingerprintCat64`)."""
    result = one ^ _FACTOR
    result ^= _mixed(other * _FACTOR) * _FACTOR
    result *= _FACTOR
    return _mixed(_mixed(result) * _FACTOR)


def _mixed(x: Array) -> Array:
    return x ^ (x >> _SHIFT)
