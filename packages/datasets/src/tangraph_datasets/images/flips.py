"""Images upside down, mirrored and turned, always or by lot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.reverse import reverse
from tangraph.ops.array.shape import shape as shape_of
from tangraph.ops.array.transpose import transpose as transpose_array
from tangraph.ops.control_flow.case import case
from tangraph.ops.control_flow.cond import cond
from tangraph.ops.math.cast import cast
from tangraph.ops.math.comparison import equal, less
from tangraph.ops.math.division import floormod
from tangraph.ops.math.rounding import round as round_
from tangraph.ops.random.uniform import random_uniform
from tangraph.plugin import export
from tangraph_datasets.images.checks import at_least_3d

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor

_RANKS = "'image' must have either 3 or 4 dimensions."


def _with_shape_of(image: Any, result: Any) -> Any:
    result.set_shape([None, None, None] if image.get_shape().ndims is None else image.get_shape())
    return result


@export("image.random_flip_up_down")
def random_flip_up_down(image: Any, seed: int | None = None) -> Tensor:
    """Turns images upside down by lot, each with probability 1/2.

    Args:
      image: [height, width, channels] or [batch, height, width, channels].
      seed: with the graph's seed, determines the draws; see `tf.set_random_seed`.

    Returns:
      A tensor of the same shape and type.

    Raises:
      ValueError: `image` has neither 3 nor 4 dimensions, or one of size 0.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     flipped = session.run(tf.image.random_flip_up_down([[[1]], [[2]]], seed=1)).ravel().tolist()
    >>> flipped in ([1, 2], [2, 1])
    True
    """
    return _random_flip(image, 0, seed, "random_flip_up_down")


@export("image.random_flip_left_right")
def random_flip_left_right(image: Any, seed: int | None = None) -> Tensor:
    """Mirrors images by lot, each with probability 1/2.

    Args:
      image: [height, width, channels] or [batch, height, width, channels].
      seed: with the graph's seed, determines the draws; see `tf.set_random_seed`.

    Returns:
      A tensor of the same shape and type.

    Raises:
      ValueError: `image` has neither 3 nor 4 dimensions, or one of size 0.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     flipped = session.run(tf.image.random_flip_left_right([[[1], [2]]], seed=1)).ravel().tolist()
    >>> flipped in ([1, 2], [2, 1])
    True
    """
    return _random_flip(image, 1, seed, "random_flip_left_right")


def _random_flip(image: Any, axis: int, seed: int | None, scope_name: str) -> Tensor:
    with name_scope(None, scope_name, [image]) as scope:
        image = at_least_3d(convert_to_tensor(image, name="image"))
        ndims = image.get_shape().ndims
        if ndims in (3, None):
            drawn = random_uniform([], 0, 1.0, seed=seed)
            flipped = cond(less(drawn, 0.5), lambda: reverse(image, [axis]), lambda: image, name=scope)
            return _with_shape_of(image, flipped)  # type: ignore[no-any-return]
        if ndims != 4:
            raise ValueError(_RANKS)
        sizes: Any = shape_of(image)
        batch = sizes[0]
        drawn = random_uniform([batch], 0, 1.0, seed=seed)
        flips: Any = cast(round_(reshape(drawn, [batch, 1, 1, 1])), image.dtype)
        mirrored = reverse(image, [axis + 1])
        return flips * mirrored + (1 - flips) * image  # type: ignore[no-any-return]


@export("image.flip_left_right")
def flip_left_right(image: Any) -> Tensor:
    """Mirrors images: left becomes right.

    Args:
      image: [height, width, channels] or [batch, height, width, channels].

    Returns:
      A tensor of the same shape and type.

    Raises:
      ValueError: `image` has neither 3 nor 4 dimensions, or one of size 0.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.flip_left_right([[[1], [2]]])).ravel().tolist()
    [2, 1]
    """
    return _flip(image, 1, "flip_left_right")


@export("image.flip_up_down")
def flip_up_down(image: Any) -> Tensor:
    """Turns images upside down.

    Args:
      image: [height, width, channels] or [batch, height, width, channels].

    Returns:
      A tensor of the same shape and type.

    Raises:
      ValueError: `image` has neither 3 nor 4 dimensions, or one of size 0.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.flip_up_down([[[1]], [[2]]])).ravel().tolist()
    [2, 1]
    """
    return _flip(image, 0, "flip_up_down")


def _flip(image: Any, axis: int, scope_name: str) -> Tensor:
    with name_scope(None, scope_name, [image]):
        image = at_least_3d(convert_to_tensor(image, name="image"))
        ndims = image.get_shape().ndims
        if ndims in (3, None):
            return _with_shape_of(image, reverse(image, [axis]))  # type: ignore[no-any-return]
        if ndims == 4:
            return reverse(image, [axis + 1])
        raise ValueError(_RANKS)


@export("image.rot90")
def rot90(image: Any, k: Any = 1, name: str | None = None) -> Tensor:
    """Turns images counter-clockwise by quarters of a circle.

    Args:
      image: [height, width, channels] or [batch, height, width, channels].
      k: an int32 scalar, how many quarters.
      name: the name scope.

    Returns:
      A tensor of the same type; height and width change places where `k` is odd.

    Raises:
      ValueError: `image` has neither 3 nor 4 dimensions, or one of size 0; or `k` is no scalar.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.rot90([[[1], [2]]])).tolist()
    [[[2]], [[1]]]
    """
    with name_scope(name, "rot90", [image, k]) as scope:
        image = at_least_3d(convert_to_tensor(image, name="image"))
        k = convert_to_tensor(k, dtype=dtypes.int32, name="k")
        k.get_shape().assert_has_rank(0)
        k = floormod(k, 4)
        ndims = image.get_shape().ndims
        if ndims in (3, None):
            result = _quarters(image, k, 0, [1, 0, 2], scope)
            result.set_shape([None, None, image.get_shape()[2]])
            return result  # type: ignore[no-any-return]
        if ndims == 4:
            result = _quarters(image, k, 1, [0, 2, 1, 3], scope)
            static = result.get_shape()
            result.set_shape([static[0], None, None, static[3]])
            return result  # type: ignore[no-any-return]
        raise ValueError(_RANKS)


def _quarters(image: Any, k: Any, rows: int, swapped: list[int], scope: str) -> Any:
    columns = rows + 1
    turns = [
        (equal(k, 1), lambda: transpose_array(reverse(image, [columns]), swapped)),
        (equal(k, 2), lambda: reverse(image, [rows, columns])),
        (equal(k, 3), lambda: reverse(transpose_array(image, swapped), [columns])),
    ]
    return case(turns, default=lambda: image, exclusive=True, name=scope)


@export("image.transpose", "image.transpose_image")
def transpose(image: Any, name: str | None = None) -> Tensor:
    """Makes rows of columns.

    Args:
      image: [height, width, channels] or [batch, height, width, channels].
      name: the operation's name.

    Returns:
      A tensor of the same type: height and width have changed places.

    Raises:
      ValueError: `image` has neither 3 nor 4 dimensions, or one of size 0.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.transpose([[[1], [2]]])).tolist()
    [[[1]], [[2]]]
    """
    with name_scope(name, "transpose", [image]):
        image = at_least_3d(convert_to_tensor(image, name="image"))
        ndims = image.get_shape().ndims
        if ndims in (3, None):
            return transpose_array(image, [1, 0, 2], name=name)  # type: ignore[arg-type]
        if ndims == 4:
            return transpose_array(image, [0, 2, 1, 3], name=name)  # type: ignore[arg-type]
        raise ValueError(_RANKS)
