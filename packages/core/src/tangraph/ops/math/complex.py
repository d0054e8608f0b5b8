"""Complex numbers and their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.math.broadcast import BroadcastSums, broadcast_shape, unchanged_shape

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation

ops = OpSet()


def _part(name: str) -> OpDef:
    return ops.define(
        name,
        ["input: T"],
        ["output: Tout"],
        ["T: {complex64, complex128} = DT_COMPLEX64", "Tout: {float, double} = DT_FLOAT"],
        shape=unchanged_shape,
    )


COMPLEX = ops.define(
    "Complex",
    ["real: T", "imag: T"],
    ["out: Tout"],
    ["T: {float, double} = DT_FLOAT", "Tout: {complex64, complex128} = DT_COMPLEX64"],
    shape=broadcast_shape,
)
REAL, IMAG, ANGLE = _part("Real"), _part("Imag"), _part("Angle")
CONJ = ops.define(
    "Conj",
    ["input: T"],
    ["output: T"],
    ["T: {complex64, complex128, variant} = DT_COMPLEX64"],
    shape=unchanged_shape,
    elementwise=True,
)


@ops.gradient("Complex")
def _complex_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    sums = BroadcastSums(*op.inputs)
    x_grad = sums.of_x(real(grad))
    return [x_grad, sums.of_y(imag(grad))]


@ops.gradient("Real")
def _real_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.array.constant import constant

    return complex(grad, constant(0, dtype=grad.dtype))


@ops.gradient("Imag")
def _imag_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.array.constant import constant

    return complex(constant(0, dtype=grad.dtype), grad)


@ops.gradient("Angle")
def _angle_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.array.constant import constant
    from tangraph.ops.math.unary import reciprocal

    x = op.inputs[0]
    with control_dependencies([grad]):
        re, im = real(x), imag(x)
        inverse = reciprocal(complex(im, re))
        zero = constant(0, dtype=grad.dtype)
        return -complex(grad, zero) * inverse


@ops.gradient("Conj")
def _conj_grad(op: Operation, grad: Tensor) -> Tensor:
    return conj(grad)


@export("complex", "dtypes.complex")
def complex(real: Any, imag: Any, name: str | None = None) -> Tensor:
    """Returns real + i imag, with broadcasting.

    Args:
      real: a tensor of float32 or float64.
      imag: of the same type.
      name: the operation's name.

    Returns:
      A tensor of complex64 or complex128.

    Raises:
      TypeError: the parts are of other types.
    """
    real = convert_to_tensor(real, name="real")
    imag = convert_to_tensor(imag, name="imag")
    with name_scope(name, "Complex", [real, imag]) as scope:
        types = (real.dtype, imag.dtype)
        if types == (dtypes.float64, dtypes.float64):
            out = dtypes.complex128
        elif types == (dtypes.float32, dtypes.float32):
            out = dtypes.complex64
        else:
            raise TypeError(f"real and imag have incorrect types: {real.dtype.name} {imag.dtype.name}")
        result: Tensor = make_op(COMPLEX, real, imag, Tout=out, name=scope)
        return result


@export("real", "math.real")
def real(input: Any, name: str | None = None) -> Tensor:
    """Returns the real parts; a tensor that is not complex is returned as it is."""
    return _part_of(REAL, "Real", input, name)


@export("imag", "math.imag")
def imag(input: Any, name: str | None = None) -> Tensor:
    """Returns the imaginary parts; zeros for a tensor that is not complex."""
    from tangraph.ops.array.fill import zeros_like

    with name_scope(name, "Imag", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        if not input.dtype.is_complex:
            zeros: Tensor = zeros_like(input)
            return zeros
        result: Tensor = make_op(IMAG, input, Tout=input.dtype.real_dtype, name=scope)
        return result


def _part_of(op: OpDef, default_name: str, input: Any, name: str | None) -> Tensor:
    with name_scope(name, default_name, [input]) as scope:
        tensor = convert_to_tensor(input, name="input")
        if not tensor.dtype.is_complex:
            return tensor
        result: Tensor = make_op(op, tensor, Tout=tensor.dtype.real_dtype, name=scope)
        return result


@export("angle", "math.angle")
def angle(input: Any, name: str | None = None) -> Tensor:
    """Returns the arguments of complex numbers in radians, in (-pi, pi]; zeros for a tensor that is not complex."""
    from tangraph.ops.array.fill import zeros_like

    with name_scope(name, "Angle", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        if not input.dtype.is_complex:
            zeros: Tensor = zeros_like(input)
            return zeros
        result: Tensor = make_op(ANGLE, input, Tout=input.dtype.real_dtype, name=scope)
        return result


@export("conj", "math.conj")
def conj(x: Any, name: str | None = None) -> Tensor:
    """Returns the complex conjugate; a tensor of real numbers is returned as it is.

    Raises:
      TypeError: `x` is no tensor of numbers.
    """
    if isinstance(x, Tensor) and (x.dtype.is_floating or x.dtype.is_integer):
        return x
    with name_scope(name, "Conj", [x]) as scope:
        tensor = convert_to_tensor(x, name="x")
        if tensor.dtype.is_complex or tensor.dtype is dtypes.variant:
            result: Tensor = make_op(CONJ, tensor, name=scope)
            return result
        if tensor.dtype.is_floating or tensor.dtype.is_integer:
            return tensor
        raise TypeError(f"Expected numeric or variant tensor, got dtype {tensor.dtype!r}")
