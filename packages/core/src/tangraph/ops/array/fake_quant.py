"""Values rounded as if they were kept in few bits."""

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


def _vars_shape(c: ShapeContext) -> Raw:
    raw_shape.with_rank(c.shapes[1], 0)
    raw_shape.with_rank(c.shapes[2], 0)
    return c.shapes[0]


def _vars_gradient_shape(c: ShapeContext) -> list[Raw]:
    whole = raw_shape.merge(c.shapes[0], c.shapes[1])
    raw_shape.merge(raw_shape.with_rank(c.shapes[2], 0), c.shapes[3])
    return [whole, (), ()]


def _per_channel_shape(c: ShapeContext) -> Raw:
    whole = raw_shape.with_rank_at_least(c.shapes[0], 1)
    depth = None if whole is None else whole[-1]
    for index in (1, 2):
        depth = raw_shape.merge_dim(depth, raw_shape.with_rank(c.shapes[index], 1)[0])
    return None if whole is None else (*whole[:-1], depth)


def _per_channel_gradient_shape(c: ShapeContext) -> list[Raw]:
    whole = raw_shape.merge(raw_shape.with_rank_at_least(c.shapes[0], 1), c.shapes[1])
    depth = None if whole is None else whole[-1]
    for index in (2, 3):
        depth = raw_shape.merge_dim(depth, raw_shape.with_rank(c.shapes[index], 1)[0])
    return [whole, (depth,), (depth,)]


_BITS = ["num_bits: int = 8", "narrow_range: bool = false"]
_RANGE = ["min: float = -6", "max: float = 6", *_BITS]
_BACKPROPS = ["backprops_wrt_input: float", "backprop_wrt_min: float", "backprop_wrt_max: float"]
ARGS = ops.define("FakeQuantWithMinMaxArgs", ["inputs: float"], ["outputs: float"], _RANGE, shape=unchanged)
ARGS_GRADIENT = ops.define(
    "FakeQuantWithMinMaxArgsGradient",
    ["gradients: float", "inputs: float"],
    ["backprops: float"],
    _RANGE,
    shape=unchanged,
)
VARS = ops.define(
    "FakeQuantWithMinMaxVars",
    ["inputs: float", "min: float", "max: float"],
    ["outputs: float"],
    _BITS,
    shape=_vars_shape,
)
VARS_GRADIENT = ops.define(
    "FakeQuantWithMinMaxVarsGradient",
    ["gradients: float", "inputs: float", "min: float", "max: float"],
    _BACKPROPS,
    _BITS,
    shape=_vars_gradient_shape,
)
PER_CHANNEL = ops.define(
    "FakeQuantWithMinMaxVarsPerChannel",
    ["inputs: float", "min: float", "max: float"],
    ["outputs: float"],
    _BITS,
    shape=_per_channel_shape,
)
PER_CHANNEL_GRADIENT = ops.define(
    "FakeQuantWithMinMaxVarsPerChannelGradient",
    ["gradients: float", "inputs: float", "min: float", "max: float"],
    _BACKPROPS,
    _BITS,
    shape=_per_channel_gradient_shape,
)
ops.without_gradient(
    "FakeQuantWithMinMaxArgsGradient", "FakeQuantWithMinMaxVarsGradient", "FakeQuantWithMinMaxVarsPerChannelGradient"
)


@ops.gradient("FakeQuantWithMinMaxArgs")
def _args_grad(op: Operation, grad: Tensor) -> Tensor:
    return fake_quant_with_min_max_args_gradient(grad, op.inputs[0], **op.attrs)


@ops.gradient("FakeQuantWithMinMaxVars")
def _vars_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    return fake_quant_with_min_max_vars_gradient(grad, op.inputs[0], op.inputs[1], op.inputs[2], **op.attrs)


@ops.gradient("FakeQuantWithMinMaxVarsPerChannel")
def _per_channel_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    return fake_quant_with_min_max_vars_per_channel_gradient(grad, op.inputs[0], op.inputs[1], op.inputs[2], **op.attrs)


@export("fake_quant_with_min_max_args", "quantization.fake_quant_with_min_max_args")
def fake_quant_with_min_max_args(
    inputs: Any,
    min: float = -6,
    max: float = 6,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """Rounds float32 values to the nearest of ``2**num_bits`` evenly spaced ones, of which one is zero.

    Args:
      inputs: float32.
      min: the least value.
      max: the greatest value.
      num_bits: from 2 to 16.
      narrow_range: whether the lowest of the values is left out.
      name: the operation's name.
    """
    result: Tensor = make_op(ARGS, inputs, min=min, max=max, num_bits=num_bits, narrow_range=narrow_range, name=name)
    return result


@export("fake_quant_with_min_max_args_gradient", "quantization.fake_quant_with_min_max_args_gradient")
def fake_quant_with_min_max_args_gradient(
    gradients: Any,
    inputs: Any,
    min: float = -6,
    max: float = 6,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """The gradient of `tf.fake_quant_with_min_max_args`: that of the identity inside of the range, zero outside."""
    result: Tensor = make_op(
        ARGS_GRADIENT, gradients, inputs, min=min, max=max, num_bits=num_bits, narrow_range=narrow_range, name=name
    )
    return result


@export("fake_quant_with_min_max_vars", "quantization.fake_quant_with_min_max_vars")
def fake_quant_with_min_max_vars(
    inputs: Any, min: Any, max: Any, num_bits: int = 8, narrow_range: bool = False, name: str | None = None
) -> Tensor:
    """As `tf.fake_quant_with_min_max_args`, with a range of two scalar tensors."""
    result: Tensor = make_op(VARS, inputs, min, max, num_bits=num_bits, narrow_range=narrow_range, name=name)
    return result


@export("fake_quant_with_min_max_vars_gradient", "quantization.fake_quant_with_min_max_vars_gradient")
def fake_quant_with_min_max_vars_gradient(
    gradients: Any,
    inputs: Any,
    min: Any,
    max: Any,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> list[Tensor]:
    """The gradients of `tf.fake_quant_with_min_max_vars` with respect to its three inputs."""
    result: list[Tensor] = make_op(
        VARS_GRADIENT, gradients, inputs, min, max, num_bits=num_bits, narrow_range=narrow_range, name=name
    )
    return result


@export("fake_quant_with_min_max_vars_per_channel", "quantization.fake_quant_with_min_max_vars_per_channel")
def fake_quant_with_min_max_vars_per_channel(
    inputs: Any, min: Any, max: Any, num_bits: int = 8, narrow_range: bool = False, name: str | None = None
) -> Tensor:
    """As `tf.fake_quant_with_min_max_vars`, with a range for each element of the last dimension."""
    result: Tensor = make_op(PER_CHANNEL, inputs, min, max, num_bits=num_bits, narrow_range=narrow_range, name=name)
    return result


@export(
    "fake_quant_with_min_max_vars_per_channel_gradient",
    "quantization.fake_quant_with_min_max_vars_per_channel_gradient",
)
def fake_quant_with_min_max_vars_per_channel_gradient(
    gradients: Any,
    inputs: Any,
    min: Any,
    max: Any,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> list[Tensor]:
    """The gradients of `tf.fake_quant_with_min_max_vars_per_channel` with respect to its three inputs."""
    result: list[Tensor] = make_op(
        PER_CHANNEL_GRADIENT, gradients, inputs, min, max, num_bits=num_bits, narrow_range=narrow_range, name=name
    )
    return result
