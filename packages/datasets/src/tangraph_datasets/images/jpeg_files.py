"""JPEG files, bit for bit as TensorFlow reads and writes them: it has libjpeg-turbo inside, as both libraries here have."""

from __future__ import annotations

import io
import struct
from typing import Any, Final, NamedTuple

import numpy as np

from tangraph_datasets.images.bytes_in import invalid
from tangraph_datasets.images.libraries import pillow, simplejpeg

Array = Any

_METHODS: Final = ("", "INTEGER_FAST", "INTEGER_ACCURATE")
_RATIOS: Final = (1, 2, 4, 8)
#: The markers that begin a frame, and those without a length.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"


class DecodeOptions(NamedTuple):
    """The attrs of the decoding ops.

    Attributes:
      channels: 1 or 3; 0 for the file's own.
      ratio: 1, 2, 4 or 8: by how much the image is made smaller.
      fancy_upscaling: whether colours of half the size are interpolated.
      fraction: how much of a file must be there, 1 where nothing may be missing.
      accurate: whether the inverse cosine transform is the slow and accurate one.
    """

    channels: int = 0
    ratio: int = 1
    fancy_upscaling: bool = True
    fraction: float = 1.0
    accurate: bool = False


def decode_options(attrs: Any) -> DecodeOptions:
    """Returns the options that a node's attrs say.

    Raises:
      InvalidArgumentError: there is no such ratio or method.
    """
    if attrs["ratio"] not in _RATIOS:
        raise invalid(f"ratio must be 1, 2, 4, or 8, got {attrs['ratio']}")
    method = attrs["dct_method"]
    if method not in _METHODS:
        raise invalid("dct_method must be one of {'', 'INTEGER_FAST', 'INTEGER_ACCURATE'}")
    fraction = attrs["acceptable_fraction"] if attrs["try_recover_truncated"] else 1.0
    return DecodeOptions(
        attrs["channels"], attrs["ratio"], attrs["fancy_upscaling"], fraction, method == "INTEGER_ACCURATE"
    )


def extract_shape(data: bytes) -> tuple[int, int, int]:
    """Returns height, width and the number of channels that are stored.

    Raises:
      InvalidArgumentError: this is no JPEG file.

    >>> extract_shape(encode(np.zeros((8, 9, 3), np.uint8)))
    (8, 9, 3)
    """
    at = 2
    while data[:2] == b"\xff\xd8" and at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES and at + 10 <= len(data):
            height, width, channels = struct.unpack_from(">HHB", data, at + 5)
            return height, width, channels
        # Padding is one byte; what has no length stands alone.
        at += 1 if marker == 0xFF else 2 if marker in _ALONE else 2 + struct.unpack_from(">H", data, at + 2)[0]
    raise invalid(f"Invalid JPEG data, size {len(data)}")


def decode(data: bytes, options: DecodeOptions, crop: list[int] | None = None) -> Array:
    """Returns the image in a JPEG file, [height, width, channels], uint8.

    Args:
      data: the file.
      options: see `DecodeOptions`.
      crop: y, x, height and width of the part that is wanted.

    Raises:
      InvalidArgumentError: the file is broken, or the part is not inside.
    """
    broken = invalid(f"Invalid JPEG data or crop window, data size {len(data)}")
    try:
        image = _decoded(data, options, extract_shape(data))
    except (ValueError, type(broken)):
        raise broken from None
    if crop is None:
        return image
    top, left, rows, columns = crop
    fits = top >= 0 and left >= 0 and 0 < rows <= image.shape[0] - top and 0 < columns <= image.shape[1] - left
    if not fits:
        raise broken
    return np.ascontiguousarray(image[top : top + rows, left : left + columns])


def _decoded(data: bytes, options: DecodeOptions, size: tuple[int, int, int]) -> Array:
    four = size[2] == 4
    channels = options.channels or (1 if size[2] == 1 else 3)
    wanted = "CMYK" if four else "GRAY" if channels == 1 else "RGB"
    arguments = {
        "colorspace": wanted,
        "fastdct": not options.accurate,
        "fastupsample": not options.fancy_upscaling,
        "min_height": -(-size[0] // options.ratio) if options.ratio > 1 else 0,
        "min_width": -(-size[1] // options.ratio) if options.ratio > 1 else 0,
        "min_factor": 1,
    }
    library = simplejpeg("Decoding a JPEG file")
    try:
        image = library.decode_jpeg(data, **arguments, strict=True)
    except ValueError as error:
        # What is only odd TensorFlow reads, too.
        if "remature end" in str(error) and options.fraction >= 1:
            raise
        image = library.decode_jpeg(data, **arguments, strict=False)
    if not four:
        return image
    rgb = (image[..., :3].astype(np.int32) * image[..., 3:] // 255).astype(np.uint8)
    return _luma(rgb) if channels == 1 else rgb


def _luma(rgb: Array) -> Array:
    """Grey as libjpeg computes it (ITU-R BT.601, in 16 bits after the point)."""
    weights = np.array([19595, 38470, 7471])
    return ((rgb @ weights + 32768) >> 16).astype(np.uint8)[..., None]


class EncodeOptions(NamedTuple):
    """The attrs of EncodeJpeg.

    Attributes:
      quality: 0 to 100.
      progressive: whether the file shows more and more detail while it is read.
      optimize_size: whether the codes are fitted to the image.
      chroma_downsampling: whether colours are stored at half the size.
      unit: "in" or "cm", of the densities.
      density: pixels a unit, along x and y.
      xmp: what is stored beside the image.
    """

    quality: int = 95
    progressive: bool = False
    optimize_size: bool = False
    chroma_downsampling: bool = True
    unit: str = "in"
    density: tuple[int, int] = (300, 300)
    xmp: bytes = b""


def encode(image: Array, options: EncodeOptions = EncodeOptions()) -> bytes:  # noqa: B008  a tuple
    """Returns an image as a JPEG file.

    Args:
      image: [height, width, 1 or 3], uint8.
      options: see `EncodeOptions`.
    """
    library = pillow("Encoding a JPEG file")
    grey = image.shape[2] == 1
    made = library.fromarray(np.ascontiguousarray(image[..., 0] if grey else image))
    file = io.BytesIO()
    made.save(
        file,
        "JPEG",
        # Pillow takes 0 for "no quality given".
        quality=max(options.quality, 1),
        progressive=options.progressive,
        optimize=options.optimize_size,
        subsampling=2 if options.chroma_downsampling and not grey else 0,
        dpi=(300, 300),
    )
    return _with_density(file.getvalue(), options)


def _with_density(data: bytes, options: EncodeOptions) -> bytes:
    """The file with unit, densities and metadata: the first segment begins at byte 2 and is 18 bytes long."""
    unit = 1 if options.unit == "in" else 2
    head = data[:13] + bytes([unit]) + b"".join(d.to_bytes(2, "big") for d in options.density) + data[18:20]
    if not options.xmp:
        return head + data[20:]
    content = _XMP + options.xmp
    return head + b"\xff\xe1" + (len(content) + 2).to_bytes(2, "big") + content + data[20:]
