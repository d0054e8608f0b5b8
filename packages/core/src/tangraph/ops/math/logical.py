"""And, or, not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.math.broadcast import broadcast_shape, unchanged_shape

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor

ops = OpSet()

LOGICAL_AND, LOGICAL_OR = (
    ops.define(name, ["x: bool", "y: bool"], ["z: bool"], shape=broadcast_shape, elementwise=True)
    for name in ("LogicalAnd", "LogicalOr")
)
LOGICAL_NOT = ops.define("LogicalNot", ["x: bool"], ["y: bool"], shape=unchanged_shape, elementwise=True)
ops.not_differentiable("LogicalAnd", "LogicalOr", "LogicalNot")


@export("logical_and", "math.logical_and")
def logical_and(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns whether both x and y are true, element by element, with broadcasting, for tensors of bools."""
    result: Tensor = make_op(LOGICAL_AND, x, y, name=name)
    return result


@export("logical_or", "math.logical_or")
def logical_or(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns whether x or y is true, element by element, with broadcasting, for tensors of bools."""
    result: Tensor = make_op(LOGICAL_OR, x, y, name=name)
    return result


@export("logical_not", "math.logical_not")
def logical_not(x: Any, name: str | None = None) -> Tensor:
    """Returns whether x is false, element by element, for a tensor of bools."""
    result: Tensor = make_op(LOGICAL_NOT, x, name=name)
    return result


@export("logical_xor", "math.logical_xor")
def logical_xor(x: Any, y: Any, name: str = "LogicalXor") -> Tensor:
    """Returns whether exactly one of x and y is true: (x | y) & ~(x & y)."""
    either = logical_or(x, y)
    return logical_and(either, logical_not(logical_and(x, y)), name=name)
