"""Colours: contrast, hue and saturation, and the two ways between RGB and HSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.image.shapes import at_least_3d, check_scalars, with_three_colors

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()

_HALF_OR_FLOAT = "T: {half, float} = DT_FLOAT"
_FLOATS = "T: {half, bfloat16, float, double} = DT_FLOAT"


def _contrast_shape(c: ShapeContext) -> Raw:
    shape = at_least_3d(c)
    check_scalars(c, 1)
    return shape


ADJUST_CONTRAST = ops.define(
    "AdjustContrastv2",
    ["images: T", "contrast_factor: float32"],
    ["output: T"],
    [_HALF_OR_FLOAT],
    shape=_contrast_shape,
)
ADJUST_HUE = ops.define(
    "AdjustHue", ["images: T", "delta: float32"], ["output: T"], [_HALF_OR_FLOAT], shape=at_least_3d
)
ADJUST_SATURATION = ops.define(
    "AdjustSaturation", ["images: T", "scale: float32"], ["output: T"], [_HALF_OR_FLOAT], shape=at_least_3d
)
RGB_TO_HSV = ops.define("RGBToHSV", ["images: T"], ["output: T"], [_FLOATS], shape=with_three_colors)
HSV_TO_RGB = ops.define("HSVToRGB", ["images: T"], ["output: T"], [_FLOATS], shape=with_three_colors)
ops.without_gradient("AdjustContrastv2", "AdjustHue", "AdjustSaturation")
ops.not_differentiable("HSVToRGB")


@ops.gradient("RGBToHSV")
def _rgb_to_hsv_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.image.hsv_gradient import rgb_to_hsv_gradient

    return rgb_to_hsv_gradient(op.inputs[0], op.outputs[0], grad)


@export("image.rgb_to_hsv")
def rgb_to_hsv(images: Any, name: str | None = None) -> Tensor:
    """Converts colours from red, green and blue to hue, saturation and value.

    Args:
      images: [..., 3], floats between 0 and 1.
      name: the operation's name.

    Returns:
      A tensor of the same shape and type, between 0 and 1; the hue of grey is 0.

    Raises:
      ValueError: the last dimension is not 3.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.rgb_to_hsv([0.0, 1.0, 1.0])).tolist()
    [0.5, 1.0, 1.0]
    """
    result: Tensor = make_op(RGB_TO_HSV, images, name=name)
    return result


@export("image.hsv_to_rgb")
def hsv_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """Converts colours from hue, saturation and value to red, green and blue; see `tf.image.rgb_to_hsv`.

    Args:
      images: [..., 3], floats between 0 and 1.
      name: the operation's name.

    Returns:
      A tensor of the same shape and type.

    Raises:
      ValueError: the last dimension is not 3.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.hsv_to_rgb([0.5, 1.0, 1.0])).tolist()
    [0.0, 1.0, 1.0]
    """
    result: Tensor = make_op(HSV_TO_RGB, images, name=name)
    return result
