"""Trigonometric and hyperbolic functions and their inverses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import control_dependencies
from tangraph.ops.math.broadcast import broadcast_shape
from tangraph.ops.math.elementwise import FLOATS, FLOATS_AND_COMPLEX, SIGNED, define_unary, unary_function

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor
    from tangraph.ops.math.elementwise import UnaryFunction

ops = OpSet()


def _define(op_type: str, doc: str, types: str = FLOATS_AND_COMPLEX) -> tuple[OpDef, UnaryFunction]:
    op = define_unary(ops, op_type, types)
    name = op_type.lower()
    return op, unary_function(op, name, name, f"math.{name}", doc=doc, module=__name__)


SIN, sin = _define("Sin", "Returns the sine of an angle in radians.")
COS, cos = _define("Cos", "Returns the cosine of an angle in radians.")
TAN, tan = _define("Tan", "Returns the tangent of an angle in radians.", SIGNED)
ASIN, asin = _define("Asin", "Returns the angle in radians whose sine is x; nan outside of [-1, 1].", SIGNED)
ACOS, acos = _define("Acos", "Returns the angle in radians whose cosine is x; nan outside of [-1, 1].", SIGNED)
ATAN, atan = _define("Atan", "Returns the angle in radians whose tangent is x.", SIGNED)
SINH, sinh = _define("Sinh", "Returns the hyperbolic sine.")
COSH, cosh = _define("Cosh", "Returns the hyperbolic cosine.")
ASINH, asinh = _define("Asinh", "Returns the inverse hyperbolic sine.")
ACOSH, acosh = _define("Acosh", "Returns the inverse hyperbolic cosine; nan below 1.")
ATANH, atanh = _define("Atanh", "Returns the inverse hyperbolic tangent; nan outside of [-1, 1].")
ATAN2 = ops.define("Atan2", ["y: T", "x: T"], ["z: T"], [f"T: {{{FLOATS}}}"], shape=broadcast_shape, elementwise=True)


@export("atan2", "math.atan2")
def atan2(y: Any, x: Any, name: str | None = None) -> Tensor:
    """Returns the angle in radians of the point (x, y), in (-pi, pi].

    Args:
      y: a tensor of floats.
      x: of the same type.
      name: the operation's name.
    """
    result: Tensor = make_op(ATAN2, y, x, name=name)
    return result


# -- gradients ---------------------------------------------------------------------------------------------------


def _conj(x: Tensor) -> Tensor:
    from tangraph.ops.math.complex import conj

    return conj(x)


def _square(x: Tensor) -> Tensor:
    from tangraph.ops.math.unary import square

    return square(x)


def _one(x: Tensor) -> Tensor:
    from tangraph.ops.array.constant import constant

    return constant(1, dtype=x.dtype)


def _reciprocal(x: Tensor) -> Tensor:
    from tangraph.ops.math.unary import reciprocal

    return reciprocal(x)


@ops.gradient("Sin")
def _sin_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        return grad * cos(_conj(op.inputs[0]))


@ops.gradient("Cos")
def _cos_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        x = _conj(op.inputs[0])
        return -grad * sin(x)


@ops.gradient("Tan")
def _tan_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        secant = _reciprocal(cos(_conj(op.inputs[0])))
        return _square(secant) * grad


@ops.gradient("Asin")
def _asin_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        return grad * _reciprocal(_cosine_of_asin(op.inputs[0]))


@ops.gradient("Acos")
def _acos_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        inverse = _reciprocal(_cosine_of_asin(op.inputs[0]))
        return -grad * inverse


def _cosine_of_asin(x: Tensor) -> Tensor:
    from tangraph.ops.math.arithmetic import subtract
    from tangraph.ops.math.unary import sqrt

    squared = _square(_conj(x))
    return sqrt(subtract(_one(x), squared))


@ops.gradient("Atan")
def _atan_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.math.arithmetic import add

    with control_dependencies([grad]):
        squared = _square(_conj(op.inputs[0]))
        return grad * _reciprocal(add(_one(grad), squared))


@ops.gradient("Atan2")
def _atan2_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    # As in TensorFlow, broadcasting is not undone here.
    y, x = op.inputs
    with control_dependencies([grad]):
        scaled = grad / (_square(x) + _square(y))
        return x * scaled, -y * scaled


@ops.gradient("Sinh")
def _sinh_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        return grad * cosh(_conj(op.inputs[0]))


@ops.gradient("Cosh")
def _cosh_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        return grad * sinh(_conj(op.inputs[0]))


@ops.gradient("Asinh")
def _asinh_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        return grad / cosh(_conj(op.outputs[0]))


@ops.gradient("Acosh")
def _acosh_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        return grad / sinh(_conj(op.outputs[0]))


@ops.gradient("Atanh")
def _atanh_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.math.arithmetic import subtract

    with control_dependencies([grad]):
        squared = _square(_conj(op.inputs[0]))
        return grad * _reciprocal(subtract(_one(grad), squared))
