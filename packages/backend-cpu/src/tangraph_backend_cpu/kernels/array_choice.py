"""Choices: Where, Select, OneHot, Unique, ListDiff, LowerBound, DynamicPartition, DynamicStitch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.array_join import as_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("Where")
def where(k: KernelContext) -> Callable[..., Any]:
    """The indices of the elements that are not zero."""
    xp = k.xp
    return lambda x: xp.argwhere(x).astype(np.int64, copy=False)


@kernel("Select")
def select(k: KernelContext) -> Callable[..., Any]:
    """One of two arrays, element by element, row by row or as a whole."""
    xp = k.xp
    data = k.static_shapes[1]
    string = k.output_dtypes[0].name == "string"
    same = k.static_shapes[0] == k.static_shapes[1] == k.static_shapes[2]
    if not string and same and data and raw_shape.is_fully_defined(data):
        return xp.where  # type: ignore[no-any-return]
    to_str = raw_shape.to_str

    def check_equal(x: Any, y: Any) -> None:
        if x.shape != y.shape:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"'then' and 'else' must have the same size.  but received: {to_str(x.shape)} vs. {to_str(y.shape)}",
            )

    def chosen(c: Any, x: Any, y: Any) -> Any:
        x, y = as_array(x), as_array(y)
        if np.ndim(c) == 0:
            check_equal(x, y)
            return (x if c else y).copy()
        if c.ndim == 1 and x.ndim != 1:
            if x.ndim == 0:
                raise errors.InvalidArgumentError(None, None, "'then' must be at least a vector, but saw shape: []")
            if x.shape[0] != c.size:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"Number of batches of 'then' must match size of 'cond', but saw: {x.shape[0]} vs. {c.size}",
                )
            check_equal(x, y)
            return xp.where(c.reshape(-1, *[1] * (x.ndim - 1)), x, y)
        for i, value in enumerate((x, y), 1):
            if value.shape != c.shape:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"Inputs to operation {k.name} of type Select must have the same size and shape.  Input 0: "
                    f"{to_str(c.shape)} != input {i}: {to_str(value.shape)}",
                )
        return xp.where(c, x, y)

    if string:
        return lambda c, x, y: _scalar_bytes(chosen(c, x, y))
    return chosen


@kernel("SelectV2")
def select_v2(k: KernelContext) -> Callable[..., Any]:
    """One of two arrays, with broadcasting."""
    xp = k.xp
    if k.output_dtypes[0].name == "string":
        return lambda c, x, y: _scalar_bytes(xp.where(c, as_array(x), as_array(y)))
    return lambda c, x, y: xp.where(c, x, y)[()]


def _scalar_bytes(array: Any) -> Any:
    return array[()] if array.ndim == 0 else array


@kernel("OneHot")
def one_hot(k: KernelContext) -> Callable[..., Any]:
    """Vectors with one other element."""
    xp, axis, dtype = k.xp, k.attr("axis"), k.output_dtypes[0].np

    def made(indices: Any, depth: Any, on: Any, off: Any) -> Any:
        if np.ndim(depth):
            raise errors.InvalidArgumentError(None, None, f"depth must be a scalar, but got: {list(depth.shape)}")
        count = int(depth)
        if count < 0:
            raise errors.InvalidArgumentError(None, None, f"depth must be non-negative, got: {count}")
        flat = xp.asarray(indices).reshape(-1).astype(np.int64)
        result = xp.empty((flat.size, count), dtype)
        result[...] = off
        rows = xp.nonzero((flat >= 0) & (flat < count))[0]
        result[rows, flat[rows]] = on
        result = result.reshape(*np.shape(indices), count)
        last = result.ndim - 1
        if axis in (-1, last):
            return result
        return xp.ascontiguousarray(xp.moveaxis(result, -1, axis))

    return made


def _first_occurrences(x: Any, dtype: Any) -> tuple[Any, Any, Any]:
    """Returns the different elements in the order of their first occurrence, the inverse, and the counts."""
    if x.ndim != 1:
        raise errors.InvalidArgumentError(None, None, "unique expects a 1D vector.")
    values, first, inverse, counts = (
        np.unique(x, return_index=True, return_inverse=True, return_counts=True, equal_nan=False)
        if not x.dtype.hasobject
        else _unique_objects(x)
    )
    order = np.argsort(first, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return values[order], place[inverse.reshape(-1)].astype(dtype), counts[order].astype(dtype)


def _unique_objects(x: Any) -> tuple[Any, Any, Any, Any]:
    seen: dict[bytes, int] = {}
    inverse = np.array([seen.setdefault(v, len(seen)) for v in x.tolist()], np.int64)
    values = np.empty(len(seen), object)
    values[:] = list(seen)
    first = np.arange(len(seen))
    return values, first, inverse, np.bincount(inverse, minlength=len(seen))


@kernel("Unique", "UniqueWithCounts")
def unique(k: KernelContext) -> Callable[..., Any]:
    """The different elements of a vector."""
    dtype = k.output_dtypes[1].np
    if k.op_type == "UniqueWithCounts":
        return lambda x: _first_occurrences(x, dtype)
    return lambda x: _first_occurrences(x, dtype)[:2]


@kernel("ListDiff")
def list_diff(k: KernelContext) -> Callable[..., Any]:
    """What is in one vector and not in another."""
    dtype = k.output_dtypes[1].np

    def difference(x: Any, y: Any) -> Any:
        known = set(y.tolist())
        kept = np.array([i for i, v in enumerate(x.tolist()) if v not in known], dtype)
        return x[kept], kept

    return difference


@kernel("LowerBound", "UpperBound")
def bound(k: KernelContext) -> Callable[..., Any]:
    """Where values would stand in sorted rows."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    side = "left" if k.op_type == "LowerBound" else "right"

    def found(rows: Any, values: Any) -> Any:
        if rows.shape[0] != values.shape[0]:
            raise errors.InvalidArgumentError(None, None, "Leading dim_size of both tensors must match.")
        result = xp.empty(values.shape, dtype)
        for i in range(rows.shape[0]):
            result[i] = xp.searchsorted(rows[i], values[i], side)
        return result

    return found


@kernel("DynamicPartition")
def dynamic_partition(k: KernelContext) -> Callable[..., Any]:
    """Copies of the rows of each partition."""
    xp, count = k.xp, k.attr("num_partitions")

    def dealt(data: Any, partitions: Any) -> Any:
        if xp is np:
            data, partitions = as_array(data), np.asarray(partitions)
        if data.shape[: partitions.ndim] != partitions.shape:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"data.shape must start with partitions.shape, got data.shape = {raw_shape.to_str(data.shape)}, "
                f"partitions.shape = {raw_shape.to_str(partitions.shape)}",
            )
        wrong = (partitions < 0) | (partitions >= count) if xp is np else None
        if wrong is not None and wrong.any():
            at = tuple(np.argwhere(wrong)[0].tolist())
            place = f"[{','.join(map(str, at))}]" if at else ""
            raise errors.InvalidArgumentError(
                None, None, f"partitions{place} = {partitions[at]} is not in [0, {count})"
            )
        if partitions.ndim == 0:
            data, partitions = data[None], partitions[None]
        parts = tuple([data[partitions == i] for i in range(count)])
        return parts if count > 1 else parts[0]

    return dealt


@kernel("DynamicStitch", "ParallelDynamicStitch")
def dynamic_stitch(k: KernelContext) -> Callable[..., Any]:
    """Rows of several arrays in the places that indices give."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    count = len(k.input_dtypes) // 2

    def stitched(*values: Any) -> Any:
        indices = [np.asarray(v) for v in values[:count]]
        data = [as_array(v) for v in values[count:]] if xp is np else list(values[count:])
        highest = max((int(i.max()) for i in indices if i.size), default=-1)
        rest = data[0].shape[indices[0].ndim :]
        for at, (index, rows) in enumerate(zip(indices, data, strict=True)):
            if rows.shape[: index.ndim] != index.shape:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"data[{at}].shape = {raw_shape.to_str(rows.shape)} does not start with indices[{at}].shape = "
                    f"{raw_shape.to_str(index.shape)}",
                )
            if rows.shape[index.ndim :] != rest:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"Need data[0].shape[{indices[0].ndim}:] = data[{at}].shape[{index.ndim}:], got data[0].shape = "
                    f"{raw_shape.to_str(data[0].shape)}, data[{at}].shape = {raw_shape.to_str(rows.shape)}, "
                    f"indices[0].shape = {raw_shape.to_str(indices[0].shape)}, indices[{at}].shape = "
                    f"{raw_shape.to_str(index.shape)}",
                )
            if index.size and index.min() < 0:
                raise errors.InvalidArgumentError(None, None, f"indices[{at}] is out of range")
        result = (
            xp.zeros((highest + 1, *rest), dtype) if not dtype.hasobject else np.full((highest + 1, *rest), b"", object)
        )
        for index, rows in zip(indices, data, strict=True):
            result[index if xp is np else xp.asarray(index)] = rows
        return result

    return stitched
