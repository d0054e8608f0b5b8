"""Boxes drawn on images, and boxes drawn by lot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


class SampleDistortedBoundingBoxV2(NamedTuple):
    """What `tf.image.sample_distorted_bounding_box` returns: two arguments of `tf.slice`, and the piece as a box."""

    begin: Tensor
    size: Tensor
    bboxes: Tensor


def _drawn_shape(c: ShapeContext) -> Raw:
    images: tuple[int | None, ...] = c.with_rank(0, 4)
    if images[3] not in (None, 1, 3, 4):
        raise ValueError("Channel depth should be either 1 (GRY), 3 (RGB), or 4 (RGBA)")
    boxes = c.with_rank(1, 3)
    raw_shape.with_dim(boxes[2], 4)
    return images


def _sample_shape(c: ShapeContext) -> list[Raw]:
    size, boxes = c.with_rank(0, 1), c.with_rank(1, 3)
    c.with_rank(2, 0)
    raw_shape.with_dim(size[0], 3)
    raw_shape.with_dim(boxes[2], 4)
    return [(3,), (3,), (1, 1, 4)]


_FLOATS = "T: {float, half} = DT_FLOAT"
DRAW_BOUNDING_BOXES = ops.define(
    "DrawBoundingBoxes", ["images: T", "boxes: float32"], ["output: T"], [_FLOATS], shape=_drawn_shape
)
DRAW_BOUNDING_BOXES_V2 = ops.define(
    "DrawBoundingBoxesV2",
    ["images: T", "boxes: float32", "colors: float32"],
    ["output: T"],
    [_FLOATS],
    shape=_drawn_shape,
)
SAMPLE_DISTORTED_BOUNDING_BOX = ops.define(
    "SampleDistortedBoundingBoxV2",
    ["image_size: T", "bounding_boxes: float32", "min_object_covered: float32"],
    ["begin: T", "size: T", "bboxes: float32"],
    [
        "T: {uint8, int8, int16, int32, int64}",
        "seed: int = 0",
        "seed2: int = 0",
        "aspect_ratio_range: list(float) = [0.75, 1.33]",
        "area_range: list(float) = [0.05, 1.0]",
        "max_attempts: int = 100",
        "use_image_if_no_bounding_boxes: bool = false",
    ],
    shape=_sample_shape,
    stateful=True,
)
ops.not_differentiable("DrawBoundingBoxes", "SampleDistortedBoundingBoxV2")
ops.without_gradient("DrawBoundingBoxesV2")


@export("image.draw_bounding_boxes")
def draw_bounding_boxes(images: Any, boxes: Any, name: str | None = None, colors: Any = None) -> Tensor:
    """Draws the edges of boxes, one pixel wide.

    Args:
      images: [batch, height, width, depth], float32 or float16; depth is 1 (grey), 3 (RGB) or 4 (RGBA).
      boxes: [batch, boxes, 4], float32: y1, x1, y2 and x2 of each, in units of height - 1 and width - 1.
      name: the operation's name.
      colors: [colors, depth], taken in turns; ten colours of TensorFlow's where None.

    Returns:
      A tensor of the shape and type of `images`.

    Raises:
      ValueError: a shape does not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     image = tf.image.draw_bounding_boxes(tf.zeros([1, 3, 3, 1]), [[[0.0, 0, 1, 1]]])
    ...     session.run(image)[0, :, :, 0].tolist()
    [[1.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]]
    """
    result: Tensor
    if colors is None:
        result = make_op(DRAW_BOUNDING_BOXES, images, boxes, name=name)
    else:
        result = make_op(DRAW_BOUNDING_BOXES_V2, images, boxes, colors, name=name)
    return result


@export("image.sample_distorted_bounding_box")
def sample_distorted_bounding_box(
    image_size: Any,
    bounding_boxes: Any,
    seed: int | None = None,
    seed2: int | None = None,
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = None,
    area_range: Any = None,
    max_attempts: int | None = None,
    use_image_if_no_bounding_boxes: bool | None = None,
    name: str | None = None,
) -> SampleDistortedBoundingBoxV2:
    """Draws a piece of an image by lot that covers enough of one of some boxes (Szegedy et al., arXiv:1409.4842).

    Args:
      image_size: [3], integers: height, width and channels.
      bounding_boxes: [images, boxes, 4], float32: y1, x1, y2 and x2 of each, between 0 and 1.
      seed: with `seed2`, determines the draws; without them every run draws another piece. The graph's seed has no part
        in it.
      seed2: see `seed`.
      min_object_covered: which part of a box must be inside.
      aspect_ratio_range: the smallest and largest width / height, 0.75 and 1.33 where None.
      area_range: the smallest and largest part of the image, 0.05 and 1 where None.
      max_attempts: how often a piece is drawn before the whole image is taken, 100 where None.
      use_image_if_no_bounding_boxes: whether the whole image is the box where there is none; an error else.
      name: the operation's name.

    Returns:
      (begin [3] and size [3] for `tf.slice`, of the type of `image_size`; [1, 1, 4], float32, the piece as a box).

    Raises:
      ValueError: a shape does not fit.
      InvalidArgumentError: (when run) there are no boxes, or a box is not inside [0, 1].

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     drawn = tf.image.sample_distorted_bounding_box([8, 8, 3], [[[0.0, 0, 1, 1]]], seed=3)
    ...     begin, size, box = session.run(drawn)
    >>> bool((begin + size <= [8, 8, 3]).all()), size.tolist()[2], box.shape
    (True, -1, (1, 1, 4))
    """
    given = {
        "seed": seed,
        "seed2": seed2,
        "aspect_ratio_range": aspect_ratio_range,
        "area_range": area_range,
        "max_attempts": max_attempts,
        "use_image_if_no_bounding_boxes": use_image_if_no_bounding_boxes,
    }
    attrs = {key: value for key, value in given.items() if value is not None}
    with name_scope(name, "sample_distorted_bounding_box"):
        outputs = make_op(
            SAMPLE_DISTORTED_BOUNDING_BOX, image_size, bounding_boxes, min_object_covered, name=name, **attrs
        )
        return SampleDistortedBoundingBoxV2(*outputs)
