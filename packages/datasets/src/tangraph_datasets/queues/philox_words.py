"""The words of a Philox generator one by one, as TensorFlow's queues and datasets draw them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

_MASK: Final = 0xFFFFFFFF
_ROUNDS: Final = 10
#: Blocks of four words that are computed at once: few at first, more for those who go on.
_FIRST_BLOCKS: Final = 4
_MOST_BLOCKS: Final = 4096
#: From this many on, NumPy is faster.
_ARRAY_BLOCKS: Final = 32


def words(seed: int, seed2: int) -> Iterator[int]:
    """Yields the 32-bit words of the Philox4x32-10 stream of two seeds; of a random one when both are 0.

    The generator is that of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

    >>> from itertools import islice
    >>> [hex(word) for word in islice(words(1, 0), 2)]
    ['0xe3e80670', '0xe50a0ebc']
    """
    if not seed and not seed2:
        seed, seed2 = secrets.randbits(64), secrets.randbits(64)
    key = seed & _MASK, seed >> 32 & _MASK
    high = seed2 & _MASK, seed2 >> 32 & _MASK
    block, count = 0, _FIRST_BLOCKS
    while True:
        if count < _ARRAY_BLOCKS:
            for number in range(block, block + count):
                yield from _block(*key, number & _MASK, number >> 32, *high)
        else:
            yield from _blocks(*key, block, count, *high)
        block += count
        count = min(2 * count, _MOST_BLOCKS)


def _block(k0: int, k1: int, c0: int, c1: int, c2: int, c3: int) -> tuple[int, int, int, int]:
    for _ in range(_ROUNDS):
        p0, p1 = c0 * 0xD2511F53, c2 * 0xCD9E8D57
        c0, c1, c2, c3 = p1 >> 32 ^ c1 ^ k0, p1 & _MASK, p0 >> 32 ^ c3 ^ k1, p0 & _MASK
        k0, k1 = k0 + 0x9E3779B9 & _MASK, k1 + 0xBB67AE85 & _MASK
    return c0, c1, c2, c3


def _blocks(k0: int, k1: int, first: int, count: int, high0: int, high1: int) -> list[int]:
    """The words of several blocks at once."""
    numbers = np.arange(first, first + count, dtype=np.uint64)
    low, shift = np.uint64(_MASK), np.uint64(32)
    c0: Any = numbers & low
    c1: Any = numbers >> shift
    c2: Any = np.full(count, high0, np.uint64)
    c3: Any = np.full(count, high1, np.uint64)
    for _ in range(_ROUNDS):
        p0, p1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = p1 >> shift ^ c1 ^ np.uint64(k0), p1 & low, p0 >> shift ^ c3 ^ np.uint64(k1), p0 & low
        k0, k1 = k0 + 0x9E3779B9 & _MASK, k1 + 0xBB67AE85 & _MASK
    drawn: list[int] = np.stack([c0, c1, c2, c3], 1).ravel().tolist()
    return drawn
