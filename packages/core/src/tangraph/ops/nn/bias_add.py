"""Biases: BiasAdd, and the layers written with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _axis(c: ShapeContext, shape: tuple[int | None, ...]) -> int:
    """The axis of the channels."""
    return 1 if c.attrs.get("data_format") == "NCHW" else len(shape) - 1


def _bias_add_shape(c: ShapeContext) -> Raw:
    least = 3 if c.attrs.get("data_format") == "NCHW" else 2
    value = raw_shape.with_rank_at_least(c.shapes[0], least)
    (size,) = c.with_rank(1, 1)
    if value is None:
        return None
    axis = _axis(c, value)
    return (*value[:axis], raw_shape.merge_dim(value[axis], size), *value[axis + 1 :])


def _bias_add_grad_shape(c: ShapeContext) -> Raw:
    least = 3 if c.attr("data_format") == "NCHW" else 2
    value = raw_shape.with_rank_at_least(c.shapes[0], least)
    return (None,) if value is None else (value[_axis(c, value)],)


_FORMAT = "data_format: {'NHWC', 'NCHW'} = 'NHWC'"
BIAS_ADD = ops.define(
    "BiasAdd", ["value: T", "bias: T"], ["output: T"], ["T: numbertype", _FORMAT], shape=_bias_add_shape
)
BIAS_ADD_V1 = ops.define("BiasAddV1", ["value: T", "bias: T"], ["output: T"], ["T: numbertype"], shape=_bias_add_shape)
BIAS_ADD_GRAD = ops.define(
    "BiasAddGrad", ["out_backprop: T"], ["output: T"], ["T: numbertype", _FORMAT], shape=_bias_add_grad_shape
)


@ops.gradient("BiasAdd")
def _bias_add_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    return grad, make_op(BIAS_ADD_GRAD, grad, data_format=op.attrs["data_format"])


@ops.gradient("BiasAddV1")
def _bias_add_v1_grad(_: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    from tangraph.ops.array.shape import rank
    from tangraph.ops.math.ranges import range as range_
    from tangraph.ops.math.reductions import reduce_sum

    return grad, reduce_sum(grad, range_(rank(grad) - 1))


@ops.gradient("BiasAddGrad")
def _bias_add_grad_grad(op: Operation, grad: Tensor) -> Tensor:
    """Repeats the gradient of each channel over all places."""
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.fill import ones_like
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.array.tile import tile

    whole, channels = shape(op.inputs[0]), shape(grad)
    if op.attrs["data_format"] == "NCHW":
        expanded = concat([ones_like(whole[:1]), channels, ones_like(whole[2:])], 0)
        repeats = concat([whole[:1], [1], whole[2:]], 0)
    else:
        expanded = concat([ones_like(whole[:-1]), channels], 0)
        repeats = concat([whole[:-1], [1]], 0)
    result: Tensor = tile(reshape(grad, expanded), repeats)
    return result


@export("nn.bias_add")
def bias_add(value: Any, bias: Any, data_format: str | None = None, name: str | None = None) -> Tensor:
    """Adds one number a channel.

    Args:
      value: a tensor of rank 2 or more.
      bias: a vector, of the size of the channel axis and the type of `value`.
      data_format: "N...C" (default): the channels are the last axis; "NC...": they are axis 1.
      name: the operation's name.

    Raises:
      ValueError: another data format; shapes that do not fit.
    """
    with name_scope(name, "BiasAdd", [value, bias]) as scope:
        attrs = {} if data_format is None else {"data_format": _channels(data_format)}
        value = convert_to_tensor(value, name="input")
        bias = convert_to_tensor(bias, dtype=value.dtype, name="bias")
        result: Tensor = make_op(BIAS_ADD, value, bias, name=scope, **attrs)
        return result


def _channels(data_format: str) -> str:
    if data_format.startswith("NC"):
        return "NCHW"
    if data_format.startswith("N") and data_format.endswith("C"):
        return "NHWC"
    raise ValueError("data_format must be of the form `N...C` or `NC...`")


def bias_add_v1(value: Any, bias: Any, name: str | None = None) -> Tensor:
    """The old op, for channels along the last axis only."""
    with name_scope(name, "BiasAddV1", [value, bias]) as scope:
        value = convert_to_tensor(value, name="input")
        bias = convert_to_tensor(bias, dtype=value.dtype, name="bias")
        result: Tensor = make_op(BIAS_ADD_V1, value, bias, name=scope)
        return result


@export("nn.xw_plus_b")
def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """Returns matmul(x, weights) + biases.

    Args:
      x: [batch, inputs].
      weights: [inputs, outputs].
      biases: [outputs].
      name: the operation's name.
    """
    from tangraph.ops.math.matmul import matmul

    with name_scope(name, "xw_plus_b", [x, weights, biases]) as scope:
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(weights, name="weights")
        biases = convert_to_tensor(biases, name="biases")
        return bias_add(matmul(x, weights), biases, name=scope)


@export("nn.relu_layer")
def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """Returns relu(matmul(x, weights) + biases).

    Args:
      x: [batch, inputs].
      weights: [inputs, outputs].
      biases: [outputs].
      name: the operation's name.
    """
    from tangraph.ops.math.matmul import matmul
    from tangraph.ops.nn.activations import relu

    with name_scope(name, "relu_layer", [x, weights, biases]) as scope:
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(weights, name="weights")
        biases = convert_to_tensor(biases, name="biases")
        return relu(bias_add(matmul(x, weights), biases), name=scope)
