"""Images under projective transforms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.image_resize import invalid, shape_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

Array = Any
F = np.float32


@kernel("ImageProjectiveTransformV2")
def image_projective_transform(k: KernelContext) -> Callable[..., Array]:
    """Each pixel is the one that the transform takes it from, or a mean of four; 0 outside."""
    interpolation, dtype = k.attr("interpolation"), k.output_dtypes[0].np
    if interpolation not in ("NEAREST", "BILINEAR"):
        raise invalid(f"Invalid interpolation {interpolation}. Supported types: NEAREST, BILINEAR")

    def transform(images: Array, transforms: Array, size: Any) -> Array:
        if images.ndim != 4:
            raise invalid("Input images must have rank 4")
        if transforms.ndim != 2 or transforms.shape[1] != 8 or transforms.shape[0] not in (1, images.shape[0]):
            raise invalid(
                "Input transform should be num_images x 8 or 1 x 8"
                if transforms.ndim == 2
                else f"Input transforms must have rank 2{shape_text(transforms)}"
            )
        if np.ndim(size) != 1 or len(size) != 2:
            raise invalid("output shape must be 1-dimensional and have two elements")
        height, width = size.tolist()
        if height <= 0 or width <= 0:
            raise invalid("output dimensions must be positive")
        x, y = _places(transforms, height, width)
        result = _nearest(images, x, y) if interpolation == "NEAREST" else _bilinear(images, x, y)
        return result.astype(dtype, copy=False)

    return transform


def _places(transforms: Array, height: int, width: int) -> tuple[Array, Array]:
    """Where the pixels of the result come from, each [transforms, height, width]; NaN for nowhere."""
    x, y = np.arange(width, dtype=F), np.arange(height, dtype=F)[:, None]
    a0, a1, a2, b0, b1, b2, c0, c1 = (transforms[:, i, None, None] for i in range(8))
    scale = c0 * x + c1 * y + F(1)
    scale = np.where(scale == 0, F(np.nan), scale)
    return (a0 * x + a1 * y + a2) / scale, (b0 * x + b1 * y + b2) / scale


def _at(images: Array, x: Array, y: Array) -> Array:
    """The pixels at whole places; 0 outside."""
    height, width = images.shape[1:3]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    columns = np.where(inside, x, 0).astype(np.int64)
    rows = np.where(inside, y, 0).astype(np.int64)
    pixels = images[np.arange(len(images))[:, None, None], rows, columns]
    return np.where(inside[..., None], pixels, images.dtype.type(0))


def _nearest(images: Array, x: Array, y: Array) -> Array:
    return _at(images, _rounded(x), _rounded(y))


def _rounded(places: Array) -> Array:
    """The nearest whole numbers; halves go away from 0."""
    return np.trunc(places + np.copysign(F(0.5), places))


def _bilinear(images: Array, x: Array, y: Array) -> Array:
    left, top = np.floor(x), np.floor(y)
    right, below = left + F(1), top + F(1)
    some = ~(np.isnan(x) | np.isnan(y))
    to_left, to_right = (np.where(some, part, F(0))[..., None] for part in (x - left, right - x))
    to_top, to_below = (np.where(some, part, F(0))[..., None] for part in (y - top, below - y))
    upper = _along(images, left, right, top, to_right, to_left)
    lower = _along(images, left, right, below, to_right, to_left)
    return to_below.astype(upper.dtype) * upper + to_top.astype(lower.dtype) * lower


def _along(images: Array, left: Array, right: Array, row: Array, to_right: Array, to_left: Array) -> Array:
    kind = images.dtype if images.dtype.kind == "f" else np.dtype(F)
    first, second = (_at(images, side, row).astype(kind) for side in (left, right))
    return to_right.astype(kind) * first + to_left.astype(kind) * second
