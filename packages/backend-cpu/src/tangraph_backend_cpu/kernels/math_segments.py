"""Reductions over segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.unbuffered import unbuffered

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _invalid(text: str) -> errors.OpError:
    return errors.InvalidArgumentError(None, None, text)


def _check_sorted(ids: Any) -> None:
    if len(ids) and ids[0] < 0:
        raise _invalid(
            f"Segment id {ids[0]} out of range [0, {int(ids[-1]) + 1}), possibly because 'segment_ids' input is not sorted."
        )
    if (ids[1:] < ids[:-1]).any():
        raise _invalid("segment ids are not increasing")


def _reduce_runs(ufunc: Any, rows: Any, ids: Any, out: Any) -> Any:
    """Reduces each run of rows with equal ids into the row of `out` with that number."""
    if len(ids):
        starts = np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
        out[ids[starts]] = ufunc.reduceat(rows, starts, axis=0, dtype=out.dtype)
    return out


def _mean_of(total: Any, counts: Any) -> Any:
    shaped = np.maximum(counts, 1).reshape(-1, *([1] * (total.ndim - 1)))
    if total.dtype.kind in "iu":
        return np.trunc(total / shaped).astype(total.dtype)
    return (total / shaped.astype(total.dtype)).astype(total.dtype, copy=False)


def _segments(ufunc_name: str, empty: int) -> Callable[[KernelContext], Any]:
    def factory(k: KernelContext) -> Any:
        ufunc = getattr(k.xp, ufunc_name)
        mean = k.op_type == "SegmentMean"

        def run(data: Any, ids: Any) -> Any:
            if data.ndim == 0 or data.shape[0] != ids.shape[0]:
                raise _invalid("segment_ids should be the same size as dimension 0 of input.")
            _check_sorted(ids)
            count = int(ids[-1]) + 1 if len(ids) else 0
            out = _reduce_runs(ufunc, data, ids, np.full((count, *data.shape[1:]), empty, data.dtype))
            return _mean_of(out, np.bincount(ids, minlength=count)) if mean else out

        return run

    return factory


for _op_type, _ufunc, _empty in (
    ("SegmentSum", "add", 0),
    ("SegmentMean", "add", 0),
    ("SegmentProd", "multiply", 1),
    ("SegmentMax", "maximum", 0),
    ("SegmentMin", "minimum", 0),
):
    kernel.add(_op_type, _segments(_ufunc, _empty))


def _start(k: KernelContext) -> Any:
    """What a segment without elements has."""
    dtype = k.input_dtypes[0]
    if k.op_type == "UnsortedSegmentMax":
        return dtype.min
    if k.op_type == "UnsortedSegmentMin":
        return dtype.max
    return 1 if k.op_type == "UnsortedSegmentProd" else 0


def one_row_an_id(data: Any, ids: Any) -> tuple[Any, Any]:
    """Returns the data and the ids of unsorted segments with the axes of the ids made one.

    Raises:
      InvalidArgumentError: the shape of the data does not begin with that of the ids.
    """
    if data.shape[: ids.ndim] != ids.shape:
        sizes = [str(list(s)).replace(" ", "") for s in (data.shape, ids.shape)]
        raise _invalid(f"data.shape = {sizes[0]} does not start with segment_ids.shape = {sizes[1]}")
    return data.reshape(ids.size, *data.shape[ids.ndim :]), ids.reshape(-1)


def _unsorted(ufunc_name: str) -> Callable[[KernelContext], Any]:
    def factory(k: KernelContext) -> Any:
        ufunc, start = getattr(k.xp, ufunc_name), _start(k)
        if k.xp is not np:
            return _unsorted_on_device(k.xp, unbuffered(k.xp, ufunc_name), start)

        def run(data: Any, ids: Any, num_segments: Any) -> Any:
            count = int(num_segments)
            rows, flat = one_row_an_id(np.asarray(data), np.asarray(ids))
            if (flat >= count).any():
                place = int(np.flatnonzero(flat >= count)[0])
                where = ",".join(str(i) for i in np.unravel_index(place, ids.shape)) if ids.ndim else ""
                raise _invalid(f"segment_ids[{where}] = {flat[place]} is out of range [0, {count})")
            if (flat < 0).any():
                kept = flat >= 0
                flat, rows = flat[kept], rows[kept]
            order = np.argsort(flat, kind="stable")
            out = np.full((count, *rows.shape[1:]), start, data.dtype)
            return _reduce_runs(ufunc, rows[order], flat[order], out)

        return run

    return factory


def _unsorted_on_device(xp: Any, update: Any, start: Any) -> Any:
    """As TensorFlow's GPU kernels: rows whose segment does not exist are dropped in silence."""

    def run(data: Any, ids: Any, num_segments: Any) -> Any:
        count = int(num_segments)
        rows, flat = one_row_an_id(data, ids)
        out = xp.full((count + 1, *rows.shape[1:]), start, data.dtype)
        update(out, xp.where((flat < 0) | (flat >= count), count, flat), rows)
        return out[:count]

    return run


for _op_type, _ufunc in (
    ("UnsortedSegmentSum", "add"),
    ("UnsortedSegmentProd", "multiply"),
    ("UnsortedSegmentMax", "maximum"),
    ("UnsortedSegmentMin", "minimum"),
):
    kernel.add(_op_type, _unsorted(_ufunc))


def _divided(op_type: str, total: Any, counts: Any) -> Any:
    """A sum over segments as the mean, or over the root of the number of rows."""
    if "Mean" in op_type:
        return _mean_of(total, counts)
    if "SqrtN" in op_type:
        shaped = np.sqrt(np.maximum(counts, 1)).reshape(-1, *([1] * (total.ndim - 1)))
        return (total / shaped).astype(total.dtype, copy=False)
    return total


def _sparse(k: KernelContext) -> Any:
    add, op_type = k.xp.add, k.op_type

    def run(data: Any, indices: Any, ids: Any, num_segments: Any = None) -> Any:
        if indices.shape != ids.shape:
            raise _invalid("segment_ids and indices should have same size.")
        _check_sorted(ids)
        count = int(ids[-1]) + 1 if len(ids) else 0
        if num_segments is not None:
            if count > int(num_segments):
                raise _invalid("segment ids must be < num_segments")
            count = int(num_segments)
        bad = (indices < 0) | (indices >= data.shape[0])
        if bad.any():
            place = int(np.flatnonzero(bad)[0])
            raise _invalid(f"Bad: indices[{place}] == {indices[place]} out of range [0, {data.shape[0]})")
        out = _reduce_runs(add, data[indices], ids, np.zeros((count, *data.shape[1:]), data.dtype))
        return _divided(op_type, out, np.bincount(ids, minlength=count))

    return run


for _name in ("SparseSegmentSum", "SparseSegmentMean", "SparseSegmentSqrtN"):
    kernel.add(_name, _sparse)
    kernel.add(f"{_name}WithNumSegments", _sparse)


def _sparse_grad(k: KernelContext) -> Any:
    add, op_type = k.xp.add, k.op_type

    def run(grad: Any, indices: Any, ids: Any, rows: Any) -> Any:
        out = np.zeros((int(rows), *grad.shape[1:]), grad.dtype)
        shares = _divided(op_type, grad, np.bincount(ids, minlength=grad.shape[0]))
        order = np.argsort(indices, kind="stable")
        return _reduce_runs(add, shares[ids[order]], indices[order], out)

    return run


kernel.add("SparseSegmentMeanGrad", _sparse_grad)
kernel.add("SparseSegmentSqrtNGrad", _sparse_grad)
