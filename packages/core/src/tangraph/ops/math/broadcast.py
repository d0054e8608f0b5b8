"""What binary ops with broadcasting share: their shape function and the sums in their gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def broadcast_shape(c: ShapeContext) -> Raw:
    """The shape of two inputs broadcast against each other."""
    a, b = c.shapes
    return a if a == b and a is not None and None not in a else raw_shape.broadcast(a, b)


def _gradient_args_shape(_: ShapeContext) -> list[Raw]:
    return [(None,), (None,)]


BROADCAST_GRADIENT_ARGS = ops.define(
    "BroadcastGradientArgs",
    ["s0: T", "s1: T"],
    ["r0: T", "r1: T"],
    ["T: {int32, int64} = DT_INT32"],
    shape=_gradient_args_shape,
    host_inputs=(0, 1),
)
ops.not_differentiable("BroadcastGradientArgs")


def broadcast_gradient_args(s0: Any, s1: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Returns the axes over which the gradients of two broadcast inputs are summed, given the inputs' shapes."""
    r0, r1 = make_op(BROADCAST_GRADIENT_ARGS, s0, s1, name=name)
    return r0, r1


def shapes_fully_specified_and_equal(x: Tensor, y: Tensor, grad: Tensor) -> bool:
    """Says whether a binary op did not broadcast, as far as the static shapes tell."""
    shape = x.raw_shape
    return shape == y.raw_shape == grad.raw_shape and raw_shape.is_fully_defined(shape)


def reduced_gradients(op: Operation, grad_x: Tensor, grad_y: Tensor) -> list[Tensor]:
    """Sums the gradients of a binary op's inputs over the axes along which the inputs were broadcast.

    The nodes are TensorFlow's: Shape, Shape_1, BroadcastGradientArgs, Sum, Reshape, Sum_1, Reshape_1.
    """
    from tangraph.ops.array.shape import shape
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.math.reductions import reduce_sum

    x, y = op.inputs[0], op.inputs[1]
    sx, sy = shape(x), shape(y)
    rx, ry = broadcast_gradient_args(sx, sy)
    return [reshape(reduce_sum(grad_x, rx), sx), reshape(reduce_sum(grad_y, ry), sy)]
