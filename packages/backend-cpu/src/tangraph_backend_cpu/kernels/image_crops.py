"""Boxes cut out of images and resized, the gradients, and glimpses."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels.image_resize import invalid, shape_text
from tangraph_backend_cpu.kernels.unbuffered import unbuffered

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

Array = Any
F = np.float32


class _Axis(NamedTuple):
    """Where the pixels of crops are along one axis of the images; each array is of shape (boxes, crop size).

    Attributes:
      places: float32.
      inside: whether that is in the image.
      low, high: the neighbours, where it is.
      part: how far a place is from `low`.
      ratio: by how much a place moves with the end of the box, one for each pixel; with the beginning, the rest.
    """

    places: Array
    inside: Array
    low: Array
    high: Array
    part: Array
    ratio: Array


def _axis(xp: Any, begin: Array, end: Array, size: int, crop: int) -> _Axis:
    last = F(size - 1)
    if crop > 1:
        step = (end - begin) * last / F(crop - 1)
        numbers = xp.arange(crop, dtype=F)
        places = (begin * last)[:, None] + numbers * step[:, None]
        ratio = numbers * (last / F(crop - 1))
    else:
        places = (F(0.5) * (begin + end) * last)[:, None]
        ratio = xp.full((1,), F(0.5) * last, F)
    inside = (places >= 0) & (places <= last)
    safe = xp.where(inside, places, F(0))
    low = xp.floor(safe)
    return _Axis(safe, inside, low.astype(np.int64), xp.ceil(safe).astype(np.int64), safe - low, ratio)


def _axes(xp: Any, boxes: Array, size: tuple[int, int], crop: tuple[int, int]) -> tuple[_Axis, _Axis]:
    return tuple([_axis(xp, boxes[:, i], boxes[:, i + 2], size[i], crop[i]) for i in (0, 1)])  # type: ignore[return-value]


def _check(xp: Any, boxes: Array, indices: Array, batch: int) -> None:
    """Checks what only the host can check without waiting.

    Raises:
      InvalidArgumentError: shapes do not fit.
      OutOfRangeError: a box is of no image.
    """
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise invalid(f"boxes must be 2-D{shape_text(boxes)}" if boxes.ndim != 2 else "boxes must have 4 columns")
    if indices.shape != (boxes.shape[0],):
        raise invalid("box_ind has incompatible shape")
    if xp is np and ((indices < 0) | (indices >= batch)).any():
        raise errors.OutOfRangeError(None, None, "box_index has values outside [0, batch_size)")


@kernel("CropAndResize")
def crop_and_resize(k: KernelContext) -> Callable[..., Array]:
    """A mean of four neighbours, or the nearest."""
    xp, nearest, outside = k.xp, k.attr("method") == "nearest", F(k.attr("extrapolation_value"))

    def crop(images: Array, boxes: Array, indices: Array, size: Any) -> Array:
        if images.ndim != 4:
            raise invalid(f"input image must be 4-D{shape_text(images)}")
        height, width = _crop_size(size)
        if not (images.shape[1] and images.shape[2]):
            raise invalid("image dimensions must be positive")
        _check(xp, boxes, indices, images.shape[0])
        y, x = _axes(xp, boxes, images.shape[1:3], (height, width))
        image = indices[:, None, None]

        def at(rows: Array, columns: Array) -> Array:
            return images[image, rows[:, :, None], columns[:, None, :]].astype(F)

        if nearest:
            result = at(_rounded(xp, y.places), _rounded(xp, x.places))
        else:
            right, down = x.part[:, None, :, None], y.part[:, :, None, None]
            upper = at(y.low, x.low)
            upper += (at(y.low, x.high) - upper) * right
            lower = at(y.high, x.low)
            lower += (at(y.high, x.high) - lower) * right
            result = upper + (lower - upper) * down
        inside = y.inside[:, :, None] & x.inside[:, None, :]
        return xp.where(inside[..., None], result, outside)

    return crop


def _rounded(xp: Any, places: Array) -> Array:
    """The nearest pixels; halves go up."""
    return xp.floor(places + F(0.5)).astype(np.int64)


def _crop_size(size: Any) -> tuple[int, int]:
    if np.ndim(size) != 1:
        raise invalid(f"crop_size must be 1-D{shape_text(size)}")
    if len(size) != 2:
        raise invalid(f"crop_size must have two elements{shape_text(size)}")
    height, width = size.tolist()
    if height <= 0 or width <= 0:
        raise invalid("crop dimensions must be positive")
    return height, width


@kernel("CropAndResizeGradImage")
def crop_and_resize_grad_image(k: KernelContext) -> Callable[..., Array]:
    """Each pixel's gradient goes to the pixels that it was made of, by their weights."""
    xp, nearest, dtype = k.xp, k.attr("method") == "nearest", k.output_dtypes[0].np
    add_at = unbuffered(xp, "add")

    def gradient(grads: Array, boxes: Array, indices: Array, image_size: Any) -> Array:
        shape = tuple(image_size.tolist())
        _, rows, columns, depth = shape
        if min(rows, columns) <= 0:
            raise invalid("image dimensions must be positive")
        _check(xp, boxes, indices, shape[0])
        y, x = _axes(xp, boxes, (rows, columns), grads.shape[1:3])
        inside = (y.inside[:, :, None] & x.inside[:, None, :])[..., None]
        given = xp.where(inside, grads, F(0))
        image, channels = indices.astype(np.int64)[:, None, None, None] * rows, xp.arange(depth)
        summed = xp.zeros(int(np.prod(shape)), dtype)

        def add(ys: Array, xs: Array, parts: Array) -> None:
            place = ((image + ys[:, :, None, None]) * columns + xs[:, None, :, None]) * depth + channels
            add_at(summed, place.ravel(), parts.astype(dtype, copy=False).ravel())

        if nearest:
            add(_rounded(xp, y.places), _rounded(xp, x.places), given)
        else:
            right, down = x.part[:, None, :, None], y.part[:, :, None, None]
            upper, lower = (F(1) - down) * given, down * given
            add(y.low, x.low, (F(1) - right) * upper)
            add(y.low, x.high, right * upper)
            add(y.high, x.low, (F(1) - right) * lower)
            add(y.high, x.high, right * lower)
        return summed.reshape(shape)

    return gradient


@kernel("CropAndResizeGradBoxes")
def crop_and_resize_grad_boxes(k: KernelContext) -> Callable[..., Array]:
    """How the crops change when an edge of the box moves."""
    xp = k.xp

    def gradient(grads: Array, images: Array, boxes: Array, indices: Array) -> Array:
        _check(xp, boxes, indices, images.shape[0])
        y, x = _axes(xp, boxes, images.shape[1:3], grads.shape[1:3])
        image = indices[:, None, None]

        def at(rows: Array, columns: Array) -> Array:
            return images[image, rows[:, :, None], columns[:, None, :]].astype(F)

        upper_left, upper_right = at(y.low, x.low), at(y.low, x.high)
        lower_left, lower_right = at(y.high, x.low), at(y.high, x.high)
        right, down = x.part[:, None, :, None], y.part[:, :, None, None]
        by_y = (F(1) - right) * (lower_left - upper_left) + right * (lower_right - upper_right)
        by_x = (F(1) - down) * (upper_right - upper_left) + down * (lower_right - lower_left)
        inside = (y.inside[:, :, None] & x.inside[:, None, :])[..., None]
        given = xp.where(inside, grads, F(0))
        rows = (by_y * given).sum(axis=(2, 3), dtype=F)
        columns = (by_x * given).sum(axis=(1, 3), dtype=F)
        parts = []
        for by, axis, size in ((rows, y, images.shape[1]), (columns, x, images.shape[2])):
            kept = axis.ratio if by.shape[1] == 1 else F(size - 1) - axis.ratio
            parts.append(((by * kept).sum(1, dtype=F), (by * axis.ratio).sum(1, dtype=F)))
        return xp.stack([parts[0][0], parts[1][0], parts[0][1], parts[1][1]], axis=1)

    return gradient


@kernel("ExtractGlimpse")
def extract_glimpse(k: KernelContext) -> Callable[..., Array]:
    """Pieces around places; noise outside of the images, another in every run, as in TensorFlow."""
    centered, normalized = k.attr("centered"), k.attr("normalized")
    noise = "uniform" if k.attr("uniform_noise") else k.attr("noise")
    if noise not in ("uniform", "gaussian", "zero"):
        raise invalid(f"The noise could only be uniform, gaussian, or zero, got{noise}")
    rng = np.random.default_rng(secrets.randbits(128))

    def glimpse(images: Array, size: Any, offsets: Array) -> Array:
        if images.ndim != 4:
            raise invalid(f"input must be 4-dimensional{shape_text(images)}")
        if np.shape(size) != (2,):
            raise invalid(f"input must be a vector of size 2 {shape_text(size)}")
        if offsets.ndim != 2 or offsets.shape[0] != images.shape[0] or offsets.shape[1] != 2:
            raise invalid(f"input must be a tensor of shape [batch, 2]{shape_text(offsets)}")
        height, width = size.tolist()
        rows, row_inside = _window(offsets[:, 0], images.shape[1], height, centered, normalized)
        columns, column_inside = _window(offsets[:, 1], images.shape[2], width, centered, normalized)
        batch = np.arange(images.shape[0])[:, None, None]
        result = images[batch, rows[:, :, None], columns[:, None, :]]
        inside = row_inside[:, :, None] & column_inside[:, None, :]
        if not inside.all():
            result[~inside] = _noise(rng, noise, images, int((~inside).sum()))
        return result

    return glimpse


def _window(offsets: Array, size: int, length: int, centered: bool, normalized: bool) -> tuple[Array, Array]:
    """Returns the rows (or columns) of each glimpse, and which of them are in the image."""
    at = offsets.astype(F)
    if normalized:
        at = at * F(size)
    if centered:
        at = at / F(2) + F(size / 2)
    at = at - F(length / 2)
    numbers = at.astype(np.int64)[:, None] + np.arange(length)
    return np.clip(numbers, 0, max(size - 1, 0)), (numbers >= 0) & (numbers < size)


def _noise(rng: np.random.Generator, kind: str, images: Array, count: int) -> Array:
    shape = (count, images.shape[3])
    if kind == "uniform":
        return rng.random(shape, F)
    if kind == "gaussian":
        return np.abs(rng.standard_normal(shape, F))
    return np.zeros(shape, F)
