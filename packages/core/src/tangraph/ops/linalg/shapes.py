"""The static shapes of matrices, in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.framework import raw_shape

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

#: The types that Eigen decomposes.
FACTORED = "T: {double, float, half, complex64, complex128}"


def square(c: ShapeContext) -> Raw:
    """Returns the shape of input 0, square matrices.

    Raises:
      ValueError: they are none.
    """
    return square_of(c.shapes[0])


def square_of(shape: Raw) -> Raw:
    """Returns a shape of square matrices with what one of the two sizes says of the other.

    Raises:
      ValueError: the sizes differ, or the rank is less than two.
    """
    whole = raw_shape.with_rank_at_least(shape, 2)
    if whole is None:
        return None
    size = raw_shape.merge_dim(whole[-2], whole[-1])
    return (*whole[:-2], size, size)


def matrix(shape: Raw) -> tuple[Raw, int | None, int | None]:
    """Returns (batch shape, rows, columns) of matrices.

    Raises:
      ValueError: the rank is less than two.
    """
    whole = raw_shape.with_rank_at_least(shape, 2)
    return (None, None, None) if whole is None else (whole[:-2], whole[-2], whole[-1])


def smaller(a: int | None, b: int | None) -> int | None:
    """Returns the lesser of two sizes, None when it is not known."""
    if 0 in (a, b):
        return 0
    return None if a is None or b is None else min(a, b)


def solution(c: ShapeContext, *, is_square: bool) -> Raw:
    """Returns the shape of x in ``matrix · x = rhs``.

    Raises:
      ValueError: the shapes do not fit.
    """
    left = square_of(c.shapes[0]) if is_square else c.shapes[0]
    left_batch, rows, unknowns = matrix(left)
    right_batch, right_rows, columns = matrix(c.shapes[1])
    batch = raw_shape.merge(left_batch, right_batch)
    rows = raw_shape.merge_dim(rows, right_rows)
    return raw_shape.concatenate(batch, (rows if is_square else unknowns, columns))
