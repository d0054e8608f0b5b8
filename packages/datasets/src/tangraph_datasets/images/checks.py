"""What is asked of images: errors where their shapes are known, and assertions in the graph where they are not."""

from __future__ import annotations

from typing import Any

from tangraph.ops.array.packing import unstack
from tangraph.ops.array.shape import rank, shape
from tangraph.ops.check_ops import assert_equal, assert_greater_equal, assert_positive
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.logging_ops import Assert
from tangraph.ops.math.comparison import equal
from tangraph.ops.math.extremes import maximum, minimum

_POSITIVE = "all dims of 'image.shape' must be > 0."


def is_tensor(value: Any) -> bool:
    """Returns whether a value is known only when the graph runs: a tensor or a variable."""
    from tangraph.framework.tensor import Tensor
    from tangraph.ops.state.variables import Variable

    return isinstance(value, (Tensor, Variable))


def check(condition: Any, text: str) -> list[Any]:
    """Returns the assertion that a condition holds, in a list; an empty one where it is known to hold.

    Raises:
      ValueError: it is known not to.
    """
    if is_tensor(condition):
        return [Assert(condition, [text])]
    if not condition:
        raise ValueError(text)
    return []


def dimensions(image: Any, rank: int) -> list[Any]:
    """Returns the sizes of images: integers where they are known, scalar tensors elsewhere."""
    static = image.get_shape()
    if static.is_fully_defined():
        return static.as_list()  # type: ignore[no-any-return]
    known = static.with_rank(rank).as_list()
    dynamic = unstack(shape(image), rank)
    return [size if size is not None else tensor for size, tensor in zip(known, dynamic, strict=True)]


def check_at_least_3d(image: Any) -> list[Any]:
    """Returns the assertions that an image has three dimensions or more, none of size 0.

    Raises:
      ValueError: it is known not to.
    """
    try:
        static = image.get_shape()
        static = static.with_rank(3) if static.ndims is None else static.with_rank_at_least(3)
    except ValueError:
        raise ValueError("'image' must be at least three-dimensional.") from None
    if any(size == 0 for size in static.as_list()):
        raise ValueError(f"all dims of 'image.shape' must be > 0: {static}")
    if static.is_fully_defined():
        return []
    return [
        assert_positive(shape(image), [_POSITIVE]),
        assert_greater_equal(rank(image), 3, message="'image' must be at least three-dimensional."),
    ]


def at_least_3d(image: Any) -> Any:
    """Returns an image, after the assertions of `check_at_least_3d`."""
    return with_dependencies(check_at_least_3d(image), image)


def grayscale(image: Any) -> Any:
    """Returns an image, after the assertions that its last dimension is 1.

    Raises:
      ValueError: it is known not to be.
    """
    return with_dependencies(_check_grayscale(image), image)


def _check_grayscale(image: Any) -> list[Any]:
    try:
        static = image.get_shape()
        static = static.with_rank(2) if static.ndims is None else static.with_rank_at_least(2)
    except ValueError:
        raise ValueError("A grayscale image must be at least two-dimensional.") from None
    if static.is_fully_defined():
        if static.as_list()[-1] != 1:
            raise ValueError("Last dimension of a grayscale image should be size 1.")
        return []
    sizes: Any = shape(image)
    return [
        assert_equal(sizes[-1], 1, message="Last dimension of a grayscale image should be size 1."),
        assert_greater_equal(rank(image), 3, message="A grayscale image must be at least two-dimensional."),
    ]


def larger(x: Any, y: Any) -> Any:
    """Returns the larger of two numbers, each known or not."""
    return maximum(x, y) if is_tensor(x) or is_tensor(y) else max(x, y)


def smaller(x: Any, y: Any) -> Any:
    """Returns the smaller of two numbers, each known or not."""
    return minimum(x, y) if is_tensor(x) or is_tensor(y) else min(x, y)


def same(x: Any, y: Any) -> Any:
    """Returns whether two numbers are equal, each known or not."""
    return equal(x, y) if is_tensor(x) or is_tensor(y) else x == y


def known(sizes: list[Any]) -> list[int | None]:
    """Returns sizes with None for those that are tensors."""
    return [None if is_tensor(size) else size for size in sizes]
