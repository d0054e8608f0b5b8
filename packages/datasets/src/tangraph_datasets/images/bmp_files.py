"""BMP files without compression: 8 bits of grey, 24 of colour, 32 of colour and alpha."""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np

from tangraph_datasets.images.bytes_in import invalid

Array = Any

_HEADER: Final = 32


def decode(data: bytes, channels: int) -> Array:
    """Returns the image in a BMP file, [height, width, 1, 3 or 4], uint8. The numbers of a palette are taken for grey.

    Args:
      data: the file.
      channels: what the file must have; 0 for any.

    Raises:
      InvalidArgumentError: the file is broken, or has other channels.
    """
    if len(data) < _HEADER:
        raise invalid(
            f"Incomplete bmp content, requires at least {_HEADER} bytes to find the header size, width, height, and "
            f"bpp, got {len(data)} bytes"
        )
    (start,) = struct.unpack_from("<i", data, 10)
    width, height = struct.unpack_from("<ii", data, 18)
    (bits,) = struct.unpack_from("<i" if data[:2] != b"BM" else "<H", data, 28)
    found = bits // 8
    if channels and channels != found:
        raise invalid(f"channels attribute {channels} does not match bits per pixel from file {found}")
    if found not in (1, 3, 4):
        raise invalid(f"Number of channels must be 1, 3 or 4, was {found}")
    if width <= 0:
        raise invalid("Width must be positive")
    if height == 0:
        raise invalid("Height must be nonzero")
    rows = abs(height)
    stride = (found * width + 3) // 4 * 4
    last = start + (rows - 1) * stride + found * width
    if start < 0 or last > len(data):
        raise invalid(f"Incomplete bmp content, requires at least {last} bytes, got {len(data)} bytes")
    whole = np.frombuffer(data, np.uint8)[start : start + rows * stride]
    padded = np.pad(whole, (0, rows * stride - len(whole))).reshape(rows, stride)
    image = padded[:, : found * width].reshape(rows, width, found)
    if found > 1:
        image = image[..., [2, 1, 0, 3][:found]]
    return np.ascontiguousarray(image if height < 0 else image[::-1])
