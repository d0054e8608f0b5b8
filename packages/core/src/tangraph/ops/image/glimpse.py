"""Pieces of images around given places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.image.shapes import sized_image

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _glimpse_shape(c: ShapeContext) -> Raw:
    images, offsets = c.with_rank(0, 4), c.with_rank(2, 2)
    batch = raw_shape.merge_dim(images[0], offsets[0])
    raw_shape.with_dim(offsets[1], 2)
    return sized_image(c, batch, 1, images[3])


EXTRACT_GLIMPSE = ops.define(
    "ExtractGlimpse",
    ["input: float32", "size: int32", "offsets: float32"],
    ["glimpse: float32"],
    [
        "centered: bool = true",
        "normalized: bool = true",
        "uniform_noise: bool = true",
        "noise: string = 'uniform'",
    ],
    shape=_glimpse_shape,
    host_inputs=(1,),
)
ops.not_differentiable("ExtractGlimpse")


@export("image.extract_glimpse")
def extract_glimpse(
    input: Any,
    size: Any,
    offsets: Any,
    centered: bool = True,
    normalized: bool = True,
    uniform_noise: bool = True,
    name: str | None = None,
) -> Tensor:
    """Cuts a piece out of each image; what lies outside of the image is noise.

    Args:
      input: [batch, height, width, channels], float32.
      size: two int32 numbers, the height and width of the pieces.
      offsets: [batch, 2], float32: y and x of the center of each piece.
      centered: whether 0 is the middle of the image, and its edges are at -1 and 1; else 0 is the upper left corner.
      normalized: whether offsets are in units of the size of the image; else in pixels.
      uniform_noise: whether the noise is uniform; else Gaussian.
      name: the operation's name.

    Returns:
      [batch, glimpse_height, glimpse_width, channels], float32.

    Raises:
      ValueError: a shape does not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     image = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    ...     session.run(tf.image.extract_glimpse(image, [1, 1], [[0.0, 0.0]])).ravel().tolist()
    [4.0]
    """
    result: Tensor = make_op(
        EXTRACT_GLIMPSE,
        input,
        size,
        offsets,
        centered=centered,
        normalized=normalized,
        uniform_noise=uniform_noise,
        name=name,
    )
    return result
