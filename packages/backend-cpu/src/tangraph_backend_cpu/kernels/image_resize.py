"""Images in other sizes, and the gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels import image_tables
from tangraph_backend_cpu.kernels.image_tables import Centers, remembered

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

Array = Any


def invalid(text: str) -> errors.OpError:
    """Returns the error for inputs that do not fit."""
    return errors.InvalidArgumentError(None, None, text)


def shape_text(x: Any) -> str:
    """The shape of an array as the runtime prints it."""
    return raw_shape.to_str(np.shape(x))


def _centers(k: KernelContext) -> Centers:
    centers = Centers(k.attr("align_corners"), bool(k.attrs.get("half_pixel_centers")))
    if centers.align_corners and centers.half_pixel:
        raise invalid("If half_pixel_centers is True, align_corners must be False.")
    return centers


def new_size(images: Array, size: Any) -> tuple[int, int]:
    """Returns the size that images are to get.

    Raises:
      InvalidArgumentError: it is none, or there are no pixels.
    """
    if images.ndim != 4:
        raise invalid(f"input must be 4-dimensional{shape_text(images)}")
    if np.ndim(size) != 1:
        raise invalid(f"shape_t must be 1-dimensional{shape_text(size)}")
    if len(size) != 2:
        raise invalid(f"shape_t must have two elements{shape_text(size)}")
    height, width = size.tolist()
    if height <= 0 or width <= 0:
        raise invalid("output dimensions must be positive")
    if not (images.shape[1] and images.shape[2]):
        raise invalid("input image must be of non-zero size")
    return height, width


@kernel("ResizeBilinear")
def resize_bilinear(k: KernelContext) -> Callable[..., Array]:
    """A mean of four neighbours: along the rows first, then along the columns."""
    xp, centers = k.xp, _centers(k)

    def make(size: int, wanted: int) -> tuple[Array, ...]:
        return tuple(map(xp.asarray, image_tables.bilinear(size, wanted, centers)))

    tables = remembered(make)

    def resize(images: Array, size: Any) -> Array:
        height, width = new_size(images, size)
        x = images.astype(np.float32, copy=False)
        if images.shape[1:3] == (height, width):
            return x.copy() if x is images else x
        left, right, part = tables(images.shape[2], width)
        x = _between(xp.take(x, left, axis=2), xp.take(x, right, axis=2), part[:, None])
        upper, lower, part = tables(images.shape[1], height)
        return _between(xp.take(x, upper, axis=1), xp.take(x, lower, axis=1), part[:, None, None])

    return resize


def _between(first: Array, second: Array, part: Array) -> Array:
    """Returns first + (second - first) * part, in the memory of `second`."""
    second -= first
    second *= part
    second += first
    return second


@kernel("ResizeNearestNeighbor")
def resize_nearest_neighbor(k: KernelContext) -> Callable[..., Array]:
    """The nearest pixel."""
    xp, centers = k.xp, _centers(k)
    tables = remembered(lambda size, wanted: xp.asarray(image_tables.nearest(size, wanted, centers)))

    def resize(images: Array, size: Any) -> Array:
        height, width = new_size(images, size)
        rows = xp.take(images, tables(images.shape[1], height), axis=1)
        return xp.take(rows, tables(images.shape[2], width), axis=2)

    return resize


@kernel("ResizeBicubic")
def resize_bicubic(k: KernelContext) -> Callable[..., Array]:
    """A weighted sum of four times four pixels: along the columns first, then along the rows."""
    xp, centers = k.xp, _centers(k)

    def make(size: int, wanted: int) -> tuple[Array, Array]:
        indices, weights = image_tables.bicubic(size, wanted, centers)
        return xp.asarray(indices), xp.asarray(weights)

    tables = remembered(make)

    def along(x: Array, axis: int, wanted: int) -> Array:
        indices, weights = tables(x.shape[axis], wanted)
        shape = (-1, *[1] * (x.ndim - axis - 1))
        total = xp.take(x, indices[0], axis=axis)
        total *= weights[0].reshape(shape)
        for i in range(1, 4):
            part = xp.take(x, indices[i], axis=axis)
            part *= weights[i].reshape(shape)
            total += part
        return total

    def resize(images: Array, size: Any) -> Array:
        height, width = new_size(images, size)
        return along(along(images.astype(np.float32, copy=False), 1, height), 2, width)

    return resize


@kernel("ResizeArea")
def resize_area(k: KernelContext) -> Callable[..., Array]:
    """The mean of what a pixel covers."""
    xp, centers = k.xp, _centers(k)
    tables = remembered(lambda size, wanted: xp.asarray(image_tables.area(size, wanted, centers)))

    def resize(images: Array, size: Any) -> Array:
        height, width = new_size(images, size)
        scales = [centers.scale(*pair) for pair in ((images.shape[1], height), (images.shape[2], width))]
        summed = weighted(
            xp, images.astype(np.float32), tables(images.shape[1], height), tables(images.shape[2], width)
        )
        summed *= np.float32(1) / (scales[0] * scales[1])
        return summed

    return resize


def weighted(xp: Any, x: Array, rows: Array, columns: Array) -> Array:
    """Returns weighted sums along both axes of images.

    Args:
      xp: the array library.
      x: [batch, height, width, channels].
      rows: [new_height, height], the weights.
      columns: [new_width, width].
    """
    batch, height, width, channels = x.shape
    x = xp.matmul(rows, x.reshape(batch, height, width * channels)).reshape(batch, -1, width, channels)
    # One large product, instead of one of few columns for each row of each image.
    flat = xp.ascontiguousarray(x.swapaxes(2, 3)).reshape(-1, width)
    summed = xp.matmul(flat, columns.T).reshape(batch, -1, channels, len(columns))
    return xp.ascontiguousarray(summed.swapaxes(2, 3))


def _transposed(k: KernelContext, weights: Callable[[int, int, Centers], Array]) -> Callable[[Array, Any, Any], Array]:
    """Returns a function of (gradients, height, width) to the gradients of images of that size."""
    xp, centers, dtype = k.xp, _centers(k), k.output_dtypes[0].np
    kind = dtype if dtype.kind == "f" and dtype.itemsize >= 4 else np.dtype(np.float32)
    if k.input_dtypes[0].is_integer:
        kind = np.dtype(np.int64)
    tables = remembered(lambda size, new: xp.asarray(weights(size, new, centers).T.astype(kind)))

    def spread(grads: Array, height: int, width: int) -> Array:
        rows, columns = tables(height, grads.shape[1]), tables(width, grads.shape[2])
        return weighted(xp, grads.astype(kind, copy=False), rows, columns).astype(dtype, copy=False)

    return spread


@kernel("ResizeBilinearGrad", "ResizeBicubicGrad")
def resize_grad(k: KernelContext) -> Callable[..., Array]:
    """Each pixel's gradient goes to the pixels that it was made of, by their weights."""
    bicubic = k.op_type == "ResizeBicubicGrad"
    spread = _transposed(k, image_tables.bicubic_matrix if bicubic else image_tables.bilinear_matrix)

    def gradient(grads: Array, images: Array) -> Array:
        if grads.ndim != 4:
            raise invalid(f"input_grad must be 4-dimensional{shape_text(grads)}")
        if images.ndim != 4:
            raise invalid(f"original_image must be 4-dimensional{shape_text(images)}")
        return spread(grads, images.shape[1], images.shape[2])

    return gradient


@kernel("ResizeNearestNeighborGrad")
def resize_nearest_neighbor_grad(k: KernelContext) -> Callable[..., Array]:
    """Each pixel's gradient goes to the pixel that it was."""
    spread = _transposed(k, image_tables.nearest_matrix)

    def gradient(grads: Array, size: Any) -> Array:
        if grads.ndim != 4:
            raise invalid(f"input must be 4-dimensional{shape_text(grads)}")
        height, width = size.tolist()
        if height <= 0 or width <= 0:
            raise invalid("shape_t's elements must be positive")
        return spread(grads, height, width)

    return gradient
