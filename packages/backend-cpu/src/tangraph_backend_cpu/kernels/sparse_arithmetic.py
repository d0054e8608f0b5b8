"""Sums, maxima and minima of SparseTensors, along dimensions too, and their softmax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.sparse_structure import changes, invalid, row_major

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

Array = Any


def _check_shapes(a_shape: Array, b_shape: Array) -> None:
    if len(a_shape) != len(b_shape):
        a_text, b_text = (" ".join(map(str, shape.tolist())) for shape in (a_shape, b_shape))
        raise invalid(f"Operands do not have the same ranks; got shapes: {a_text} and {b_text}")
    for axis, (a, b) in enumerate(zip(a_shape.tolist(), b_shape.tolist(), strict=True)):
        if a != b:
            raise invalid(f"Operands' shapes do not match: got {a} and {b} for dimension {axis}")


def _joined(a_indices: Array, b_indices: Array) -> tuple[Array, Array, Array]:
    """Returns the order of both tensors' rows, where another row begins, and the group of each row (unordered)."""
    both = np.concatenate([a_indices, b_indices])
    order = row_major(both)
    starts = changes(both[order])
    groups = np.zeros(len(both), np.int64)
    groups[starts[1:]] = 1
    unordered = np.empty(len(both), np.int64)
    unordered[order] = np.cumsum(groups)
    return order, starts, unordered


@kernel("SparseAdd")
def sparse_add(k: KernelContext) -> Callable[..., Any]:
    """The sum; small elements are left out."""
    del k

    def run(ai: Array, av: Array, a_shape: Array, bi: Array, bv: Array, b_shape: Array, least: Any) -> Any:
        _check_shapes(a_shape, b_shape)
        order, starts, _ = _joined(ai, bi)
        rows, values = np.concatenate([ai, bi])[order], np.concatenate([av, bv])[order]
        total = np.add.reduceat(values, starts) if len(values) else values
        total = total.astype(av.dtype, copy=False)
        keep = np.abs(total) >= least
        return rows[starts][keep], total[keep], a_shape.copy()

    return run


@kernel("SparseAddGrad")
def sparse_add_grad(k: KernelContext) -> Callable[..., Any]:
    """Each element of the two tensors gets the gradient of the sum where it stands, 0 where it was left out."""
    del k

    def run(grad: Array, a_indices: Array, b_indices: Array, sum_indices: Array) -> tuple[Array, Array]:
        if grad.ndim != 1 or len(grad) != len(sum_indices):
            raise invalid(
                f"# elements of backprop_val_grad and # rows of sum_indices should match (#nnz of sum): got "
                f"{grad.size} and {len(sum_indices)}"
            )
        place = {tuple(row): i for i, row in enumerate(sum_indices.tolist())}
        padded = np.append(grad, grad.dtype.type(0))
        none = len(grad)

        def at(rows: Array) -> Array:
            return padded[np.array([place.get(tuple(row), none) for row in rows.tolist()], np.int64)]

        return at(a_indices), at(b_indices)

    return run


@kernel("SparseSparseMaximum", "SparseSparseMinimum")
def sparse_extreme(k: KernelContext) -> Callable[..., Any]:
    """The larger or smaller of two elements, one of which may be missing and count as 0."""
    choose = k.xp.maximum if k.op_type == "SparseSparseMaximum" else k.xp.minimum

    def run(ai: Array, av: Array, a_shape: Array, bi: Array, bv: Array, b_shape: Array) -> tuple[Array, Array]:
        _check_shapes(a_shape, b_shape)
        order, starts, groups = _joined(ai, bi)
        left, right = np.zeros(len(starts), av.dtype), np.zeros(len(starts), av.dtype)
        left[groups[: len(ai)]] = av
        right[groups[len(ai) :]] = bv
        return np.concatenate([ai, bi])[order][starts], choose(left, right)

    return run


def _group_axes(shape: Array, axes: Array) -> list[int]:
    """Returns the dimensions that stay."""
    rank = len(shape)
    gone = set()
    for axis in np.ravel(axes).tolist():
        if not -rank <= axis < rank:
            raise invalid(f"Invalid reduction dimension {axis}, for input with {rank} dimensions.")
        gone.add(axis % rank)
    return [d for d in range(rank) if d not in gone]


def _reduced(k: KernelContext) -> Callable[..., tuple[Array, Array, Array, list[int]]]:
    """Returns a function that gives the groups' indices, their values, the input's shape and what stays of it."""
    combine = k.xp.add if "Sum" in k.op_type else k.xp.maximum

    def run(indices: Array, values: Array, shape: Array, axes: Array) -> tuple[Array, Array, Array, list[int]]:
        stay = _group_axes(shape, axes)
        rows = indices[:, stay]
        order = row_major(rows)
        rows = rows[order]
        if not len(values):
            return rows, values, shape, stay
        starts = changes(rows)
        return rows[starts], combine.reduceat(values[order], starts).astype(values.dtype, copy=False), shape, stay

    return run


@kernel("SparseReduceSum", "SparseReduceMax")
def sparse_reduce(k: KernelContext) -> Callable[..., Any]:
    """The sums or maxima as a dense tensor; 0 where there is nothing."""
    reduced, keep = _reduced(k), k.attr("keep_dims")

    def run(indices: Array, values: Array, shape: Array, axes: Array) -> Array:
        rows, result, _, stay = reduced(indices, values, shape, axes)
        sizes = shape.tolist()
        out = np.zeros([sizes[d] for d in stay], values.dtype)
        if len(result):
            out[tuple(rows.T)] = result[0] if not stay else result
        return out.reshape([size if d in stay else 1 for d, size in enumerate(sizes)]) if keep else out

    return run


@kernel("SparseReduceSumSparse", "SparseReduceMaxSparse")
def sparse_reduce_sparse(k: KernelContext) -> Callable[..., Any]:
    """The sums or maxima as a SparseTensor."""
    reduced, keep = _reduced(k), k.attr("keep_dims")

    def run(indices: Array, values: Array, shape: Array, axes: Array) -> tuple[Array, Array, Array]:
        rows, result, _, stay = reduced(indices, values, shape, axes)
        if not keep:
            return rows, result, shape[stay]
        wide, whole = np.zeros((len(rows), len(shape)), np.int64), np.ones_like(shape)
        wide[:, stay], whole[stay] = rows, shape[stay]
        return wide, result, whole

    return run


@kernel("SparseSoftmax")
def sparse_softmax(k: KernelContext) -> Callable[..., Any]:
    """The softmax of the elements of each row."""
    del k

    def run(indices: Array, values: Array, shape: Array) -> Array:
        if len(shape) < 2:
            raise invalid("Input should have rank >= 2, got rank: " + str(len(shape)))
        if not len(values):
            return values.copy()
        rows = indices[:, :-1]
        order = row_major(rows)
        starts = changes(rows[order])
        counts = np.diff(np.append(starts, len(rows)))
        ordered = values[order]
        ordered = np.exp(ordered - np.repeat(np.maximum.reduceat(ordered, starts), counts))
        ordered /= np.repeat(np.add.reduceat(ordered, starts), counts)
        result = np.empty_like(values)
        result[order] = ordered
        return result

    return run
