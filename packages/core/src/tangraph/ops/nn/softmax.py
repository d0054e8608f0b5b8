"""Softmax and its logarithm, along any axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import errors, raw_shape
from tangraph.framework.constant_value import constant_value
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpDef, OpSet
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _shape(c: ShapeContext) -> Raw:
    return raw_shape.with_rank_at_least(c.shapes[0], 1)


def _define(name: str, output: str) -> OpDef:
    return ops.define(name, ["logits: T"], [f"{output}: T"], ["T: {half, bfloat16, float, double}"], shape=_shape)


SOFTMAX = _define("Softmax", "softmax")
LOG_SOFTMAX = _define("LogSoftmax", "logsoftmax")


@ops.gradient("Softmax")
def _softmax_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.math.reductions import reduce_sum

    softmax = op.outputs[0]
    total = reduce_sum(grad * softmax, -1, keepdims=True)
    return (grad - total) * softmax


@ops.gradient("LogSoftmax")
def _log_softmax_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.math.reductions import reduce_sum
    from tangraph.ops.math.unary import exp

    softmax = exp(op.outputs[0])
    return grad - reduce_sum(grad, -1, keepdims=True) * softmax


@export("nn.softmax", "math.softmax")
def softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """Returns exp(logits) / sum(exp(logits)) along an axis.

    Args:
      logits: a tensor of floats, of rank 1 or more.
      axis: the axis, -1 (the last) by default. Another one needs a known rank, and two transpositions.
      name: the operation's name.
      dim: the old name of `axis`.

    Raises:
      InvalidArgumentError: there is no such axis.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.nn.softmax([0.0, 0.0]))
    array([0.5, 0.5], dtype=float32)
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    return _along(SOFTMAX, logits, -1 if axis is None else axis, name)


@export("nn.log_softmax", "math.log_softmax")
def log_softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """Returns logits - log(sum(exp(logits))) along an axis.

    Args:
      logits: a tensor of floats, of rank 1 or more.
      axis: the axis, -1 (the last) by default.
      name: the operation's name.
      dim: the old name of `axis`.

    Raises:
      InvalidArgumentError: there is no such axis.
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    return _along(LOG_SOFTMAX, logits, -1 if axis is None else axis, name)


def _along(op: OpDef, logits: Any, axis: Any, name: str | None) -> Tensor:
    logits = convert_to_tensor(logits)
    shape = logits.raw_shape
    result: Tensor
    if not isinstance(axis, Tensor) and axis == -1:
        result = make_op(op, logits, name=name)
        return result
    if shape is None:
        raise TypeError("unsupported operand type(s) for -: 'NoneType' and 'int'")
    rank = len(shape)
    if not isinstance(axis, Tensor) and axis == rank - 1:
        result = make_op(op, logits, name=name)
        return result
    known = constant_value(axis) if isinstance(axis, Tensor) else axis
    if known is not None and not -rank <= known < rank:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Dimension ({known}) must be in the range [{-rank}, {rank}) where {rank} is the number of dimensions in "
            "the input.",
        )
    return _transposed(op, logits, axis, shape, name)


def _transposed(op: OpDef, logits: Tensor, axis: Any, shape: tuple[int | None, ...], name: str | None) -> Tensor:
    """Brings the axis to the end and back."""
    from tangraph.ops.array.shape import rank as rank_of
    from tangraph.ops.math.arithmetic import subtract
    from tangraph.ops.math.comparison import less

    rank = rank_of(logits)
    if isinstance(axis, Tensor):
        axis = make_op("Select", less(axis, 0), axis + rank, axis)
    elif axis < 0:
        axis = axis + rank
    whole = rank_of(logits)
    axis = axis % len(shape)
    swapped = _swap(logits, axis, subtract(whole, 1))
    output = _swap(make_op(op, swapped), axis, subtract(whole, 1), name)
    output.set_shape(shape)
    return output


def _swap(x: Tensor, axis: Any, last: Tensor, name: str | None = None) -> Tensor:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.transpose import transpose
    from tangraph.ops.math.ranges import range as range_

    order = concat([range_(axis), [last], range_(axis + 1, last), [axis]], 0)
    return transpose(x, order, name=name or "transpose")
