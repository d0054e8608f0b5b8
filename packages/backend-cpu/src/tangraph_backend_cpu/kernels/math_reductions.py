"""Reductions along axes."""

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


def axes_of(indices: Any, rank: int) -> tuple[int, ...]:
    """Returns the axes that a tensor of indices names: non-negative, each once, in order.

    Raises:
      InvalidArgumentError: an index is out of range.
    """
    axes = set()
    for index in np.asarray(indices).reshape(-1).tolist():
        if not -rank <= index < rank:
            raise errors.InvalidArgumentError(
                None, None, f"Invalid reduction dimension ({index} for input with {rank} dimension(s)"
            )
        axes.add(index % rank)
    return tuple(sorted(axes))


def _axis_argument(axes: tuple[int, ...], rank: int) -> Any:
    """What NumPy reduces fastest with: None for all axes, an int for one."""
    if len(axes) == rank:
        return None
    return axes[0] if len(axes) == 1 else axes


def _reduction(k: KernelContext, reduce: Callable[[Any, Any, bool], Any]) -> Any:
    """Binds the axes to `reduce(x, axis, keepdims)` where they are known."""
    keep, shape, indices = k.attr("keep_dims"), k.static_shapes[0], k.constant(1)
    if indices is not None and shape is not None:
        axis = _axis_argument(axes_of(indices, len(shape)), len(shape))
        return lambda x, _: reduce(x, axis, keep)

    def run(x: Any, indices: Any) -> Any:
        rank = x.ndim
        return reduce(x, _axis_argument(axes_of(indices, rank), rank), keep)

    return run


#: Below so many elements a product with a vector is no quicker than a sum.
_MIN_PRODUCT = 64


def fast_sum(
    k: KernelContext, axes: tuple[int, ...], goal: tuple[int, ...] | None = None
) -> Callable[[Any], Any] | None:
    """Returns a function that sums over the first or the last axes as a product with a vector of ones.

    BLAS is several times quicker at that than NumPy's reductions.

    Args:
      k: the context of a kernel whose first input is summed.
      axes: which axes, in order.
      goal: the shape of the result; that without the axes when None.

    Returns:
      The function, or None where types or shapes do not allow it.
    """
    shape = k.static_shapes[0]
    if k.input_dtypes[0].name not in ("float32", "float64") or shape is None or None in shape:
        return None
    known = tuple(d for d in shape if d is not None)
    count = math.prod(known)
    first = axes == tuple(range(len(axes)))
    last = axes == tuple(range(len(known) - len(axes), len(known)))
    if not axes or len(axes) == len(known) or not (first or last) or count < _MIN_PRODUCT:
        return None
    depth = math.prod(known[a] for a in axes)
    width = count // depth
    if goal is None:
        goal = tuple(d for i, d in enumerate(known) if i not in axes)
    dot, vector = k.xp.dot, k.xp.ones(depth, k.input_dtypes[0].np)
    flat_in, flat_out = len(known) == 2, goal == (width,)
    if first:
        if flat_in and flat_out:
            return lambda x: dot(vector, x)
        return lambda x: dot(vector, x.reshape(depth, width)).reshape(goal)
    if flat_in and flat_out:
        return lambda x: dot(x, vector)
    return lambda x: dot(x.reshape(width, depth), vector).reshape(goal)


def _bound_fast_sum(k: KernelContext) -> Callable[[Any], Any] | None:
    """As `fast_sum`, of a reduction whose axes are known."""
    shape, indices = k.static_shapes[0], k.constant(1)
    if shape is None or indices is None:
        return None
    axes = axes_of(indices, len(shape))
    goal = None
    if k.attr("keep_dims") and None not in shape:
        goal = tuple(1 if i in axes else d for i, d in enumerate(shape) if d is not None)
    return fast_sum(k, axes, goal)


@kernel("Sum")
def sum_(k: KernelContext) -> Any:
    """The sum, in the type of the elements."""
    add, dtype = k.xp.add.reduce, k.input_dtypes[0].np
    product = _bound_fast_sum(k)
    if product is not None:
        return lambda x, _: product(x)
    if k.input_dtypes[0].is_integer:
        return _reduction(k, lambda x, axis, keep: add(x, axis, dtype, None, keep))
    return _reduction(k, lambda x, axis, keep: add(x, axis, None, None, keep))


@kernel("Mean")
def mean(k: KernelContext) -> Any:
    """The mean; of integers with the fraction dropped."""
    xp, dtype = k.xp, k.input_dtypes[0].np
    add = xp.add.reduce
    if k.input_dtypes[0].is_integer:

        def whole(x: Any, axis: Any, keep: bool) -> Any:
            total = add(x, axis, dtype, None, keep)
            count = max(x.size // max(total.size, 1), 1)
            return xp.trunc(total / count).astype(dtype)

        return _reduction(k, whole)
    count = _known_count(k)
    if count is None:

        def average(x: Any, axis: Any, keep: bool) -> Any:
            total = add(x, axis, None, None, keep)
            return total / dtype.type(_count(x.shape, axis))

        return _reduction(k, average)
    product = _bound_fast_sum(k) if count else None
    divisor = dtype.type(count)
    if product is not None:
        divide = xp.true_divide

        def divided(x: Any, _: Any) -> Any:
            # Not a sum of parts divided: the mean of equal numbers is that number.
            total = product(x)
            return divide(total, divisor, total)

        return divided
    if k.output_shapes[0] == ():
        return _reduction(k, lambda x, axis, keep: add(x, axis, None, None, keep) / divisor)

    def in_place(x: Any, axis: Any, keep: bool) -> Any:
        total = add(x, axis, None, None, keep)
        return xp.true_divide(total, divisor, total)

    return _reduction(k, in_place)


def _count(shape: tuple[int, ...], axis: Any) -> int:
    if axis is None:
        return math.prod(shape)
    return math.prod(shape[a] for a in ((axis,) if isinstance(axis, int) else axis))


def _known_count(k: KernelContext) -> int | None:
    """How many elements go into one mean, when the plan knows it."""
    shape, indices = k.static_shapes[0], k.constant(1)
    if shape is None or indices is None:
        return None
    axes = axes_of(indices, len(shape))
    sizes = [shape[a] for a in axes]
    return None if None in sizes else math.prod(s for s in sizes if s is not None)


def _extreme(k: KernelContext) -> Any:
    """The greatest or least element; of none, the least or greatest number of the type."""
    greatest = k.op_type == "Max"
    reduce = (k.xp.maximum if greatest else k.xp.minimum).reduce
    if raw_shape.is_fully_defined(k.static_shapes[0]) and 0 not in (k.static_shapes[0] or ()):
        return _reduction(k, lambda x, axis, keep: reduce(x, axis, None, None, keep))
    dtype = k.input_dtypes[0]
    bound = dtype.min if greatest else dtype.max
    if dtype.is_floating:
        bound = -math.inf if greatest else math.inf

    def run(x: Any, axis: Any, keep: bool) -> Any:
        return reduce(x, axis, None, None, keep) if x.size else reduce(x, axis, None, None, keep, bound)

    return _reduction(k, run)


kernel.add("Max", _extreme)
kernel.add("Min", _extreme)


@kernel("Prod")
def prod(k: KernelContext) -> Any:
    """The product, in the type of the elements."""
    multiply, dtype = k.xp.multiply.reduce, k.input_dtypes[0].np
    return _reduction(k, lambda x, axis, keep: multiply(x, axis, dtype, None, keep))


@kernel("All")
def all_(k: KernelContext) -> Any:
    """Whether all are true."""
    reduce = k.xp.logical_and.reduce
    return _reduction(k, lambda x, axis, keep: reduce(x, axis, None, None, keep))


@kernel("Any")
def any_(k: KernelContext) -> Any:
    """Whether any is true."""
    reduce = k.xp.logical_or.reduce
    return _reduction(k, lambda x, axis, keep: reduce(x, axis, None, None, keep))


@kernel("EuclideanNorm")
def euclidean_norm(k: KernelContext) -> Any:
    """The square root of the sum of squares."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    add = xp.add.reduce
    if k.input_dtypes[0].is_complex:
        return _reduction(
            k, lambda x, axis, keep: xp.sqrt(add((x * x.conj()).real, axis, None, None, keep)).astype(dtype)
        )
    return _reduction(k, lambda x, axis, keep: xp.sqrt(add(x * x, axis, None, None, keep)).astype(dtype, copy=False))


@kernel("BroadcastGradientArgs")
def broadcast_gradient_args(k: KernelContext) -> Any:
    """The axes over which the gradients of two broadcast inputs are summed."""
    from tangraph.ops.math.broadcast import reduction_axes

    dtype = k.output_dtypes[0].np

    def run(s0: Any, s1: Any) -> tuple[Any, Any]:
        try:
            r0, r1 = reduction_axes(tuple(s0.tolist()), tuple(s1.tolist()))
        except ValueError as error:
            raise errors.InvalidArgumentError(None, None, str(error)) from None
        return np.array(r0, dtype), np.array(r1, dtype)

    return run


@kernel("_SumToShape")
def sum_to_shape(k: KernelContext) -> Any:
    """Sums a gradient over the axes along which a value was broadcast, so that it has the value's shape."""
    target, shape = k.constant(1), k.static_shapes[0]
    add = k.xp.add.reduce
    dtype = k.input_dtypes[0].np if k.input_dtypes[0].is_integer else None

    def general(x: Any, wanted: Any) -> Any:
        goal = tuple(wanted.tolist())
        if x.shape == goal:
            return x
        return add(x, broadcast_axes(x.shape, goal), dtype).reshape(goal)

    if target is None or shape is None or not raw_shape.is_fully_defined(shape):
        return general
    goal = tuple(target.tolist())
    known: tuple[int, ...] = tuple(d for d in shape if d is not None)
    if known == goal:
        return lambda x, _: x
    axes = broadcast_axes(known, goal)
    product = fast_sum(k, axes, goal)
    if product is not None:
        return lambda x, _: product(x)
    axis = _axis_argument(axes, len(known))
    if tuple(d for i, d in enumerate(known) if i not in axes) == goal:
        return lambda x, _: add(x, axis, dtype)
    return lambda x, _: add(x, axis, dtype).reshape(goal)


def broadcast_axes(shape: tuple[int, ...], goal: tuple[int, ...]) -> tuple[int, ...]:
    """Returns the axes of `shape` to sum over to come to `goal`, which broadcasts to it."""
    extra = len(shape) - len(goal)
    return tuple(i for i, d in enumerate(shape) if i < extra or (goal[i - extra] == 1 and d != 1))
