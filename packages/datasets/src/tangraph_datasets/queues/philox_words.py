"""The words of a Philox generator one by one, as TensorFlow's queues draw them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Final

_MASK: Final = 0xFFFFFFFF
_ROUNDS: Final = 10


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
    block = 0
    while True:
        yield from _block(*key, block & _MASK, block >> 32, *high)
        block += 1


def _block(k0: int, k1: int, c0: int, c1: int, c2: int, c3: int) -> tuple[int, int, int, int]:
    for _ in range(_ROUNDS):
        p0, p1 = c0 * 0xD2511F53, c2 * 0xCD9E8D57
        c0, c1, c2, c3 = p1 >> 32 ^ c1 ^ k0, p1 & _MASK, p0 >> 32 ^ c3 ^ k1, p0 & _MASK
        k0, k1 = k0 + 0x9E3779B9 & _MASK, k1 + 0xBB67AE85 & _MASK
    return c0, c1, c2, c3
