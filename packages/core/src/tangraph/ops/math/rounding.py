"""Rounding, and questions about floats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import control_dependencies
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.math.broadcast import BroadcastSums, broadcast_shape
from tangraph.ops.math.elementwise import FLOATS, SIGNED, define_unary, unary_function

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

ops = OpSet()

FLOOR = define_unary(ops, "Floor", FLOATS)
CEIL = define_unary(ops, "Ceil", FLOATS)
RINT = define_unary(ops, "Rint", FLOATS)
ROUND = define_unary(ops, "Round", SIGNED)
IS_NAN = define_unary(ops, "IsNan", FLOATS, "bool")
IS_INF = define_unary(ops, "IsInf", FLOATS, "bool")
IS_FINITE = define_unary(ops, "IsFinite", FLOATS, "bool")
ops.without_gradient("IsFinite", "IsInf", "IsNan")
NEXT_AFTER = ops.define(
    "NextAfter",
    ["x1: T", "x2: T"],
    ["output: T"],
    ["T: {double, float} = DT_FLOAT"],
    shape=broadcast_shape,
    elementwise=True,
)

floor = unary_function(
    FLOOR, "floor", "floor", "math.floor", doc="Returns the greatest whole number not above x.", module=__name__
)
ceil = unary_function(
    CEIL, "ceil", "ceil", "math.ceil", doc="Returns the least whole number not below x.", module=__name__
)
rint = unary_function(
    RINT, "rint", "rint", "math.rint", doc="Returns the nearest whole number, the even one of two.", module=__name__
)
is_nan = unary_function(
    IS_NAN,
    "is_nan",
    "is_nan",
    "math.is_nan",
    "debugging.is_nan",
    doc="Says which elements are nan.",
    module=__name__,
)
is_inf = unary_function(
    IS_INF,
    "is_inf",
    "is_inf",
    "math.is_inf",
    "debugging.is_inf",
    doc="Says which elements are infinite.",
    module=__name__,
)
is_finite = unary_function(
    IS_FINITE,
    "is_finite",
    "is_finite",
    "math.is_finite",
    "debugging.is_finite",
    doc="Says which elements are neither infinite nor nan.",
    module=__name__,
)


@ops.gradient("Floor", "Ceil", "Rint", "Round")
def _step_grad(op: Operation, grad: Tensor) -> list[None]:
    return [None]


@ops.gradient("NextAfter")
def _next_after_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    from tangraph.ops.array.fill import ones, zeros

    x1, x2 = op.inputs
    sums = BroadcastSums(x1, x2)
    s1, s2 = sums.shapes
    with control_dependencies([grad]):
        partial_x1 = ones(s1, dtype=x1.dtype)
        partial_x2 = zeros(s2, dtype=x2.dtype)
        x1_grad = sums.of_x(partial_x1 * grad)
        return [x1_grad, sums.of_y(partial_x2 * grad)]


@export("round", "math.round")
def round(x: Any, name: str | None = None) -> Tensor:
    """Returns the nearest whole number, the even one of two; integers as they are.

    Args:
      x: a tensor of numbers.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.round([0.9, 2.5, -1.5]))
    array([ 1.,  2., -2.], dtype=float32)
    """
    tensor = convert_to_tensor(x, name="x")
    if tensor.dtype.is_integer:
        return tensor
    result: Tensor = make_op(ROUND, tensor, name=name)
    return result


@export("math.nextafter")
def nextafter(x1: Any, x2: Any, name: str | None = None) -> Tensor:
    """Returns the next float after x1 on the way to x2."""
    result: Tensor = make_op(NEXT_AFTER, x1, x2, name=name)
    return result
