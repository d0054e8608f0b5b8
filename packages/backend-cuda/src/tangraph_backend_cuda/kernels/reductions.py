"""Reductions and running sums that CuPy's ufuncs have no methods for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels.math_reductions import axes_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("All", "Any")
def logical(k: KernelContext) -> Callable[..., Any]:
    """Whether all, or any, are true."""
    reduce, keep = k.xp.all if k.op_type == "All" else k.xp.any, k.attr("keep_dims")
    return lambda x, axes: reduce(x, axis=axes_of(axes, x.ndim), keepdims=keep)


@kernel("Max", "Min")
def extreme(k: KernelContext) -> Callable[..., Any]:
    """The greatest or least element; of none, the least or greatest number of the type."""
    xp, keep, dtype = k.xp, k.attr("keep_dims"), k.input_dtypes[0]
    greatest = k.op_type == "Max"
    reduce = xp.max if greatest else xp.min
    bound = dtype.min if greatest else dtype.max
    if dtype.is_floating:
        bound = -math.inf if greatest else math.inf

    def run(x: Any, indices: Any) -> Any:
        axes = axes_of(indices, x.ndim)
        if x.size:
            return reduce(x, axis=axes, keepdims=keep)
        sizes = [1 if i in axes else size for i, size in enumerate(x.shape) if keep or i not in axes]
        return xp.full(sizes, bound, dtype.np)

    return run


@kernel("CumulativeLogsumexp")
def cumulative_logsumexp(k: KernelContext) -> Callable[..., Any]:
    """Running logarithms of sums of exponentials, in as many steps as the length has binary digits."""
    xp, exclusive, reverse = k.xp, k.attr("exclusive"), k.attr("reverse")
    least = k.input_dtypes[0].min

    def run(x: Any, axis: Any) -> Any:
        place = int(axis)
        if not -x.ndim <= place < x.ndim:
            raise errors.InvalidArgumentError(
                None, None, f"ScanOp: Expected scan axis in the range [{-x.ndim}, {x.ndim}), but got {place}"
            )
        moved = xp.moveaxis(x, place, 0)
        total = xp.array(xp.flip(moved, 0) if reverse else moved)
        if exclusive and len(total):
            total = xp.concatenate([xp.full_like(total[:1], -math.inf), total[:-1]])
        # TensorFlow starts from the least finite number.
        total = xp.maximum(total, least)
        reach = 1
        while reach < len(total):
            total = xp.concatenate([total[:reach], xp.logaddexp(total[reach:], total[:-reach])])
            reach *= 2
        return xp.ascontiguousarray(xp.moveaxis(xp.flip(total, 0) if reverse else total, 0, place))

    return run
