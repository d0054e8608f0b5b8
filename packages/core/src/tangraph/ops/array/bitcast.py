"""Tensors as they are, under another description: bitcast, ensure_shape, guarantee_const."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.array.identity import unchanged

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _bitcast_shape(c: ShapeContext) -> Raw:
    whole, source, target = c.shapes[0], c.attr("T").size, c.attr("type").size
    if whole is None:
        return None
    if source < target:
        raw_shape.with_rank_at_least(whole, 1)
        factor = target // source
        if whole[-1] is not None and whole[-1] != factor:
            raise ValueError(f"Cannot bitcast due to shape. {whole[-1]} does not match {factor}")
        return whole[:-1]
    return whole if source == target else (*whole, source // target)


def _ensure_shape_shape(c: ShapeContext) -> Raw:
    return raw_shape.merge(c.attr("shape"), c.shapes[0])


_TYPES = (
    "{bfloat16, half, float, double, int64, int32, uint8, uint16, uint32, uint64, int8, int16, complex64, complex128, "
    "qint8, quint8, qint16, quint16, qint32}"
)
BITCAST = ops.define(
    "Bitcast", ["input: T"], ["output: type"], [f"T: {_TYPES}", f"type: {_TYPES}"], shape=_bitcast_shape, aliases={0: 0}
)
ENSURE_SHAPE = ops.define(
    "EnsureShape",
    ["input: T"],
    ["output: T"],
    ["shape: shape", "T: type"],
    shape=_ensure_shape_shape,
    aliases={0: 0},
)
GUARANTEE_CONST = ops.define(
    "GuaranteeConst", ["input: T"], ["output: T"], ["T: type"], shape=unchanged, stateful=True, aliases={0: 0}
)
ops.without_gradient("Bitcast", "GuaranteeConst")


@ops.gradient("EnsureShape")
def _ensure_shape_grad(_: Operation, grad: Tensor) -> Tensor:
    return grad


@export("bitcast")
def bitcast(input: Any, type: Any, name: str | None = None) -> Tensor:
    """Reads the bytes of a tensor as another type.

    Args:
      input: a tensor.
      type: the type wanted. Smaller elements make a new last dimension; larger ones take the last dimension up.
      name: the operation's name.

    Raises:
      ValueError: the last dimension does not hold the bytes of one element.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     hex(session.run(tf.bitcast(1.0, tf.int32)))
    '0x3f800000'
    """
    result: Tensor = make_op(BITCAST, input, type=type, name=name)
    return result


@export("ensure_shape")
def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """Returns a tensor, after a check of its shape that is made when it is computed.

    Args:
      x: a tensor.
      shape: a TensorShape, or what converts to one; None in it is any size.
      name: the operation's name.

    Raises:
      ValueError: the static shape contradicts `shape`.
    """
    result: Tensor = make_op(ENSURE_SHAPE, x, shape=shape, name=name)
    return result


@export("guarantee_const")
def guarantee_const(input: Any, name: str | None = None) -> Tensor:
    """Promises that a tensor has the same value in every step; returns it."""
    result: Tensor = make_op(GUARANTEE_CONST, input, name=name)
    return result
