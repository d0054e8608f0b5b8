"""Grey, YIQ and YUV: colours as weighted sums of red, green and blue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import ones
from tangraph.ops.array.reshape import expand_dims
from tangraph.ops.array.shape import rank
from tangraph.ops.array.tile import tile
from tangraph.ops.math.products import tensordot
from tangraph.plugin import export
from tangraph_datasets.images.checks import grayscale
from tangraph_datasets.images.dtype import convert_image_dtype

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor

#: How bright red, green and blue are (ITU-R BT.601).
_LUMA: Final = [0.2989, 0.5870, 0.1140]
_RGB_TO_YIQ: Final = [
    [0.299, 0.59590059, 0.2115],
    [0.587, -0.27455667, -0.52273617],
    [0.114, -0.32134392, 0.31119955],
]
_YIQ_TO_RGB: Final = [[1, 1, 1], [0.95598634, -0.27201283, -1.10674021], [0.6208248, -0.64720424, 1.70423049]]
_RGB_TO_YUV: Final = [
    [0.299, -0.14714119, 0.61497538],
    [0.587, -0.28886916, -0.51496512],
    [0.114, 0.43601035, -0.10001026],
]
_YUV_TO_RGB: Final = [[1, 1, 1], [0, -0.394642334, 2.03206185], [1.13988303, -0.58062185, 0]]


@export("image.rgb_to_grayscale")
def rgb_to_grayscale(images: Any, name: str | None = None) -> Tensor:
    """Converts colours to grey.

    Args:
      images: [..., 3], integers or floats.
      name: the name of the last operation.

    Returns:
      [..., 1], of the same type.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.rgb_to_grayscale(tf.constant([255, 0, 0], tf.uint8))).tolist()
    [76]
    """
    with name_scope(name, "rgb_to_grayscale", [images]) as scope:
        images = convert_to_tensor(images, name="images")
        floats = convert_image_dtype(images, dtypes.float32)
        grey = expand_dims(tensordot(floats, _LUMA, [-1, -1]), -1)
        return convert_image_dtype(grey, images.dtype, name=scope)


@export("image.grayscale_to_rgb")
def grayscale_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """Repeats grey as red, green and blue.

    Args:
      images: a tensor [..., 1] of any type, with two dimensions or more.
      name: the operation's name.

    Returns:
      [..., 3], of the same type.

    Raises:
      ValueError: the last dimension is not 1. Where that is known only when the graph runs, InvalidArgumentError then.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.grayscale_to_rgb(tf.constant([[[7]]]))).ravel().tolist()
    [7, 7, 7]
    """
    with name_scope(name, "grayscale_to_rgb", [images]) as scope:
        images = convert_to_tensor(grayscale(images), name="images")
        dimensions: Any = rank(images)
        others = expand_dims(dimensions - 1, 0)
        multiples = concat([ones(others, dtype=dtypes.int32), expand_dims(3, 0)], 0)
        rgb = tile(images, multiples, name=scope)
        rgb.set_shape(images.get_shape()[:-1].concatenate([3]))
        return rgb


def _times(images: Any, matrix: Sequence[Any]) -> Tensor:
    images = convert_to_tensor(images, name="images")
    kernel = convert_to_tensor(matrix, dtype=images.dtype, name="kernel")
    last = images.get_shape().ndims - 1
    return tensordot(images, kernel, axes=[[last], [0]])


@export("image.rgb_to_yiq")
def rgb_to_yiq(images: Any) -> Tensor:
    """Converts colours from red, green and blue to YIQ, that of American television.

    Args:
      images: [..., 3], floats, of known rank.

    Returns:
      A tensor of the same shape and type.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.rgb_to_yiq([[1.0, 1.0, 1.0]])).round(3).tolist()[0][0]
    1.0
    """
    return _times(images, _RGB_TO_YIQ)


@export("image.yiq_to_rgb")
def yiq_to_rgb(images: Any) -> Tensor:
    """Converts colours from YIQ to red, green and blue; see `tf.image.rgb_to_yiq`.

    Args:
      images: [..., 3], floats, of known rank.

    Returns:
      A tensor of the same shape and type.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.yiq_to_rgb([[1.0, 0.0, 0.0]])).tolist()
    [[1.0, 1.0, 1.0]]
    """
    return _times(images, _YIQ_TO_RGB)


@export("image.rgb_to_yuv")
def rgb_to_yuv(images: Any) -> Tensor:
    """Converts colours from red, green and blue to YUV, that of European television.

    Args:
      images: [..., 3], floats, of known rank.

    Returns:
      A tensor of the same shape and type.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.rgb_to_yuv([[1.0, 1.0, 1.0]])).round(3).tolist()[0][0]
    1.0
    """
    return _times(images, _RGB_TO_YUV)


@export("image.yuv_to_rgb")
def yuv_to_rgb(images: Any) -> Tensor:
    """Converts colours from YUV to red, green and blue; see `tf.image.rgb_to_yuv`.

    Args:
      images: [..., 3], floats, of known rank.

    Returns:
      A tensor of the same shape and type.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.yuv_to_rgb([[1.0, 0.0, 0.0]])).tolist()
    [[1.0, 1.0, 1.0]]
    """
    return _times(images, _YUV_TO_RGB)
