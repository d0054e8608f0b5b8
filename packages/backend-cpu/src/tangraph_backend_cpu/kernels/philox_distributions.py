"""From the words of Philox to numbers: uniform, normal and truncated normal, in every floating type.

Each function takes blocks, uint32 of shape (n, 4), and returns what TensorFlow makes of each block in a row. Normals come
from the Box-Muller transform; logarithm and sine are taken in double precision and rounded, which gives what the
correctly rounded float functions of the C library give.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import ml_dtypes
import numpy as np

from tangraph_backend_cpu.kernels import philox

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph_backend_cpu.kernels.philox import Stream

Array = Any
Transform = "Callable[[Array], Array]"

_BFLOAT16: Final = np.dtype(ml_dtypes.bfloat16)
_ONE32: Final = np.float32(1)
_SMALLEST: Final = 1e-7
#: How many blocks TensorFlow reserves for each output of a rejection sampler.
RESERVED: Final = 256
#: Where truncated normals are cut, in standard deviations.
CUT: Final = 2.0


def uniform_float(blocks: Array) -> Array:
    """Floats in [0, 1) with 23 random bits: float32, shape (n, 4). Overwrites the blocks."""
    blocks &= np.uint32(0x7FFFFF)
    blocks |= np.uint32(0x3F800000)
    floats = blocks.view(np.float32)
    floats -= _ONE32
    return floats


def uniform_double(blocks: Array) -> Array:
    """Doubles in [0, 1) with 52 random bits, two a block: float64, shape (n, 2)."""
    bits = (blocks[:, 0::2] & np.uint32(0xFFFFF)).astype(np.uint64)
    bits <<= np.uint64(32)
    bits |= blocks[:, 1::2]
    bits |= np.uint64(0x3FF0000000000000)
    doubles = bits.view(np.float64)
    doubles -= 1.0
    return doubles


def uniform_half(blocks: Array) -> Array:
    """Halfs in [0, 1) with 10 random bits: float16, shape (n, 4)."""
    bits = (blocks & np.uint32(0x3FF)).astype(np.uint16)
    bits |= np.uint16(0x3C00)
    return bits.view(np.float16) - np.float16(1)


def uniform_bfloat16(blocks: Array) -> Array:
    """Bfloat16s in [0, 1) with 7 random bits: shape (n, 4)."""
    bits = (blocks & np.uint32(0x7F)).astype(np.uint16)
    bits |= np.uint16(0x3F80)
    return (bits.view(_BFLOAT16).astype(np.float32) - _ONE32).astype(_BFLOAT16)


def normal_float(blocks: Array, xp: Any = np) -> Array:
    """Standard normal float32s, shape (n, 4). Overwrites the blocks, which are of the array library `xp`."""
    uniform = uniform_float(blocks)
    radius = xp.maximum(uniform[:, 0::2], np.float32(_SMALLEST)).astype(np.float64)
    xp.log(radius, out=radius)
    length = radius.astype(np.float32)
    length *= np.float32(-2)
    xp.sqrt(length, out=length)
    angle = uniform[:, 1::2] * np.float64(2 * math.pi)
    angle = angle.astype(np.float32).astype(np.float64)
    xp.multiply(xp.sin(angle).astype(np.float32), length, out=uniform[:, 0::2])
    xp.multiply(xp.cos(angle, out=angle).astype(np.float32), length, out=uniform[:, 1::2])
    return uniform


def normal_double(blocks: Array, xp: Any = np) -> Array:
    """Standard normal float64s, two a block: shape (n, 2)."""
    uniform = uniform_double(blocks)
    length = xp.maximum(uniform[:, 0], _SMALLEST)
    xp.log(length, out=length)
    length *= -2.0
    xp.sqrt(length, out=length)
    angle = uniform[:, 1] * (2 * math.pi)
    xp.multiply(xp.sin(angle), length, out=uniform[:, 0])
    xp.multiply(xp.cos(angle), length, out=uniform[:, 1])
    return uniform


def uniform_int(low: int, high: int, dtype: np.dtype[Any]) -> Callable[[Array], Array]:
    """Returns the transform to integers in [low, high): four int32 or two int64 a block."""
    unsigned = np.dtype(np.uint32 if dtype.itemsize == 4 else np.uint64)
    bits = 8 * dtype.itemsize
    span = unsigned.type((high - low) % (1 << bits))
    offset = unsigned.type(low % (1 << bits))

    def transform(blocks: Array) -> Array:
        values = blocks if bits == 32 else pairs(blocks)
        # Added without sign and read with it: the sum wraps as it has to when the range is wider than the type.
        values %= span
        values += offset
        return values.view(dtype)

    return transform


def pairs(blocks: Array) -> Array:
    """The words of each block as two 64-bit numbers, the lower word first: uint64, shape (n, 2)."""
    values = blocks[:, 1::2].astype(np.uint64)
    values <<= np.uint64(32)
    values |= blocks[:, 0::2]
    return values


#: Element type -> (numbers a block, transform).
UNIFORM: Final[dict[Any, tuple[int, Callable[[Array], Array]]]] = {
    np.dtype(np.float16): (4, uniform_half),
    _BFLOAT16: (4, uniform_bfloat16),
    np.dtype(np.float32): (4, uniform_float),
    np.dtype(np.float64): (2, uniform_double),
}
#: Halfs and bfloat16s are rounded floats.
NORMAL: Final[dict[Any, tuple[int, Callable[..., Array]]]] = {
    np.dtype(np.float16): (4, normal_float),
    _BFLOAT16: (4, normal_float),
    np.dtype(np.float32): (4, normal_float),
    np.dtype(np.float64): (2, normal_double),
}


def fill(out: Array, at: Stream, group: int, transform: Callable[[Array], Array]) -> None:
    """Fills a flat array with what a transform makes of consecutive blocks, `group` numbers of each."""
    size = out.size
    for start, blocks in philox.chunks(at, -(-size // group)):
        values = transform(blocks).reshape(-1)
        first = start * group
        out[first : first + len(values)] = values[: size - first]


def fill_truncated_normal(out: Array, at: Stream) -> None:
    """Fills a flat array with standard normals that lie within two deviations.

    Every group of outputs (four, or two doubles) has a stretch of blocks of its own, and takes the first normals of it
    that are not too large.
    """
    group, transform = NORMAL[out.dtype]
    step = group * RESERVED // 4
    keys = philox.round_keys(at.key)
    size = out.size
    for start in range(0, -(-size // group), philox.CHUNK):
        count = min(philox.CHUNK, -(-size // group) - start)
        values = _truncated_groups(keys, at.counter + start * step, count, step, transform, group).reshape(-1)
        first = start * group
        out[first : first + len(values)] = values[: size - first]


def _truncated_groups(
    keys: Array, counter: int, count: int, step: int, transform: Callable[[Array], Array], group: int
) -> Array:
    candidates = transform(philox.blocks(keys, counter, count, step))
    good = np.abs(candidates) < CUT
    short = np.flatnonzero(~good.all(axis=1))
    result = candidates
    candidates, good = candidates[short], good[short]
    ahead = 1
    while len(short):
        low = short.astype(np.uint64) * np.uint64(step) + np.uint64((counter + ahead) & 0xFFFFFFFFFFFFFFFF)
        more = transform(philox.blocks_at(keys, low, counter >> 64))
        candidates = np.concatenate([candidates, more], axis=1)
        good = np.concatenate([good, np.abs(more) < CUT], axis=1)
        done = good.sum(axis=1) >= group
        # A stable sort of "is bad" brings the good candidates to the front in their order.
        places = np.argsort(~good[done], axis=1, kind="stable")[:, :group]
        result[short[done]] = np.take_along_axis(candidates[done], places, axis=1)
        short, candidates, good = short[~done], candidates[~done], good[~done]
        ahead += 1
    return result
