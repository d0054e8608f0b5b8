"""The ops that write JPEG and PNG files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes, raw_shape
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.random.uniform import random_uniform
from tangraph.plugin import KernelSet, OpSet, errors, export, make_op
from tangraph_datasets.images import jpeg_files, png_files
from tangraph_datasets.images.bytes_in import encoded_shape, invalid
from tangraph_datasets.images.checks import is_tensor
from tangraph_datasets.images.decoding import DECODE_JPEG
from tangraph_datasets.images.dtype import convert_image_dtype

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()


def _variable_shape(c: ShapeContext) -> Raw:
    c.with_rank(0, 3)
    c.with_rank(1, 0)
    return ()


ENCODE_JPEG = ops.define(
    "EncodeJpeg",
    ["image: uint8"],
    ["contents: string"],
    [
        "format: {'', 'grayscale', 'rgb'} = ''",
        "quality: int = 95",
        "progressive: bool = false",
        "optimize_size: bool = false",
        "chroma_downsampling: bool = true",
        "density_unit: {'in', 'cm'} = 'in'",
        "x_density: int = 300",
        "y_density: int = 300",
        "xmp_metadata: string = ''",
    ],
    shape=encoded_shape,
)
ENCODE_JPEG_VARIABLE_QUALITY = ops.define(
    "EncodeJpegVariableQuality",
    ["images: uint8", "quality: int32"],
    ["contents: string"],
    shape=_variable_shape,
    host_inputs=(1,),
)
ENCODE_PNG = ops.define(
    "EncodePng",
    ["image: T"],
    ["contents: string"],
    ["compression: int = -1", "T: {uint8, uint16} = DT_UINT8"],
    shape=encoded_shape,
)
ops.without_gradient("EncodeJpeg", "EncodeJpegVariableQuality", "EncodePng")

_CHANNELS = {"grayscale": 1, "rgb": 3}


def _check_channels(image: Any, kind: str = "") -> None:
    if image.ndim != 3:
        raise invalid(f"image must be 3-dimensional{raw_shape.to_str(image.shape)}")
    if kind and image.shape[2] != _CHANNELS[kind]:
        raise invalid(f"format {kind} expects {_CHANNELS[kind]} channels, got {raw_shape.to_str(image.shape)}")
    if image.shape[2] not in (1, 3):
        raise invalid(f"image must have 1 or 3 channels, got {raw_shape.to_str(image.shape)}")
    if not image.size:
        raise errors.InternalError(None, None, "JPEG encoding failed")


def _check_quality(quality: int) -> None:
    if not 0 <= quality <= 100:
        raise invalid(f"quality must be in [0,100], got {quality}")


@kernel("EncodeJpeg")
def _encode_jpeg(k: KernelContext) -> Callable[..., bytes]:
    """An image as a JPEG file."""
    kind = k.attr("format")
    _check_quality(k.attr("quality"))
    options = jpeg_files.EncodeOptions(
        k.attr("quality"),
        k.attr("progressive"),
        k.attr("optimize_size"),
        k.attr("chroma_downsampling"),
        k.attr("density_unit"),
        (k.attr("x_density"), k.attr("y_density")),
        k.attr("xmp_metadata").encode(),
    )

    def run(image: Any) -> bytes:
        _check_channels(image, kind)
        return jpeg_files.encode(image, options)

    return run


@kernel("EncodeJpegVariableQuality")
def _encode_jpeg_variable_quality(k: KernelContext) -> Callable[..., bytes]:
    """An image as a JPEG file, of a quality that the graph says."""
    del k

    def run(image: Any, quality: Any) -> bytes:
        _check_channels(image)
        # TensorFlow leaves it to libjpeg what other numbers mean: the nearest of these.
        return jpeg_files.encode(image, jpeg_files.EncodeOptions(min(max(int(quality), 1), 100)))

    return run


@kernel("EncodePng")
def _encode_png(k: KernelContext) -> Callable[..., bytes]:
    """An image as a PNG file."""
    compression = k.attr("compression")
    if not -1 <= compression <= 9:
        raise invalid(f"compression should be in [-1,9], got {compression}")

    def run(image: Any) -> bytes:
        if image.ndim != 3:
            raise invalid(f"image must be 3-dimensional{raw_shape.to_str(image.shape)}")
        if not 1 <= image.shape[2] <= 4:
            raise invalid(f"image must have 1, 2, 3, or 4 channels, got {image.shape[2]}")
        if not image.size:
            raise errors.InternalError(None, None, "PNG encoding failed")
        return png_files.encode(image, compression)

    return run


@export("image.encode_jpeg", "io.encode_jpeg")
def encode_jpeg(
    image: Any,
    format: str | None = "",
    quality: int | None = 95,
    progressive: bool | None = False,
    optimize_size: bool | None = False,
    chroma_downsampling: bool | None = True,
    density_unit: str | None = "in",
    x_density: int | None = 300,
    y_density: int | None = 300,
    xmp_metadata: str | None = "",
    name: str | None = None,
) -> Tensor:
    r"""Encodes an image as a JPEG file, byte for byte as TensorFlow does.

    Args:
      image: [height, width, 1 or 3], uint8.
      format: "grayscale" or "rgb", which the image must be; "" for any.
      quality: 0 to 100.
      progressive: whether the file shows more and more detail while it is read.
      optimize_size: whether the codes are fitted to the image, which makes the file smaller.
      chroma_downsampling: whether colours are stored at half the size.
      density_unit: "in" or "cm".
      x_density: pixels a unit along the width.
      y_density: pixels a unit along the height.
      xmp_metadata: what is stored beside the image.
      name: the operation's name.

    Returns:
      A string scalar.

    Raises:
      ValueError: `image` does not have three dimensions, or an argument has no such value.
      InvalidArgumentError: (when run) the image does not have 1 or 3 channels, or those of `format`.
      ImportError: (when run) Pillow is not installed.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.encode_jpeg(tf.zeros([8, 8, 3], tf.uint8)))[:3]
    b'\xff\xd8\xff'
    """
    given = {
        "format": format,
        "quality": quality,
        "progressive": progressive,
        "optimize_size": optimize_size,
        "chroma_downsampling": chroma_downsampling,
        "density_unit": density_unit,
        "x_density": x_density,
        "y_density": y_density,
        "xmp_metadata": xmp_metadata,
    }
    attrs = {key: value for key, value in given.items() if value is not None}
    result: Tensor = make_op(ENCODE_JPEG, image, name=name, **attrs)
    return result


@export("image.encode_png")
def encode_png(image: Any, compression: int | None = -1, name: str | None = None) -> Tensor:
    """Encodes an image as a PNG file.

    Args:
      image: [height, width, channels], uint8 or uint16; 1 channel is grey, 2 grey and alpha, 3 red, green and blue, 4
        these and alpha.
      compression: 0 (fast) to 9 (small), or -1 for zlib's default.
      name: the operation's name.

    Returns:
      A string scalar.

    Raises:
      ValueError: `image` does not have three dimensions.
      InvalidArgumentError: (when run) the image has more than four channels, or `compression` is out of range.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.encode_png(tf.zeros([8, 8, 3], tf.uint8)))[1:4]
    b'PNG'
    """
    result: Tensor = make_op(ENCODE_PNG, image, compression=-1 if compression is None else compression, name=name)
    return result


@export("image.adjust_jpeg_quality")
def adjust_jpeg_quality(image: Any, jpeg_quality: Any, name: str | None = None) -> Tensor:
    """Makes an image as bad as a JPEG file of it would be.

    Args:
      image: [height, width, 1 or 3], integers or floats.
      jpeg_quality: an int32 scalar, 0 to 100.
      name: the name scope.

    Returns:
      A tensor of the same type.

    Raises:
      ValueError: `image` does not have three dimensions.
      ImportError: (when run) Pillow or simplejpeg is not installed.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.adjust_jpeg_quality(tf.ones([8, 8, 1]), 50)).shape
    (8, 8, 1)
    """
    with name_scope(name, "adjust_jpeg_quality", [image]):
        image = convert_to_tensor(image, name="image")
        dtype = image.dtype
        image = convert_image_dtype(image, dtypes.uint8)
        if not is_tensor(jpeg_quality):
            jpeg_quality = convert_to_tensor(jpeg_quality, dtype=dtypes.int32)
        contents = make_op(ENCODE_JPEG_VARIABLE_QUALITY, image, jpeg_quality)
        return convert_image_dtype(make_op(DECODE_JPEG, contents), dtype)


@export("image.random_jpeg_quality")
def random_jpeg_quality(image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: int | None = None) -> Tensor:
    """Makes an image as bad as a JPEG file of it would be, of a quality drawn by lot.

    Args:
      image: [height, width, 1 or 3], integers or floats.
      min_jpeg_quality: the smallest quality, 0 to 100.
      max_jpeg_quality: what the quality stays below, 0 to 100.
      seed: with the graph's seed, determines the draws; see `tf.set_random_seed`.

    Returns:
      A tensor of the same type.

    Raises:
      ValueError: the bounds are not in order, or out of range.
      ImportError: (when run) Pillow or simplejpeg is not installed.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.random_jpeg_quality(tf.ones([8, 8, 1]), 50, 90)).shape
    (8, 8, 1)
    """
    if min_jpeg_quality < 0 or max_jpeg_quality < 0 or min_jpeg_quality > 100 or max_jpeg_quality > 100:
        raise ValueError("jpeg encoding range must be between 0 and 100.")
    if min_jpeg_quality >= max_jpeg_quality:
        raise ValueError("`min_jpeg_quality` must be less than `max_jpeg_quality`.")
    drawn = random_uniform([], min_jpeg_quality, max_jpeg_quality, seed=seed, dtype=dtypes.int32)
    return adjust_jpeg_quality(image, drawn)
