"""Grey-scale dilation: the maximum of image plus filter over windows. Padding never is the maximum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels import geometry
from tangraph_backend_cpu.kernels.geometry import layout_of
from tangraph_backend_cpu.kernels.nn_pool import lowest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext
    from tangraph_backend_cpu.kernels.geometry import Axis

kernel = KernelSet()


def _slide(k: KernelContext) -> Callable[[Any, Any], list[Axis]]:
    layout = layout_of(k)

    def axes(x: Any, filters: Any) -> list[Axis]:
        if x.ndim != 4 or filters.ndim != 3:
            raise errors.InvalidArgumentError(None, None, "input must be 4-dimensional and filter 3-dimensional")
        if x.shape[3] != filters.shape[2]:
            raise errors.InvalidArgumentError(
                None, None, f"input and filter must have the same depth: {x.shape[3]} vs {filters.shape[2]}"
            )
        return layout.axes(x.shape[1:3], filters.shape[:2])

    return axes


@kernel("Dilation2D")
def dilation(k: KernelContext) -> Callable[..., Any]:
    """The maximum."""
    xp, dtype, slide = k.xp, k.output_dtypes[0].np, _slide(k)

    def run(x: Any, filters: Any) -> Any:
        axes = slide(x, filters)
        out = xp.full((x.shape[0], axes[0].out, axes[1].out, x.shape[3]), lowest(dtype), dtype)
        for place, windows, elements in geometry.offsets(axes):
            target = out[(slice(None), *windows)]
            xp.maximum(target, x[(slice(None), *elements)] + filters[place], out=target)
        return out

    return run


def _winners(xp: Any, x: Any, filters: Any, axes: list[Axis]) -> Any:
    """Returns which element of each window (counted in row-major order) is the first of the largest."""
    shape = (x.shape[0], axes[0].out, axes[1].out, x.shape[3])
    best, winner = xp.full(shape, lowest(x.dtype), x.dtype), xp.zeros(shape, np.int32)
    for number, (place, windows, elements) in enumerate(geometry.offsets(axes)):
        inside = (slice(None), *windows)
        value = x[(slice(None), *elements)] + filters[place]
        better = value > best[inside]
        xp.copyto(best[inside], value, where=better)
        xp.copyto(winner[inside], number, where=better)
    return winner


@kernel("Dilation2DBackpropInput", "Dilation2DBackpropFilter")
def dilation_backprop(k: KernelContext) -> Callable[..., Any]:
    """The gradient goes to the element that was the maximum: to the pixel, or to the filter's element."""
    xp, dtype, slide = k.xp, k.output_dtypes[0].np, _slide(k)
    to_input = k.op_type == "Dilation2DBackpropInput"

    def run(x: Any, filters: Any, grad: Any) -> Any:
        axes = slide(x, filters)
        winner = _winners(xp, x, filters, axes)
        out = xp.zeros(x.shape if to_input else filters.shape, dtype)
        for number, (place, windows, elements) in enumerate(geometry.offsets(axes)):
            inside = (slice(None), *windows)
            part = xp.where(winner[inside] == number, grad[inside], dtype.type(0))
            if to_input:
                out[(slice(None), *elements)] += part
            else:
                out[place] += part.sum(axis=(0, 1, 2), dtype=dtype)
        return out

    return run
