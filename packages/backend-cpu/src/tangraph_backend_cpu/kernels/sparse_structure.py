"""SparseTensors in order, in other shapes, put together, split, and with rows filled in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plugin import KernelSet, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

Array = Any


def invalid(text: str) -> errors.OpError:
    """Returns an InvalidArgumentError that the plan completes."""
    return errors.InvalidArgumentError(None, None, text)


def row_major(indices: Array) -> Array:
    """Returns the permutation that sorts rows of indices; equal ones keep their order."""
    if indices.shape[1] == 0:
        return np.arange(len(indices))
    return np.lexsort(indices.T[::-1])


def changes(indices: Array) -> Array:
    """Returns at which rows another one begins, for rows of indices in order."""
    new = np.ones(len(indices), bool)
    new[1:] = (indices[1:] != indices[:-1]).any(axis=1)
    return np.flatnonzero(new)


@kernel("SparseReorder")
def sparse_reorder(k: KernelContext) -> Callable[..., Any]:
    """The elements in row-major order."""
    del k

    def run(indices: Array, values: Array, shape: Array) -> tuple[Array, Array]:
        if indices.shape[1] != len(shape):
            raise invalid(f"Input shape has rank {len(shape)}, but the indices have {indices.shape[1]} columns")
        if len(indices) != len(values):
            raise invalid(
                f"indices and values rows (indexing dimension) must match. (indices = {len(indices)}, "
                f"values = {len(values)})"
            )
        outside = ((indices < 0) | (indices >= shape)).any(axis=1)
        if outside.any():
            number = int(outside.argmax())
            raise invalid(
                f"indices[{number}] = {raw_shape.to_str(tuple(indices[number].tolist()))} is out of bounds: need "
                f"0 <= index < {raw_shape.to_str(tuple(shape.tolist()))}"
            )
        order = row_major(indices)
        return indices[order], values[order]

    return run


@kernel("SparseReshape")
def sparse_reshape(k: KernelContext) -> Callable[..., Any]:
    """The indices of the same elements in another shape."""
    del k

    def run(indices: Array, shape: Array, wanted: Array) -> tuple[Array, Array]:
        old, sizes = shape.tolist(), wanted.tolist()
        elements = math.prod(old)
        open_axes = [i for i, size in enumerate(sizes) if size == -1]
        if len(open_axes) > 1:
            raise invalid(f"only one output dimension may be -1, not both {open_axes[0]} and {open_axes[1]}")
        for axis, size in enumerate(sizes):
            if size < -1:
                raise invalid(f"size {axis} must be non-negative, not {size}")
        if open_axes:
            others = math.prod(size for size in sizes if size != -1)
            if others <= 0:
                raise invalid(
                    "reshape cannot infer the missing input size for an empty tensor unless all specified input sizes "
                    "are non-zero"
                )
            if elements % others:
                raise invalid(
                    f"Input to reshape is a SparseTensor with {elements} dense values, but the requested shape "
                    f"requires a multiple of {others}. input_shape={raw_shape.to_str(tuple(old))} output_shape="
                    f"{raw_shape.to_str(tuple(max(size, 1) if size == -1 else size for size in sizes))}"
                )
            sizes[open_axes[0]] = elements // others
        if math.prod(sizes) != elements:
            raise invalid(
                f"Input to reshape is a tensor with {elements} dense values, but the requested shape has "
                f"{math.prod(sizes)}. input_shape={raw_shape.to_str(tuple(old))} "
                f"output_shape={raw_shape.to_str(tuple(sizes))}"
            )
        new_shape = np.array(sizes, np.int64)
        if sizes == old:
            return indices.copy(), new_shape
        flat = indices @ _steps(old)
        result = np.empty((len(indices), len(sizes)), np.int64)
        for axis, step in enumerate(_steps(sizes).tolist()):
            result[:, axis], flat = np.divmod(flat, step) if step else (flat, flat)
        return result, new_shape

    return run


def _steps(sizes: list[int]) -> Array:
    """Returns how many elements lie between neighbours along each dimension."""
    steps = np.ones(len(sizes), np.int64)
    for axis in range(len(sizes) - 2, -1, -1):
        steps[axis] = steps[axis + 1] * sizes[axis + 1]
    return steps


@kernel("SparseConcat")
def sparse_concat(k: KernelContext) -> Callable[..., Any]:
    """SparseTensors one behind the other along a dimension."""
    count, dim = k.attr("N"), k.attr("concat_dim")

    def run(*inputs: Any) -> tuple[Array, Array, Array]:
        parts = _lists(inputs, count)
        indices, values, shapes = parts
        rank = len(shapes[0])
        axis = dim + rank if dim < 0 else dim
        if not 0 <= axis < rank:
            raise invalid(f"Concat dimension must be in range [{-rank}, {rank}), got {dim}")
        for i, shape in enumerate(shapes):
            if len(shape) != rank:
                raise invalid(
                    f"Ranks of all input tensors must match: expected {rank} but got {len(shape)} at position {i}"
                )
            for d in range(rank):
                if d != axis and shape[d] != shapes[0][d]:
                    raise invalid(
                        f"Input shapes must match: expected {shapes[0][d]} for dimension {d} but got {shape[d]} at "
                        f"position {i}"
                    )
        whole = shapes[0].copy()
        whole[axis] = 0
        moved = []
        for rows, shape in zip(indices, shapes, strict=True):
            rows = rows.copy()
            rows[:, axis] += whole[axis]
            whole[axis] += shape[axis]
            moved.append(rows)
        rows, elements = np.concatenate(moved), np.concatenate(values)
        order = row_major(rows)
        return rows[order], elements[order], whole

    return run


def _lists(inputs: Any, count: int) -> list[list[Any]]:
    """Returns the three lists that an op takes, whichever way the plan hands them over."""
    if len(inputs) == 3 and isinstance(inputs[0], (list, tuple)):
        return [list(part) for part in inputs]
    return [list(inputs[i * count : (i + 1) * count]) for i in range(3)]


@kernel("SparseSplit")
def sparse_split(k: KernelContext) -> Callable[..., Any]:
    """The parts of a SparseTensor along a dimension; the first ones are larger if they cannot be equal."""
    count = k.attr("num_split")

    def run(split_dim: Any, indices: Array, values: Array, shape: Array) -> tuple[Any, ...]:
        rank = len(shape)
        axis = int(split_dim)
        if not 0 <= axis < rank:
            raise invalid(f"Input split_dim should be between 0 and rank ({rank}), got {axis}")
        size = int(shape[axis])
        if not 1 <= count <= size:
            raise invalid(f"Input num_split should be between 1 and the splitting dimension size ({size}), got {count}")
        least, more = divmod(size, count)
        results: list[list[Any]] = [[], [], []]
        start = 0
        for number in range(count):
            length = least + (number < more)
            inside = (indices[:, axis] >= start) & (indices[:, axis] < start + length)
            rows, whole = indices[inside], shape.copy()
            rows[:, axis] -= start
            whole[axis] = length
            for result, part in zip(results, (rows, values[inside], whole), strict=True):
                result.append(part)
            start += length
        return tuple(part for result in results for part in result)

    return run


@kernel("SparseFillEmptyRows")
def sparse_fill_empty_rows(k: KernelContext) -> Callable[..., Any]:
    """An element in each row that has none."""
    del k

    def run(indices: Array, values: Array, shape: Array, default: Any) -> tuple[Array, ...]:
        count = int(shape[0])
        rows = indices[:, 0]
        outside = (rows < 0) | (rows >= count)
        if outside.any():
            number = int(outside.argmax())
            if count == 0:
                raise invalid(f"Received SparseTensor with dense_shape[0] = 0 but indices.shape[0] = {len(indices)}")
            raise invalid(f"indices({number}, 0) is invalid: {rows[number]} >= {count}")
        empty = np.ones(count, bool)
        empty[rows] = False
        missing = np.flatnonzero(empty)
        filler = np.zeros((len(missing), indices.shape[1]), np.int64)
        filler[:, 0] = missing
        both_rows = np.concatenate([rows, missing])
        order = np.argsort(both_rows, kind="stable")
        places = np.empty(len(order), np.int64)
        places[order] = np.arange(len(order))
        fill = np.full(len(missing), default, values.dtype)
        return (
            np.concatenate([indices, filler])[order],
            np.concatenate([values, fill])[order],
            empty,
            places[: len(indices)],
        )

    return run


@kernel("SparseFillEmptyRowsGrad")
def sparse_fill_empty_rows_grad(k: KernelContext) -> Callable[..., Any]:
    """The gradients of the elements, and the sum of those of what was filled in."""
    dtype = k.output_dtypes[1].np

    def run(places: Array, grad: Array) -> tuple[Array, Any]:
        outside = (places < 0) | (places >= len(grad))
        if outside.any():
            raise invalid(f"Elements in reverse index must be in [0, {len(grad)})")
        filled = np.ones(len(grad), bool)
        filled[places] = False
        return grad[places], grad[filled].sum(dtype=dtype)

    return run
