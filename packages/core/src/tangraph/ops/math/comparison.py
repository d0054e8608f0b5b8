"""Comparisons, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.math.broadcast import broadcast_shape

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()
_COMPARABLE = (
    "bfloat16, half, float, double, uint8, int8, int16, int32, int64, complex64, quint8, qint8, qint32, string, bool, "
    "complex128"
)


def _equality_shape(c: ShapeContext) -> Raw:
    try:
        return broadcast_shape(c)
    except ValueError:
        if c.attr("incompatible_shape_error"):
            raise
        return None


def _equality(name: str) -> OpDef:
    return ops.define(
        name,
        ["x: T", "y: T"],
        ["z: bool"],
        [f"T: {{{_COMPARABLE}}}", "incompatible_shape_error: bool = true"],
        shape=_equality_shape,
        elementwise=True,
    )


def _order(name: str) -> OpDef:
    return ops.define(
        name, ["x: T", "y: T"], ["z: bool"], ["T: realnumbertype"], shape=broadcast_shape, elementwise=True
    )


def _approximate_shape(c: ShapeContext) -> Raw:
    return c.merged(0, 1)


EQUAL, NOT_EQUAL = _equality("Equal"), _equality("NotEqual")
LESS, LESS_EQUAL, GREATER, GREATER_EQUAL = (_order(name) for name in ("Less", "LessEqual", "Greater", "GreaterEqual"))
APPROXIMATE_EQUAL = ops.define(
    "ApproximateEqual",
    ["x: T", "y: T"],
    ["z: bool"],
    ["T: numbertype", "tolerance: float = 9.999999747378752e-06"],
    shape=_approximate_shape,
)
ops.not_differentiable("Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual", "ApproximateEqual")


def not_equal_node(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x != y as one node."""
    result: Tensor = make_op(NOT_EQUAL, x, y, name=name)
    return result


@export("equal", "math.equal")
def equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x == y element by element, with broadcasting.

    Args:
      x: a tensor of numbers, bools or strings.
      y: of the same type.
      name: the operation's name.
    """
    result: Tensor = make_op(EQUAL, x, y, name=name)
    return result


@export("not_equal", "math.not_equal")
def not_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x != y element by element, with broadcasting. The arguments are those of `equal`."""
    return not_equal_node(x, y, name)


@export("less", "math.less")
def less(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x < y element by element, with broadcasting, for real numbers of one type."""
    result: Tensor = make_op(LESS, x, y, name=name)
    return result


@export("less_equal", "math.less_equal")
def less_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x <= y element by element, with broadcasting, for real numbers of one type."""
    result: Tensor = make_op(LESS_EQUAL, x, y, name=name)
    return result


@export("greater", "math.greater")
def greater(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x > y element by element, with broadcasting, for real numbers of one type."""
    result: Tensor = make_op(GREATER, x, y, name=name)
    return result


@export("greater_equal", "math.greater_equal")
def greater_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x >= y element by element, with broadcasting, for real numbers of one type."""
    result: Tensor = make_op(GREATER_EQUAL, x, y, name=name)
    return result
