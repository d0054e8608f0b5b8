"""Elementwise operations that look for nan on the host, where it is quicker, and choose on the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("Sign")
def sign(k: KernelContext) -> Callable[..., Any]:
    """-1, 0 or 1; 0 for nan."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    if not k.input_dtypes[0].is_floating:
        result: Callable[..., Any] = xp.sign
        return result
    return lambda x: xp.where(xp.isnan(x), dtype.type(0), xp.sign(x))


@kernel("Maximum", "Minimum")
def extreme(k: KernelContext) -> Callable[..., Any]:
    """The greater or lesser of two; a nan counts only where it is the first."""
    xp, greatest = k.xp, k.op_type == "Maximum"
    if not k.input_dtypes[0].is_floating:
        choose: Callable[..., Any] = xp.maximum if greatest else xp.minimum
        return choose
    wins = xp.less if greatest else xp.greater
    return lambda x, y: xp.where(wins(x, y), y, x)
