"""Slices by index, and updates put in place by index: Gather, GatherNd, ScatterNd, TensorScatter*."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.unbuffered import unbuffered

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def on_host(array: Any) -> bool:
    """Says whether a look at an array's elements makes nobody wait: it is NumPy's."""
    return isinstance(array, (np.ndarray, np.generic))


def check_rows(indices: Any, size: int, what: str = "indices") -> None:
    """Checks that all indices are in ``[0, size)``; those on a device, which would have to be waited for, are not looked at.

    Raises:
      InvalidArgumentError: one is not; the text names it and its place.
    """
    if not on_host(indices):
        return
    if indices.ndim == 0:
        if not 0 <= indices < size:
            raise errors.InvalidArgumentError(None, None, f"{what} = {indices} is not in [0, {size})")
        return
    if indices.size and (indices.min() < 0 or indices.max() >= size):
        bad = tuple([int(axis[0]) for axis in ((indices < 0) | (indices >= size)).nonzero()])
        place = ",".join([str(i) for i in bad])
        raise errors.InvalidArgumentError(None, None, f"{what}[{place}] = {indices[bad]} is not in [0, {size})")


@kernel("Gather", "GatherV2")
def gather(k: KernelContext) -> Callable[..., Any]:
    """A copy of slices along an axis."""
    batch_dims = k.attrs.get("batch_dims", 0)

    def take_rows(params: Any, indices: Any) -> Any:
        check_rows(indices, params.shape[0])
        return params.take(indices, 0)

    def gathered(params: Any, indices: Any, axis: Any) -> Any:
        dim = _axis(params, int(axis))
        check_rows(indices, params.shape[dim])
        return params.take(indices, dim)

    if k.op_type == "Gather":
        return take_rows
    if batch_dims:
        return lambda params, indices, axis: _gather_batch(k.xp, params, indices, int(axis), batch_dims)
    constant = k.constant(2)
    if constant is not None and int(constant) == 0 and k.static_shapes[0]:
        return lambda params, indices, _: take_rows(params, indices)
    return gathered


def _axis(params: Any, axis: int) -> int:
    if params.ndim < 1:
        raise errors.InvalidArgumentError(None, None, "params must be at least 1 dimensional")
    if not -params.ndim <= axis < params.ndim:
        raise errors.InvalidArgumentError(
            None, None, f"Expected axis in the range [{-params.ndim}, {params.ndim}), but got {axis}"
        )
    dim: int = axis % params.ndim
    return dim


def _gather_batch(xp: Any, params: Any, indices: Any, axis: int, batch_dims: int) -> Any:
    axis = _axis(params, axis)
    if not -indices.ndim <= batch_dims <= indices.ndim:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Expected batch_dims in the range [{-indices.ndim}, {indices.ndim}], but got {batch_dims}",
        )
    batch_dims = batch_dims + indices.ndim if batch_dims < 0 else batch_dims
    if batch_dims >= params.ndim:
        raise errors.InvalidArgumentError(
            None, None, f"batch_dims ({batch_dims}) must be less than rank(params) ({params.ndim})."
        )
    if axis < batch_dims:
        raise errors.InvalidArgumentError(
            None, None, f"batch_dims ({batch_dims}) must be less than or equal to axis ({axis})."
        )
    for i in range(batch_dims):
        if params.shape[i] != indices.shape[i]:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"params.shape[{i}]: {params.shape[i]} should be equal to indices.shape[{i}]: {indices.shape[i]}",
            )
    check_rows(indices, params.shape[axis])
    batch = params.shape[:batch_dims]
    rows = math.prod(batch)
    flat_params = params.reshape(rows, math.prod(params.shape[batch_dims:axis]), *params.shape[axis:])
    flat_indices = indices.reshape(rows, -1)
    taken = flat_params[xp.arange(rows)[:, None], :, flat_indices]
    # The two advanced indices put their dimensions first: [rows, indices, middle, inner].
    taken = xp.moveaxis(taken, 1, 2)
    return xp.ascontiguousarray(taken).reshape(
        *batch, *params.shape[batch_dims:axis], *indices.shape[batch_dims:], *params.shape[axis + 1 :]
    )


def index_columns(indices: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Returns the columns of index vectors, as a NumPy index, checked against the shape that they index.

    Raises:
      InvalidArgumentError: a vector is too long or out of bounds.
    """
    depth = indices.shape[-1]
    if depth > len(shape):
        raise errors.InvalidArgumentError(
            None,
            None,
            f"index innermost dimension length must be <= params rank; saw: {depth} vs. {len(shape)}",
        )
    return tuple([indices[..., i] for i in range(depth)])


def first_out_of_bounds(indices: Any, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Returns the place of the first index vector that is out of bounds, or None; None for those on a device."""
    depth = indices.shape[-1]
    if not indices.size or not depth or not on_host(indices):
        return None
    wrong = outside(indices, shape[:depth])
    if not wrong.any():
        return None
    return tuple([int(axis[0]) for axis in wrong.nonzero()])


def outside(indices: Any, limits: tuple[int, ...]) -> Any:
    """Says of each index vector whether a coordinate of it is out of bounds."""
    if isinstance(indices, np.ndarray):
        return ((indices < 0) | (indices >= np.array(limits))).any(axis=-1)
    wrong = indices[..., 0] < 0  # on a device, where no host array of limits may come
    for axis, limit in enumerate(limits):
        column = indices[..., axis]
        wrong = wrong | (column < 0) | (column >= limit)
    return wrong


def _vector_text(vector: Any) -> str:
    return "[" + ", ".join([str(v) for v in vector.tolist()]) + "]"


@kernel("GatherNd")
def gather_nd(k: KernelContext) -> Callable[..., Any]:
    """A copy of the elements or slices that index vectors name."""
    xp = k.xp

    def gathered(params: Any, indices: Any) -> Any:
        if params.ndim < 1:
            raise errors.InvalidArgumentError(None, None, "params must be at least a vector")
        if indices.ndim < 1:
            raise errors.InvalidArgumentError(None, None, "indices must be at least a vector")
        columns = index_columns(indices, params.shape)
        bad = first_out_of_bounds(indices, params.shape)
        if bad is not None:
            place = ",".join([str(i) for i in bad])
            raise errors.InvalidArgumentError(
                None,
                None,
                f"indices[{place}] = {_vector_text(indices[bad])} does not index into param shape "
                f"{raw_shape.to_str(params.shape)}",
            )
        if not columns:
            return xp.broadcast_to(params, indices.shape[:-1] + params.shape).copy()
        result = params[columns]
        return result.copy() if result.base is not None else result

    return gathered


def _bool_or_sum(xp: Any, dtype: Any) -> Callable[[Any, Any, Any], None]:
    return unbuffered(xp, "logical_or" if dtype.kind == "b" else "add")


def _check_updates(indices: Any, updates: Any, shape: tuple[int, ...], what: str) -> tuple[Any, ...]:
    """Returns the index that the vectors mean, checked against the updates and the shape of the result."""
    for name, value in (("Indices", indices), ("Updates", updates)):
        if np.ndim(value) < 1:
            raise errors.InvalidArgumentError(None, None, f"{name} shape must have rank at least one. Found:[]")
    to_str = raw_shape.to_str
    if 0 in shape and (indices.size or updates.size):
        raise errors.InvalidArgumentError(None, None, "Indices and updates specified for empty output shape")
    outer, depth = indices.ndim - 1, indices.shape[-1]
    if updates.shape[:outer] != indices.shape[:outer]:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Outer dimensions of indices and update must match. Indices shape: {to_str(indices.shape)}, updates "
            f"shape:{to_str(updates.shape)}",
        )
    if updates.ndim - outer != len(shape) - depth:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Inner dimensions of output shape must match inner dimensions of updates shape. Output: {to_str(shape)} "
            f"updates: {to_str(updates.shape)}",
        )
    if updates.shape[outer:] != shape[depth:]:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"The inner {len(shape) - depth} dimensions of output.shape={to_str(shape)} must match the inner "
            f"{updates.ndim - outer} dimensions of updates.shape={to_str(updates.shape)}",
        )
    bad = first_out_of_bounds(indices, shape)
    if bad is not None:
        place = ",".join([str(i) for i in bad])
        raise errors.InvalidArgumentError(
            None,
            None,
            f"indices[{place}] = {_vector_text(indices[bad])} does not index into {what} {to_str(shape)}",
        )
    return tuple([indices[..., i] for i in range(depth)])


@kernel("ScatterNd")
def scatter_nd(k: KernelContext) -> Callable[..., Any]:
    """Updates added into zeros."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    if dtype.hasobject:
        return _scatter_strings
    add = _bool_or_sum(xp, dtype)

    def scattered(indices: Any, updates: Any, shape: Any) -> Any:
        size = tuple(shape.tolist())
        if any(s < 0 for s in size):
            raise errors.InvalidArgumentError(None, None, f"Shape must be non-negative, but is {_vector_text(shape)}")
        columns = _check_updates(indices, updates, size, "shape")
        result = xp.zeros(size, dtype)
        if columns:
            add(result, columns, updates)
        else:
            result += updates.reshape(-1, *size).sum(axis=0, dtype=dtype)
        return result

    return scattered


def _scatter_strings(indices: Any, updates: Any, shape: Any) -> Any:
    size = tuple(shape.tolist())
    columns = _check_updates(indices, updates, size, "shape")
    result = np.full(size, b"", object)
    flat = [c.ravel() for c in columns]
    for i in range(flat[0].size if flat else 0):
        at = tuple(c[i] for c in flat)
        result[at] = result[at] + updates.reshape(-1, *size[len(columns) :])[i]
    return result


@kernel("TensorScatterUpdate", "TensorScatterAdd", "TensorScatterSub", "ScatterNdNonAliasingAdd")
def tensor_scatter(k: KernelContext) -> Callable[..., Any]:
    """A copy with updates written, added or subtracted."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    kind = k.op_type
    add, subtract = _bool_or_sum(xp, dtype), unbuffered(xp, "subtract")

    def apply(result: Any, columns: Any, updates: Any) -> None:
        at: Any = columns or ...
        if not columns and updates.ndim > result.ndim:
            for update in updates.reshape(-1, *result.shape):
                apply(result, (), update)
            return
        if kind == "TensorScatterUpdate":
            result[at] = updates
        elif kind == "TensorScatterSub":
            subtract(result, at, updates)
        else:
            add(result, at, updates)

    def scattered(tensor: Any, indices: Any, updates: Any) -> Any:
        columns = _check_updates(indices, updates, tensor.shape, "shape")
        result = tensor.copy()
        apply(result, columns, updates)
        return result

    return scattered
