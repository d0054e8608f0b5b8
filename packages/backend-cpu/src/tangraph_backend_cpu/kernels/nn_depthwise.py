"""Convolutions of each channel by itself: one product an element of the window, added up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels import geometry
from tangraph_backend_cpu.kernels.geometry import layout_of
from tangraph_backend_cpu.kernels.nn_conv import working_type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.plan.kernel import KernelContext
    from tangraph_backend_cpu.kernels.geometry import Axis, Layout

kernel = KernelSet()

#: Elements of outputs worked on at a time, so that they stay in the cache while they are added to.
_BLOCK: Final = 1 << 16


def _invalid(text: str) -> errors.OpError:
    return errors.InvalidArgumentError(None, None, text)


def _blocks(batch: int, size: int) -> list[slice]:
    count = max(1, _BLOCK * batch // max(1, size))
    return [slice(first, first + count) for first in range(0, batch, count)]


def _geometry(layout: Layout, sizes: Sequence[int], filters: Sequence[int]) -> list[Axis]:
    if len(sizes) != 4 or len(filters) != 4:
        raise _invalid("input and filter must be 4-dimensional")
    if sizes[3] != filters[2]:
        raise _invalid(f"input and filter must have the same depth: {sizes[3]} vs {filters[2]}")
    return layout.axes(sizes[1:3], filters[:2])


@kernel("DepthwiseConv2dNative")
def depthwise(k: KernelContext) -> Callable[..., Any]:
    """The convolution."""
    xp, dtype, layout = k.xp, k.output_dtypes[0].np, _layout(k)
    work = working_type(dtype)

    def run(x: Any, filters: Any) -> Any:
        x = layout.channels_last(x).astype(work, copy=False)
        filters = filters.astype(work, copy=False)
        axes = _geometry(layout, x.shape, filters.shape)
        channels, multiplier = filters.shape[2:]
        out = xp.zeros((x.shape[0], axes[0].out, axes[1].out, channels, multiplier), work)
        one = multiplier == 1
        whole = out[..., 0] if one else out
        for images in _blocks(x.shape[0], out.size):
            target, source = whole[images], x[images]
            for place, windows, elements in geometry.offsets(axes):
                factor = filters[place][:, 0] if one else filters[place]
                part = source[(slice(None), *elements)]
                target[(slice(None), *windows)] += (part if one else part[..., None]) * factor
        flat = out.reshape(*out.shape[:3], channels * multiplier)
        return xp.ascontiguousarray(layout.as_given(flat), dtype=dtype)

    return run


@kernel("DepthwiseConv2dNativeBackpropInput")
def depthwise_backprop_input(k: KernelContext) -> Callable[..., Any]:
    """The gradient of the images."""
    xp, dtype, layout = k.xp, k.output_dtypes[0].np, _layout(k)
    work = working_type(dtype)

    def run(sizes: Any, filters: Any, grad: Any) -> Any:
        whole = layout.sizes(sizes.tolist())
        filters = filters.astype(work, copy=False)
        axes = _geometry(layout, whole, filters.shape)
        grad = _split(layout, grad, work, filters.shape)
        out = xp.zeros(whole, work)
        for images in _blocks(whole[0], grad.size):
            target, source = out[images], grad[images]
            for place, windows, elements in geometry.offsets(axes):
                part = source[(slice(None), *windows)] * filters[place]
                target[(slice(None), *elements)] += part[..., 0] if part.shape[-1] == 1 else part.sum(axis=-1)
        return xp.ascontiguousarray(layout.as_given(out), dtype=dtype)

    return run


@kernel("DepthwiseConv2dNativeBackpropFilter")
def depthwise_backprop_filter(k: KernelContext) -> Callable[..., Any]:
    """The gradient of the filters."""
    xp, dtype, layout = k.xp, k.output_dtypes[0].np, _layout(k)
    work = working_type(dtype)

    def run(x: Any, sizes: Any, grad: Any) -> Any:
        whole = tuple(sizes.tolist())
        x = layout.channels_last(x).astype(work, copy=False)
        axes = _geometry(layout, x.shape, whole)
        grad = _split(layout, grad, work, whole)
        out = xp.zeros(whole, work)
        for images in _blocks(x.shape[0], grad.size):
            for place, windows, elements in geometry.offsets(axes):
                part, there = x[images][(slice(None), *elements)], grad[images][(slice(None), *windows)]
                out[place] += (part[..., None] * there).sum(axis=(0, 1, 2))
        return out.astype(dtype, copy=False)

    return run


def _layout(k: KernelContext) -> Layout:
    layout = layout_of(k)
    if layout.strides[0] != layout.strides[1]:
        raise _invalid("Current implementation only supports equal length strides in the row and column dimensions.")
    return layout


def _split(layout: Layout, grad: Any, work: Any, filters: Sequence[int]) -> Any:
    """Returns the outputs' gradient as [batch, rows, columns, channels, multiplier]."""
    grad = layout.channels_last(grad).astype(work, copy=False)
    if grad.shape[3] != filters[2] * filters[3]:
        raise _invalid(f"depth_multiplier * in_depth not equal to out_depth: {grad.shape[3]}")
    return grad.reshape(*grad.shape[:3], *filters[2:])
