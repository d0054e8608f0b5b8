"""Constants and placeholders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.make_op import make_node, make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.tensor_shape import TensorShape
from tangraph.framework.values import to_ndarray

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _const_shape(c: ShapeContext) -> Raw:
    shape: Raw = c.attr("value").shape
    return shape


def _placeholder_shape(c: ShapeContext) -> Raw:
    shape: Raw = c.attr("shape")
    return shape


CONST = ops.define("Const", outputs=["output: dtype"], attrs=["value: tensor", "dtype: type"], shape=_const_shape)
PLACEHOLDER = ops.define(
    "Placeholder",
    outputs=["output: dtype"],
    attrs=["dtype: type", "shape: shape = { unknown_rank: true }"],
    shape=_placeholder_shape,
)
PLACEHOLDER_WITH_DEFAULT = ops.define(
    "PlaceholderWithDefault",
    inputs=["input: dtype"],
    outputs=["output: dtype"],
    attrs=["dtype: type", "shape: shape"],
    shape=_placeholder_shape,
    aliases={0: 0},
)
ops.not_differentiable("Const")
ops.without_gradient("Placeholder")


@ops.gradient("PlaceholderWithDefault")
def _placeholder_with_default_grad(_: Any, grad: Tensor) -> Tensor:
    return grad


@export("constant")
def constant(
    value: Any, dtype: Any = None, shape: Any = None, name: str = "Const", verify_shape: bool = False
) -> Tensor:
    """Returns a tensor with a fixed value.

    Args:
      value: a number, string, array or nested list.
      dtype: the element type; inferred when None (int32, float32, bool, string, or the array's own).
      shape: the shape; when it has more elements than `value`, the last one is repeated.
      name: the operation's name.
      verify_shape: whether `value` must have exactly `shape`.

    Raises:
      TypeError: the value does not fit `dtype`, or the shape with `verify_shape`.
      ValueError: too many elements, or a list that is not rectangular.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.constant([[1, 2], [3, 4]])
    <tf.Tensor 'Const:0' shape=(2, 2) dtype=int32>
    """
    array = to_ndarray(value, None if dtype is None else dtypes.as_dtype(dtype), shape, verify_shape)
    attrs = {"value": array, "dtype": dtypes.as_dtype(array.dtype) if dtype is None else dtypes.as_dtype(dtype).base}
    return make_node(stacks.get_default_graph(), CONST, [], attrs, name).outputs[0]


@export("placeholder")
def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """Returns a tensor whose value is fed.

    Args:
      dtype: the element type.
      shape: the shape; None for any, None in it for any size.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.placeholder(tf.float32, [None, 2], name="x")
    <tf.Tensor 'x:0' shape=(?, 2) dtype=float32>
    """
    result: Tensor = make_op(PLACEHOLDER, dtype=dtype, shape=shape, name=name)
    return result


@export("placeholder_with_default")
def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Returns a tensor that has a default value when nothing is fed for it."""
    result: Tensor = make_op(PLACEHOLDER_WITH_DEFAULT, input, shape=TensorShape(shape), name=name)
    return result
