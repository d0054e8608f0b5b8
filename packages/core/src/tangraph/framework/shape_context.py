"""What a shape function sees of a node: its attrs, its inputs' shapes, and the inputs' values as far as known.

The same shape functions serve graph building (values found by walking the graph) and the plan (values folded at
compile time), so they never touch an Operation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import raw_shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from tangraph.framework.dtypes import DType
    from tangraph.framework.raw_shape import Raw


class ShapeContext:
    """The argument of a shape function; its two users say where values come from.

    Attributes:
      op_type: the node's op type.
      shapes: the inputs' raw shapes: None (unknown rank) or a tuple of ``int | None``.
      attrs: the node's attrs by name (types as DType, shapes as raw shapes, strings as str).
    """

    __slots__ = ("attrs", "op_type", "shapes")

    def __init__(self, op_type: str, attrs: Mapping[str, Any], shapes: Sequence[Raw]) -> None:
        self.op_type = op_type
        self.attrs = attrs
        self.shapes = shapes

    def value(self, index: int) -> np.ndarray[Any, Any] | None:
        """Returns the value of an input when it is known before the graph runs, else None."""
        raise NotImplementedError

    def partial_value(self, index: int) -> Raw:
        """Returns a rank-1 integer input read as far as it is known; None when nothing is."""
        raise NotImplementedError

    def handle(self, index: int) -> tuple[DType, Raw] | None:
        """Returns the type and shape of the variable behind a resource input, None when it is not known."""
        del index
        return None

    def attr(self, name: str) -> Any:
        """Returns an attr's value."""
        return self.attrs[name]

    def input(self, index: int) -> Raw:
        """Returns the raw shape of an input."""
        return self.shapes[index]

    def shape_value(self, index: int) -> Raw:
        """Returns the value of a rank-1 integer input read as a shape; unknown or -1 elements become None.

        The result is None (a shape of unknown rank) when not even the number of elements is known.

        Raises:
          ValueError: the input is known not to be of rank 1.
        """
        (count,) = raw_shape.with_rank(self.shapes[index], 1)
        known = self.partial_value(index)
        if known is not None:
            return known
        return None if count is None else (None,) * count

    def with_rank(self, index: int, rank: int) -> Any:
        """Returns the raw shape of an input, checked to have the rank; unknown rank becomes unknown dimensions."""
        return raw_shape.with_rank(self.shapes[index], rank)

    def merged(self, *indices: int) -> Raw:
        """Returns what the shapes of several inputs are when they have to be equal."""
        result: Raw = None
        for index in indices:
            result = raw_shape.merge(result, self.shapes[index])
        return result
