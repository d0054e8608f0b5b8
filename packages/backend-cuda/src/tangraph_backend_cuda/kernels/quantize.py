"""Values rounded as if they were kept in few bits, with a range that stays on the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("QuantizeAndDequantizeV2", "QuantizeAndDequantizeV3")
def quantize_and_dequantize(k: KernelContext) -> Callable[..., Any]:
    """Numbers rounded to those that integers can stand for."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    signed, given, narrow = k.attr("signed_input"), k.attr("range_given"), k.attr("narrow_range")
    half_up, fixed_bits = k.attrs.get("round_mode") == "HALF_UP", k.attrs.get("num_bits")
    largest = dtype.type(np.finfo(dtype).max)

    def rounded(x: Any, low: Any, high: Any, bits: Any = fixed_bits) -> Any:
        bits = int(bits)
        least = dtype.type((-(1 << (bits - 1)) + (1 if narrow else 0)) if signed else 0)
        most = dtype.type((1 << (bits - 1)) - 1 if signed else (1 << bits) - 1)
        if not given:
            low, high = xp.min(x), xp.max(x)
        from_low = xp.where(least * low > 0, least / low, largest)
        from_high = xp.where(most * high > 0, most / high, largest)
        by_low = from_low < from_high
        scale = xp.where(by_low, from_low, from_high)
        inverse = xp.where(by_low, low / least if least else largest, high / most)
        if given:
            x = xp.minimum(
                xp.maximum(x, xp.where(by_low, low, least * inverse)), xp.where(by_low, most * inverse, high)
            )
        scaled = xp.floor(x * scale + dtype.type(0.5)) if half_up else xp.rint(x * scale)
        return (scaled * inverse).astype(dtype)

    return rounded
