"""Static shapes as plain data, for shape functions: None (unknown rank) or a tuple of ``int | None``.

The ValueErrors here have the wording of TensorFlow's C++ shape functions; the graph adds for which node it was.
"""

from __future__ import annotations

import math
from typing import Any, Final, TypeAlias

import numpy as np

from tangraph.framework.dimension import size_of

Raw: TypeAlias = "tuple[int | None, ...] | None"
_SMALL: Final = (np.int8, np.uint8, np.int16, np.uint16)


class ShapeBase:
    """What :class:`~tangraph.framework.tensor_shape.TensorShape` is to this module: the holder of a raw shape."""

    __slots__ = ("raw",)

    raw: Raw


def from_value(value: Any) -> Raw:
    """Returns the raw shape that ``value`` stands for, read as :class:`TensorShape` reads its argument.

    Args:
      value: None (unknown rank), a TensorShape, a TensorShapeProto (whose -1 means unknown), an int or Dimension
        (a vector), or an iterable of ints, Dimensions and None (a NumPy array too).

    Raises:
      ValueError: a size is negative or no whole number.
      TypeError: ``value`` is a string, or an element is no number.
    """
    if value is None:
        return None
    if isinstance(value, (tuple, list)):
        return tuple([size if type(size) is int and size >= 0 else size_of(size) for size in value])
    if isinstance(value, ShapeBase):
        return value.raw
    if isinstance(value, (str, bytes)):
        raise TypeError(f"A string has ambiguous TensorShape, please wrap in a list or convert to an int: {value!s}")
    if hasattr(value, "unknown_rank"):
        return None if value.unknown_rank else from_sizes([dim.size for dim in value.dim])
    try:
        sizes = iter(value)
    except TypeError:
        return (size_of(value),)
    return tuple([size_of(size) for size in sizes])


def from_sizes(sizes: Any) -> tuple[int | None, ...]:
    """Returns the raw shape of known rank that a sequence of integers gives where -1 (any negative) means unknown."""
    return tuple([size if (size := int(s)) >= 0 else None for s in sizes])


def sizes(values: Any) -> Any:
    """Returns a list or tuple of sizes in which NumPy's small integers are Python's; other elements stay as they are.

    NumPy 2 calls ``np.uint8(9) + 1``, the number of classes in many a program, a uint8, where NumPy 1 made it an int64.
    """
    if not any(isinstance(value, _SMALL) for value in values):
        return values
    return [int(value) if isinstance(value, _SMALL) else value for value in values]


def num_elements(raw: Raw) -> int | None:
    """Returns the number of elements, None when a dimension or the rank is unknown."""
    if raw is None or None in raw:
        return None
    return math.prod(raw)  # type: ignore[arg-type]


def is_fully_defined(raw: Raw) -> bool:
    """Returns whether the rank and every dimension are known."""
    return raw is not None and None not in raw


def compatible(a: Raw, b: Raw) -> bool:
    """Returns whether a tensor could have both shapes."""
    if a is None or b is None or a == b:
        return True
    return len(a) == len(b) and all(x == y or x is None or y is None for x, y in zip(a, b, strict=True))


def merge(a: Raw, b: Raw) -> Raw:
    """Returns what is known of a shape that is described by both ``a`` and ``b``.

    Raises:
      ValueError: they contradict each other.

    >>> merge((None, 3), (2, None))
    (2, 3)
    """
    if b is None or a == b:
        return a
    if a is None:
        return b
    if len(a) != len(b):
        raise ValueError(f"Shapes must be equal rank, but are {len(a)} and {len(b)}")
    merged: list[int | None] = []
    for x, y in zip(a, b, strict=True):
        if x is None:
            merged.append(y)
        elif y is None or x == y:
            merged.append(x)
        else:
            raise ValueError(
                f"Dimension {len(merged)} in both shapes must be equal, but are {x} and {y}. "
                f"Shapes are {to_str(a)} and {to_str(b)}."
            )
    return tuple(merged)


def merge_dim(x: int | None, y: int | None) -> int | None:
    """Returns the known one of two sizes that have to be equal.

    Raises:
      ValueError: both are known and differ.
    """
    if x is None:
        return y
    if y is None or x == y:
        return x
    raise ValueError(f"Dimensions must be equal, but are {x} and {y}")


def with_dim(x: int | None, size: int) -> int:
    """Returns ``size``, which ``x`` has to be.

    Raises:
      ValueError: it is another.
    """
    if x is not None and x != size:
        raise ValueError(f"Dimension must be {size} but is {x}")
    return size


def broadcast(a: Raw, b: Raw) -> Raw:
    """Returns the shape of an elementwise binary op on inputs of shapes ``a`` and ``b``.

    Raises:
      ValueError: the shapes do not broadcast.

    >>> broadcast((None, 3), (5, 1)), broadcast((0,), (None,))
    ((5, 3), (None,))
    """
    if a is None or b is None:
        return None
    if a == b:
        return a
    rank = max(len(a), len(b))
    padded_a, padded_b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    return tuple([_broadcast_dim(x, y) for x, y in zip(padded_a, padded_b, strict=True)])


def _broadcast_dim(x: int | None, y: int | None) -> int | None:
    if y in (x, 1):
        return x
    if x == 1:
        return y
    if x is None:
        # An unknown size beside 0 may be 0 or 1, and TensorFlow gives up on it.
        return y or None
    if y is None:
        return x or None
    raise ValueError(f"Dimensions must be equal, but are {x} and {y}")


def with_rank(raw: Raw, rank: int) -> tuple[int | None, ...]:
    """Returns ``raw``, or ``rank`` unknown dimensions for unknown rank.

    Raises:
      ValueError: ``raw`` has another rank.
    """
    if raw is None:
        return (None,) * rank
    if len(raw) != rank:
        raise ValueError(f"Shape must be rank {rank} but is rank {len(raw)}")
    return raw


def with_rank_at_least(raw: Raw, rank: int) -> Raw:
    """Returns ``raw``.

    Raises:
      ValueError: its rank is known to be lower.
    """
    if raw is not None and len(raw) < rank:
        raise ValueError(f"Shape must be at least rank {rank} but is rank {len(raw)}")
    return raw


def with_rank_at_most(raw: Raw, rank: int) -> Raw:
    """Returns ``raw``.

    Raises:
      ValueError: its rank is known to be higher.
    """
    if raw is not None and len(raw) > rank:
        raise ValueError(f"Shape must be at most rank {rank} but is rank {len(raw)}")
    return raw


def concatenate(a: Raw, b: Raw) -> Raw:
    """Returns the dimensions of ``a`` followed by those of ``b``; unknown when either rank is."""
    return None if a is None or b is None else a + b


def to_str(raw: Raw) -> str:
    """Returns the shape as TensorFlow's C++ errors write it.

    >>> to_str((None, 3)), to_str(()), to_str(None)
    ('[?,3]', '[]', '?')
    """
    if raw is None:
        return "?"
    return "[" + ",".join(["?" if size is None else str(size) for size in raw]) + "]"


def to_text(raw: Raw) -> str:
    """Returns the shape as TensorFlow's Python code writes it, which is ``str(TensorShape)``.

    >>> to_text((None, 3)), to_text((3,)), to_text(None)
    ('(?, 3)', '(3,)', '<unknown>')
    """
    if raw is None:
        return "<unknown>"
    sizes = ["?" if size is None else str(size) for size in raw]
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"
