"""FusedBatchNorm and LRN, with their gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _by_channel(k: KernelContext) -> tuple[tuple[int, ...], Callable[[Any], Any]]:
    """Returns the axes to reduce, and how a vector with one element a channel is broadcast against an image."""
    if k.attr("data_format") == "NCHW":
        return (0, 2, 3), lambda vector: vector.reshape(-1, 1, 1)
    return (0, 1, 2), lambda vector: vector


@kernel("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
def fused_batch_norm(k: KernelContext) -> Callable[..., Any]:
    """The normalised images, and the statistics used."""
    xp, training = k.xp, k.attr("is_training")
    dtype, epsilon = k.output_dtypes[0].np, np.float32(k.attr("epsilon"))
    axes, wide = _by_channel(k)
    # V3 has one more output, which only the GPU fills.
    rest = (xp.zeros((), np.float32),) if k.op_type.endswith("V3") else ()

    def run(x: Any, scale: Any, offset: Any, mean: Any, variance: Any) -> tuple[Any, ...]:
        if x.ndim != 4:
            raise errors.InvalidArgumentError(None, None, f"input must be 4-dimensional, got {x.ndim} dimensions")
        y = x.astype(np.float32, copy=True)
        unbiased = variance
        if training:
            count = x.size // max(len(scale), 1)
            if not count:
                nan = xp.full(scale.shape, np.nan, np.float32)
                return (x.copy(), nan, nan.copy(), nan.copy(), nan.copy(), *rest)
            mean = y.mean(axis=axes)
            y -= wide(mean)
            variance = xp.square(y).mean(axis=axes)
            unbiased = variance * np.float32(count / max(count - 1, 1))
        else:
            y -= wide(mean)
        y *= wide(scale / xp.sqrt(variance + epsilon))
        y += wide(offset)
        # Each output has its own memory: they may be changed in place one by one.
        result = (y.astype(dtype, copy=False), mean.copy(), unbiased.copy(), mean.copy(), variance.copy())
        return (*result, *rest)

    return run


@kernel("FusedBatchNormGrad", "FusedBatchNormGradV2", "FusedBatchNormGradV3")
def fused_batch_norm_grad(k: KernelContext) -> Callable[..., Any]:
    """The gradients of images, scale and offset."""
    xp, training = k.xp, k.attr("is_training")
    dtype, epsilon = k.output_dtypes[0].np, np.float32(k.attr("epsilon"))
    axes, wide = _by_channel(k)

    def run(gradient: Any, x: Any, scale: Any, mean: Any, variance: Any, *_: Any) -> tuple[Any, ...]:
        g = gradient.astype(np.float32, copy=False)
        centered = x.astype(np.float32, copy=False) - wide(mean)
        inverse = np.float32(1) / xp.sqrt(variance + epsilon)
        total = g.sum(axis=axes)
        product = (g * centered).sum(axis=axes)
        if training:
            count = np.float32(max(g.size // max(len(scale), 1), 1))
            centered *= wide(product / count / (variance + epsilon))
            dx = g - wide(total / count)
            dx -= centered
        else:
            dx = g.copy()
        dx *= wide(scale * inverse)
        empty = (0,) if training else scale.shape
        unused = (xp.zeros(empty, np.float32), xp.zeros(empty, np.float32))
        return (dx.astype(dtype, copy=False), product * inverse, total, *unused)

    return run


def _window_sums(xp: Any, x: Any, radius: int) -> Any:
    """Sums over the channels at most `radius` away."""
    total = x.copy()
    depth = x.shape[-1]
    for distance in range(1, min(radius, depth - 1) + 1):
        total[..., distance:] += x[..., :-distance]
        total[..., :-distance] += x[..., distance:]
    return total


def _constants(k: KernelContext) -> tuple[int, Any, Any, Any]:
    real = np.float32
    return k.attr("depth_radius"), real(k.attr("bias")), real(k.attr("alpha")), real(k.attr("beta"))


@kernel("LRN")
def lrn(k: KernelContext) -> Callable[..., Any]:
    """Each element over a power of the squares around it."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    radius, bias, alpha, beta = _constants(k)

    def run(x: Any) -> Any:
        if np.ndim(x) != 4:
            raise errors.InvalidArgumentError(None, None, "in must be 4-dimensional")
        wide = x.astype(np.float32, copy=False)
        norm = _window_sums(xp, xp.square(wide), radius)
        norm *= alpha
        norm += bias
        return (wide * norm**-beta).astype(dtype, copy=False)

    return run


@kernel("LRNGrad")
def lrn_grad(k: KernelContext) -> Callable[..., Any]:
    """The gradient, through the element and through the sums of squares."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    radius, bias, alpha, beta = _constants(k)

    def run(gradient: Any, x: Any, y: Any) -> Any:
        if not gradient.shape == x.shape == y.shape:
            raise errors.InvalidArgumentError(
                None, None, "input_grads, input_image, and out_image should have the same shape"
            )
        g, x, y = (array.astype(np.float32, copy=False) for array in (gradient, x, y))
        norm = _window_sums(xp, xp.square(x), radius)
        norm *= alpha
        norm += bias
        through_norm = _window_sums(xp, g * y / norm, radius)
        through_norm *= x * (-2 * alpha * beta)
        return (g * norm**-beta + through_norm).astype(dtype, copy=False)

    return run
