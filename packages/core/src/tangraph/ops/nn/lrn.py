"""Local response normalisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _shape(c: ShapeContext) -> Raw:
    return raw_shape.with_rank(c.shapes[0], 4)


def _grad_shape(c: ShapeContext) -> Raw:
    return raw_shape.merge(raw_shape.merge(c.with_rank(0, 4), c.with_rank(1, 4)), c.with_rank(2, 4))


_ATTRS = [
    "depth_radius: int = 5",
    "bias: float = 1",
    "alpha: float = 1",
    "beta: float = 0.5",
    "T: {half, bfloat16, float} = DT_FLOAT",
]
LRN = ops.define("LRN", ["input: T"], ["output: T"], _ATTRS, shape=_shape)
LRN_GRAD = ops.define(
    "LRNGrad", ["input_grads: T", "input_image: T", "output_image: T"], ["output: T"], _ATTRS, shape=_grad_shape
)
ops.without_gradient("LRNGrad")


@ops.gradient("LRN")
def _lrn_grad(op: Operation, grad: Tensor) -> Tensor:
    attrs = {key: op.attrs[key] for key in ("depth_radius", "bias", "alpha", "beta")}
    result: Tensor = make_op(LRN_GRAD, grad, op.inputs[0], op.outputs[0], **attrs)
    return result


@export("nn.local_response_normalization", "nn.lrn")
def local_response_normalization(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """Divides each element by a power of the squares around it in depth (Krizhevsky et al., NIPS 2012).

    The divisor is ``(bias + alpha * sum) ** beta``, the sum over the channels at most `depth_radius` away.

    Args:
      input: [batch, height, width, depth], half, bfloat16 or float32.
      depth_radius: how far the window reaches on either side.
      bias: keeps the divisor above 0.
      alpha: the weight of the squares.
      beta: the exponent.
      name: the operation's name.
    """
    result: Tensor = make_op(LRN, input, depth_radius=depth_radius, bias=bias, alpha=alpha, beta=beta, name=name)
    return result
