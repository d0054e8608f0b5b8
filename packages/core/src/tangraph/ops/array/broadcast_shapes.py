"""Shapes that two shapes broadcast to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape, tensor_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor
    from tangraph.framework.tensor_shape import TensorShape

ops = OpSet()


def _broadcast_args_shape(c: ShapeContext) -> Raw:
    a, b = (raw_shape.with_rank(s, 1)[0] for s in c.shapes)
    return (None if a is None or b is None else max(a, b),)


BROADCAST_ARGS = ops.define(
    "BroadcastArgs",
    ["s0: T", "s1: T"],
    ["r0: T"],
    ["T: {int32, int64} = DT_INT32"],
    shape=_broadcast_args_shape,
    host_inputs=(0, 1),
)
ops.without_gradient("BroadcastArgs")


@export("broadcast_dynamic_shape")
def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Tensor:
    """Returns the shape that two shape vectors broadcast to, as a vector."""
    result: Tensor = make_op(BROADCAST_ARGS, shape_x, shape_y)
    return result


@export("broadcast_static_shape")
def broadcast_static_shape(shape_x: TensorShape, shape_y: TensorShape) -> TensorShape:
    """Returns the shape that two TensorShapes broadcast to.

    Raises:
      ValueError: they do not.
    """
    return tensor_shape.broadcast_shape(shape_x, shape_y)
