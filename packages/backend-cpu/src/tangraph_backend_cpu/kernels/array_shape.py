"""Shapes, and the same elements in another shape: Shape, Size, Rank, Reshape, ExpandDims, Squeeze."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def shape_of(value: Any) -> tuple[int, ...]:
    """Returns a value's shape; a bytes object is a scalar."""
    return () if isinstance(value, bytes) else value.shape


@kernel("Shape")
def shape(k: KernelContext) -> Callable[..., Any]:
    """The shape, as an array on the host."""
    dtype = k.output_dtypes[0].np
    return lambda x: np.array(shape_of(x), dtype)


@kernel("ShapeN")
def shape_n(k: KernelContext) -> Callable[..., Any]:
    """The shapes of all inputs."""
    dtype = k.output_dtypes[0].np
    if len(k.output_dtypes) == 1:
        return lambda x: np.array(shape_of(x), dtype)
    return lambda *values: tuple([np.array(shape_of(x), dtype) for x in values])


@kernel("Size")
def size(k: KernelContext) -> Callable[..., Any]:
    """The number of elements."""
    make = k.output_dtypes[0].np.type
    return lambda x: make(math.prod(shape_of(x)))


@kernel("Rank")
def rank(k: KernelContext) -> Callable[..., Any]:
    """The rank."""
    return lambda x: np.int32(len(shape_of(x)))


def _text(shape: Any) -> str:
    return "[" + ",".join([str(d) for d in shape]) + "]"


def _checked(x: Any, shape: Any) -> tuple[int, ...]:
    """Returns the sizes that a shape tensor means for the elements of `x`."""
    if shape.ndim != 1:
        raise errors.InvalidArgumentError(None, None, f"sizes input must be 1-D, not {_text(shape.shape)}")
    sizes = shape.tolist()
    count = math.prod(shape_of(x))
    unknown = [i for i, s in enumerate(sizes) if s == -1]
    if len(unknown) > 1:
        raise errors.InvalidArgumentError(
            None, None, f"Only one input size may be -1, not both {unknown[0]} and {unknown[1]}"
        )
    for i, s in enumerate(sizes):
        if s < -1:
            raise errors.InvalidArgumentError(None, None, f"Size {i} must be non-negative, not {s}")
    if unknown:
        # Sizes of zero do not count, so that what is left can be inferred even for an empty tensor.
        rest = math.prod(s for s in sizes if s > 0)
        left = math.prod(s for s in shape_of(x) if s > 0) if 0 in sizes else count
        if left % rest:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Input to reshape is a tensor with {left} values, but the requested shape requires a multiple of {rest}",
            )
        sizes[unknown[0]] = left // rest
    if math.prod(sizes) != count:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Input to reshape is a tensor with {count} values, but the requested shape has {math.prod(sizes)}",
        )
    return tuple(sizes)


def _reshaped(k: KernelContext, x: Any, shape: tuple[int, ...]) -> Any:
    if isinstance(x, bytes):
        result = np.empty(shape, object)
        result[...] = x
        return result
    return k.xp.reshape(x, shape)


@kernel("Reshape")
def reshape(k: KernelContext) -> Callable[..., Any]:
    """A view in another shape; NumPy's own error never reaches the user."""
    string = k.input_dtypes[0].name == "string"

    def checked(x: Any, shape: Any) -> Any:
        return _reshaped(k, x, _checked(x, shape))

    known = k.output_shapes[0]
    if string or not raw_shape.is_fully_defined(known) or k.static_shapes[0] is None or None in k.static_shapes[0]:
        return checked
    if math.prod(k.static_shapes[0]) != math.prod(known):  # type: ignore[arg-type]
        return checked
    as_shape = k.xp.reshape
    return lambda x, _: as_shape(x, known)


@kernel("ExpandDims")
def expand_dims(k: KernelContext) -> Callable[..., Any]:
    """A view with one more dimension."""

    def checked(x: Any, axis: Any) -> Any:
        if np.size(axis) != 1:
            raise errors.InvalidArgumentError(None, None, "'dim' must be a tensor with a single value")
        dim, shape = int(np.reshape(axis, ())), shape_of(x)
        rank = len(shape)
        if not -rank - 1 <= dim <= rank:
            raise errors.InvalidArgumentError(
                None, None, f"Tried to expand dim index {dim} for tensor with {rank} dimensions."
            )
        dim = dim + rank + 1 if dim < 0 else dim
        return _reshaped(k, x, (*shape[:dim], 1, *shape[dim:]))

    known = k.output_shapes[0]
    if k.input_dtypes[0].name == "string" or not raw_shape.is_fully_defined(known):
        return checked
    as_shape = k.xp.reshape
    return lambda x, _: as_shape(x, known)


@kernel("Squeeze")
def squeeze(k: KernelContext) -> Callable[..., Any]:
    """A view without dimensions of size 1."""
    dims = k.attr("squeeze_dims")

    def checked(x: Any) -> Any:
        shape = shape_of(x)
        rank = len(shape)
        for dim in dims:
            if not -rank <= dim < rank:
                raise errors.InvalidArgumentError(
                    None, None, f"Tried to squeeze dim index {dim} for tensor with {rank} dimensions."
                )
        chosen = {d % rank for d in dims}
        for dim in sorted(chosen):
            if shape[dim] != 1:
                raise errors.InvalidArgumentError(
                    None, None, f"Can not squeeze dim[{dim}], expected a dimension of 1, got {shape[dim]}"
                )
        left = tuple([s for i, s in enumerate(shape) if (i not in chosen if chosen else s != 1)])
        if x.__class__ is np.ndarray and x.dtype.hasobject and not left:
            return x.ravel()[0]
        return _reshaped(k, x, left) if shape != left else x

    known = k.output_shapes[0]
    if k.input_dtypes[0].name == "string" or not raw_shape.is_fully_defined(known):
        return checked
    as_shape = k.xp.reshape
    return lambda x: as_shape(x, known)
