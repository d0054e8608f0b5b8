"""Philox4x32-10 on the device: the same blocks as `tangraph_backend_cpu.kernels.philox` makes, of whole arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from tangraph_backend_cpu.kernels.philox import Stream

_MASK: Final = 0xFFFFFFFF
_MASK64: Final = 0xFFFFFFFFFFFFFFFF
_LOW: Final = np.uint64(_MASK)
_SHIFT: Final = np.uint64(32)
_MULTIPLIERS: Final = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL: Final = (0x9E3779B9, 0xBB67AE85)
_ROUNDS: Final = 10


def blocks(xp: Any, at: Stream, ahead: Any) -> Any:
    """Returns the blocks that lie `ahead` of a stream's place.

    Args:
      xp: the array module.
      at: the place; the lower half of the counter is not meant to overflow.
      ahead: uint64, shape (n,).

    Returns:
      uint32, shape (n, 4). Keys and multipliers are arguments of the device's functions: nothing is moved.
    """
    low = ahead + np.uint64(at.counter & _MASK64)
    c0, c1 = low & _LOW, low >> _SHIFT
    high = at.counter >> 64
    c2, c3 = xp.full(low.shape, high & _MASK, np.uint64), xp.full(low.shape, high >> 32 & _MASK, np.uint64)
    k0, k1 = at.key & _MASK, at.key >> 32
    for _ in range(_ROUNDS):
        p0, p1 = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1 = (p1 >> _SHIFT) ^ c1 ^ np.uint64(k0), p1 & _LOW
        c2, c3 = (p0 >> _SHIFT) ^ c3 ^ np.uint64(k1), p0 & _LOW
        k0, k1 = k0 + _WEYL[0] & _MASK, k1 + _WEYL[1] & _MASK
    return xp.stack([c0, c1, c2, c3], axis=1).astype(np.uint32)


def words(xp: Any, at: Stream, count: int) -> Any:
    """Returns `count` consecutive blocks: uint32, shape (count, 4)."""
    return blocks(xp, at, xp.arange(count, dtype=np.uint64))
