"""PNG files of 8-bit images, byte for byte as libpng writes them where its zlib is the one here."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES: Final = {1: 0, 2: 4, 3: 2, 4: 6}
_DATA_CHUNK: Final = 8192


def encode_png(image: NDArray[Any]) -> bytes:
    r"""Returns a PNG file.

    Args:
      image: uint8, [height, width, channels] with 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels.

    >>> encode_png(np.zeros([1, 1, 1], np.uint8))[:4]
    b'\x89PNG'
    """
    height, width, channels = image.shape
    rows = _filtered(np.ascontiguousarray(image).reshape(height, width * channels), channels, width).tobytes()
    data = _compressed(rows)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    chunks = [(b"IHDR", header)]
    chunks += [(b"IDAT", data[start : start + _DATA_CHUNK]) for start in range(0, len(data), _DATA_CHUNK)]
    return _SIGNATURE + b"".join(_chunks([*chunks, (b"IEND", b"")]))


def _chunks(chunks: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
    for kind, data in chunks:
        yield struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _compressed(data: bytes) -> bytes:
    """The data as a zlib stream with a window no larger than they need."""
    bits = min(max((len(data) - 1).bit_length(), 8), 15)
    packer = zlib.compressobj(-1, zlib.DEFLATED, bits, zlib.DEF_MEM_LEVEL + 1, zlib.Z_FILTERED)
    stream = packer.compress(data) + packer.flush()
    if bits > 8:
        return stream
    # zlib has no window of 256 bytes and says 512; readers may know better.
    first = zlib.DEFLATED
    second = stream[1] & 0xE0
    return bytes([first, second | (-(first << 8 | second) % 31)]) + stream[2:]


def _filtered(rows: NDArray[np.uint8], channels: int, width: int) -> NDArray[np.uint8]:
    """Each row with the number of the filter that leaves the smallest differences, and what that one leaves."""
    height, length = rows.shape
    above = np.zeros((height, length), np.int16)
    above[1:] = rows[:-1]
    row = rows.astype(np.int16)
    left, corner = np.zeros_like(row), np.zeros_like(row)
    left[:, channels:] = row[:, :-channels]
    corner[:, channels:] = above[:, :-channels]
    candidates = {0: np.zeros_like(row)}
    if width > 1:
        candidates[1] = left
    if height > 1:
        candidates[2] = above
    if width > 1 and height > 1:
        candidates[3] = (left + above) >> 1
        candidates[4] = _paeth(left, above, corner)
    kinds = np.array(list(candidates), np.uint8)
    outputs = np.stack([(row - guess).astype(np.uint8) for guess in candidates.values()])
    # A byte counts as the signed number that it is.
    costs = np.minimum(outputs, 256 - outputs.astype(np.int32)).sum(axis=2, dtype=np.int64)
    best = costs.argmin(axis=0)
    chosen = outputs[best, np.arange(height)]
    return np.concatenate([kinds[best][:, None], chosen], axis=1)


def _paeth(left: NDArray[np.int16], above: NDArray[np.int16], corner: NDArray[np.int16]) -> NDArray[np.int16]:
    """Whichever of the three is nearest to left + above - corner, in that order."""
    to_left, to_above, to_corner = abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)
    other = np.where(to_above <= to_corner, above, corner)
    return np.where((to_left <= to_above) & (to_left <= to_corner), left, other)
