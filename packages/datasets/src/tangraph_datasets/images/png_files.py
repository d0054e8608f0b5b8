"""PNG files, of 8 and of 16 bits a channel."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any, Final, NamedTuple

import numpy as np

from tangraph_datasets.images.bytes_in import invalid
from tangraph_datasets.images.libraries import pillow

Array = Any

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_PALETTE: Final = 3
#: Number of channels -> what the format calls them.
_COLOR_TYPES: Final = {1: 0, 2: 4, 3: 2, 4: 6}
#: Red and green in 15 bits after the point, as libpng weights them (ITU-R BT.601); blue is the rest.
_RED, _GREEN = 9797, 19234


class _Header(NamedTuple):
    """What stands at the beginning of a file."""

    width: int
    height: int
    depth: int
    color_type: int

    @property
    def has_alpha(self) -> bool:
        return bool(self.color_type & 4)

    @property
    def channels(self) -> int:
        return {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[self.color_type]


def decode(data: bytes, channels: int, dtype: Any) -> Array:
    """Returns the image in a PNG file, [height, width, channels].

    Args:
      data: the file.
      channels: 1 to 4; 0 for the file's own.
      dtype: uint8 or uint16; samples of the other size are scaled.

    Raises:
      InvalidArgumentError: the file is broken.
    """
    header = _read_header(data)
    try:
        samples, alpha = _samples(data, header)
    except (OSError, SyntaxError, ValueError, EOFError, struct.error):
        raise invalid(f"Invalid PNG data, size {len(data)}") from None
    if not channels:
        palette = header.color_type == _PALETTE
        channels = (4 if alpha is not None else 3) if palette else header.channels
    return _finished(samples, alpha, channels, header, np.dtype(dtype))


def _read_header(data: bytes) -> _Header:
    if len(data) < 33 or data[12:16] != b"IHDR" or b"IDAT" not in data:
        raise invalid(f"Invalid PNG header, data size {len(data)}")
    width, height, depth, color_type = struct.unpack(">IIBB", data[16:26])
    if color_type not in (0, 2, 3, 4, 6) or depth not in (1, 2, 4, 8, 16) or not width or not height:
        raise invalid(f"Invalid PNG header, data size {len(data)}")
    return _Header(width, height, depth, color_type)


def _samples(data: bytes, header: _Header) -> tuple[Array, Array | None]:
    """Grey or colours, [height, width, 1 or 3], and alpha, [height, width, 1], or None where the file has none."""
    library = pillow("Decoding a PNG file")
    if header.color_type == _PALETTE:
        image = library.open(io.BytesIO(data))
        with_alpha = "transparency" in image.info
        pixels = np.asarray(image.convert("RGBA" if with_alpha else "RGB"))
        return pixels[..., :3], pixels[..., 3:] if with_alpha else None
    pixels = _raw(library, data, header)
    if header.has_alpha:
        return pixels[..., :-1], pixels[..., -1:]
    key = library.open(io.BytesIO(data)).info.get("transparency")
    if key is None:
        return pixels, None
    largest = pixels.dtype.type(np.iinfo(pixels.dtype).max)
    return pixels, np.where((pixels == np.array(key, np.int64)).all(-1, keepdims=True), 0, largest).astype(pixels.dtype)


def _raw(library: Any, data: bytes, header: _Header) -> Array:
    """The samples as they are stored; those of fewer than 8 bits scaled to 8."""
    if header.depth < 16:
        image = library.open(io.BytesIO(data))
        pixels = np.asarray(image)
        pixels = pixels.astype(np.uint8) * 255 if pixels.dtype == bool else pixels.astype(np.uint8)
        return pixels.reshape(header.height, header.width, -1)
    if header.color_type == 0:
        return np.asarray(library.open(io.BytesIO(data))).astype(np.uint16)[..., None]
    if header.color_type == 4:
        # The bytes of grey and alpha are those of four channels of 8 bits, filters included.
        four = np.asarray(library.open(io.BytesIO(_as_four_channels(data)))).astype(np.uint16)
        return four[..., ::2] << 8 | four[..., 1::2]
    # Pillow reads one byte of each sample: the upper ones first, and then the lower ones.
    mode = "RGB" if header.color_type == 2 else "RGBA"
    upper, lower = (_with_raw_mode(library, data, f"{mode};16{order}") for order in "BL")
    return upper << 8 | lower


def _with_raw_mode(library: Any, data: bytes, raw_mode: str) -> Array:
    image = library.open(io.BytesIO(data))
    image.tile = [tile._replace(args=raw_mode) for tile in image.tile]
    return np.asarray(image).astype(np.uint16)


def _as_four_channels(data: bytes) -> bytes:
    head = b"IHDR" + data[16:24] + bytes([8, 6]) + data[26:29]
    return data[:12] + head + struct.pack(">I", zlib.crc32(head)) + data[33:]


def _finished(samples: Array, alpha: Array | None, channels: int, header: _Header, dtype: Any) -> Array:
    """The channels and the type that are wanted, in the order in which libpng gets there."""
    if channels <= 2 and samples.shape[2] == 3:
        samples = _grey(samples)
    elif channels > 2 and samples.shape[2] == 1:
        samples = np.repeat(samples, 3, axis=2)
    if channels % 2 == 0:
        if alpha is None:
            # TensorFlow counts the bits of the file, even where there are fewer than 8.
            alpha = np.full((*samples.shape[:2], 1), (1 << header.depth) - 1, samples.dtype)
        samples = np.concatenate([samples, alpha], axis=2)
    if samples.dtype == np.uint16 and dtype == np.uint8:
        return (samples >> 8).astype(np.uint8)
    if samples.dtype == np.uint8 and dtype == np.uint16:
        return samples.astype(np.uint16) * np.uint16(257)
    return np.ascontiguousarray(samples)


def _grey(samples: Array) -> Array:
    red, green, blue = (samples[..., i : i + 1].astype(np.int64) for i in range(3))
    half = 1 << 14 if samples.dtype == np.uint16 else 0
    mixed = (red * _RED + green * _GREEN + blue * ((1 << 15) - _RED - _GREEN) + half) >> 15
    same = (red == green) & (red == blue)
    return np.where(same, red, mixed).astype(samples.dtype)


def encode(image: Array, compression: int) -> bytes:
    """Returns an image as a PNG file.

    Args:
      image: [height, width, 1 to 4], uint8 or uint16.
      compression: 0 to 9, or -1 for zlib's default.
    """
    height, width, channels = image.shape
    rows = np.ascontiguousarray(image, image.dtype.newbyteorder(">")).view(np.uint8).reshape(height, -1)
    # Each row begins with the number of its filter: 0 is none.
    filtered = np.pad(rows, ((0, 0), (1, 0))).tobytes()
    head = struct.pack(">IIBBBBB", width, height, image.dtype.itemsize * 8, _COLOR_TYPES[channels], 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(filtered, compression)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
