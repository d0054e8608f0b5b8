"""Images cut and filled up with zeros."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.packing import stack
from tangraph.ops.array.pad import pad
from tangraph.ops.array.reshape import expand_dims, reshape, squeeze
from tangraph.ops.array.shape import shape as shape_of
from tangraph.ops.array.slicing import slice as slice_
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.math.cast import cast
from tangraph.plugin import export
from tangraph_datasets.images.checks import (
    at_least_3d,
    check,
    check_at_least_3d,
    dimensions,
    is_tensor,
    known,
    larger,
    same,
    smaller,
)

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


def batched(image: Any) -> tuple[Any, bool]:
    """Returns images as a batch, and whether they were one.

    Raises:
      ValueError: they have neither 3 nor 4 dimensions.
    """
    ndims = image.get_shape().ndims
    if ndims == 4:
        return image, True
    if ndims not in (3, None):
        raise ValueError("'image' must have either 3 or 4 dimensions.")
    image = expand_dims(image, 0)
    if ndims is None:
        image.set_shape([None] * 4)
    return image, False


def unbatched(images: Any, is_batch: bool) -> Any:
    """Returns a batch, or the one image in it."""
    return images if is_batch else squeeze(images, axis=[0])


@export("image.central_crop")
def central_crop(image: Any, central_fraction: float) -> Tensor:
    """Cuts away the edges of images.

    Args:
      image: [height, width, channels] or [batch, height, width, channels].
      central_fraction: in (0, 1], which part of height and width is kept.

    Returns:
      The middle of the images, of the same type.

    Raises:
      ValueError: `image` has neither 3 nor 4 dimensions, or `central_fraction` is out of range.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.central_crop(tf.reshape(tf.range(16), [4, 4, 1]), 0.5)).ravel().tolist()
    [5, 6, 9, 10]
    """
    with name_scope(None, "central_crop", [image]):
        image = convert_to_tensor(image, name="image")
        if central_fraction <= 0.0 or central_fraction > 1.0:
            raise ValueError("central_fraction must be within (0, 1]")
        if central_fraction == 1.0:
            return image  # type: ignore[no-any-return]
        at_least_3d(image)
        rank = image.get_shape().ndims
        if rank not in (3, 4):
            raise ValueError(f"`image` should either be a Tensor with rank = 3 or rank = 4. Had rank = {rank}.")
        first = rank - 3
        sizes = image.get_shape().as_list()
        height, width = _size(image, first), _size(image, first + 1)
        top, left = _edge(height, central_fraction), _edge(width, central_fraction)
        inner = [height - top * 2, width - left * 2]
        before, whole = ([], []) if rank == 3 else ([0], [-1])
        begin = stack([*before, top, left, 0])
        size = stack([*whole, *inner, -1])
        result = slice_(image, begin, size)
        result.set_shape([*sizes[:first], *known(inner), sizes[-1]])
        return result


def _size(image: Any, axis: int) -> Any:
    static = image.get_shape().as_list()[axis]
    if static is not None:
        return static
    sizes: Any = shape_of(image)
    return sizes[axis]


def _edge(size: Any, fraction: float) -> Any:
    """How many rows or columns are cut away on one side."""
    if is_tensor(size):
        wide: Any = cast(size, dtypes.float64)
        return cast((wide - wide * fraction) / 2, dtypes.int32)
    return int((float(size) - float(size) * fraction) / 2)


@export("image.pad_to_bounding_box")
def pad_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """Surrounds images with zeros.

    Args:
      image: [height, width, channels] or [batch, height, width, channels].
      offset_height: how many rows of zeros come first.
      offset_width: how many columns of zeros come first.
      target_height: the height of the result.
      target_width: the width of the result.

    Returns:
      The larger images, of the same type.

    Raises:
      ValueError: `image` has neither 3 nor 4 dimensions, an offset is negative, or the images do not fit in. Where that
        is known only when the graph runs, InvalidArgumentError then.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.pad_to_bounding_box([[[7]]], 0, 1, 1, 3)).ravel().tolist()
    [0, 7, 0]
    """
    with name_scope(None, "pad_to_bounding_box", [image]):
        image, is_batch = batched(convert_to_tensor(image, name="image"))
        asserted = check_at_least_3d(image)
        batch, height, width, depth = dimensions(image, rank=4)
        right = target_width - offset_width - width
        below = target_height - offset_height - height
        asserted += check(offset_height >= 0, "offset_height must be >= 0")
        asserted += check(offset_width >= 0, "offset_width must be >= 0")
        asserted += check(right >= 0, "width must be <= target - offset")
        asserted += check(below >= 0, "height must be <= target - offset")
        image = with_dependencies(asserted, image)
        paddings = reshape(stack([0, 0, offset_height, below, offset_width, right, 0, 0]), [4, 2])
        padded = pad(image, paddings)
        padded.set_shape(known([batch, target_height, target_width, depth]))
        return unbatched(padded, is_batch)  # type: ignore[no-any-return]


@export("image.crop_to_bounding_box")
def crop_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """Cuts a box out of images.

    Args:
      image: [height, width, channels] or [batch, height, width, channels].
      offset_height: the number of the first row.
      offset_width: the number of the first column.
      target_height: the height of the result.
      target_width: the width of the result.

    Returns:
      The smaller images, of the same type.

    Raises:
      ValueError: `image` has neither 3 nor 4 dimensions, or the box is not inside. Where that is known only when the
        graph runs, InvalidArgumentError then.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.crop_to_bounding_box([[[1], [2], [3]]], 0, 1, 1, 2)).ravel().tolist()
    [2, 3]
    """
    with name_scope(None, "crop_to_bounding_box", [image]):
        image, is_batch = batched(convert_to_tensor(image, name="image"))
        asserted = check_at_least_3d(image)
        batch, height, width, depth = dimensions(image, rank=4)
        asserted += check(offset_width >= 0, "offset_width must be >= 0.")
        asserted += check(offset_height >= 0, "offset_height must be >= 0.")
        asserted += check(target_width > 0, "target_width must be > 0.")
        asserted += check(target_height > 0, "target_height must be > 0.")
        asserted += check(width >= (target_width + offset_width), "width must be >= target + offset.")
        asserted += check(height >= (target_height + offset_height), "height must be >= target + offset.")
        image = with_dependencies(asserted, image)
        begin = stack([0, offset_height, offset_width, 0])
        cropped = slice_(image, begin, stack([-1, target_height, target_width, -1]))
        cropped.set_shape(known([batch, target_height, target_width, depth]))
        return unbatched(cropped, is_batch)  # type: ignore[no-any-return]


@export("image.resize_with_crop_or_pad", "image.resize_image_with_crop_or_pad")
def resize_image_with_crop_or_pad(image: Any, target_height: Any, target_width: Any) -> Tensor:
    """Gives images a size without scaling: cuts or surrounds them, evenly on all sides.

    Args:
      image: [height, width, channels] or [batch, height, width, channels].
      target_height: the height of the result.
      target_width: the width of the result.

    Returns:
      The images in the new size, of the same type.

    Raises:
      ValueError: `image` has neither 3 nor 4 dimensions, or a size is not positive. Where that is known only when the
        graph runs, InvalidArgumentError then.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.resize_image_with_crop_or_pad([[[1], [2], [3]]], 3, 1)).ravel().tolist()
    [0, 2, 0]
    """
    with name_scope(None, "resize_image_with_crop_or_pad", [image]):
        image, is_batch = batched(convert_to_tensor(image, name="image"))
        asserted = check_at_least_3d(image)
        asserted += check(target_width > 0, "target_width must be > 0.")
        asserted += check(target_height > 0, "target_height must be > 0.")
        image = with_dependencies(asserted, image)
        if is_tensor(target_height):
            target_height = with_dependencies(asserted, target_height)
        if is_tensor(target_width):
            target_width = with_dependencies(asserted, target_width)

        _, height, width, _ = dimensions(image, rank=4)
        wider = target_width - width
        crop_left, pad_left = larger(-wider // 2, 0), larger(wider // 2, 0)
        higher = target_height - height
        crop_top, pad_top = larger(-higher // 2, 0), larger(higher // 2, 0)
        rows, columns = smaller(target_height, height), smaller(target_width, width)
        cropped = crop_to_bounding_box(image, crop_top, crop_left, rows, columns)
        resized: Any = pad_to_bounding_box(cropped, pad_top, pad_left, target_height, target_width)

        if resized.get_shape().ndims is None:
            raise ValueError("resized contains no shape.")
        _, new_height, new_width, _ = dimensions(resized, rank=4)
        asserted = check(same(new_height, target_height), "resized height is not correct.")
        asserted += check(same(new_width, target_width), "resized width is not correct.")
        resized = with_dependencies(asserted, resized)
        return unbatched(resized, is_batch)  # type: ignore[no-any-return]
