"""Maxima of windows together with the places where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels import geometry
from tangraph_backend_cpu.kernels.geometry import layout_of
from tangraph_backend_cpu.kernels.nn_pool import lowest
from tangraph_backend_cpu.kernels.unbuffered import unbuffered

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("MaxPoolWithArgmax")
def max_pool_with_argmax(k: KernelContext) -> Callable[..., Any]:
    """The largest element of each window, and its place in its image (or in the whole batch)."""
    xp, dtype, index = k.xp, k.output_dtypes[0].np, k.output_dtypes[1].np
    layout, window = layout_of(k), k.attr("ksize")[1:3]
    from_batch, least = k.attr("include_batch_in_index"), lowest(dtype)

    def run(x: Any) -> tuple[Any, Any]:
        if x.ndim != 4:
            raise errors.InvalidArgumentError(None, None, "tensor_in must be 4-dimensional")
        axes = layout.axes(x.shape[1:3], window)
        shape = (x.shape[0], *[a.out for a in axes], x.shape[3])
        out, places = xp.full(shape, least, dtype), xp.full(shape, -1, index)
        numbers = xp.arange(x[0].size if x.shape[0] else 0, dtype=index).reshape(x.shape[1:])
        for _, windows, elements in geometry.offsets(axes):
            inside, there = (slice(None), *windows), (slice(None), *elements)
            found = (x[there] > out[inside]) | (places[inside] < 0)
            xp.copyto(out[inside], x[there], where=found)
            xp.copyto(places[inside], xp.broadcast_to(numbers[elements], found.shape), where=found)
        if from_batch:
            places += (xp.arange(x.shape[0], dtype=index) * numbers.size).reshape(-1, 1, 1, 1)
        return out, places

    return run


def _flat_places(xp: Any, x: Any, argmax: Any, from_batch: bool) -> Any:
    """Returns the places counted from the start of the batch, checked."""
    places = argmax
    if not from_batch:
        per_image = x.size // max(1, x.shape[0])
        places = argmax + (xp.arange(x.shape[0], dtype=argmax.dtype) * per_image).reshape(-1, 1, 1, 1)
    if xp is np and places.size and (places.min() < 0 or places.max() >= x.size):
        raise errors.InvalidArgumentError(None, None, f"MaxPoolGradWithArgmax: an index lies outside of [0, {x.size})")
    return places.reshape(-1)


@kernel("MaxPoolGradWithArgmax")
def max_pool_grad_with_argmax(k: KernelContext) -> Callable[..., Any]:
    """The gradient goes to the places that were found."""
    xp, dtype, from_batch = k.xp, k.output_dtypes[0].np, k.attr("include_batch_in_index")
    add = unbuffered(xp, "add")

    def run(x: Any, grad: Any, argmax: Any) -> Any:
        out = xp.zeros(x.size, dtype)
        add(out, _flat_places(xp, x, argmax, from_batch), grad.reshape(-1))
        return out.reshape(x.shape)

    return run


@kernel("MaxPoolGradGradWithArgmax")
def max_pool_grad_grad_with_argmax(k: KernelContext) -> Callable[..., Any]:
    """What stands at the places that were found."""
    xp, from_batch = k.xp, k.attr("include_batch_in_index")

    def run(x: Any, grad: Any, argmax: Any) -> Any:
        return grad.reshape(-1)[_flat_places(xp, x, argmax, from_batch)].reshape(argmax.shape)

    return run
