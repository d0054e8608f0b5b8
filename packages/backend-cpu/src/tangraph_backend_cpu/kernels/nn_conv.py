"""Convolutions as matrix products.

The windows of some images are written out as the rows of a matrix that stays in the cache (im2col), and one product with
the filters gives those images' outputs. The gradient of the filters is the product of the same matrix with the gradient
of the outputs. The gradient of the images is a convolution with the flipped filters where windows lie side by
side, else products for the elements of the window, added where those elements lie.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu import products
from tangraph_backend_cpu.kernels import geometry
from tangraph_backend_cpu.kernels.geometry import Axis, layout_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tangraph.plan.kernel import KernelContext
    from tangraph_backend_cpu.kernels.geometry import Layout

    Product = Callable[..., Any]

kernel = KernelSet()

#: The size of the matrix of windows, in elements: so large that the threads of a product seldom wait for each other, small
#: enough for the cache that they share.
BLOCK: Final = 1 << 20
#: Rows of a window with fewer elements than this are short: copying them one by one costs more than it moves.
_SHORT: Final = 32
#: So few channels that the elements of a window are worth a plane each.
_FEW: Final = 16


def working_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Returns the type in which products are made: float32 for the types that have no fast one."""
    return dtype if dtype.itemsize >= 4 else np.dtype(np.float32)


def product_of(k: KernelContext, dtype: Any) -> Product:
    """Returns the function that multiplies two matrices, into a given one if there is one."""
    return products.product(dtype, k.threads) if k.xp is np else k.xp.matmul


class Columns:
    """The windows of images as rows of matrices, some images at a time.

    Where a window's rows are short, the matrix is written lying: a row for each element of a window, so that whole rows of
    an image are copied at once.

    Args:
      xp: the array module.
      x: [batch, *space, channels].
      axes: how the windows slide.
    """

    def __init__(self, xp: Any, x: Any, axes: Sequence[Axis]) -> None:
        self._xp, self._x, self._axes = xp, x, axes
        self._width = math.prod([a.window for a in axes]) * x.shape[-1]
        self._height = geometry.outputs(axes)
        self._count = min(max(1, BLOCK // max(1, self._width * self._height)), x.shape[0])

    def __iter__(self) -> Iterator[tuple[slice, Any]]:
        """Yields which images, and their matrix: a row a window. The matrix is overwritten by the next one."""
        last = self._axes[-1]
        lying = last.window * self._x.shape[-1] < min(_SHORT, 2 * last.out)
        return self._lying() if lying else self._standing()

    def _blocks(self) -> Iterator[slice]:
        for start in range(0, self._x.shape[0], max(1, self._count)):
            yield slice(start, min(start + self._count, self._x.shape[0]))

    def _standing(self) -> Iterator[tuple[slice, Any]]:
        xp, x, axes = self._xp, self._x, self._axes
        padded = geometry.needs_padding(axes)
        room = xp.zeros((self._count, *geometry.padded_sizes(axes), x.shape[-1]), x.dtype) if padded else None
        inner = (slice(None), *geometry.centre(axes))
        matrix = xp.empty((self._count * self._height, self._width), x.dtype)
        for images in self._blocks():
            source = x[images]
            some = source.shape[0]
            if room is not None:
                room[:some][inner] = source
                source = room[:some]
            rows = matrix[: some * self._height]
            windows = geometry.windows_of(xp, source, axes)
            rows.reshape(windows.shape)[...] = windows
            yield images, rows

    def _lying(self) -> Iterator[tuple[slice, Any]]:
        xp, x, axes = self._xp, self._x, self._axes
        room = xp.zeros((x.shape[-1], self._count, *geometry.padded_sizes(axes)), x.dtype)
        inner = (slice(None), slice(None), *geometry.centre(axes))
        matrix = xp.empty(self._width * self._count * self._height, x.dtype)
        for images in self._blocks():
            source = x[images]
            planes = room[:, : source.shape[0]]
            planes[inner] = xp.moveaxis(source, -1, 0)
            windows = geometry.planes_of(xp, planes, axes)
            columns = matrix[: windows.size].reshape(windows.shape)
            columns[...] = windows
            yield images, columns.reshape(self._width, source.shape[0] * self._height).T


def _is_pointwise(axes: Sequence[Axis]) -> bool:
    return all(a.window == 1 and not a.before and a.out * a.stride <= a.size + a.stride - 1 for a in axes)


def _picked(x: Any, axes: Sequence[Axis]) -> Any:
    """Returns the elements that windows of one element pick."""
    if all(a.stride == 1 and a.out == a.size for a in axes):
        return x
    return x[(slice(None), *[slice(0, (a.out - 1) * a.stride + 1, a.stride) for a in axes])]


def convolve(xp: Any, x: Any, filters: Any, axes: Sequence[Axis], product: Product) -> Any:
    """Returns [batch, *out, out_channels] for [batch, *space, channels] and [*window, channels, out_channels]."""
    depth = filters.shape[-1]
    flat = filters.reshape(-1, depth)
    shape = (x.shape[0], *[a.out for a in axes], depth)
    if _is_pointwise(axes):
        return product(_picked(x, axes).reshape(-1, x.shape[-1]), flat).reshape(shape)
    out = xp.empty(shape, x.dtype)
    if not out.size:
        return out
    for images, rows in Columns(xp, x, axes):
        product(rows, flat, out=out[images].reshape(-1, depth))
    return out


def filter_gradient(xp: Any, x: Any, grad: Any, axes: Sequence[Axis], product: Product) -> Any:
    """Returns the gradient of the filters: [*window, channels, out_channels]."""
    depth = grad.shape[-1]
    shape = (*[a.window for a in axes], x.shape[-1], depth)
    if _is_pointwise(axes):
        return product(_picked(x, axes).reshape(-1, x.shape[-1]).T, grad.reshape(-1, depth)).reshape(shape)
    total = xp.zeros((math.prod(shape[:-1]), depth), x.dtype)
    if grad.size:
        for images, rows in Columns(xp, x, axes):
            total += product(rows.T, grad[images].reshape(-1, depth))
    return total.reshape(shape)


def input_gradient(xp: Any, filters: Any, grad: Any, axes: Sequence[Axis], product: Product) -> Any:
    """Returns the gradient of the images: [batch, *space, channels]."""
    channels, depth = filters.shape[-2:]
    if channels < _FEW and 2 * channels <= depth:
        return _by_planes(xp, filters, grad, axes, product)
    if all(a.stride == 1 and a.before < a.reach() and a.after < a.reach() for a in axes):
        return _by_flipped_filters(xp, filters, grad, axes, product)
    shape = (grad.shape[0], *[a.size for a in axes], channels)
    total = xp.zeros(shape, grad.dtype)
    # As many images at a time as keep one element's product in the cache.
    count = max(1, BLOCK // max(1, geometry.outputs(axes) * max(depth, channels)))
    steps = [step for step in geometry.offsets(axes) if all(s.stop > s.start for s in step[1])]
    for start in range(0, shape[0], count):
        images = slice(start, start + count)
        some, target = grad[images], total[images]
        rows = some.reshape(-1, depth)
        for place, windows, elements in steps:
            part = product(rows, filters[place].T).reshape(*some.shape[:-1], channels)
            target[(slice(None), *elements)] += part[(slice(None), *windows)]
    return total


def _by_planes(xp: Any, filters: Any, grad: Any, axes: Sequence[Axis], product: Product) -> Any:
    """With few channels one product gives all elements of the windows, each a plane that is added where it belongs."""
    channels, depth = filters.shape[-2:]
    flat = filters.reshape(-1, depth)
    total = xp.zeros((channels, grad.shape[0], *[a.size for a in axes]), grad.dtype)
    count = max(1, BLOCK // max(1, geometry.outputs(axes) * len(flat)))
    steps = [step for step in geometry.offsets(axes) if all(s.stop > s.start for s in step[1])]
    lead = (slice(None), slice(None))
    for start in range(0, grad.shape[0], count):
        some, target = grad[start : start + count], total[:, start : start + count]
        planes = product(flat, some.reshape(-1, depth).T)
        parts = planes.reshape(*filters.shape[:-1], *some.shape[:-1])
        for place, windows, elements in steps:
            target[(*lead, *elements)] += parts[place][(*lead, *windows)]
    return xp.ascontiguousarray(xp.moveaxis(total, 0, -1))


def _by_flipped_filters(xp: Any, filters: Any, grad: Any, axes: Sequence[Axis], product: Product) -> Any:
    """With stride 1, each pixel's gradient is a window of the outputs' gradient times the filters turned round."""
    flipped = filters[tuple([slice(None, None, -1)] * len(axes))]
    swapped = xp.ascontiguousarray(flipped.swapaxes(-1, -2))
    turned = []
    for a in axes:
        before = a.reach() - 1 - a.before
        turned.append(Axis(a.out, a.window, 1, a.dilation, before, a.size - a.out + a.reach() - 1 - before, a.size))
    return convolve(xp, grad, swapped, turned, product)


def _prepared(k: KernelContext, x: Any, dtype: Any, layout: Layout) -> Any:
    return k.xp.ascontiguousarray(layout.channels_last(x), dtype=dtype)


def _finished(k: KernelContext, result: Any, layout: Layout) -> Any:
    return k.xp.ascontiguousarray(layout.as_given(result), dtype=k.output_dtypes[0].np)


def _invalid(text: str) -> errors.OpError:
    return errors.InvalidArgumentError(None, None, text)


def _rank_of(k: KernelContext) -> int:
    return 5 if "3D" in k.op_type else 4


@kernel("Conv2D", "Conv3D")
def conv(k: KernelContext) -> Callable[..., Any]:
    """The convolution."""
    xp, rank = k.xp, _rank_of(k)
    layout, dtype = layout_of(k, rank), working_type(k.output_dtypes[0].np)
    product = product_of(k, dtype)
    swap = layout.channels_first or dtype != k.output_dtypes[0].np

    def run(x: Any, filters: Any) -> Any:
        _check_ranks(x, filters, rank)
        images = _prepared(k, x, dtype, layout)
        if images.shape[-1] != filters.shape[-2]:
            raise _invalid(
                f"input depth must be evenly divisible by filter depth: {images.shape[-1]} vs {filters.shape[-2]}"
            )
        axes = layout.axes(images.shape[1:-1], filters.shape[:-2])
        result = convolve(xp, images, xp.ascontiguousarray(filters, dtype=dtype), axes, product)
        return _finished(k, result, layout) if swap else result

    return run


def _check_ranks(x: Any, filters: Any, rank: int) -> None:
    for what, value in (("input", x), ("filter", filters)):
        if value.ndim != rank:
            raise _invalid(f"{what} must be {rank}-dimensional{raw_shape.to_str(value.shape)}")


def _label(k: KernelContext) -> str:
    """Returns what TensorFlow's errors call the op."""
    if k.op_type.startswith("Conv2D"):
        return k.op_type.replace("Conv2D", "Conv2DCustom")
    return k.op_type.removesuffix("V2") + "Op"


def _check_batches(k: KernelContext, batch: int, grad: Any) -> None:
    if batch != grad.shape[0]:
        raise _invalid(
            f"{_label(k)}: input and out_backprop must have the same batch sizeinput batch: {batch}outbackprop batch: "
            f"{grad.shape[0]} batch_dim: 0"
        )


def _check_out(k: KernelContext, grad: Any, axes: Sequence[Axis]) -> None:
    for i, a in enumerate(axes):
        actual = grad.shape[i + 1]
        if actual != a.out:
            raise _invalid(
                f"{_label(k)}: Size of out_backprop doesn't match computed: actual = {actual}, computed = {a.out} "
                f"spatial_dim: {i + 1} input: {a.size} filter: {a.window} output: {actual} stride: {a.stride} "
                f"dilation: {a.dilation}"
            )


@kernel("Conv2DBackpropInput", "Conv3DBackpropInputV2", "Conv3DBackpropInput")
def conv_backprop_input(k: KernelContext) -> Callable[..., Any]:
    """The gradient of the images; the first input is their shape, or (in the old op) the images."""
    xp, rank = k.xp, _rank_of(k)
    layout, dtype = layout_of(k, rank), working_type(k.output_dtypes[0].np)
    product = product_of(k, dtype)
    by_shape = k.op_type != "Conv3DBackpropInput"

    def run(first: Any, filters: Any, grad: Any) -> Any:
        whole = layout.sizes(first.tolist() if by_shape else first.shape)
        grad = _prepared(k, grad, dtype, layout)
        if len(whole) != rank:
            raise _invalid(f"{_label(k)}: input_sizes must have {rank} elements, not {len(whole)}")
        _check_ranks(grad, filters, rank)
        axes = layout.axes(whole[1:-1], filters.shape[:-2])
        _check_batches(k, whole[0], grad)
        if filters.shape[-2] != whole[-1]:
            raise _invalid(f"{_label(k)}: input depth must be evenly divisible by filter depth")
        if filters.shape[-1] != grad.shape[-1]:
            raise _invalid(f"{_label(k)}: filter and out_backprop must have the same out_depth")
        _check_out(k, grad, axes)
        result = input_gradient(xp, xp.ascontiguousarray(filters, dtype=dtype), grad, axes, product)
        return _finished(k, result, layout)

    return run


@kernel("Conv2DBackpropFilter", "Conv3DBackpropFilterV2", "Conv3DBackpropFilter")
def conv_backprop_filter(k: KernelContext) -> Callable[..., Any]:
    """The gradient of the filters; the second input is their shape, or (in the old op) the filters."""
    xp, rank = k.xp, _rank_of(k)
    layout, dtype = layout_of(k, rank), working_type(k.output_dtypes[0].np)
    product = product_of(k, dtype)
    by_shape = k.op_type != "Conv3DBackpropFilter"

    def run(x: Any, second: Any, grad: Any) -> Any:
        whole = tuple(second.tolist() if by_shape else second.shape)
        if len(whole) != rank:
            raise _invalid(f"{_label(k)}: filter_sizes must have {rank} elements, not {len(whole)}")
        x, grad = _prepared(k, x, dtype, layout), _prepared(k, grad, dtype, layout)
        axes = layout.axes(x.shape[1:-1], whole[:-2])
        _check_batches(k, x.shape[0], grad)
        if whole[-2] != x.shape[-1]:
            raise _invalid(f"{_label(k)}: input depth must be evenly divisible by filter depth")
        if whole[-1] != grad.shape[-1]:
            raise _invalid(f"{_label(k)}: filter and out_backprop must have the same out_depth")
        _check_out(k, grad, axes)
        return filter_gradient(xp, x, grad, axes, product).astype(k.output_dtypes[0].np, copy=False)

    return run
