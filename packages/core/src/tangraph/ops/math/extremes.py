"""The greater and the lesser of two tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.math.broadcast import broadcast_gradient_args, broadcast_shape

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

ops = OpSet()

MAXIMUM, MINIMUM = (
    ops.define(
        name,
        ["x: T", "y: T"],
        ["z: T"],
        ["T: {bfloat16, half, float, double, int32, int64}"],
        shape=broadcast_shape,
        elementwise=True,
    )
    for name in ("Maximum", "Minimum")
)


def _chosen_grad(op: Operation, grad: Tensor, comparison: str) -> list[Tensor]:
    from tangraph.ops.array.fill import zeros
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.reductions import reduce_sum

    x, y = op.inputs
    sx, sy = shape(x), shape(y)
    none = zeros(shape(grad), grad.dtype)
    x_chosen = make_op(comparison, x, y)
    rx, ry = broadcast_gradient_args(sx, sy)
    x_grad = reshape(reduce_sum(make_op("Select", x_chosen, grad, none), rx), sx)
    y_grad = reshape(reduce_sum(make_op("Select", x_chosen, none, grad), ry), sy)
    return [x_grad, y_grad]


@ops.gradient("Maximum")
def _maximum_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    return _chosen_grad(op, grad, "GreaterEqual")


@ops.gradient("Minimum")
def _minimum_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    return _chosen_grad(op, grad, "LessEqual")


@export("maximum", "math.maximum")
def maximum(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns the greater of x and y element by element, with broadcasting.

    Args:
      x: a tensor of floats, int32 or int64.
      y: of the same type.
      name: the operation's name.
    """
    result: Tensor = make_op(MAXIMUM, x, y, name=name)
    return result


@export("minimum", "math.minimum")
def minimum(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns the lesser of x and y element by element, with broadcasting.

    Args:
      x: a tensor of floats, int32 or int64.
      y: of the same type.
      name: the operation's name.
    """
    result: Tensor = make_op(MINIMUM, x, y, name=name)
    return result
