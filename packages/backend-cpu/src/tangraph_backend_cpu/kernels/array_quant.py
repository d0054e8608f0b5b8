"""Values rounded as if they were kept in few bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()
F = np.float32


def _levels(k: KernelContext) -> tuple[Any, Any]:
    """Returns the lowest and the highest level, as float32."""
    return F(1 if k.attr("narrow_range") else 0), F((1 << k.attr("num_bits")) - 1)


def _nudged(low: Any, high: Any, first: Any, last: Any) -> tuple[Any, Any, Any]:
    """Moves a range so that zero is one of its levels; returns it and the distance of two levels."""
    scale = (high - low) / (last - first)
    zero = first - low / scale
    zero = np.where(zero < first, first, np.where(zero > last, last, np.floor(zero + F(0.5)))).astype(F)
    return (first - zero) * scale, (last - zero) * scale, scale


def _quantized(x: Any, low: Any, high: Any, first: Any, last: Any) -> Any:
    low, high, scale = _nudged(low, high, first, last)
    clamped = np.minimum(np.maximum(x, low), high)
    return (np.floor((clamped - low) * (F(1) / scale) + F(0.5)) * scale + low).astype(F)


@kernel("FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxArgsGradient")
def args(k: KernelContext) -> Callable[..., Any]:
    """A range that is fixed in the graph."""
    low, high = F(k.attr("min")), F(k.attr("max"))
    if not low < high:
        raise errors.InvalidArgumentError(None, None, f"min has to be smaller than max, was: {low} >= {high}")
    first, last = _levels(k)
    if k.op_type == "FakeQuantWithMinMaxArgs":
        return lambda x: _quantized(x, low, high, first, last)
    nudged_low, nudged_high, _ = _nudged(low, high, first, last)
    return lambda grad, x: np.where((x >= nudged_low) & (x <= nudged_high), grad, F(0)).astype(F)


@kernel("FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel")
def variables(k: KernelContext) -> Callable[..., Any]:
    """A range that is computed; for each channel in the second op."""
    first, last = _levels(k)

    def quantized(x: Any, low: Any, high: Any) -> Any:
        if not np.any(low) and not np.any(high):
            return np.zeros(np.shape(x), F)
        with np.errstate(all="ignore"):
            result = _quantized(x, low, high, first, last)
        return np.where((low == 0) & (high == 0), F(0), result).astype(F)

    return quantized


@kernel("FakeQuantWithMinMaxVarsGradient", "FakeQuantWithMinMaxVarsPerChannelGradient")
def variables_gradient(k: KernelContext) -> Callable[..., Any]:
    """Inside of the range to the input, outside of it to its ends."""
    first, last = _levels(k)
    per_channel = k.op_type.endswith("PerChannelGradient")

    def gradients(grad: Any, x: Any, low: Any, high: Any) -> tuple[Any, Any, Any]:
        axes = tuple(range(np.ndim(x) - 1)) if per_channel else None
        with np.errstate(all="ignore"):
            nudged_low, nudged_high, _ = _nudged(low, high, first, last)
        empty = (low == 0) & (high == 0)
        below = (x < nudged_low) & ~empty
        above = (x > nudged_high) & ~empty
        inside = ~(below | above)
        to_low = np.where(below, grad, F(0)).sum(axis=axes, dtype=F)
        to_high = np.where(above, grad, F(0)).sum(axis=axes, dtype=F)
        return np.where(inside, grad, F(0)).astype(F), to_low, to_high

    return gradients
