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


def _nudged(xp: Any, low: Any, high: Any, first: Any, last: Any) -> tuple[Any, Any, Any]:
    """Moves a range so that zero is one of its levels; returns it and the distance of two levels."""
    scale = (high - low) / (last - first)
    zero = first - low / scale
    zero = xp.where(zero < first, first, xp.where(zero > last, last, xp.floor(zero + F(0.5)))).astype(F)
    return (first - zero) * scale, (last - zero) * scale, scale


def _quantized(xp: Any, x: Any, low: Any, high: Any, first: Any, last: Any) -> Any:
    low, high, scale = _nudged(np if np.isscalar(low) else xp, low, high, first, last)
    clamped = xp.minimum(xp.maximum(x, low), high)
    return (xp.floor((clamped - low) * (F(1) / scale) + F(0.5)) * scale + low).astype(F)


@kernel("FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxArgsGradient")
def args(k: KernelContext) -> Callable[..., Any]:
    """A range that is fixed in the graph."""
    xp, low, high = k.xp, F(k.attr("min")), F(k.attr("max"))
    if not low < high:
        raise errors.InvalidArgumentError(None, None, f"min has to be smaller than max, was: {low} >= {high}")
    first, last = _levels(k)
    if k.op_type == "FakeQuantWithMinMaxArgs":
        return lambda x: _quantized(xp, x, low, high, first, last)
    nudged_low, nudged_high, _ = _nudged(np, low, high, first, last)
    return lambda grad, x: xp.where((x >= nudged_low) & (x <= nudged_high), grad, F(0)).astype(F)


@kernel("FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel")
def variables(k: KernelContext) -> Callable[..., Any]:
    """A range that is computed; for each channel in the second op."""
    xp, (first, last) = k.xp, _levels(k)

    def quantized(x: Any, low: Any, high: Any) -> Any:
        if xp is np and not np.any(low) and not np.any(high):
            return np.zeros(np.shape(x), F)
        with np.errstate(all="ignore"):
            result = _quantized(xp, x, low, high, first, last)
        return xp.where((low == 0) & (high == 0), F(0), result).astype(F)

    return quantized


@kernel("FakeQuantWithMinMaxVarsGradient", "FakeQuantWithMinMaxVarsPerChannelGradient")
def variables_gradient(k: KernelContext) -> Callable[..., Any]:
    """Inside of the range to the input, outside of it to its ends."""
    xp, (first, last) = k.xp, _levels(k)
    per_channel = k.op_type.endswith("PerChannelGradient")

    def gradients(grad: Any, x: Any, low: Any, high: Any) -> tuple[Any, Any, Any]:
        axes = tuple(range(np.ndim(x) - 1)) if per_channel else None
        with np.errstate(all="ignore"):
            nudged_low, nudged_high, _ = _nudged(xp, low, high, first, last)
        empty = (low == 0) & (high == 0)
        below = (x < nudged_low) & ~empty
        above = (x > nudged_high) & ~empty
        inside = ~(below | above)
        to_low = xp.where(below, grad, F(0)).sum(axis=axes, dtype=F)
        to_high = xp.where(above, grad, F(0)).sum(axis=axes, dtype=F)
        return xp.where(inside, grad, F(0)).astype(F), to_low, to_high

    return gradients


def _integers(dtype: Any) -> tuple[Any, Any, Any]:
    """Returns the plain integer type of a quantized one, and its least and greatest number."""
    plain = dtype.fields[next(iter(dtype.fields))][0]
    info = np.iinfo(plain)
    return plain, info.min, info.max


def _round_away(x: Any) -> Any:
    return np.trunc(x + np.copysign(F(0.5), x))


@kernel("QuantizeV2")
def quantize(k: KernelContext) -> Callable[..., Any]:
    """Integers for the numbers of a range."""
    dtype, mode = k.output_dtypes[0].np, k.attr("mode")
    plain, least, most = _integers(dtype)
    round_ = np.rint if k.attr("round_mode") == "HALF_TO_EVEN" else _round_away

    def quantized(x: Any, low: Any, high: Any) -> tuple[Any, Any, Any]:
        if high < low:
            raise errors.InvalidArgumentError(None, None, "input_max_range must be larger than input_min_range.")
        apart = max(F(1), abs(low), abs(high)) / F(100)
        high = max(F(0), high, min(F(0), low) + apart)
        low = min(F(0), low)
        if mode == "SCALED":
            sides = [F(bound) / end for bound, end in ((least, low), (most, high)) if bound * end > 0]
            scale = min(sides, default=np.finfo(F).max)
            low, high = F(least) / scale, F(most) / scale
            result = round_(np.clip(x, low, high) * scale)
        elif mode == "MIN_FIRST":
            steps = float(1 << (8 * plain.itemsize))
            scale = F(steps / ((float(high) - float(low)) * (steps / (steps - 1))))
            result = np.clip(_round_away(x * scale) - _round_away(low * scale) + F(least), least, most)
        else:
            scale = F((float(most) - float(least)) / (float(high) - float(low)))
            shifted = (np.clip(x, low, high) - low) * scale
            result = _round_away(shifted - F((most - least + 1) // 2)) if least < 0 else np.trunc(shifted + F(0.5))
        whole = np.asarray(result, np.float64).astype(np.int64).astype(plain)
        return whole.view(dtype), F(low), F(high)

    return quantized


@kernel("Dequantize")
def dequantize(k: KernelContext) -> Callable[..., Any]:
    """The numbers that integers stand for."""
    mode = k.attr("mode")
    plain, least, most = _integers(k.input_dtypes[0].np)

    def numbers(x: Any, low: Any, high: Any) -> Any:
        whole = np.asarray(x).view(plain).astype(F)
        if mode == "SCALED":
            scale = high / F(most) if least == 0 else max(low / F(least), high / F(most))
            return (whole * scale).astype(F)
        if mode == "MIN_FIRST":
            steps = float(1 << (8 * plain.itemsize))
            scale = F((float(high) - float(low)) * (steps / (steps - 1)) / steps)
            start = low if low == high else _round_away(low / scale) * scale
            return (start + (whole - F(least)) * scale).astype(F)
        scale = (high - low) / F(float(most) - float(least))
        half = F((most - least + 1) // 2) if least < 0 else F(0)
        return ((whole + half) * scale + low).astype(F)

    return numbers


@kernel("QuantizeAndDequantizeV2", "QuantizeAndDequantizeV3")
def quantize_and_dequantize(k: KernelContext) -> Callable[..., Any]:
    """Numbers rounded to those that integers can stand for."""
    dtype = k.output_dtypes[0].np
    signed, given, narrow = k.attr("signed_input"), k.attr("range_given"), k.attr("narrow_range")
    half_up = k.attrs.get("round_mode") == "HALF_UP"
    fixed_bits = k.attrs.get("num_bits")

    def rounded(x: Any, low: Any, high: Any, bits: Any = fixed_bits) -> Any:
        bits = int(bits)
        least = (-(1 << (bits - 1)) + (1 if narrow else 0)) if signed else 0
        most = (1 << (bits - 1)) - 1 if signed else (1 << bits) - 1
        if not given:
            low, high = np.min(x), np.max(x)
        elif low > high:
            raise errors.InvalidArgumentError(None, None, f"Invalid range: input_min {low} > input_max {high}")
        low, high, make = dtype.type(low), dtype.type(high), dtype.type
        from_low = make(least) / low if least * low > 0 else np.finfo(dtype).max
        from_high = make(most) / high if most * high > 0 else np.finfo(dtype).max
        if from_low < from_high:
            scale, inverse = from_low, low / make(least)
            high = make(most) * inverse
        else:
            scale, inverse = from_high, high / make(most)
            low = make(least) * inverse
        if given:
            x = np.clip(x, low, high)
        scaled = np.floor(x * scale + make(0.5)) if half_up else np.rint(x * scale)
        return (scaled * inverse).astype(dtype)

    return rounded
