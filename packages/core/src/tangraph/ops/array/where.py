"""Where something is true, and a choice between two tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import internal_convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _where_shape(c: ShapeContext) -> Raw:
    known = c.shapes[0]
    return (None, None if known is None else len(known))


def _select_shape(c: ShapeContext) -> Raw:
    condition = c.shapes[0]
    data = raw_shape.merge(c.shapes[1], c.shapes[2])
    if condition is None or data is None or not condition:
        return data
    if len(condition) != 1 or not data:
        return raw_shape.merge(data, condition)
    raw_shape.merge(condition, data[:1])
    return data


def _select_v2_shape(c: ShapeContext) -> Raw:
    return raw_shape.broadcast(c.shapes[0], raw_shape.broadcast(c.shapes[1], c.shapes[2]))


_TYPES = (
    "float, double, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32, bfloat16, uint16, complex128, "
    "half, uint32, uint64, bool"
)
WHERE = ops.define(
    "Where",
    ["input: T"],
    ["index: int64"],
    [f"T: {{{_TYPES}}} = DT_BOOL"],
    shape=_where_shape,
)
SELECT = ops.define("Select", ["condition: bool", "t: T", "e: T"], ["output: T"], ["T: type"], shape=_select_shape)
SELECT_V2 = ops.define(
    "SelectV2", ["condition: bool", "t: T", "e: T"], ["output: T"], ["T: type"], shape=_select_v2_shape
)
ops.without_gradient("Where")


@ops.gradient("Select")
def _select_grad(op: Operation, grad: Any) -> tuple[None, Tensor, Tensor]:
    from tangraph.ops.array.fill import zeros_like

    condition, x = op.inputs[0], op.inputs[1]
    zeros = zeros_like(x)
    return None, where(condition, grad, zeros), where(condition, zeros, grad)


@ops.gradient("SelectV2")
def _select_v2_grad(op: Operation, grad: Tensor) -> tuple[None, Tensor, Tensor]:
    from tangraph.ops.array.fill import zeros
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.broadcast import broadcast_gradient_args
    from tangraph.ops.math.reductions import reduce_sum

    condition, x, y = op.inputs
    zero = zeros([], dtype=grad.dtype.base)
    gx = where_v2(condition, grad, zero)
    x_shape, output_shape = shape(x), shape(op.outputs[0])
    axes, _ = broadcast_gradient_args(x_shape, output_shape)
    gx = reshape(reduce_sum(gx, keepdims=True, axis=axes), x_shape)
    gy = where_v2(condition, zero, grad)
    y_shape = shape(y)
    axes, _ = broadcast_gradient_args(y_shape, output_shape)
    gy = reshape(reduce_sum(gy, keepdims=True, axis=axes), y_shape)
    return None, gx, gy


@export("where")
def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """Chooses between two tensors; or says where a condition holds.

    Args:
      condition: booleans: of the shape of `x`, a vector with one element for each row of `x`, or a scalar.
      x: what to take where the condition holds.
      y: what to take elsewhere, of the shape and type of `x`.
      name: the operation's name.

    Returns:
      The elements chosen; without `x` and `y` the indices of the true elements, int64 of shape ``[n, rank]``.

    Raises:
      ValueError: one of `x` and `y` is given and not the other, or the shapes do not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run([tf.where([True, False], [1, 2], [10, 20]), tf.where([True, False])])
    [array([ 1, 20], dtype=int32), array([[0]])]
    """
    if x is None and y is None:
        return _indices(condition, name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    result: Tensor = make_op(SELECT, condition, x, y, name=name)
    return result


@export("where_v2", "compat.v2.where")
def where_v2(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """As `tf.where`, but the three tensors broadcast."""
    if x is None and y is None:
        return _indices(condition, name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    result: Tensor = make_op(SELECT_V2, condition, x, y, name=name)
    return result


def _indices(condition: Any, name: str | None) -> Tensor:
    with name_scope(name, "Where", [condition]) as scope:
        condition = internal_convert_to_tensor(condition, name="condition", preferred_dtype=dtypes.bool)
        result: Tensor = make_op(WHERE, condition, name=scope)
        return result
