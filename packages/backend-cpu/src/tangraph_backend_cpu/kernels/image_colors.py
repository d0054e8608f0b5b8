"""Colours: contrast, hue and saturation, and the two ways between RGB and HSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels.image_resize import invalid, shape_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

Array = Any
F = np.float32


@kernel("AdjustContrastv2")
def adjust_contrast(k: KernelContext) -> Callable[..., Array]:
    """The distance of each pixel to its channel's mean, times the factor."""

    def adjust(images: Array, factor: Any) -> Array:
        if images.ndim < 3:
            raise invalid(f"input must be at least 3-D, got shape{shape_text(images)}")
        if np.ndim(factor):
            raise invalid(f"contrast_factor must be scalar: {shape_text(factor)}")
        x = images.astype(F, copy=False)
        mean = x.mean(axis=(-3, -2), keepdims=True, dtype=F)
        return ((x - mean) * factor + mean).astype(images.dtype, copy=False)

    return adjust


def _checked(images: Array, value: Any, name: str) -> Array:
    """Returns images as float32."""
    if images.ndim < 3:
        raise invalid(f"input must be at least 3-D, got shape{shape_text(images)}")
    if np.ndim(value):
        raise invalid(f"{name} must be scalar: {shape_text(value)}")
    if images.shape[-1] != 3:
        raise invalid(f"input must have 3 channels but instead has {images.shape[-1]} channels.")
    return images.astype(F, copy=False)


def _in_order(xp: Any, sector: Array, largest: Array, middle: Array, smallest: Array) -> Array:
    """Returns red, green and blue along the last axis: `sector` (a sixth of the circle) says which is the largest."""
    orders = (
        (largest, middle, smallest),
        (middle, largest, smallest),
        (smallest, largest, middle),
        (smallest, middle, largest),
        (middle, smallest, largest),
        (largest, smallest, middle),
    )
    channels = []
    for channel in range(3):
        value = orders[5][channel]
        for number in range(4, -1, -1):
            value = xp.where(sector == number, orders[number][channel], value)
        channels.append(value)
    return xp.stack(channels, axis=-1)


def _guarded(xp: Any, numerator: Array, denominator: Array) -> Array:
    """Returns the quotient, and 0 where it would be divided by nothing."""
    some = denominator > 0
    one, zero = denominator.dtype.type(1), denominator.dtype.type(0)
    return xp.where(some, numerator / xp.where(some, denominator, one), zero)


@kernel("AdjustHue")
def adjust_hue(k: KernelContext) -> Callable[..., Array]:
    """The hue turned, in sixths of the circle; the largest and the smallest colour stay."""
    xp = k.xp

    def adjust(images: Array, delta: Any) -> Array:
        x = _checked(images, delta, "delta")
        red, green, blue = x[..., 0], x[..., 1], x[..., 2]
        largest, smallest = x.max(-1), x.min(-1)
        span = largest - smallest
        middle = xp.maximum(xp.minimum(red, green), xp.minimum(xp.maximum(red, green), blue))
        sector = xp.where(
            red < green,
            xp.where(blue < red, 1, xp.where(blue > green, 3, 2)),
            xp.where(blue < green, 0, xp.where(blue > red, 4, 5)),
        )
        part = _guarded(xp, middle - smallest, span)
        hue = sector.astype(F) + xp.where(sector % 2 == 0, part, F(1) - part)
        hue = xp.where(span > 0, hue, F(0)) + delta * F(6)
        hue = hue - xp.floor(hue / F(6)) * F(6)
        sector = xp.minimum(hue.astype(np.int32), 5)
        part = hue - sector.astype(F)
        middle = smallest + xp.where(sector % 2 == 0, part, F(1) - part) * span
        return _in_order(xp, sector, largest, middle, smallest).astype(images.dtype, copy=False)

    return adjust


def _hue(xp: Any, x: Array, largest: Array, span: Array) -> Array:
    """The hue in turns, of float32 or float64 colours."""
    kind = x.dtype.type
    red, green, blue = x[..., 0], x[..., 1], x[..., 2]
    norm = kind(1) / (kind(6) * xp.where(span > 0, span, kind(1)))
    hue = xp.where(
        red == largest,
        norm * (green - blue),
        xp.where(green == largest, norm * (blue - red) + kind(2 / 6), norm * (red - green) + kind(4 / 6)),
    )
    hue = xp.where(span > 0, hue, kind(0))
    return xp.where(hue < 0, hue + kind(1), hue)


@kernel("AdjustSaturation")
def adjust_saturation(k: KernelContext) -> Callable[..., Array]:
    """The saturation times the scale, at most 1."""
    xp = k.xp

    def adjust(images: Array, scale: Any) -> Array:
        x = _checked(images, scale, "scale")
        largest = x.max(-1)
        span = largest - x.min(-1)
        hue = _hue(xp, x, largest, span)
        saturation = xp.clip(_guarded(xp, span, largest) * scale, F(0), F(1))
        chroma = saturation * largest
        place = hue * F(6)
        sector = place.astype(np.int32)
        rest = place - xp.floor(place / F(2)) * F(2)
        middle = chroma * (F(1) - xp.abs(rest - F(1)))
        parts = _in_order(xp, sector, chroma, middle, xp.zeros_like(chroma))
        return (parts + (largest - chroma)[..., None]).astype(images.dtype, copy=False)

    return adjust


@kernel("RGBToHSV")
def rgb_to_hsv(k: KernelContext) -> Callable[..., Array]:
    """Hue, saturation and value."""
    xp = k.xp

    def convert(images: Array) -> Array:
        x = _three(images)
        largest = x.max(-1)
        span = largest - x.min(-1)
        parts = [_hue(xp, x, largest, span), _guarded(xp, span, largest), largest]
        return xp.stack(parts, axis=-1).astype(images.dtype, copy=False)

    return convert


@kernel("HSVToRGB")
def hsv_to_rgb(k: KernelContext) -> Callable[..., Array]:
    """Red, green and blue."""
    xp = k.xp

    def convert(images: Array) -> Array:
        x = _three(images)
        place, saturation, value = x[..., 0] * 6, x[..., 1], x[..., 2]
        shares = [xp.abs(place - 3) - 1, 2 - xp.abs(place - 2), 2 - xp.abs(place - 4)]
        grey = 1 - saturation
        parts = [(grey + saturation * xp.clip(share, 0, 1)) * value for share in shares]
        return xp.stack(parts, axis=-1).astype(images.dtype, copy=False)

    return convert


def _three(images: Array) -> Array:
    if images.ndim < 1:
        raise invalid(f"input must be at least 1D{shape_text(images)}")
    if images.shape[-1] != 3:
        raise errors.FailedPreconditionError(
            None, None, f"input must have 3 channels but input only has {images.shape[-1]} channels."
        )
    return images
