"""Images in other sizes, by any method, with or without their proportions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value_as_shape
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.reshape import expand_dims
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.image.resize import resize_area, resize_bicubic, resize_bilinear, resize_nearest_neighbor
from tangraph.ops.math.cast import cast
from tangraph.ops.math.extremes import minimum
from tangraph.ops.math.rounding import floor
from tangraph.ops.math.rounding import round as round_
from tangraph.plugin import export
from tangraph_datasets.images.checks import check, check_at_least_3d, dimensions, larger
from tangraph_datasets.images.cropping import batched, pad_to_bounding_box, unbatched

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.tensor import Tensor


@export("image.ResizeMethod")
class ResizeMethod:
    """The methods of `tf.image.resize_images`.

    Attributes:
      BILINEAR: a mean of four neighbours; see `tf.image.resize_bilinear`.
      NEAREST_NEIGHBOR: the nearest pixel; see `tf.image.resize_nearest_neighbor`.
      BICUBIC: cubic interpolation; see `tf.image.resize_bicubic`.
      AREA: the mean of what a pixel covers; see `tf.image.resize_area`.
    """

    BILINEAR = 0
    NEAREST_NEIGHBOR = 1
    BICUBIC = 2
    AREA = 3


#: By the methods of TensorFlow 1, and by their names in TensorFlow 2.
_RESIZERS: dict[Any, Callable[..., Tensor]] = {
    ResizeMethod.BILINEAR: resize_bilinear,
    "bilinear": resize_bilinear,
    ResizeMethod.NEAREST_NEIGHBOR: resize_nearest_neighbor,
    "nearest": resize_nearest_neighbor,
    ResizeMethod.BICUBIC: resize_bicubic,
    "bicubic": resize_bicubic,
    ResizeMethod.AREA: resize_area,
    "area": resize_area,
}


@export("image.resize", "image.resize_images")
def resize_images(
    images: Any,
    size: Any,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
    preserve_aspect_ratio: bool = False,
    name: str | None = None,
) -> Tensor:
    """Resizes images.

    Args:
      images: [height, width, channels] or [batch, height, width, channels], real numbers.
      size: two int32 numbers, the new height and width.
      method: one of `tf.image.ResizeMethod`.
      align_corners: whether the centers of the pixels in the corners stay where they are.
      preserve_aspect_ratio: whether the images keep their proportions; they then fit into `size`, which must be known.
      name: the name scope.

    Returns:
      The images in the new size: float32, or the type of `images` where the method is NEAREST_NEIGHBOR, or where they
      are known to have that size already.

    Raises:
      ValueError: `images` has neither 3 nor 4 dimensions, or `size` not two elements, or there is no such method.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.resize_images([[[0.0], [4.0]]], [1, 4])).ravel().tolist()
    [0.0, 2.0, 4.0, 4.0]
    """
    with name_scope(name, "resize", [images, size]):
        images, is_batch = _batched(convert_to_tensor(images, name="images"))
        _, height, width, _ = images.get_shape().as_list()
        size, wanted = _size(size)
        if preserve_aspect_ratio:
            size, wanted = _in_proportion(images, wanted)
        if None not in (*wanted, height, width) and wanted == [height, width]:
            return unbatched(images, is_batch)  # type: ignore[no-any-return]
        resizer = _RESIZERS.get(method)
        if resizer is None:
            raise ValueError("Resize method is not implemented.")
        resized = resizer(images, size, align_corners=align_corners)
        resized.set_shape([None, *wanted, None])
        return unbatched(resized, is_batch)  # type: ignore[no-any-return]


def _batched(images: Any) -> tuple[Any, bool]:
    ndims = images.get_shape().ndims
    if ndims is None:
        raise ValueError("'images' contains no shape.")
    if ndims == 3:
        return expand_dims(images, 0), False
    if ndims != 4:
        raise ValueError("'images' must have either 3 or 4 dimensions.")
    return images, True


def _size(size: Any) -> tuple[Any, list[int | None]]:
    """The size as a tensor, and as far as it is known."""
    try:
        size = convert_to_tensor(size, dtypes.int32, name="size")
    except (TypeError, ValueError):
        raise ValueError("'size' must be a 1-D int32 Tensor") from None
    if not size.get_shape().is_compatible_with([2]):
        raise ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width")
    return size, constant_value_as_shape(size).as_list()


def _in_proportion(images: Any, wanted: list[int | None]) -> tuple[Any, list[int | None]]:
    """The largest size with the images' proportions that fits in."""
    _, height, width, _ = dimensions(images, rank=4)
    by_height: Any = cast(wanted[0], dtypes.float32) / cast(height, dtypes.float32)
    by_width: Any = cast(wanted[1], dtypes.float32) / cast(width, dtypes.float32)
    scale: Any = minimum(by_height, by_width)
    new_height = cast(round_(scale * cast(height, dtypes.float32)), dtypes.int32)
    new_width = cast(round_(scale * cast(width, dtypes.float32)), dtypes.int32)
    size = convert_to_tensor([new_height, new_width], dtypes.int32, name="size")
    return size, constant_value_as_shape(size).as_list()


@export("image.resize_image_with_pad")
def resize_image_with_pad(
    image: Any,
    target_height: Any,
    target_width: Any,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
) -> Tensor:
    """Resizes images in their proportions, and fills up with zeros.

    Args:
      image: [height, width, channels] or [batch, height, width, channels], real numbers.
      target_height: the height of the result.
      target_width: the width of the result.
      method: one of `tf.image.ResizeMethod`.
      align_corners: whether the centers of the pixels in the corners stay where they are.

    Returns:
      The images in the new size; for the type see `tf.image.resize_images`.

    Raises:
      ValueError: `image` has neither 3 nor 4 dimensions, or a size is not positive. Where that is known only when the
        graph runs, InvalidArgumentError then.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.resize_image_with_pad([[[1.0], [1.0]]], 3, 2)).ravel().tolist()
    [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]
    """
    with name_scope(None, "resize_image_with_pad", [image]):
        image, is_batch = batched(convert_to_tensor(image, name="image"))
        asserted = check_at_least_3d(image)
        asserted += check(target_width > 0, "target_width must be > 0.")
        asserted += check(target_height > 0, "target_height must be > 0.")
        image = with_dependencies(asserted, image)
        _, height, width, _ = dimensions(image, rank=4)
        sizes, edges = _fitted(height, width, target_height, target_width)
        resized = resize_images(image, sizes, method, align_corners=align_corners)
        padded: Any = pad_to_bounding_box(resized, edges[0], edges[1], target_height, target_width)
        if padded.get_shape().ndims is None:
            raise ValueError("padded contains no shape.")
        dimensions(padded, rank=4)
        return unbatched(padded, is_batch)  # type: ignore[no-any-return]


def _fitted(height: Any, width: Any, target_height: Any, target_width: Any) -> tuple[list[Any], list[Any]]:
    """The size that fits in, and how many rows and columns of zeros come first."""
    old: list[Any] = [cast(size, dtypes.float64) for size in (height, width)]
    new: list[Any] = [cast(size, dtypes.float64) for size in (target_height, target_width)]
    ratio = larger(old[1] / new[1], old[0] / new[0])
    exact = [old[0] / ratio, old[1] / ratio]
    sizes = [cast(floor(size), dtypes.int32) for size in exact]
    spare = [(new[0] - exact[0]) / 2, (new[1] - exact[1]) / 2]
    whole = [floor(size) for size in spare]
    return sizes, [larger(0, cast(size, dtypes.int32)) for size in whole]
