"""From which pixels those of a resized image are made: places, neighbours and weights along one axis.

All arithmetic is that of float32, in TensorFlow's order, so that the same neighbours and weights come out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Array = Any
F = np.float32


class Centers(NamedTuple):
    """Where the pixels' centers are; see `tf.image.resize_bilinear`."""

    align_corners: bool
    half_pixel: bool

    def scale(self, size: int, new_size: int) -> np.float32:
        """Returns how many old pixels a new one stands for."""
        if self.align_corners and new_size > 1:
            return F(size - 1) / F(new_size - 1)
        return F(size) / F(new_size)

    def places(self, size: int, new_size: int) -> Array:
        """Returns where the new pixels' centers are among the old ones, float32."""
        numbers = np.arange(new_size, dtype=F)
        if self.half_pixel:
            return (numbers + F(0.5)) * self.scale(size, new_size) - F(0.5)
        return numbers * self.scale(size, new_size)


class Neighbours(NamedTuple):
    """The two pixels on either side of each place, and how far it is from the first of them."""

    low: Array
    high: Array
    part: Array


def bilinear(size: int, new_size: int, centers: Centers) -> Neighbours:
    """Returns the neighbours of each new pixel."""
    places = centers.places(size, new_size)
    below = np.floor(places)
    low = np.maximum(below.astype(np.int64), 0)
    high = np.minimum(np.ceil(places).astype(np.int64), size - 1)
    return Neighbours(np.minimum(low, size - 1), high, places - below)


def nearest(size: int, new_size: int, centers: Centers) -> Array:
    """Returns the number of the old pixel that each new one is."""
    numbers = np.arange(new_size, dtype=F)
    if centers.half_pixel:
        numbers += F(0.5)
    places = numbers * centers.scale(size, new_size)
    chosen = np.floor(places + F(0.5)) if centers.align_corners else np.floor(places)
    return np.clip(chosen.astype(np.int64), 0, size - 1)


def bicubic(size: int, new_size: int, centers: Centers) -> tuple[Array, Array]:
    """Returns the four neighbours of each new pixel and their weights, each of shape (4, new_size)."""
    table = _cubic_table(-0.5 if centers.half_pixel else -0.75)
    places = centers.places(size, new_size)
    below = np.floor(places)
    steps = len(table) // 2 - 1
    # TensorFlow looks the weights up at the nearest of 1024 steps.
    offset = np.rint((places - below) * F(steps)).astype(np.int64)
    wanted = below.astype(np.int64) + np.arange(-1, 3)[:, None]
    indices = np.clip(wanted, 0, size - 1)
    rest = steps - offset
    weights = np.stack([table[2 * offset + 1], table[2 * offset], table[2 * rest], table[2 * rest + 1]])
    if not centers.half_pixel:
        return indices, weights
    weights = np.where(indices == wanted, weights, F(0))
    total = ((weights[0] + weights[1]) + weights[2]) + weights[3]
    usable = np.abs(total) >= F(1000) * np.finfo(F).tiny
    return indices, np.where(usable, weights * (F(1) / np.where(usable, total, F(1))), weights)


def _cubic_table(a: float) -> Array:
    """The cubic kernel at distances x and x + 1, in turns, for 1025 values of x from 0 to 1."""
    steps = 1024
    parameter = F(a)
    x = np.arange(steps + 1, dtype=F) * F(1.0 / steps)
    near = ((parameter + F(2)) * x - (parameter + F(3))) * x * x + F(1)
    x = x + F(1)
    far = ((parameter * x - F(5) * parameter) * x + F(8) * parameter) * x - F(4) * parameter
    return np.stack([near, far], axis=1).reshape(-1)


def area(size: int, new_size: int, centers: Centers) -> Array:
    """Returns how much of each old pixel each new one covers, in old pixels, of shape (new_size, size)."""
    scale = centers.scale(size, new_size)
    result = np.zeros((new_size, size), F)
    for row in range(new_size):
        begin, end = F(row) * scale, F(row + 1) * scale
        for pixel in range(int(np.floor(begin)), int(np.ceil(end))):
            if pixel < begin:
                part = scale if pixel + 1 > end else F(pixel + 1) - begin
            else:
                part = end - F(pixel) if pixel + 1 > end else F(1)
            result[row, min(max(pixel, 0), size - 1)] += part
    return result


def matrix(size: int, indices: Array, weights: Array) -> Array:
    """Returns weights as a matrix (new_size, size), from (n, new_size) neighbours."""
    result = np.zeros((indices.shape[1], size), F)
    rows = np.arange(indices.shape[1])
    for neighbours, parts in zip(indices, weights, strict=True):
        result[rows, neighbours] += parts
    return result


def bilinear_matrix(size: int, new_size: int, centers: Centers) -> Array:
    """The weights of `bilinear`, of shape (new_size, size)."""
    low, high, part = bilinear(size, new_size, centers)
    return matrix(size, np.stack([low, high]), np.stack([F(1) - part, part]))


def bicubic_matrix(size: int, new_size: int, centers: Centers) -> Array:
    """The weights of `bicubic`, of shape (new_size, size)."""
    return matrix(size, *bicubic(size, new_size, centers))


def nearest_matrix(size: int, new_size: int, centers: Centers) -> Array:
    """One-hot rows that say which pixel is taken, of shape (new_size, size)."""
    return matrix(size, nearest(size, new_size, centers)[None], np.ones((1, new_size), F))


def remembered(make: Callable[[int, int], Any]) -> Callable[[int, int], Any]:
    """Returns a function that makes the tables of a pair of sizes once; images of one step mostly have one size."""
    found: dict[tuple[int, int], Any] = {}

    def get(size: int, new_size: int) -> Any:
        key = size, new_size
        if key not in found:
            if len(found) >= _MOST:
                found.clear()
            found[key] = make(size, new_size)
        return found[key]

    return get


_MOST = 64
