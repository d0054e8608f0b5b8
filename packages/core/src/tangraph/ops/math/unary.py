"""Powers, roots, exponentials and logarithms of one tensor, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.math.broadcast import unchanged_shape
from tangraph.ops.math.elementwise import FLOATS, FLOATS_AND_COMPLEX, SIGNED, define_unary, unary_function

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _unary(name: str, types: str = FLOATS_AND_COMPLEX) -> OpDef:
    return define_unary(ops, name, types)


def _gradient_op(name: str) -> OpDef:
    return ops.define(
        name,
        ["y: T", "dy: T"],
        ["z: T"],
        [f"T: {{{FLOATS_AND_COMPLEX}}}"],
        shape=unchanged_shape,
        elementwise=True,
    )


NEG = _unary("Neg", SIGNED)
ABS = _unary("Abs", f"{FLOATS}, int8, int16, int32, int64")
COMPLEX_ABS = ops.define(
    "ComplexAbs",
    ["x: T"],
    ["y: Tout"],
    ["T: {complex64, complex128} = DT_COMPLEX64", "Tout: {float, double} = DT_FLOAT"],
    shape=unchanged_shape,
)
SIGN = _unary("Sign", SIGNED)
SQUARE = _unary("Square", SIGNED)
SQRT, SQRT_GRAD = _unary("Sqrt"), _gradient_op("SqrtGrad")
RSQRT, RSQRT_GRAD = _unary("Rsqrt"), _gradient_op("RsqrtGrad")
RECIPROCAL, RECIPROCAL_GRAD = _unary("Reciprocal", SIGNED), _gradient_op("ReciprocalGrad")
INV, INV_GRAD = _unary("Inv", SIGNED), _gradient_op("InvGrad")
EXP = _unary("Exp")
EXPM1 = _unary("Expm1")
LOG = _unary("Log")
LOG1P = _unary("Log1p")
TANH, TANH_GRAD = _unary("Tanh"), _gradient_op("TanhGrad")
SIGMOID, SIGMOID_GRAD = _unary("Sigmoid"), _gradient_op("SigmoidGrad")

_HERE = __name__
negative = unary_function(NEG, "negative", "negative", "math.negative", doc="Returns -x.", module=_HERE, sparse=True)
sign = unary_function(
    SIGN, "sign", "sign", "math.sign", doc="Returns -1, 0 or 1; x / abs(x) for complex x.", module=_HERE, sparse=True
)
square = unary_function(SQUARE, "square", "square", "math.square", doc="Returns x * x.", module=_HERE, sparse=True)
sqrt = unary_function(
    SQRT, "sqrt", "sqrt", "math.sqrt", doc="Returns the square root; nan below 0.", module=_HERE, sparse=True
)
rsqrt = unary_function(RSQRT, "rsqrt", "rsqrt", "math.rsqrt", doc="Returns 1 / sqrt(x).", module=_HERE)
reciprocal = unary_function(
    RECIPROCAL, "reciprocal", "reciprocal", "math.reciprocal", doc="Returns 1 / x.", module=_HERE
)
exp = unary_function(EXP, "exp", "exp", "math.exp", doc="Returns e to the power of x.", module=_HERE)
expm1 = unary_function(EXPM1, "expm1", "expm1", "math.expm1", doc="Returns exp(x) - 1, exact near 0.", module=_HERE)
log = unary_function(LOG, "log", "log", "math.log", doc="Returns the natural logarithm.", module=_HERE)
log1p = unary_function(LOG1P, "log1p", "log1p", "math.log1p", doc="Returns log(1 + x), exact near 0.", module=_HERE)
tanh = unary_function(
    TANH, "tanh", "tanh", "math.tanh", "nn.tanh", doc="Returns the hyperbolic tangent.", module=_HERE, sparse=True
)
sigmoid = unary_function(
    SIGMOID,
    "sigmoid",
    "sigmoid",
    "math.sigmoid",
    "nn.sigmoid",
    doc="Returns 1 / (1 + exp(-x)).",
    module=_HERE,
)


@export("abs", "math.abs")
def abs(x: Any, name: str | None = None) -> Any:
    """Returns the absolute value, of complex numbers as real ones.

    Args:
      x: a tensor of signed integers, floats or complex numbers, or a SparseTensor.
      name: the operation's name.
    """
    if hasattr(x, "dense_shape") and hasattr(x, "values"):
        # The failed attempt on the SparseTensor has taken the name in TensorFlow.
        with name_scope(name, "Abs", [x.values]):
            pass
        return type(x)(x.indices, abs(x.values, name), x.dense_shape)
    with name_scope(name, "Abs", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_complex:
            return make_op(COMPLEX_ABS, x, Tout=x.dtype.real_dtype, name=scope)
        return make_op(ABS, x, name=scope)


@export("log_sigmoid", "math.log_sigmoid")
def log_sigmoid(x: Any, name: str | None = None) -> Tensor:
    """Returns log(1 / (1 + exp(-x))), computed as -softplus(-x)."""
    from tangraph.ops.nn.activations import softplus

    with name_scope(name, "LogSigmoid", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return negative(softplus(-x), name=scope)


# -- gradients ---------------------------------------------------------------------------------------------------


def _conj(x: Tensor) -> Tensor:
    from tangraph.ops.math.complex import conj

    return conj(x)


@ops.gradient("Neg")
def _neg_grad(op: Operation, grad: Tensor) -> Tensor:
    return -grad


@ops.gradient("Abs")
def _abs_grad(op: Operation, grad: Tensor) -> Tensor:
    return grad * sign(op.inputs[0])


@ops.gradient("ComplexAbs")
def _complex_abs_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.array.fill import zeros_like
    from tangraph.ops.math.complex import complex
    from tangraph.ops.math.division import div_no_nan

    magnitude = op.outputs[0]
    return div_no_nan(complex(grad, zeros_like(grad)) * op.inputs[0], complex(magnitude, zeros_like(magnitude)))


@ops.gradient("Sign")
def _sign_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.array.fill import zeros
    from tangraph.ops.array.shape import shape

    x = op.inputs[0]
    result: Tensor = zeros(shape(x), dtype=x.dtype)
    return result


@ops.gradient("Square")
def _square_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.array.constant import constant
    from tangraph.ops.math.arithmetic import multiply

    x = op.inputs[0]
    with control_dependencies([grad]):
        x = _conj(x)
        return multiply(grad, multiply(x, constant(2.0, dtype=x.dtype)))


@ops.gradient("Sqrt")
def _sqrt_grad(op: Operation, grad: Tensor) -> Tensor:
    result: Tensor = make_op(SQRT_GRAD, op.outputs[0], grad)
    return result


@ops.gradient("SqrtGrad")
def _sqrt_grad_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    x, y = op.inputs[0], op.outputs[0]
    with control_dependencies([grad]):
        quotient = grad / x
        return negative(_conj(quotient)) * y, 0.5 * quotient


@ops.gradient("Rsqrt")
def _rsqrt_grad(op: Operation, grad: Tensor) -> Tensor:
    result: Tensor = make_op(RSQRT_GRAD, op.outputs[0], grad)
    return result


@ops.gradient("RsqrtGrad")
def _rsqrt_grad_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    x, y = op.inputs
    with control_dependencies([grad]):
        x = _conj(x)
        grad_conj = _conj(grad)
        x_grad = -1.5 * grad_conj * y * square(x)
        return x_grad, make_op(RSQRT_GRAD, x, grad)


@ops.gradient("Reciprocal", "Inv")
def _reciprocal_grad(op: Operation, grad: Tensor) -> Tensor:
    result: Tensor = make_op(RECIPROCAL_GRAD, op.outputs[0], grad)
    return result


@ops.gradient("ReciprocalGrad", "InvGrad")
def _reciprocal_grad_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    y = op.inputs[1]
    with control_dependencies([grad]):
        x = _conj(op.inputs[0])
        grad_conj = _conj(grad)
        return grad_conj * -2.0 * y * x, make_op(RECIPROCAL_GRAD, x, grad)


@ops.gradient("Exp")
def _exp_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        return grad * _conj(op.outputs[0])


@ops.gradient("Expm1")
def _expm1_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        return grad * exp(_conj(op.inputs[0]))


@ops.gradient("Log")
def _log_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        return grad * reciprocal(_conj(op.inputs[0]))


@ops.gradient("Log1p")
def _log1p_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        return grad * reciprocal(1 + _conj(op.inputs[0]))


@ops.gradient("Tanh")
def _tanh_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        result: Tensor = make_op(TANH_GRAD, _conj(op.outputs[0]), grad)
        return result


@ops.gradient("TanhGrad")
def _tanh_grad_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    with control_dependencies([grad]):
        a, b = _conj(op.inputs[0]), _conj(op.inputs[1])
        return grad * -2.0 * b * a, make_op(TANH_GRAD, a, grad)


@ops.gradient("Sigmoid")
def _sigmoid_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        result: Tensor = make_op(SIGMOID_GRAD, _conj(op.outputs[0]), grad)
        return result


@ops.gradient("SigmoidGrad")
def _sigmoid_grad_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    with control_dependencies([grad]):
        a, b = _conj(op.inputs[0]), _conj(op.inputs[1])
        product = grad * b
        return product - 2.0 * product * a, make_op(SIGMOID_GRAD, a, grad)
