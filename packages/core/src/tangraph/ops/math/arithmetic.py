"""Binary arithmetic with broadcasting: add, subtract, multiply, divide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.math.broadcast import broadcast_shape, reduced_gradients, shapes_fully_specified_and_equal

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

ops = OpSet()
_NUMBERS = "bfloat16, half, float, double, uint8, int8, int16, int32, int64, complex64, complex128"

ADD = ops.define(
    "Add", ["x: T", "y: T"], ["z: T"], [f"T: {{{_NUMBERS}, string}}"], shape=broadcast_shape, elementwise=True
)
ADD_V2 = ops.define(
    "AddV2", ["x: T", "y: T"], ["z: T"], [f"T: {{{_NUMBERS}}}"], shape=broadcast_shape, elementwise=True
)


@ops.gradient("Add", "AddV2")
def _add_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    if shapes_fully_specified_and_equal(op.inputs[0], op.inputs[1], grad):
        return [grad, grad]
    return reduced_gradients(op, grad, grad)


@export("add", "math.add")
def add(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x + y element by element, with broadcasting.

    Args:
      x: a tensor of numbers or strings.
      y: of the same type.
      name: the operation's name.
    """
    result: Tensor = make_op(ADD, x, y, name=name)
    return result
