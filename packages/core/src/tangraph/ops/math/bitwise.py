"""Arithmetic on the bits of integers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.math.broadcast import broadcast_shape, unchanged_shape

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor

ops = OpSet()
_INTEGERS = "T: {int8, int16, int32, int64, uint8, uint16, uint32, uint64}"

BITWISE_AND, BITWISE_OR, BITWISE_XOR, LEFT_SHIFT, RIGHT_SHIFT = (
    ops.define(name, ["x: T", "y: T"], ["z: T"], [_INTEGERS], shape=broadcast_shape, elementwise=True)
    for name in ("BitwiseAnd", "BitwiseOr", "BitwiseXor", "LeftShift", "RightShift")
)
INVERT = ops.define("Invert", ["x: T"], ["y: T"], [_INTEGERS], shape=unchanged_shape, elementwise=True)
POPULATION_COUNT = ops.define(
    "PopulationCount", ["x: T"], ["y: uint8"], [_INTEGERS], shape=unchanged_shape, elementwise=True
)
ops.not_differentiable("BitwiseAnd", "BitwiseOr", "BitwiseXor", "Invert", "PopulationCount", "LeftShift", "RightShift")


@export("bitwise.bitwise_and")
def bitwise_and(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns the bits that are set in both, for integers of one type, with broadcasting."""
    result: Tensor = make_op(BITWISE_AND, x, y, name=name)
    return result


@export("bitwise.bitwise_or")
def bitwise_or(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns the bits that are set in either, for integers of one type, with broadcasting."""
    result: Tensor = make_op(BITWISE_OR, x, y, name=name)
    return result


@export("bitwise.bitwise_xor")
def bitwise_xor(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns the bits that are set in exactly one, for integers of one type, with broadcasting."""
    result: Tensor = make_op(BITWISE_XOR, x, y, name=name)
    return result


@export("bitwise.invert")
def invert(x: Any, name: str | None = None) -> Tensor:
    """Returns the bits that are not set."""
    result: Tensor = make_op(INVERT, x, name=name)
    return result


@export("bitwise.left_shift")
def left_shift(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x with its bits moved up by y."""
    result: Tensor = make_op(LEFT_SHIFT, x, y, name=name)
    return result


@export("bitwise.right_shift")
def right_shift(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x with its bits moved down by y; the sign is kept."""
    result: Tensor = make_op(RIGHT_SHIFT, x, y, name=name)
    return result
