"""Philox4x32-10, the counter-based generator behind TensorFlow's random ops, bit for bit.

A block is four 32-bit words; block number c of a key is a pure function of both (Salmon et al., "Parallel random
numbers: as easy as 1, 2, 3", SC 2011). TensorFlow's `seed` is the 64-bit key and `seed2` the upper half of the 128-bit
counter, so that an op's stream is known from its seeds and from how far it has counted.

Words are held as uint64 below 2**32, two rows at a time: the two multiplications of a round are one NumPy call, and
what a round swaps is a reversed view instead of a copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

Array = Any

#: Blocks made at a time; the working set stays in the second-level cache.
CHUNK: Final = 8192
#: Up to so many blocks, plain Python integers are faster than arrays.
_FEW: Final = 3
_ROUNDS: Final = 10
_MASK: Final = 0xFFFFFFFF
_MASK64: Final = 0xFFFFFFFFFFFFFFFF
_MULTIPLIER: Final = (0xD2511F53, 0xCD9E8D57)
_WEYL: Final = (0x9E3779B9, 0xBB67AE85)
_LOW: Final = np.uint64(_MASK)
_SHIFT: Final = np.uint64(32)
_MULTIPLIERS: Final = (np.array(_MULTIPLIER, np.uint64)[:, None], np.array(_MULTIPLIER[::-1], np.uint64)[:, None])
#: The constants from which TensorFlow's stateless ops scramble their seeds.
_SCRAMBLE_KEY: Final = 0x02461E293EC8F720


class Stream(NamedTuple):
    """Where a generator stands.

    Attributes:
      key: 64 bits.
      counter: 128 bits, the number of the next block.
    """

    key: int
    counter: int


def stream(seed: int, seed2: int) -> Stream:
    """Returns the beginning of the stream of a stateful op with these two seeds."""
    return Stream(seed & _MASK64, (seed2 & _MASK64) << 64)


def scrambled_stream(seed: int, seed2: int) -> Stream:
    """Returns the beginning of the stream of a stateless op with these two seeds."""
    w0, w1, w2, w3 = block(_SCRAMBLE_KEY, (seed2 & _MASK64) << 64 | seed & _MASK64)
    return Stream(w1 << 32 | w0, (w3 << 32 | w2) << 64)


def block(key: int, counter: int) -> tuple[int, int, int, int]:
    """Returns one block.

    >>> [hex(word) for word in block(0, 0)]
    ['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']
    """
    k0, k1 = key & _MASK, key >> 32
    c0, c1, c2, c3 = (counter >> shift & _MASK for shift in (0, 32, 64, 96))
    m0, m1 = _MULTIPLIER
    w0, w1 = _WEYL
    for _ in range(_ROUNDS):
        p0, p1 = c0 * m0, c2 * m1
        c0, c1, c2, c3 = p1 >> 32 ^ c1 ^ k0, p1 & _MASK, p0 >> 32 ^ c3 ^ k1, p0 & _MASK
        k0, k1 = k0 + w0 & _MASK, k1 + w1 & _MASK
    return c0, c1, c2, c3


def round_keys(key: int) -> Array:
    """Returns the keys of the ten rounds, shape (10, 2, 1), in the order of the rows that they are mixed into."""
    k0, k1 = key & _MASK, key >> 32
    keys = []
    for i in range(_ROUNDS):
        keys.append((k0, k1) if i % 2 else (k1, k0))
        k0, k1 = k0 + _WEYL[0] & _MASK, k1 + _WEYL[1] & _MASK
    return np.array(keys, np.uint64)[:, :, None]


def blocks_at(keys: Array, low: Array, high: int) -> Array:
    """Returns the blocks whose counters have the given lower 64 bits.

    Args:
      keys: of :func:`round_keys`.
      low: uint64, shape (n,).
      high: the upper 64 bits of all the counters.

    Returns:
      uint32, shape (n, 4).
    """
    n = len(low)
    # Rows: `even` holds words 0 and 2, `odd` words 3 and 1; every round leaves both of them swapped.
    even, odd, product = np.empty((3, 2, n), np.uint64)
    np.bitwise_and(low, _LOW, out=even[0])
    even[1] = high & _MASK
    odd[0] = high >> 32
    np.right_shift(low, _SHIFT, out=odd[1])
    for i in range(_ROUNDS):
        np.multiply(even, _MULTIPLIERS[i % 2], out=product)
        np.right_shift(product, _SHIFT, out=even)
        np.bitwise_xor(even, odd, out=even)
        np.bitwise_xor(even, keys[i], out=even)
        np.bitwise_and(product, _LOW, out=product)
        odd, product = product[::-1], odd
    words = np.empty((n, 4), np.uint32)
    words[:, 0::2] = even.T
    words[:, 3::-2] = odd.T
    return words


def blocks(keys: Array, counter: int, count: int, step: int = 1) -> Array:
    """Returns `count` blocks, `step` apart, from `counter` on: uint32, shape (count, 4).

    The lower half of the counter is not meant to overflow; a stream ends after 2**64 blocks.
    """
    low = np.arange(count, dtype=np.uint64)
    if step != 1:
        low *= np.uint64(step)
    low += np.uint64(counter & _MASK64)
    return blocks_at(keys, low, counter >> 64)


def words(at: Stream, count: int, keys: Array | None = None) -> Array:
    """Returns `count` consecutive blocks: uint32, shape (count, 4).

    >>> words(Stream(0, 0), 1)
    array([[1713891541, 3781805453, 3159862348, 2600524760]], dtype=uint32)
    """
    if count <= _FEW:
        few = [block(at.key, at.counter + i) for i in range(count)]
        return np.array(few, np.uint32).reshape(count, 4)
    return blocks(round_keys(at.key) if keys is None else keys, at.counter, count)


def chunks(at: Stream, count: int) -> Iterator[tuple[int, Array]]:
    """Yields consecutive blocks in pieces that fit the cache, with the number of the first of each piece."""
    if count <= CHUNK:
        yield 0, words(at, count)
        return
    keys = round_keys(at.key)
    for start in range(0, count, CHUNK):
        yield start, blocks(keys, at.counter + start, min(CHUNK, count - start))
