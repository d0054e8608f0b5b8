"""64-bit hashes of strings, of many at a time: FarmHash's Fingerprint64, MurmurHash2 (64A) and SipHash-2-4.

Strings of one length are hashed together, as the rows of a matrix of bytes; all numbers are uint64, and overflow is part
of the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]

_U = np.uint64
_K0, _K1, _K2 = _U(0xC3A5C85C97CB3127), _U(0xB492B66FBE98F273), _U(0x9AE16A3B2F90404F)
_MURMUR: Final = _U(0xC6A4A7935BD1E995)
_MURMUR_SEED: Final = _U(0xDECAFCAFFE)


def by_length(strings: Sequence[bytes], hashed: Callable[[Bytes], Words]) -> Words:
    """Returns the hashes of strings, `hashed` being called once for each length."""
    result = np.empty(len(strings), np.uint64)
    places: dict[int, list[int]] = {}
    for index, text in enumerate(strings):
        places.setdefault(len(text), []).append(index)
    for length, indices in places.items():
        joined = b"".join([strings[i] for i in indices])
        result[indices] = hashed(np.frombuffer(joined, np.uint8).reshape(len(indices), length))
    return result


def _word(data: Bytes, start: int, size: int = 8) -> Words:
    """The little-endian number in some bytes of each row."""
    result = np.zeros(len(data), np.uint64)
    for i in range(size):
        result |= data[:, start + i].astype(np.uint64) << _U(8 * i)
    return result


def _words(data: Bytes) -> Words:
    """The bytes of each row as little-endian numbers of eight bytes; the rest is left out."""
    count = data.shape[1] // 8
    whole: Words = np.ascontiguousarray(data[:, : 8 * count]).view("<u8").astype(np.uint64, copy=False)
    return whole


def _turned(x: Words, bits: int) -> Words:
    return (x >> _U(bits)) | (x << _U(64 - bits))


def _mixed(x: Words) -> Words:
    return x ^ (x >> _U(47))


def _of_two(u: Words, v: Words, factor: np.uint64) -> Words:
    return _mixed((v ^ _mixed((u ^ v) * factor)) * factor) * factor


def fingerprint64(data: Bytes) -> Words:
    """FarmHash's Fingerprint64 of the rows of a matrix (Google's farmhash, namespace farmhashna)."""
    length = data.shape[1]
    with np.errstate(over="ignore"):
        if length <= 16:
            return _farm_16(data, length)
        if length <= 32:
            return _farm_32(data, length)
        if length <= 64:
            return _farm_64(data, length)
        return _farm_long(data, length)


def _farm_16(data: Bytes, length: int) -> Words:
    factor = _K2 + _U(2 * length)
    if length >= 8:
        a, b = _word(data, 0) + _K2, _word(data, length - 8)
        return _of_two(_turned(b, 37) * factor + a, (_turned(a, 25) + b) * factor, factor)
    if length >= 4:
        first, last = _word(data, 0, 4), _word(data, length - 4, 4)
        return _of_two(_U(length) + (first << _U(3)), last, factor)
    if length:
        a, b, c = (data[:, i].astype(np.uint64) for i in (0, length >> 1, length - 1))
        y, z = a + (b << _U(8)), _U(length) + (c << _U(2))
        return _mixed(y * _K2 ^ z * _K0) * _K2
    return np.full(len(data), _K2)


def _farm_32(data: Bytes, length: int) -> Words:
    factor = _K2 + _U(2 * length)
    a, b = _word(data, 0) * _K1, _word(data, 8)
    c, d = _word(data, length - 8) * factor, _word(data, length - 16) * _K2
    return _of_two(_turned(a + b, 43) + _turned(c, 30) + d, a + _turned(b + _K2, 18) + c, factor)


def _farm_64(data: Bytes, length: int) -> Words:
    factor = _K2 + _U(2 * length)
    a, b = _word(data, 0) * _K2, _word(data, 8)
    c, d = _word(data, length - 8) * factor, _word(data, length - 16) * _K2
    y = _turned(a + b, 43) + _turned(c, 30) + d
    z = _of_two(y, a + _turned(b + _K2, 18) + c, factor)
    e, f = _word(data, 16) * factor, _word(data, 24)
    g, h = (y + _word(data, length - 32)) * factor, (z + _word(data, length - 24)) * factor
    return _of_two(_turned(e + f, 43) + _turned(g, 30) + h, e + _turned(f + a, 18) + g, factor)


def _seeded(words: list[Words], a: Words, b: Words) -> tuple[Words, Words]:
    """Mixes 32 bytes into two numbers."""
    w, x, y, z = words
    a = a + w
    b = _turned(b + a + z, 21)
    c = a
    a = a + x + y
    return a + z, b + _turned(a, 44) + c


def _farm_long(data: Bytes, length: int) -> Words:
    seed = np.full(len(data), _U(81))
    x, y = seed * _K2 + _word(data, 0), seed * _K1 + _U(113)
    z = _mixed(y * _K2 + _U(113)) * _K2
    v = w = (np.zeros_like(seed), np.zeros_like(seed))
    rest = (length - 1) % 64
    blocks = [(64 * i, _K1) for i in range((length - 1) // 64)]
    for start, factor in (*blocks, (length - 64, None)):
        words = [_word(data, start + 8 * i) for i in range(8)]
        if factor is None:
            # The last 64 bytes, some of which may have been mixed in before.
            mul: Any = _K1 + ((z & _U(0xFF)) << _U(1))
            nine = _U(9)
            w = (w[0] + _U(rest), w[1])
            v = (v[0] + w[0], v[1])
            w = (w[0] + v[0], w[1])
        else:
            mul, nine = factor, _U(1)
        x = _turned(x + y + v[0] + words[1], 37) * mul
        y = _turned(y + v[1] + words[6], 42) * mul
        x = x ^ (w[1] * nine)
        y = y + v[0] * nine + words[5]
        z = _turned(z + w[0], 33) * mul
        v = _seeded(words[:4], v[1] * mul, x + w[0])
        w = _seeded(words[4:], z + w[1], y + words[2])
        z, x = x, z
    return _of_two(_of_two(v[0], w[0], mul) + _mixed(y) * _K0 + z, _of_two(v[1], w[1], mul) + x, mul)


def murmur64(data: Bytes) -> Words:
    """MurmurHash2 in its 64-bit form, with TensorFlow's seed, of the rows of a matrix."""
    length = data.shape[1]
    with np.errstate(over="ignore"):
        result = np.full(len(data), _MURMUR_SEED ^ (_U(length) * _MURMUR))
        for word in _words(data).T:
            mixed = word * _MURMUR
            mixed = (mixed ^ (mixed >> _U(47))) * _MURMUR
            result = (result ^ mixed) * _MURMUR
        rest = length % 8
        if rest:
            result = (result ^ _word(data, length - rest, rest)) * _MURMUR
        return _mixed(_mixed(result) * _MURMUR)


def siphash(data: Bytes, key: Sequence[int]) -> Words:
    """SipHash-2-4 (Aumasson and Bernstein, 2012) of the rows of a matrix, with a key of two 64-bit numbers."""
    length = data.shape[1]
    low, high = (_U(k % 2**64) for k in key)
    start = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
    state = [np.full(len(data), _U(s) ^ k) for s, k in zip(start, (low, high, low, high), strict=True)]
    rest = length % 8
    last = _U((length % 256) << 56) | (_word(data, length - rest, rest) if rest else _U(0))
    with np.errstate(over="ignore"):
        for word in (*_words(data).T, last):
            state[3] = state[3] ^ word
            _sip_rounds(state, 2)
            state[0] = state[0] ^ word
        state[2] = state[2] ^ _U(0xFF)
        _sip_rounds(state, 4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _sip_rounds(state: list[Words], count: int) -> None:
    a, b, c, d = state
    for _ in range(count):
        a, c = a + b, c + d
        b, d = _turned(b, 51) ^ a, _turned(d, 48) ^ c
        a = _turned(a, 32)
        c, a = c + b, a + d
        b, d = _turned(b, 47) ^ c, _turned(d, 43) ^ a
        c = _turned(c, 32)
    state[:] = a, b, c, d
