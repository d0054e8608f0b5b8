"""Sliding windows: the sizes that convolutions and pools give, and the forms in which their arguments come."""

from __future__ import annotations

from collections.abc import Sized
from typing import TYPE_CHECKING, Any

from tangraph.framework import raw_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext


def windowed_size(
    size: int | None,
    window: int | None,
    stride: int,
    padding: str,
    dilation: int = 1,
    pads: tuple[int, int] = (0, 0),
) -> int | None:
    """Returns how many windows fit, as TensorFlow's shape functions count them; None when that is not known.

    Args:
      size: the size of the dimension.
      window: how many elements a window has.
      stride: the distance of two windows.
      padding: "SAME", "VALID" or "EXPLICIT".
      dilation: the distance of two elements of a window.
      pads: the zeros before and after, for "EXPLICIT".

    Raises:
      ValueError: a stride or dilation is not positive, or not even one window fits.

    >>> windowed_size(7, 3, 2, "SAME"), windowed_size(7, 3, 2, "VALID"), windowed_size(7, 3, 1, "VALID", 2)
    (4, 3, 3)
    """
    if stride <= 0:
        raise ValueError(f"Stride must be > 0, but got {stride}")
    if dilation < 1:
        raise ValueError(f"Dilation rate must be >= 1, but got {dilation}")
    if size is None:
        return None
    if padding == "SAME":
        return (size + stride - 1) // stride
    if window is None:
        return None
    reach = (window - 1) * dilation + 1 if dilation > 1 else window
    whole = size + sum(pads) if padding == "EXPLICIT" else size
    if reach > whole:
        raise ValueError(f"Negative dimension size caused by subtracting {reach} from {whole}")
    return (whole - reach + stride) // stride


def space_axes(data_format: str, rank: int) -> tuple[int, list[int]]:
    """Returns the axis of the channels and those of space.

    >>> space_axes("NHWC", 4), space_axes("NCDHW", 5)
    ((3, [1, 2]), (1, [2, 3, 4]))
    """
    if data_format.startswith("NC"):
        return 1, list(range(2, rank))
    return rank - 1, list(range(1, rank - 1))


def check_length(c: ShapeContext, op: str, name: str, attr: str, rank: int, verb: str = "requires") -> list[int]:
    """Returns a list attr with one number a dimension.

    Raises:
      ValueError: it has another length.
    """
    values: list[int] = c.attr(attr)
    if len(values) != rank:
        raise ValueError(f"{op} {verb} the {name} attribute to contain {rank} values, but got: {len(values)}")
    return values


def check_depth(depth: int | None, filter_depth: int | None) -> None:
    """Raises ValueError when filters cannot be applied to images with so many channels."""
    if depth is None or filter_depth is None:
        return
    if filter_depth == 0:
        raise ValueError("Depth of filter must not be 0")
    if depth % filter_depth:
        raise ValueError(f"Depth of input ({depth}) is not a multiple of input depth of filter ({filter_depth})")


def placed(raw: tuple[int | None, ...], sizes: dict[int, int | None]) -> Raw:
    """Returns a shape in which some dimensions are others."""
    return tuple([sizes.get(axis, size) for axis, size in enumerate(raw)])


def like_input(rank: int, index: int = 0) -> Any:
    """Returns a shape function: the output has the shape of an input, which has that rank."""

    def shape(c: ShapeContext) -> Raw:
        return raw_shape.with_rank(c.shapes[index], rank)

    return shape


def like_sizes(rank: int, index: int = 0) -> Any:
    """Returns a shape function: the value of an input is the output's shape, which has that rank."""

    def shape(c: ShapeContext) -> Raw:
        return raw_shape.with_rank(c.shape_value(index), rank)

    return shape


def sequence(value: Any, count: int, channel_axis: int, name: str) -> list[Any]:
    """Returns a number for each dimension, batch and channels included.

    Args:
      value: None (ones), one number for all of space, one a dimension of space, or one a dimension.
      count: the number of dimensions of space.
      channel_axis: the axis of the channels: 1 or the last.
      name: what the argument is called in errors.

    Raises:
      ValueError: `value` has another length.

    >>> sequence(2, 2, 3, "strides"), sequence([1, 2], 2, 1, "strides")
    ([1, 2, 2, 1], [1, 1, 1, 2])
    """
    given: Any = [1] if value is None else value if isinstance(value, Sized) else [value]
    if len(given) == count + 2:
        return given  # type: ignore[no-any-return]
    if len(given) not in (1, count):
        raise ValueError(f"{name} should be of length 1, {count} or {count + 2} but was {len(given)}")
    space = [given[0]] * count if len(given) == 1 else list(given)
    return [1, 1, *space] if channel_axis == 1 else [1, *space, 1]


def attrs_of(op: Operation, names: Sequence[str]) -> dict[str, Any]:
    """Returns some attrs of an operation, to be given to another."""
    return {name: op.attrs[name] for name in names}
