"""CRC32C as checkpoints store it: rotated and shifted, so that a checksum of a checksum is none by chance."""

from __future__ import annotations

from typing import Any

import google_crc32c

_DELTA = 0xA282EAD8


def extend(crc: int, data: Any) -> int:
    """Returns the checksum of what `crc` is the checksum of, and ``data`` (bytes, or an array of them) after it."""
    return int(google_crc32c.extend(crc, data))


def mask(crc: int) -> int:
    """Returns a checksum as it is stored.

    >>> unmask(mask(0x12345678)) == 0x12345678
    True
    """
    return (((crc >> 15) | (crc << 17)) + _DELTA) & 0xFFFFFFFF


def unmask(masked: int) -> int:
    """Returns the checksum that was stored."""
    rotated = (masked - _DELTA) & 0xFFFFFFFF
    return ((rotated >> 17) | (rotated << 15)) & 0xFFFFFFFF


def masked_of(data: bytes) -> int:
    """Returns the checksum of bytes as it is stored."""
    return mask(extend(0, data))
