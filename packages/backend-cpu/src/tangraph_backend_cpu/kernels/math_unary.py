"""Functions of one tensor, element by element, and the kernels of their gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import dtypes
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

_UFUNCS = {
    "Neg": "negative",
    "Square": "square",
    "Sqrt": "sqrt",
    "Exp": "exp",
    "Expm1": "expm1",
    "Log": "log",
    "Log1p": "log1p",
    "Tanh": "tanh",
    "Sin": "sin",
    "Cos": "cos",
    "Sinh": "sinh",
    "Cosh": "cosh",
    "Asinh": "arcsinh",
    "Acosh": "arccosh",
    "Atanh": "arctanh",
    "Floor": "floor",
    "Ceil": "ceil",
    "Rint": "rint",
    "IsNan": "isnan",
    "IsInf": "isinf",
    "IsFinite": "isfinite",
    "Conj": "conjugate",
    "Abs": "absolute",
    "ComplexAbs": "absolute",
    "Angle": "angle",
}


def _named(name: str) -> Callable[[KernelContext], Any]:
    return lambda k: getattr(k.xp, name)


for _op_type, _name in _UFUNCS.items():
    kernel.add(_op_type, _named(_name))


def _of_floats(name: str) -> Callable[[KernelContext], Any]:
    """TensorFlow takes these of integers too, and drops the fraction."""

    def factory(k: KernelContext) -> Any:
        function = getattr(k.xp, name)
        if not k.input_dtypes[0].is_integer:
            return function
        dtype = k.output_dtypes[0].np
        return lambda x: function(x.astype(np.float64)).astype(dtype)

    return factory


for _op_type, _name in {"Tan": "tan", "Asin": "arcsin", "Acos": "arccos", "Atan": "arctan"}.items():
    kernel.add(_op_type, _of_floats(_name))


@kernel("Sign")
def sign(k: KernelContext) -> Any:
    """-1, 0 or 1; 0 for nan."""
    xp = k.xp
    if not k.input_dtypes[0].is_floating:
        return xp.sign

    def run(x: Any) -> Any:
        result = xp.sign(x)
        lost = xp.isnan(result)
        return xp.where(lost, x.dtype.type(0), result) if lost.any() else result

    return run


@kernel("Round")
def round_(k: KernelContext) -> Any:
    """The nearest whole number, the even one of two."""
    if k.input_dtypes[0].is_integer:
        return lambda x: x.copy()
    if k.input_dtypes[0].is_complex:
        xp = k.xp
        return lambda x: (xp.rint(x.real) + 1j * xp.rint(x.imag)).astype(x.dtype, copy=False)
    return k.xp.rint


@kernel("Reciprocal", "Inv")
def reciprocal(k: KernelContext) -> Any:
    """1 / x."""
    return k.xp.reciprocal


@kernel("Rsqrt")
def rsqrt(k: KernelContext) -> Any:
    """1 / sqrt(x)."""
    xp = k.xp
    if not k.output_shapes[0]:
        return lambda x: xp.reciprocal(xp.sqrt(x))
    k.takes_out = True

    def run(x: Any, out: Any = None) -> Any:
        root = xp.sqrt(x, out)
        return xp.reciprocal(root, root)

    return run


def _one(k: KernelContext) -> Any:
    """The number 1 as ufuncs take it quickest: an array of rank 0 costs a third of a Python number."""
    return k.xp.array(1, k.output_dtypes[0].np)


#: Below this, TensorFlow's float32 sigmoid on the CPU is 0; a cross entropy made by hand is infinite there.
_SIGMOID_ZERO = -18.0


@kernel("Sigmoid")
def sigmoid(k: KernelContext) -> Any:
    """1 / (1 + exp(-x)); exp may overflow to infinity, whose reciprocal is the right 0."""
    xp = k.xp
    if xp is np and k.input_dtypes[0] is dtypes.float32:
        return _saturating_sigmoid(k)
    if not k.output_shapes[0]:
        return lambda x: xp.reciprocal(1 + xp.exp(-x))
    k.takes_out = True
    negative, exp, add, reciprocal, one = xp.negative, xp.exp, xp.add, xp.reciprocal, _one(k)

    def run(x: Any, out: Any = None) -> Any:
        result = negative(x, out)
        exp(result, result)
        add(result, one, result)
        return reciprocal(result, result)

    return run


def _saturating_sigmoid(k: KernelContext) -> Any:
    one, zero = np.float32(1), np.float32(0)
    if k.output_shapes[0] == ():
        return lambda x: zero if x < _SIGMOID_ZERO else np.reciprocal(one + np.exp(-x))
    k.takes_out = True
    # The result is compared, not x: `out` may be x.
    least = np.reciprocal(one + np.exp(np.float32(-_SIGMOID_ZERO)))
    single = np.array(1, np.float32)  # of rank 0, which a ufunc takes quicker than a scalar

    def run(x: Any, out: Any = None) -> Any:
        result = np.negative(x, out)
        np.exp(result, result)
        np.add(result, single, result)
        np.divide(single, result, result)  # half the time of np.reciprocal
        np.copyto(result, zero, where=np.less_equal(result, least))
        return result

    return run


# -- gradients, of y = f(x) and the gradient dy ------------------------------------------------------------------


def _gradient(k: KernelContext, formula: Callable[[Any, Any], Any], run: Callable[..., Any]) -> Any:
    """The plain formula for numbers, the one with few temporary arrays for arrays."""
    if not k.output_shapes[0]:
        return formula
    k.takes_out = True
    return run


@kernel("TanhGrad")
def tanh_grad(k: KernelContext) -> Any:
    """Dy (1 - y y)."""
    multiply, subtract, one = k.xp.multiply, k.xp.subtract, _one(k)

    def run(y: Any, dy: Any, out: Any = None) -> Any:
        slope = multiply(y, y)
        subtract(one, slope, slope)
        return multiply(slope, dy, slope if out is None else out)

    return _gradient(k, lambda y, dy: dy * (1 - y * y), run)


@kernel("SigmoidGrad")
def sigmoid_grad(k: KernelContext) -> Any:
    """Dy y (1 - y)."""
    # A plain 1 makes float32 of bfloat16 in older versions of ml_dtypes.
    multiply, subtract, one = k.xp.multiply, k.xp.subtract, _one(k)

    def run(y: Any, dy: Any, out: Any = None) -> Any:
        slope = subtract(one, y)
        multiply(slope, y, slope)
        return multiply(slope, dy, slope if out is None else out)

    return _gradient(k, lambda y, dy: dy * y * (one - y), run)


@kernel("ReciprocalGrad", "InvGrad")
def reciprocal_grad(k: KernelContext) -> Any:
    """-dy y y, with y conjugated."""
    xp = k.xp

    def formula(y: Any, dy: Any) -> Any:
        y = xp.conjugate(y)
        return -y * dy * y

    def run(y: Any, dy: Any, out: Any = None) -> Any:
        result = xp.multiply(y, y)
        xp.negative(result, result)
        return xp.multiply(result, dy, result if out is None else out)

    return formula if k.input_dtypes[0].is_complex else _gradient(k, formula, run)


@kernel("SqrtGrad")
def sqrt_grad(k: KernelContext) -> Any:
    """0.5 dy / y, with y conjugated."""
    xp = k.xp

    def formula(y: Any, dy: Any) -> Any:
        return dy * y.dtype.type(0.5) / xp.conjugate(y)

    def run(y: Any, dy: Any, out: Any = None) -> Any:
        half = xp.multiply(dy, half_number)
        return xp.true_divide(half, y, half if out is None else out)

    half_number = k.input_dtypes[0].np.type(0.5)
    return formula if k.input_dtypes[0].is_complex else _gradient(k, formula, run)


@kernel("RsqrtGrad")
def rsqrt_grad(k: KernelContext) -> Any:
    """-0.5 dy y y y, with y conjugated."""
    xp, factor = k.xp, k.input_dtypes[0].np.type(-0.5)

    def formula(y: Any, dy: Any) -> Any:
        y = xp.conjugate(y)
        return factor * (dy * y) * (y * y)

    def run(y: Any, dy: Any, out: Any = None) -> Any:
        result = xp.multiply(y, y)
        xp.multiply(result, y, result)
        xp.multiply(result, factor, result)
        return xp.multiply(result, dy, result if out is None else out)

    return formula if k.input_dtypes[0].is_complex else _gradient(k, formula, run)


# -- complex numbers ---------------------------------------------------------------------------------------------


@kernel("Complex")
def complex_(k: KernelContext) -> Any:
    """Real + i imag."""
    xp, dtype = k.xp, k.output_dtypes[0].np

    def run(real: Any, imag: Any) -> Any:
        shape = np.broadcast_shapes(np.shape(real), np.shape(imag))
        result = xp.empty(shape, dtype)
        result.real = real
        result.imag = imag
        return result

    return run


@kernel("Real")
def real(k: KernelContext) -> Any:
    """The real parts, as an array of their own."""
    return lambda x: x.real.copy()


@kernel("Imag")
def imag(k: KernelContext) -> Any:
    """The imaginary parts, as an array of their own."""
    return lambda x: x.imag.copy()
