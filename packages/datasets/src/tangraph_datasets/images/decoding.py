"""The ops that decode files, whose names say less than they do: each but DecodeBmp reads JPEG, PNG and GIF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import dtypes, raw_shape
from tangraph.plugin import KernelSet, OpSet, export, make_op
from tangraph_datasets.images import bmp_files, gif_files, jpeg_files, png_files
from tangraph_datasets.images.bytes_in import channels_attr, decoded_shape, invalid, scalar

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()

Array = Any


def _gif_shape(c: ShapeContext) -> Raw:
    c.with_rank(0, 0)
    return (None, None, None, 3)


def _cropped_shape(c: ShapeContext) -> Raw:
    c.with_rank(0, 0)
    channels = channels_attr(c)
    (count,) = c.with_rank(1, 1)
    raw_shape.with_dim(count, 4)
    window = c.value(1)
    return (None, None, channels) if window is None else (int(window[2]), int(window[3]), channels)


def _shape_shape(c: ShapeContext) -> Raw:
    c.with_rank(0, 0)
    return (3,)


_JPEG: Final = [
    "channels: int = 0",
    "ratio: int = 1",
    "fancy_upscaling: bool = true",
    "try_recover_truncated: bool = false",
    "acceptable_fraction: float = 1.0",
    "dct_method: string = ''",
]
DECODE_JPEG = ops.define("DecodeJpeg", ["contents: string"], ["image: uint8"], _JPEG, shape=decoded_shape)
DECODE_AND_CROP_JPEG = ops.define(
    "DecodeAndCropJpeg",
    ["contents: string", "crop_window: int32"],
    ["image: uint8"],
    _JPEG,
    shape=_cropped_shape,
    host_inputs=(1,),
)
DECODE_PNG = ops.define(
    "DecodePng",
    ["contents: string"],
    ["image: dtype"],
    ["channels: int = 0", "dtype: {uint8, uint16} = DT_UINT8"],
    shape=decoded_shape,
)
DECODE_GIF = ops.define("DecodeGif", ["contents: string"], ["image: uint8"], shape=_gif_shape)
DECODE_BMP = ops.define("DecodeBmp", ["contents: string"], ["image: uint8"], ["channels: int = 0"], shape=decoded_shape)
EXTRACT_JPEG_SHAPE = ops.define(
    "ExtractJpegShape",
    ["contents: string"],
    ["image_shape: output_type"],
    ["output_type: {int32, int64} = DT_INT32"],
    shape=_shape_shape,
)
ops.without_gradient("DecodeJpeg", "DecodeAndCropJpeg", "DecodePng", "DecodeGif", "DecodeBmp", "ExtractJpegShape")


def _format(data: bytes) -> str:
    if data[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if data[:8] == png_files.SIGNATURE:
        return "PNG"
    if data[:4] == b"GIF8":
        return "GIF"
    what = f"unknown format starting with '{_escaped(data[:16])}'" if data else "empty file"
    raise invalid(f"Expected image (JPEG, PNG, or GIF), got {what}")


def _escaped(data: bytes) -> str:
    """Bytes as C writes them: in octal, where they are no letters."""
    short = {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 39: "\\'", 92: "\\\\"}
    return "".join([short.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in data])


@kernel("DecodeJpeg", "DecodeAndCropJpeg", "DecodePng", "DecodeGif")
def _decode(k: KernelContext) -> Callable[..., Array]:
    """The image in a file of any of the three formats."""
    animated, dtype = k.op_type == "DecodeGif", k.output_dtypes[0].np
    channels = k.attrs.get("channels", 3)
    if channels not in (0, 1, 3, 4):
        raise invalid(f"channels must be 0, 1, 3, or 4, got {channels}")
    options = jpeg_files.decode_options(k.attrs) if "ratio" in k.attrs else jpeg_files.DecodeOptions(channels=channels)

    def run(contents: Any, crop: Any = None) -> Array:
        data = scalar(contents)
        kind = _format(data)
        if kind == "JPEG":
            if channels == 4:
                raise invalid(f"channels must be 0, 1, or 3 for JPEG, got {channels}")
            if dtype == np.uint16:
                raise invalid("JPEG does not support uint16 output")
            image = jpeg_files.decode(data, options, None if crop is None else crop.tolist())
        elif kind == "PNG":
            image = png_files.decode(data, channels, dtype)
        else:
            return _gif(data, channels, dtype, animated)
        return image[None] if animated else image

    return run


def _gif(data: bytes, channels: int, dtype: Any, animated: bool) -> Array:
    if channels not in (0, 3):
        raise invalid(f"channels must be 0 or 3 for GIF, got {channels}")
    if dtype == np.uint16:
        raise invalid("GIF does not support uint16 output")
    frames = gif_files.decode(data)
    if animated:
        return frames
    if len(frames) != 1:
        raise invalid(
            f"Got {len(frames)} frames, but animated gifs can only be decoded by tf.image.decode_gif or "
            "tf.image.decode_image"
        )
    return frames[0]


@kernel("DecodeBmp")
def _decode_bmp(k: KernelContext) -> Callable[..., Array]:
    """The image in a BMP file."""
    channels = k.attr("channels")
    return lambda contents: bmp_files.decode(scalar(contents), channels)


@kernel("ExtractJpegShape")
def _extract_jpeg_shape(k: KernelContext) -> Callable[..., Array]:
    """Height, width and channels, from the header alone."""
    dtype = k.output_dtypes[0].np
    return lambda contents: np.array(jpeg_files.extract_shape(scalar(contents)), dtype)


@export("image.decode_jpeg", "io.decode_jpeg")
def decode_jpeg(
    contents: Any,
    channels: int | None = 0,
    ratio: int | None = 1,
    fancy_upscaling: bool | None = True,
    try_recover_truncated: bool | None = False,
    acceptable_fraction: float | None = 1,
    dct_method: str | None = "",
    name: str | None = None,
) -> Tensor:
    """Decodes a JPEG file; PNG files and GIF files of one frame, too.

    Args:
      contents: a string scalar, the file.
      channels: 1 for grey, 3 for red, green and blue, 0 for what the file has.
      ratio: 1, 2, 4 or 8: by how much the image is made smaller while it is decoded.
      fancy_upscaling: whether colours, which are stored at half the size, are interpolated.
      try_recover_truncated: whether a file may end too early.
      acceptable_fraction: how much of the image must be there then.
      dct_method: "INTEGER_FAST" (which "" means) or "INTEGER_ACCURATE".
      name: the operation's name.

    Returns:
      [height, width, channels], uint8.

    Raises:
      ValueError: `contents` is no scalar, or `channels` is negative.
      InvalidArgumentError: (when run) this is no such file, or an argument has no such value.
      ImportError: (when run) simplejpeg is not installed.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     file = tf.image.encode_jpeg(tf.fill([8, 8, 1], tf.cast(77, tf.uint8)))
    ...     session.run(tf.image.decode_jpeg(file)).shape
    (8, 8, 1)
    """
    result: Tensor = make_op(
        DECODE_JPEG,
        contents,
        name=name,
        **_jpeg_attrs(channels, ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method),
    )
    return result


def _jpeg_attrs(
    channels: Any, ratio: Any, fancy_upscaling: Any, try_recover_truncated: Any, fraction: Any, dct_method: Any
) -> dict[str, Any]:
    """None stands for the default."""
    return {
        "channels": 0 if channels is None else channels,
        "ratio": 1 if ratio is None else ratio,
        "fancy_upscaling": True if fancy_upscaling is None else fancy_upscaling,
        "try_recover_truncated": False if try_recover_truncated is None else try_recover_truncated,
        "acceptable_fraction": 1 if fraction is None else fraction,
        "dct_method": "" if dct_method is None else dct_method,
    }


@export("image.decode_and_crop_jpeg", "io.decode_and_crop_jpeg")
def decode_and_crop_jpeg(
    contents: Any,
    crop_window: Any,
    channels: int | None = 0,
    ratio: int | None = 1,
    fancy_upscaling: bool | None = True,
    try_recover_truncated: bool | None = False,
    acceptable_fraction: float | None = 1,
    dct_method: str | None = "",
    name: str | None = None,
) -> Tensor:
    """Decodes a part of a JPEG file.

    Args:
      contents: a string scalar, the file.
      crop_window: four int32 numbers: y, x, height and width of the part.
      channels: 1 for grey, 3 for red, green and blue, 0 for what the file has.
      ratio: 1, 2, 4 or 8: by how much the image is made smaller while it is decoded.
      fancy_upscaling: whether colours, which are stored at half the size, are interpolated.
      try_recover_truncated: whether a file may end too early.
      acceptable_fraction: how much of the image must be there then.
      dct_method: "INTEGER_FAST" (which "" means) or "INTEGER_ACCURATE".
      name: the operation's name.

    Returns:
      [crop_height, crop_width, channels], uint8.

    Raises:
      ValueError: `contents` is no scalar, or `crop_window` has other than four elements.
      InvalidArgumentError: (when run) this is no such file, or the part is not inside.
      ImportError: (when run) simplejpeg is not installed.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     file = tf.image.encode_jpeg(tf.fill([8, 8, 1], tf.cast(77, tf.uint8)))
    ...     session.run(tf.image.decode_and_crop_jpeg(file, [1, 2, 3, 4])).shape
    (3, 4, 1)
    """
    result: Tensor = make_op(
        DECODE_AND_CROP_JPEG,
        contents,
        crop_window,
        name=name,
        **_jpeg_attrs(channels, ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method),
    )
    return result


@export("image.decode_png", "io.decode_png")
def decode_png(contents: Any, channels: int | None = 0, dtype: Any = dtypes.uint8, name: str | None = None) -> Tensor:
    """Decodes a PNG file; JPEG files and GIF files of one frame, too.

    Args:
      contents: a string scalar, the file.
      channels: 1 for grey, 3 for red, green and blue, 4 for these and alpha, 0 for what the file has.
      dtype: uint8 or uint16; what is stored in the other is scaled.
      name: the operation's name.

    Returns:
      [height, width, channels], of type `dtype`.

    Raises:
      ValueError: `contents` is no scalar, or `channels` is negative.
      TypeError: `dtype` is another.
      InvalidArgumentError: (when run) this is no such file.
      ImportError: (when run) Pillow is not installed.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     file = tf.image.encode_png(tf.constant([[[1], [2]]], tf.uint8))
    ...     session.run(tf.image.decode_png(file)).ravel().tolist()
    [1, 2]
    """
    channels = 0 if channels is None else channels
    dtype = dtypes.uint8 if dtype is None else dtype
    result: Tensor = make_op(DECODE_PNG, contents, channels=channels, dtype=dtype, name=name)
    return result


@export("image.decode_gif", "io.decode_gif")
def decode_gif(contents: Any, name: str | None = None) -> Tensor:
    """Decodes all frames of a GIF file; JPEG and PNG files as one frame.

    Args:
      contents: a string scalar, the file.
      name: the operation's name.

    Returns:
      [frames, height, width, 3], uint8.

    Raises:
      ValueError: `contents` is no scalar.
      InvalidArgumentError: (when run) this is no such file.
      ImportError: (when run) Pillow is not installed.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     file = tf.image.encode_png(tf.constant([[[1], [2]]], tf.uint8))
    ...     session.run(tf.image.decode_gif(file)).tolist()
    [[[[1, 1, 1], [2, 2, 2]]]]
    """
    result: Tensor = make_op(DECODE_GIF, contents, name=name)
    return result


@export("image.decode_bmp", "io.decode_bmp")
def decode_bmp(contents: Any, channels: int | None = 0, name: str | None = None) -> Tensor:
    r"""Decodes a BMP file without compression.

    Args:
      contents: a string scalar, the file.
      channels: 1, 3 or 4, which the file must have; 0 for any.
      name: the operation's name.

    Returns:
      [height, width, channels], uint8.

    Raises:
      ValueError: `contents` is no scalar, or `channels` is negative.
      InvalidArgumentError: (when run) this is no such file, or it has other channels.

    >>> import struct
    >>> import tangraph as tf
    >>> header = b"BM" + struct.pack("<iiiiiihhi", 58, 0, 54, 40, 1, 1, 1, 24, 0).ljust(52, b"\0")
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.decode_bmp(header + b"\1\2\3\0")).tolist()
    [[[3, 2, 1]]]
    """
    result: Tensor = make_op(DECODE_BMP, contents, channels=0 if channels is None else channels, name=name)
    return result


@export("image.extract_jpeg_shape", "io.extract_jpeg_shape")
def extract_jpeg_shape(contents: Any, output_type: Any = dtypes.int32, name: str | None = None) -> Tensor:
    """Reads the size of the image in a JPEG file, without decoding it.

    Args:
      contents: a string scalar, the file.
      output_type: int32 or int64.
      name: the operation's name.

    Returns:
      [3], height, width and channels.

    Raises:
      ValueError: `contents` is no scalar.
      InvalidArgumentError: (when run) this is no JPEG file.
      ImportError: (when run) simplejpeg is not installed.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     file = tf.image.encode_jpeg(tf.zeros([8, 9, 3], tf.uint8))
    ...     session.run(tf.image.extract_jpeg_shape(file)).tolist()
    [8, 9, 3]
    """
    output_type = dtypes.int32 if output_type is None else output_type
    result: Tensor = make_op(EXTRACT_JPEG_SHAPE, contents, output_type=output_type, name=name)
    return result
