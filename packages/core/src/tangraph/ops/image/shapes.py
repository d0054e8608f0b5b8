"""Static shapes of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.framework import raw_shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext


def sized_image(c: ShapeContext, batch: int | None, index: int, depth: int | None) -> Raw:
    """Returns [batch, height, width, depth], where an input of two numbers says height and width.

    Raises:
      ValueError: that input is no vector of two elements.
    """
    (count,) = c.with_rank(index, 1)
    raw_shape.with_dim(count, 2)
    known = c.value(index)
    height, width = (None, None) if known is None else known.tolist()
    return batch, height, width, depth


def resized(c: ShapeContext) -> Raw:
    """The shape of images, input 0, that get the size that input 1 says."""
    images = c.with_rank(0, 4)
    return sized_image(c, images[0], 1, images[3])


def like_input(index: int) -> Callable[[ShapeContext], Raw]:
    """Returns a shape function that gives the shape of one of the inputs."""
    return lambda c: c.shapes[index]


def at_least_3d(c: ShapeContext) -> Raw:
    """The shape of input 0, which is one image at least."""
    return raw_shape.with_rank_at_least(c.shapes[0], 3)


def with_three_colors(c: ShapeContext) -> Raw:
    """The shape of input 0, whose last dimension is 3."""
    shape = raw_shape.with_rank_at_least(c.shapes[0], 1)
    return None if shape is None else (*shape[:-1], raw_shape.with_dim(shape[-1], 3))


def check_scalars(c: ShapeContext, *indices: int) -> None:
    """Checks that inputs are scalars.

    Raises:
      ValueError: one has dimensions.
    """
    for index in indices:
        c.with_rank(index, 0)
