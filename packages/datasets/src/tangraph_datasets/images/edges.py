"""How images change from pixel to pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework.scopes import name_scope
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.fill import zeros
from tangraph.ops.array.packing import stack, unstack
from tangraph.ops.array.pad import pad
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import shape as shape_of
from tangraph.ops.array.tile import tile
from tangraph.ops.math.reductions import reduce_sum
from tangraph.ops.math.unary import abs as abs_
from tangraph.ops.nn.depthwise import depthwise_conv2d
from tangraph.plugin import export

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor

#: I. Sobel's filters: how much brighter is it below, and to the right.
_SOBEL: Final = [[[-1, -2, -1], [0, 0, 0], [1, 2, 1]], [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]]


@export("image.total_variation")
def total_variation(images: Any, name: str | None = None) -> Tensor:
    """Sums up how much neighbouring pixels differ.

    Args:
      images: a tensor [height, width, channels] or [batch, height, width, channels].
      name: the name scope.

    Returns:
      A scalar, or [batch]: the sum of the absolute differences.

    Raises:
      ValueError: `images` has neither 3 nor 4 dimensions.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     float(session.run(tf.image.total_variation(tf.constant([[[1.0], [3.0]]]))))
    2.0
    """
    with name_scope(name, "total_variation"):
        ndims = images.get_shape().ndims
        axes: list[int] | None
        if ndims == 3:
            down = images[1:, :, :] - images[:-1, :, :]
            right = images[:, 1:, :] - images[:, :-1, :]
            axes = None
        elif ndims == 4:
            down = images[:, 1:, :, :] - images[:, :-1, :, :]
            right = images[:, :, 1:, :] - images[:, :, :-1, :]
            axes = [1, 2, 3]
        else:
            raise ValueError("'images' must be either 3 or 4-dimensional.")
        total: Any = reduce_sum(abs_(down), axis=axes) + reduce_sum(abs_(right), axis=axes)
    return total  # type: ignore[no-any-return]


@export("image.image_gradients")
def image_gradients(image: Any) -> tuple[Tensor, Tensor]:
    """Returns how much each pixel differs from the next.

    Args:
      image: a tensor [batch, height, width, channels].

    Returns:
      (dy, dx), each of the shape and type of `image`; the last row of dy and the last column of dx are 0.

    Raises:
      ValueError: `image` does not have 4 dimensions.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     dy, dx = session.run(tf.image.image_gradients(tf.constant([[[[1.0], [3.0]]]])))
    >>> dy.ravel().tolist(), dx.ravel().tolist()
    ([0.0, 0.0], [2.0, 0.0])
    """
    if image.get_shape().ndims != 4:
        # With two arguments, as TensorFlow raises it.
        raise ValueError("image_gradients expects a 4D tensor [batch_size, h, w, d], not %s.", image.get_shape())
    whole = shape_of(image)
    batch, height, width, depth = unstack(whole)
    down = image[:, 1:, :, :] - image[:, :-1, :, :]
    right = image[:, :, 1:, :] - image[:, :, :-1, :]
    down = _filled_up(down, stack([batch, 1, width, depth]), 1, whole, image.dtype)
    right = _filled_up(right, stack([batch, height, 1, depth]), 2, whole, image.dtype)
    return down, right


def _filled_up(differences: Any, missing: Any, axis: int, whole: Any, dtype: Any) -> Any:
    return reshape(concat([differences, zeros(missing, dtype)], axis), whole)


@export("image.sobel_edges")
def sobel_edges(image: Any) -> Tensor:
    """Finds edges with Sobel's filters; at the border, the image is mirrored.

    Args:
      image: a tensor [batch, height, width, channels] of floats; height and width are 2 or more.

    Returns:
      [batch, height, width, channels, 2], of the same type: [..., 0] is dy, [..., 1] is dx.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     image = tf.constant([[[[0.0], [1.0], [2.0]]] * 2])
    ...     session.run(tf.image.sobel_edges(image))[0, 0, 1, 0].tolist()
    [0.0, 8.0]
    """
    static = image.get_shape()
    whole: Any = shape_of(image)
    filters = np.expand_dims(np.transpose(np.asarray(_SOBEL), (1, 2, 0)), -2)
    count = len(_SOBEL)
    kernels = constant(filters, dtype=image.dtype)
    kernels = tile(kernels, [1, 1, whole[-1], 1], name="sobel_filters")
    padded = pad(image, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    output = depthwise_conv2d(padded, kernels, [1, 1, 1, 1], "VALID")
    output = reshape(output, shape=concat([whole, [count]], 0))
    output.set_shape(static.concatenate([count]))
    return output
