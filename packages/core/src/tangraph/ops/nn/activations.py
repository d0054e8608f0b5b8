"""Activation functions that work on each element: the relu family, elu, selu, softplus, softsign, swish.

`sigmoid` and `tanh` live with the other unary functions, in `ops/math/unary.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpDef, OpSet
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.identity import unchanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()

_FLOATS = "{half, bfloat16, float, double}"
_ALPHA = "alpha: float = 0.20000000298023224"


def _merged(c: ShapeContext) -> Raw:
    return c.merged(0, 1)


def _define(name: str, types: str) -> OpDef:
    return ops.define(name, ["features: T"], ["activations: T"], [f"T: {types}"], shape=unchanged, elementwise=True)


def _define_grad(name: str, types: str, second: str, *attrs: str) -> OpDef:
    return ops.define(
        name,
        ["gradients: T", f"{second}: T"],
        ["backprops: T"],
        [*attrs, f"T: {types}"],
        shape=_merged,
        elementwise=True,
    )


RELU = _define(
    "Relu", "{float, double, int32, uint8, int16, int8, int64, bfloat16, uint16, half, uint32, uint64, qint8}"
)
RELU_GRAD = _define_grad("ReluGrad", "realnumbertype", "features")
RELU6 = _define("Relu6", "realnumbertype")
RELU6_GRAD = _define_grad("Relu6Grad", "realnumbertype", "features")
LEAKY_RELU = ops.define(
    "LeakyRelu",
    ["features: T"],
    ["activations: T"],
    [_ALPHA, f"T: {_FLOATS} = DT_FLOAT"],
    shape=unchanged,
    elementwise=True,
)
LEAKY_RELU_GRAD = _define_grad("LeakyReluGrad", f"{_FLOATS} = DT_FLOAT", "features", _ALPHA)
ELU = _define("Elu", _FLOATS)
ELU_GRAD = _define_grad("EluGrad", _FLOATS, "outputs")
SELU = _define("Selu", _FLOATS)
SELU_GRAD = _define_grad("SeluGrad", _FLOATS, "outputs")
SOFTPLUS = _define("Softplus", _FLOATS)
SOFTPLUS_GRAD = _define_grad("SoftplusGrad", _FLOATS, "features")
SOFTSIGN = _define("Softsign", _FLOATS)
SOFTSIGN_GRAD = _define_grad("SoftsignGrad", _FLOATS, "features")
ops.without_gradient("SoftsignGrad")


@export("nn.relu")
def relu(features: Any, name: str | None = None) -> Tensor:
    """Returns max(features, 0).

    Args:
      features: a tensor of real numbers.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.nn.relu([-1.0, 2.0]))
    array([0., 2.], dtype=float32)
    """
    result: Tensor = make_op(RELU, features, name=name)
    return result


@export("nn.relu6")
def relu6(features: Any, name: str | None = None) -> Tensor:
    """Returns min(max(features, 0), 6) (Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10")."""
    with name_scope(name, "Relu6", [features]) as scope:
        result: Tensor = make_op(RELU6, convert_to_tensor(features, name="features"), name=scope)
        return result


@export("nn.leaky_relu")
def leaky_relu(features: Any, alpha: Any = 0.2, name: str | None = None) -> Tensor:
    """Returns features where they are positive, else alpha * features.

    Args:
      features: a tensor of floats, or of integers, which become float32.
      alpha: the slope below 0, a Python number.
      name: the operation's name.
    """
    from tangraph.ops.math.cast import cast

    with name_scope(name, "LeakyRelu", [features, alpha]) as scope:
        features = convert_to_tensor(features, name="features")
        if features.dtype.is_integer:
            features = cast(features, dtypes.float32)
        if isinstance(alpha, np.ndarray):
            alpha = alpha.item()
        result: Tensor = make_op(LEAKY_RELU, features, alpha=alpha, name=scope)
        return result


@export("nn.crelu")
def crelu(features: Any, name: str | None = None, axis: int = -1) -> Tensor:
    """Returns the relu of the features and of their negatives, side by side (Shang et al., arXiv:1603.05201).

    Args:
      features: a tensor of rank 1 or more.
      name: the operation's name.
      axis: along which the two halves stand; it doubles in size.
    """
    from tangraph.ops.array.concat import concat

    with name_scope(name, "CRelu", [features]) as scope:
        features = convert_to_tensor(features, name="features")
        return relu(concat([features, -features], axis, name=scope))


@export("nn.elu")
def elu(features: Any, name: str | None = None) -> Tensor:
    """Returns features where they are positive, else exp(features) - 1 (Clevert et al., arXiv:1511.07289)."""
    result: Tensor = make_op(ELU, features, name=name)
    return result


@export("nn.selu")
def selu(features: Any, name: str | None = None) -> Tensor:
    """Returns the elu with the scales that keep mean 0 and variance 1 (Klambauer et al., arXiv:1706.02515)."""
    result: Tensor = make_op(SELU, features, name=name)
    return result


@export("nn.softplus", "math.softplus")
def softplus(features: Any, name: str | None = None) -> Tensor:
    """Returns log(exp(features) + 1)."""
    result: Tensor = make_op(SOFTPLUS, features, name=name)
    return result


@export("nn.softsign", "math.softsign")
def softsign(features: Any, name: str | None = None) -> Tensor:
    """Returns features / (abs(features) + 1)."""
    result: Tensor = make_op(SOFTSIGN, features, name=name)
    return result


@export("nn.swish")
def swish(features: Any) -> Tensor:
    """Returns features * sigmoid(features), whose gradient keeps only the features (arXiv:1710.05941)."""
    from tangraph.ops.gradients.custom_gradient import custom_gradient

    result: Tensor = custom_gradient(_swish)(features)
    return result


def _swish(features: Any) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    from tangraph.ops.math.unary import sigmoid

    features = convert_to_tensor(features, name="features")

    def grad(dy: Tensor) -> Tensor:
        with control_dependencies([dy]):
            gate = sigmoid(features)
        result: Tensor = dy * (gate * (1.0 + features * (1.0 - gate)))
        return result

    return features * sigmoid(features), grad


# -- gradients ---------------------------------------------------------------------------------------------------


@ops.gradient("Relu")
def _relu_grad(op: Operation, grad: Tensor) -> Tensor:
    result: Tensor = make_op(RELU_GRAD, grad, op.outputs[0])
    return result


@ops.gradient("Relu6")
def _relu6_grad(op: Operation, grad: Tensor) -> Tensor:
    result: Tensor = make_op(RELU6_GRAD, grad, op.outputs[0])
    return result


@ops.gradient("LeakyRelu")
def _leaky_relu_grad(op: Operation, grad: Tensor) -> Tensor:
    result: Tensor = make_op(LEAKY_RELU_GRAD, grad, op.inputs[0], alpha=op.attrs["alpha"])
    return result


@ops.gradient("Elu")
def _elu_grad(op: Operation, grad: Tensor) -> Tensor:
    result: Tensor = make_op(ELU_GRAD, grad, op.outputs[0])
    return result


@ops.gradient("Selu")
def _selu_grad(op: Operation, grad: Tensor) -> Tensor:
    result: Tensor = make_op(SELU_GRAD, grad, op.outputs[0])
    return result


@ops.gradient("Softplus")
def _softplus_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.math.unary import sigmoid

    return grad * sigmoid(op.inputs[0])


@ops.gradient("Softsign")
def _softsign_grad(op: Operation, grad: Tensor) -> Tensor:
    result: Tensor = make_op(SOFTSIGN_GRAD, grad, op.inputs[0])
    return result


@ops.gradient("ReluGrad", "Relu6Grad", "LeakyReluGrad")
def _piecewise_linear_grad_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    """The slope does not depend on the features, but for the kinks."""
    from tangraph.ops.array.fill import zeros
    from tangraph.ops.array.shape import shape

    features = op.inputs[1]
    slopes = {"alpha": op.attrs["alpha"]} if op.type == "LeakyReluGrad" else {}
    first = make_op(op.op_def, grad, features, **slopes)
    return first, zeros(shape(features), features.dtype)


@ops.gradient("EluGrad")
def _elu_grad_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    from tangraph.ops.array.fill import zeros_like

    outputs = op.inputs[1]
    first = make_op(ELU_GRAD, grad, outputs)
    return first, make_op("Select", outputs < 0, grad * op.inputs[0], zeros_like(outputs))


@ops.gradient("SeluGrad")
def _selu_grad_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    from tangraph.ops.array.fill import zeros_like

    outputs = op.inputs[1]
    first = make_op(SELU_GRAD, grad, outputs)
    return first, make_op("Select", outputs < 0.0, grad * op.inputs[0], zeros_like(outputs))


@ops.gradient("SoftplusGrad")
def _softplus_grad_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    from tangraph.ops.math.unary import exp

    dy, x = op.inputs
    with control_dependencies([grad]):
        first = make_op(SOFTPLUS_GRAD, grad, x)
        return first, grad * dy / (exp(-x) + 2.0 + exp(x))
