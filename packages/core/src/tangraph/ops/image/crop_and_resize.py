"""Boxes cut out of images and resized to one size, and the gradients by the images and by the boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.image.shapes import like_input, sized_image

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()

_TYPES: Final = "T: {uint8, uint16, int8, int16, int32, int64, half, float, double}"


def _crops_shape(c: ShapeContext) -> Raw:
    image, boxes, indices = c.with_rank(0, 4), c.with_rank(1, 2), c.with_rank(2, 1)
    count = raw_shape.merge_dim(boxes[0], indices[0])
    raw_shape.with_dim(boxes[1], 4)
    return sized_image(c, count, 3, image[3])


def _image_shape(c: ShapeContext) -> Raw:
    return raw_shape.with_rank(c.shape_value(3), 4)


CROP_AND_RESIZE = ops.define(
    "CropAndResize",
    ["image: T", "boxes: float32", "box_ind: int32", "crop_size: int32"],
    ["crops: float32"],
    [_TYPES, "method: {'bilinear', 'nearest'} = 'bilinear'", "extrapolation_value: float = 0.0"],
    shape=_crops_shape,
    host_inputs=(3,),
)
CROP_AND_RESIZE_GRAD_IMAGE = ops.define(
    "CropAndResizeGradImage",
    ["grads: float32", "boxes: float32", "box_ind: int32", "image_size: int32"],
    ["output: T"],
    ["T: {float, half, double}", "method: {'bilinear', 'nearest'} = 'bilinear'"],
    shape=_image_shape,
    host_inputs=(3,),
)
CROP_AND_RESIZE_GRAD_BOXES = ops.define(
    "CropAndResizeGradBoxes",
    ["grads: float32", "image: T", "boxes: float32", "box_ind: int32"],
    ["output: float32"],
    [_TYPES, "method: {'bilinear'} = 'bilinear'"],
    shape=like_input(2),
)
ops.without_gradient("CropAndResizeGradBoxes", "CropAndResizeGradImage")


@ops.gradient("CropAndResize")
def _crop_and_resize_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    """By the image only where it is of floats; by the boxes as if the method were bilinear."""
    from tangraph.ops.array.shape import shape

    image, boxes, indices = op.inputs[:3]
    raw = image.raw_shape
    size: Any = list(raw) if raw is not None and raw_shape.is_fully_defined(raw) else shape(image)
    by_image = None
    if image.dtype in (dtypes.float16, dtypes.float32, dtypes.float64):
        attrs = {"T": op.attrs["T"], "method": op.attrs["method"]}
        by_image = make_op(CROP_AND_RESIZE_GRAD_IMAGE, grad, boxes, indices, size, **attrs)
    return [by_image, make_op(CROP_AND_RESIZE_GRAD_BOXES, grad, image, boxes, indices), None, None]


@export("image.crop_and_resize")
def crop_and_resize(
    image: Any,
    boxes: Any,
    box_ind: Any = None,
    crop_size: Any = None,
    method: str = "bilinear",
    extrapolation_value: float = 0,
    name: str | None = None,
    box_indices: Any = None,
) -> Tensor:
    """Cuts boxes out of images and resizes all of them to one size.

    Args:
      image: [batch, height, width, channels], real numbers.
      boxes: [boxes, 4], float32: y1, x1, y2 and x2 of each, in units of height - 1 and width - 1. Where y1 > y2 the crop
        is turned upside down.
      box_ind: [boxes], int32: which image of the batch each is cut from.
      crop_size: two int32 numbers, the height and width of the result.
      method: "bilinear" or "nearest".
      extrapolation_value: what stands outside of the image.
      name: the operation's name.
      box_indices: the newer name of `box_ind`.

    Returns:
      [boxes, crop_height, crop_width, channels], float32.

    Raises:
      ValueError: a shape does not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(
    ...         tf.image.crop_and_resize([[[[0.0], [4.0]]]], [[0, 0, 1, 0.5]], [0], [1, 2])
    ...     ).ravel().tolist()
    [0.0, 2.0]
    """
    box_ind = deprecated_argument_lookup("box_indices", box_indices, "box_ind", box_ind)
    result: Tensor = make_op(
        CROP_AND_RESIZE,
        image,
        boxes,
        box_ind,
        crop_size,
        method=method,
        extrapolation_value=extrapolation_value,
        name=name,
    )
    return result
