"""`tf.contrib.image`: images turned, moved and otherwise transformed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import ones, zeros
from tangraph.ops.array.shape import shape as shape_of
from tangraph.ops.image import projective
from tangraph.ops.math.cast import cast
from tangraph.ops.math.matmul import matmul
from tangraph.ops.math.trigonometry import cos, sin
from tangraph.plugin import export

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


def _batched(images: Any) -> Any:
    """[height, width], [height, width, channels] or a batch as a batch.

    Raises:
      TypeError: the images are of another type or rank.
    """
    if images.dtype.base not in projective.IMAGE_TYPES:
        raise TypeError(f"Invalid dtype {images.dtype}.")
    ndims = images.get_shape().ndims
    if ndims is None:
        raise TypeError("image_or_images rank must be statically known")
    if ndims == 2:
        return images[None, :, :, None]
    if ndims == 3:
        return images[None, :, :, :]
    if ndims == 4:
        return images
    raise TypeError("Images should have rank between 2 and 4.")


def _like(given: Any, output: Any) -> Any:
    ndims = given.get_shape().ndims
    return output[0, :, :, 0] if ndims == 2 else output[0, :, :, :] if ndims == 3 else output


@export("contrib.image.rotate")
def rotate(images: Any, angles: Any, interpolation: str = "NEAREST", name: str | None = None) -> Tensor:
    """Turns images counter-clockwise about their middle; what comes in at the corners is 0.

    Args:
      images: [height, width], [height, width, channels] or [batch, height, width, channels], of type uint8, int32,
        int64, float16, float32 or float64.
      angles: in radians, a scalar, or [batch].
      interpolation: "NEAREST" or "BILINEAR".
      name: the name scope.

    Returns:
      A tensor of the same shape and type.

    Raises:
      TypeError: the images are of another type or rank.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.contrib.image.rotate([[1, 2], [3, 4]], 3.14159265)).tolist()
    [[4, 3], [2, 1]]
    """
    with name_scope(name, "rotate"):
        given = convert_to_tensor(images)
        batch = _batched(given)
        height, width = _side(batch, 1), _side(batch, 2)
        turned = transform(batch, angles_to_projective_transforms(angles, height, width), interpolation=interpolation)
        return _like(given, turned)  # type: ignore[no-any-return]


def _side(images: Any, axis: int) -> Any:
    sizes: Any = shape_of(images)
    side: Any = cast(sizes[axis], dtypes.float32)
    return side[None]


@export("contrib.image.translate")
def translate(images: Any, translations: Any, interpolation: str = "NEAREST", name: str | None = None) -> Tensor:
    """Moves images; what comes in at the edges is 0.

    Args:
      images: [height, width], [height, width, channels] or [batch, height, width, channels]; for the types see
        `tf.contrib.image.rotate`.
      translations: [2] or [batch, 2], float32: by how many pixels to the right and down.
      interpolation: "NEAREST" or "BILINEAR".
      name: the name scope.

    Returns:
      A tensor of the same shape and type.

    Raises:
      TypeError: the images are of another type or rank.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.contrib.image.translate([[1, 2], [3, 4]], [1.0, 0.0])).tolist()
    [[0, 1], [0, 3]]
    """
    with name_scope(name, "translate"):
        return transform(images, translations_to_projective_transforms(translations), interpolation=interpolation)


@export("contrib.image.angles_to_projective_transforms")
def angles_to_projective_transforms(
    angles: Any, image_height: Any, image_width: Any, name: str | None = None
) -> Tensor:
    """Returns the transforms that turn images counter-clockwise about their middle.

    Args:
      angles: in radians, a scalar, or [batch].
      image_height: the height of the images, float32.
      image_width: their width, float32.
      name: the name scope.

    Returns:
      [batch, 8], float32; see `tf.contrib.image.transform`.

    Raises:
      TypeError: `angles` has more dimensions.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.contrib.image.angles_to_projective_transforms(0.0, 4.0, 4.0)).shape
    (1, 8)
    """
    with name_scope(name, "angles_to_projective_transforms"):
        given = convert_to_tensor(angles, name="angles", dtype=dtypes.float32)
        rank = len(given.get_shape())
        if rank > 1:
            raise TypeError("Angles should have rank 0 or 1.")
        angles = given[None] if rank == 0 else given
        x = ((image_width - 1) - (cos(angles) * (image_width - 1) - sin(angles) * (image_height - 1))) / 2.0
        y = ((image_height - 1) - (sin(angles) * (image_width - 1) + cos(angles) * (image_height - 1))) / 2.0
        sizes: Any = shape_of(angles)
        count = sizes[0]
        columns: list[Any] = [
            _column(cos(angles)),
            -_column(sin(angles)),
            _column(x),
            _column(sin(angles)),
            _column(cos(angles)),
            _column(y),
            zeros((count, 2), dtypes.float32),
        ]
        return concat(values=columns, axis=1)


def _column(values: Any) -> Any:
    return values[:, None]


@export("contrib.image.translations_to_projective_transforms")
def translations_to_projective_transforms(translations: Any, name: str | None = None) -> Tensor:
    """Returns the transforms that move images.

    Args:
      translations: [2] or [batch, 2], float32: by how many pixels to the right and down.
      name: the name scope.

    Returns:
      [batch, 8], float32; see `tf.contrib.image.transform`.

    Raises:
      TypeError: `translations` has another rank, or an unknown one.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.contrib.image.translations_to_projective_transforms([3.0, 4.0])).tolist()
    [[1.0, 0.0, -3.0, 0.0, 1.0, -4.0, 0.0, 0.0]]
    """
    with name_scope(name, "translations_to_projective_transforms"):
        given = convert_to_tensor(translations, name="translations", dtype=dtypes.float32)
        ndims = given.get_shape().ndims
        if ndims is None:
            raise TypeError("translation_or_translations rank must be statically known")
        if ndims not in (1, 2):
            raise TypeError("Translations should have rank 1 or 2.")
        moved: Any = given[None] if ndims == 1 else given
        sizes: Any = shape_of(moved)
        count = sizes[0]
        columns = [
            ones((count, 1), dtypes.float32),
            zeros((count, 1), dtypes.float32),
            -moved[:, 0, None],
            zeros((count, 1), dtypes.float32),
            ones((count, 1), dtypes.float32),
            -moved[:, 1, None],
            zeros((count, 2), dtypes.float32),
        ]
        return concat(values=columns, axis=1)


@export("contrib.image.transform")
def transform(
    images: Any, transforms: Any, interpolation: str = "NEAREST", output_shape: Any = None, name: str | None = None
) -> Tensor:
    """Transforms images: each pixel of the result is taken from another place; 0 where that is outside.

    Args:
      images: [height, width], [height, width, channels] or [batch, height, width, channels]; for the types see
        `tf.contrib.image.rotate`.
      transforms: [8] or [batch, 8], float32: with a0, a1, a2, b0, b1, b2, c0, c1 the pixel (x, y) is taken from
        ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), where k = c0 x + c1 y + 1.
      interpolation: "NEAREST" or "BILINEAR".
      output_shape: two int32 numbers, the height and width of the result; those of the images where None.
      name: the name scope.

    Returns:
      A tensor of the same rank and type.

    Raises:
      TypeError: the images are of another type or rank, or the transforms of another rank.
      ValueError: `output_shape` does not have two elements.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.contrib.image.transform([[1, 2], [3, 4]], [1.0, 0, 1, 0, 1, 0, 0, 0])).tolist()
    [[2, 0], [4, 0]]
    """
    with name_scope(name, "transform"):
        given = convert_to_tensor(images, name="images")
        flat = convert_to_tensor(transforms, name="transforms", dtype=dtypes.float32)
        batch = _batched(given)
        if output_shape is None:
            sizes: Any = shape_of(batch)
            output_shape = sizes[1:3]
            known = constant_value(output_shape)
            output_shape = output_shape if known is None else known
        output_shape = convert_to_tensor(output_shape, dtypes.int32, name="output_shape")
        if not output_shape.get_shape().is_compatible_with([2]):
            raise ValueError("output_shape must be a 1-D Tensor of 2 elements: new_height, new_width")
        rank = len(flat.get_shape())
        if rank not in (1, 2):
            raise TypeError("Transforms should have rank 1 or 2.")
        output = make_op(
            projective.IMAGE_PROJECTIVE_TRANSFORM,
            batch,
            flat[None] if rank == 1 else flat,
            output_shape,
            interpolation=interpolation.upper(),
        )
        return _like(given, output)  # type: ignore[no-any-return]


@export("contrib.image.compose_transforms")
def compose_transforms(*transforms: Any) -> Tensor:
    """Returns one transform for several that follow each other; see `tf.contrib.image.transform`.

    Args:
      *transforms: each [8] or [batch, 8], float32.

    Returns:
      [batch, 8], float32.

    Raises:
      AssertionError: there are none.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     right = tf.contrib.image.translations_to_projective_transforms([1.0, 0.0])
    ...     session.run(tf.contrib.image.compose_transforms(right, right))[0, 2].tolist()
    -2.0
    """
    if not transforms:
        raise AssertionError("transforms cannot be empty")
    with name_scope("compose_transforms"):
        composed = projective.flat_transforms_to_matrices(transforms[0])
        for each in transforms[1:]:
            composed = matmul(composed, projective.flat_transforms_to_matrices(each))
        return projective.matrices_to_flat_transforms(composed)


@export("contrib.image.flat_transforms_to_matrices")
def flat_transforms_to_matrices(transforms: Any) -> Tensor:
    """Returns transforms as matrices; see `tf.contrib.image.transform`.

    Args:
      transforms: [8] or [batch, 8], float32.

    Returns:
      [batch, 3, 3], float32; the last element of each is 1.

    Raises:
      ValueError: `transforms` has another rank.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.contrib.image.flat_transforms_to_matrices([1.0, 0, 2, 0, 1, 3, 0, 0])).tolist()
    [[[1.0, 0.0, 2.0], [0.0, 1.0, 3.0], [0.0, 0.0, 1.0]]]
    """
    return projective.flat_transforms_to_matrices(transforms)


@export("contrib.image.matrices_to_flat_transforms")
def matrices_to_flat_transforms(transform_matrices: Any) -> Tensor:
    """Returns matrices as transforms; see `tf.contrib.image.transform`.

    Args:
      transform_matrices: [3, 3] or [batch, 3, 3], float32.

    Returns:
      [batch, 8], float32, divided by the last element.

    Raises:
      ValueError: `transform_matrices` has another rank.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     matrix = [[2.0, 0, 4], [0, 2, 6], [0, 0, 2]]
    ...     session.run(tf.contrib.image.matrices_to_flat_transforms(matrix)).tolist()
    [[1.0, 0.0, 2.0, 0.0, 1.0, 3.0, 0.0, 0.0]]
    """
    return projective.matrices_to_flat_transforms(transform_matrices)
