"""Sums and their like."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import array_api_strict as xp

from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plugin import KernelContext

kernel = KernelSet()


def _axes(axes: Any) -> tuple[int, ...]:
    """Returns the axes that arrive as an array on the host, a scalar or a vector."""
    return tuple(axes.reshape(-1).tolist())


def _reduction(reduce: Callable[..., Any]) -> Callable[[KernelContext], Any]:
    def factory(k: KernelContext) -> Any:
        keep = k.attr("keep_dims")
        return lambda x, axes: reduce(x, axis=_axes(axes), keepdims=keep)

    return factory


def _sum(x: Any, axis: Any, keepdims: bool = False) -> Any:
    # Without a dtype the standard makes int64 of int32.
    return xp.sum(x, axis=axis, dtype=x.dtype, keepdims=keepdims)


def _mean(x: Any, axis: Any, keepdims: bool) -> Any:
    total = _sum(x, axis, keepdims)
    count = x.size // max(total.size, 1)
    if xp.isdtype(x.dtype, "integral"):
        return xp.astype(xp.trunc(xp.astype(total, xp.float64) / max(count, 1)), x.dtype)
    return total / (count or float("nan"))


kernel.add("Sum", _reduction(_sum))
kernel.add("Mean", _reduction(_mean))
kernel.add("Prod", _reduction(lambda x, axis, keepdims: xp.prod(x, axis=axis, dtype=x.dtype, keepdims=keepdims)))
kernel.add("Max", _reduction(xp.max))
kernel.add("Min", _reduction(xp.min))
kernel.add("All", _reduction(xp.all))
kernel.add("Any", _reduction(xp.any))


@kernel("ArgMax", "ArgMin")
def arg_max(k: KernelContext) -> Any:
    """The index of the first largest, or smallest, element along an axis."""
    find = xp.argmax if k.op_type == "ArgMax" else xp.argmin
    dtype = getattr(xp, k.output_dtypes[0].name)
    return lambda x, axis: xp.astype(find(x, axis=int(axis)), dtype)


@kernel("_SumToShape")
def sum_to_shape(k: KernelContext) -> Any:
    """Sums a gradient over the axes along which a value was broadcast. Plans make it of a Sum and a Reshape."""

    def run(x: Any, shape: Any) -> Any:
        goal = tuple(shape.tolist())
        if x.shape == goal:
            return x
        padded = (1,) * (x.ndim - len(goal)) + goal
        axes = tuple(i for i, (size, wanted) in enumerate(zip(x.shape, padded, strict=True)) if size != wanted)
        return xp.reshape(_sum(x, axes), goal)

    return run


@kernel("AddN")
def add_n(k: KernelContext) -> Any:
    """The sum of the inputs."""
    return lambda *values: functools.reduce(xp.add, values)


@kernel("Select")
def select(k: KernelContext) -> Any:
    """Elements of one or the other; a vector chooses rows, a scalar all."""

    def run(condition: Any, x: Any, y: Any) -> Any:
        if 0 < condition.ndim < x.ndim:
            condition = xp.reshape(condition, condition.shape + (1,) * (x.ndim - condition.ndim))
        return xp.where(condition, x, y)

    return run
