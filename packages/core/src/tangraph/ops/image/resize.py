"""Images in other sizes, by the four methods of TensorFlow 1, and their gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.image.shapes import like_input, resized, sized_image

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()

_TYPES: Final = "int8, uint8, int16, uint16, int32, int64, half, float, double"
_CENTERS: Final = ["align_corners: bool = false", "half_pixel_centers: bool = false"]


def _resize(name: str, output: str, types: str, attrs: list[str]) -> OpDef:
    return ops.define(
        name,
        ["images: T", "size: int32"],
        [f"resized_images: {output}"],
        [f"T: {{{types}}}", *attrs],
        shape=resized,
        host_inputs=(1,),
    )


def _gradient(name: str, types: str) -> OpDef:
    return ops.define(
        name,
        ["grads: float32", "original_image: T"],
        ["output: T"],
        [f"T: {{{types}}}", *_CENTERS],
        shape=like_input(1),
    )


def _nearest_grad_shape(c: ShapeContext) -> Raw:
    grads = c.with_rank(0, 4)
    return sized_image(c, grads[0], 1, grads[3])


RESIZE_BILINEAR = _resize("ResizeBilinear", "float32", f"bfloat16, {_TYPES}", _CENTERS)
RESIZE_NEAREST_NEIGHBOR = _resize("ResizeNearestNeighbor", "T", _TYPES, _CENTERS)
RESIZE_BICUBIC = _resize("ResizeBicubic", "float32", _TYPES, _CENTERS)
RESIZE_AREA = _resize("ResizeArea", "float32", _TYPES, _CENTERS[:1])
RESIZE_BILINEAR_GRAD = _gradient("ResizeBilinearGrad", "float, bfloat16, half, double")
RESIZE_BICUBIC_GRAD = _gradient("ResizeBicubicGrad", "float, double")
RESIZE_NEAREST_NEIGHBOR_GRAD = ops.define(
    "ResizeNearestNeighborGrad",
    ["grads: T", "size: int32"],
    ["output: T"],
    ["T: {uint8, int8, int32, half, float, double}", *_CENTERS],
    shape=_nearest_grad_shape,
    host_inputs=(1,),
)
ops.without_gradient("ResizeArea", "ResizeBicubicGrad", "ResizeBilinearGrad", "ResizeNearestNeighborGrad")


def _attrs(op: Operation) -> dict[str, Any]:
    return {key: op.attrs[key] for key in ("align_corners", "half_pixel_centers")}


@ops.gradient("ResizeNearestNeighbor")
def _nearest_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.shape import shape

    image = op.inputs[0]
    raw = image.raw_shape
    known = None if raw is None else raw[1:3]
    dynamic: Any = list(known or ()) if known is not None and raw_shape.is_fully_defined(known) else None
    if dynamic is None:
        whole: Any = shape(image)
        dynamic = whole[1:3]
    return [make_op(RESIZE_NEAREST_NEIGHBOR_GRAD, grad, dynamic, **_attrs(op)), None]


@ops.gradient("ResizeBilinear")
def _bilinear_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return [make_op(RESIZE_BILINEAR_GRAD, grad, op.inputs[0], **_attrs(op)), None]


@ops.gradient("ResizeBicubic")
def _bicubic_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    image = op.inputs[0]
    if image.dtype not in (dtypes.float32, dtypes.float64):
        return [None, None]
    return [make_op(RESIZE_BICUBIC_GRAD, grad, image, **_attrs(op)), None]


@export("image.resize_bilinear")
def resize_bilinear(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None, half_pixel_centers: bool = False
) -> Tensor:
    """Resizes images; each pixel is a mean of the four that surround its place, weighted by nearness.

    Args:
      images: [batch, height, width, channels], real numbers.
      size: two int32 numbers, the new height and width.
      align_corners: whether the centers of the pixels in the corners stay where they are.
      name: the operation's name.
      half_pixel_centers: whether the center of a pixel is half a pixel from its edge.

    Returns:
      [batch, new_height, new_width, channels], float32.

    Raises:
      ValueError: `images` or `size` has another shape.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.resize_bilinear([[[[0.0], [4.0]]]], [1, 4])).ravel().tolist()
    [0.0, 2.0, 4.0, 4.0]
    """
    return _resized(RESIZE_BILINEAR, images, size, align_corners, name, half_pixel_centers)


@export("image.resize_nearest_neighbor")
def resize_nearest_neighbor(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None, half_pixel_centers: bool = False
) -> Tensor:
    """Resizes images; each pixel is the one that is nearest to its place.

    Args:
      images: [batch, height, width, channels], real numbers.
      size: two int32 numbers, the new height and width.
      align_corners: whether the centers of the pixels in the corners stay where they are.
      name: the operation's name.
      half_pixel_centers: whether the center of a pixel is half a pixel from its edge.

    Returns:
      [batch, new_height, new_width, channels], of the type of `images`.

    Raises:
      ValueError: `images` or `size` has another shape.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.resize_nearest_neighbor([[[[1], [5]]]], [1, 4])).ravel().tolist()
    [1, 1, 5, 5]
    """
    return _resized(RESIZE_NEAREST_NEIGHBOR, images, size, align_corners, name, half_pixel_centers)


@export("image.resize_bicubic")
def resize_bicubic(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None, half_pixel_centers: bool = False
) -> Tensor:
    """Resizes images by cubic interpolation (R. Keys, "Cubic convolution interpolation", 1981).

    Args:
      images: [batch, height, width, channels], real numbers.
      size: two int32 numbers, the new height and width.
      align_corners: whether the centers of the pixels in the corners stay where they are.
      name: the operation's name.
      half_pixel_centers: whether the center of a pixel is half a pixel from its edge; the parameter of the kernel is
        then -0.5, and else -0.75.

    Returns:
      [batch, new_height, new_width, channels], float32.

    Raises:
      ValueError: `images` or `size` has another shape.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.resize_bicubic([[[[0.0], [4.0]]]], [1, 4])).ravel().tolist()
    [0.0, 2.0, 4.0, 4.375]
    """
    return _resized(RESIZE_BICUBIC, images, size, align_corners, name, half_pixel_centers)


def _resized(op: OpDef, images: Any, size: Any, align: bool, name: str | None, half_pixel_centers: bool) -> Tensor:
    result: Tensor = make_op(op, images, size, align_corners=align, half_pixel_centers=half_pixel_centers, name=name)
    return result


@export("image.resize_area")
def resize_area(images: Any, size: Any, align_corners: bool = False, name: str | None = None) -> Tensor:
    """Resizes images; each pixel is the mean of the area that it covers.

    Args:
      images: [batch, height, width, channels], real numbers.
      size: two int32 numbers, the new height and width.
      align_corners: whether the centers of the pixels in the corners stay where they are.
      name: the operation's name.

    Returns:
      [batch, new_height, new_width, channels], float32.

    Raises:
      ValueError: `images` or `size` has another shape.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.resize_area([[[[0.0], [4.0], [8.0], [8.0]]]], [1, 2])).ravel().tolist()
    [2.0, 8.0]
    """
    result: Tensor = make_op(RESIZE_AREA, images, size, align_corners=align_corners, name=name)
    return result
