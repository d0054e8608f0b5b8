"""Counts, cross products and Fourier transforms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.unbuffered import unbuffered

if TYPE_CHECKING:
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("Bincount")
def bincount(k: KernelContext) -> Any:
    """How often each number occurs, or the sum of its weights."""
    xp, dtype = k.xp, k.output_dtypes[0].np

    def run(values: Any, size: Any, weights: Any) -> Any:
        count = int(size)
        if count < 0:
            raise errors.InvalidArgumentError(None, None, f"size ({count}) must be non-negative")
        flat = values.reshape(-1)
        if xp is np and flat.size and flat.min() < 0:
            raise errors.InvalidArgumentError(None, None, "Input arr must be non-negative!")
        if xp is not np:
            ones = weights.reshape(-1) if weights.size else xp.ones(flat.shape, dtype)
            valid = (flat >= 0) & (flat < count)
            return _counted(xp, xp.where(valid, flat, 0), xp.where(valid, ones, dtype.type(0)), count)
        kept = flat < count
        if weights.size:
            return xp.bincount(flat[kept], weights.reshape(-1)[kept], count).astype(dtype)
        return xp.bincount(flat[kept], minlength=count).astype(dtype)

    return run


def _counted(xp: Any, places: Any, weights: Any, count: int) -> Any:
    """Adds weights where they belong; the device need not be asked for the largest place, as `bincount` does."""
    total = xp.zeros(max(count, 1), weights.dtype)
    unbuffered(xp, "add")(total, places, weights)
    return total[:count]


@kernel("HistogramFixedWidth")
def histogram_fixed_width(k: KernelContext) -> Any:
    """How many values fall into each part of a range."""
    xp, dtype = k.xp, k.output_dtypes[0].np

    def run(values: Any, value_range: Any, nbins: Any) -> Any:
        count, (low, high) = int(nbins), value_range.tolist()
        if not low < high:
            raise errors.InvalidArgumentError(
                None, None, f"value_range should satisfy value_range[0] < value_range[1], but got '[{low:g}, {high:g}]'"
            )
        if count <= 0:
            raise errors.InvalidArgumentError(None, None, f"nbins should be a positive number, but got '{count}'")
        step = (high - low) / count
        places = xp.clip(xp.floor((values.reshape(-1).astype(np.float64) - low) / step), 0, count - 1)
        places = places.astype(np.int64)
        if xp is not np:
            return _counted(xp, places, xp.ones(places.shape, dtype), count)
        return xp.bincount(places, minlength=count).astype(dtype)

    return run


@kernel("Bucketize")
def bucketize(k: KernelContext) -> Any:
    """Between which of the boundaries each value lies."""
    xp, boundaries = k.xp, k.xp.asarray(np.array(k.attr("boundaries"), np.float32))
    if list(k.attr("boundaries")) != sorted(k.attr("boundaries")):
        raise errors.InvalidArgumentError(None, None, "Expected sorted boundaries")
    return lambda x: xp.searchsorted(boundaries, x, side="right").astype(np.int32)


@kernel("Cross")
def cross(k: KernelContext) -> Any:
    """Cross products along the last axis."""

    def run(a: Any, b: Any) -> Any:
        if a.shape != b.shape:
            raise errors.InvalidArgumentError(
                None, None, f"Both inputs must be of same shape: {list(a.shape)} vs. {list(b.shape)}"
            )
        return k.xp.cross(a, b)

    return run


def _complex_transform(k: KernelContext) -> Any:
    rank = {"2": 2, "3": 3}.get(k.op_type.removesuffix("D")[-1], 1)
    function = k.xp.fft.ifftn if k.op_type.startswith("I") else k.xp.fft.fftn
    axes, dtype = tuple(range(-rank, 0)), k.output_dtypes[0].np
    return lambda x: function(x, axes=axes).astype(dtype, copy=False)


def _real_transform(k: KernelContext) -> Any:
    rank = {"2": 2, "3": 3}.get(k.op_type.removesuffix("D")[-1], 1)
    forward = k.op_type.startswith("R")
    function = k.xp.fft.rfftn if forward else k.xp.fft.irfftn
    axes, dtype = tuple(range(-rank, 0)), k.output_dtypes[0].np

    def run(x: Any, lengths: Any) -> Any:
        sizes = [int(d) for d in lengths]
        wanted = sizes if forward else [*sizes[:-1], sizes[-1] // 2 + 1]
        for axis, (there, size) in enumerate(zip(x.shape[x.ndim - rank :], wanted, strict=True)):
            if there < size and x.size:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"Input dimension {x.ndim - rank + axis} must have length of at least {size} but got: {there}",
                )
        if not x.size or 0 in sizes:
            last = [*sizes[:-1], sizes[-1] // 2 + 1 if sizes[-1] else 0] if forward else sizes
            return k.xp.zeros((*x.shape[: x.ndim - rank], *last), dtype)
        return function(x, s=sizes, axes=axes).astype(dtype, copy=False)

    return run


for _suffix in ("", "2D", "3D"):
    for _prefix in ("FFT", "IFFT"):
        kernel.add(_prefix + _suffix, _complex_transform)
    for _prefix in ("RFFT", "IRFFT"):
        kernel.add(_prefix + _suffix, _real_transform)
