"""Element by element: arithmetic, comparison, rounding, powers, trigonometry, special functions, bits, types."""

from __future__ import annotations

import numpy as np
from scipy import special

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing import OpCase, bools, given, known, of, positive
from tangraph.testing.basic_cases import FLOATS, NUMBERS, REALS

EVERY_FLOAT = f"{FLOATS} bfloat16"
COMPLEX = "complex64 complex128"
WIDE = "float32 float64"
INTS = "int8 int16 int32 int64 uint8 uint16 uint32 uint64"
DIVISOR = given([[2, 3, 5]])
HALVES = given([-2.5, -1.5, -0.7, 0.5, 1.5, 2.4])
SPECIAL = given([0.0, -1.0, np.inf, -np.inf, np.nan, 2.0])
UNIT = of(2, 3, low=-0.9, high=0.9)
ABOVE_ONE = of(2, 3, low=1.2, high=3)


def raw(op_type, **attrs):
    return lambda *inputs: make_op(op_type, *inputs, **attrs)


def truncated(x, y):
    return np.trunc(x / y).astype(x.dtype)


def unary(op, call, reference, inputs=of(2, 3), types=EVERY_FLOAT, label="", tolerance=4.0, gradients=2):  # noqa: B008
    return OpCase(op, call, (inputs,), reference, types, label, tolerance=tolerance, gradients=gradients)


def binary(op, call, reference, x, y, types=NUMBERS, label="", tolerance=4.0, gradients=1):
    return OpCase(op, call, (x, y), reference, types, label, tolerance=tolerance, gradients=gradients)


UNARY = [
    unary("Neg", tf.negative, np.negative, types=f"{NUMBERS} bfloat16"),
    unary("Abs", tf.abs, np.abs, types=f"{REALS} int8 int16 bfloat16"),
    unary("Sign", tf.sign, np.sign, types=f"{REALS} bfloat16"),
    unary("Sign", tf.sign, lambda x: x / np.abs(x), types=COMPLEX, label="complex"),
    unary("Square", tf.square, np.square, types=f"{NUMBERS} bfloat16"),
    unary("Sqrt", tf.sqrt, np.sqrt, positive(2, 3), f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Rsqrt", tf.rsqrt, lambda x: 1 / np.sqrt(x), positive(2, 3), f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Exp", tf.exp, np.exp, types=f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Expm1", tf.math.expm1, np.expm1, types=f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Log", tf.log, np.log, positive(2, 3), f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Log1p", tf.log1p, np.log1p, positive(2, 3), f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Reciprocal", tf.reciprocal, np.reciprocal, positive(2, 3), f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Inv", raw("Inv"), np.reciprocal, positive(2, 3), f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Sigmoid", tf.sigmoid, lambda x: 1 / (1 + np.exp(-x)), types=f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Tanh", tf.tanh, np.tanh, types=f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Sin", tf.sin, np.sin, types=f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Cos", tf.cos, np.cos, types=f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Tan", tf.tan, np.tan, UNIT, f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Sinh", tf.sinh, np.sinh, types=f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Cosh", tf.cosh, np.cosh, types=f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Asin", tf.asin, np.arcsin, UNIT, EVERY_FLOAT),
    unary("Acos", tf.acos, np.arccos, UNIT, EVERY_FLOAT),
    unary("Atan", tf.atan, np.arctan, types=EVERY_FLOAT),
    unary("Asinh", tf.asinh, np.arcsinh, types=f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Acosh", tf.acosh, np.arccosh, ABOVE_ONE, f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Atanh", tf.atanh, np.arctanh, UNIT, f"{EVERY_FLOAT} {COMPLEX}"),
    unary("Ceil", tf.math.ceil, np.ceil, gradients=0),
    unary("Floor", tf.floor, np.floor, gradients=0),
    unary("Rint", tf.rint, np.rint, HALVES, gradients=0),
    unary("Round", tf.round, np.round, HALVES, f"{EVERY_FLOAT} int32 int64", gradients=0),
    unary("IsNan", tf.is_nan, np.isnan, SPECIAL),
    unary("IsInf", tf.is_inf, np.isinf, SPECIAL),
    unary("IsFinite", tf.is_finite, np.isfinite, SPECIAL),
    unary("LogicalNot", tf.logical_not, np.logical_not, bools(2, 3), "bool"),
]

#: In terms of the output y of the function: what each contributes to the gradient.
OUTPUT_GRADIENTS = [
    binary("SqrtGrad", raw("SqrtGrad"), lambda y, dy: dy * 0.5 / y, positive(2, 3), of(2, 3), FLOATS, gradients=2),
    binary("RsqrtGrad", raw("RsqrtGrad"), lambda y, dy: dy * -0.5 * y**3, of(2, 3), of(2, 3), FLOATS, gradients=2),
    binary("InvGrad", raw("InvGrad"), lambda y, dy: -dy * y * y, of(2, 3), of(2, 3), EVERY_FLOAT, gradients=2),
    binary("ReciprocalGrad", raw("ReciprocalGrad"), lambda y, dy: -dy * y * y, of(2, 3), of(2, 3), FLOATS),
    binary("SigmoidGrad", raw("SigmoidGrad"), lambda y, dy: dy * y * (1 - y), of(2, 3), of(2, 3), EVERY_FLOAT),
    binary("TanhGrad", raw("TanhGrad"), lambda y, dy: dy * (1 - y * y), of(2, 3), of(2, 3), EVERY_FLOAT, gradients=2),
    binary("SigmoidGrad", raw("SigmoidGrad"), lambda y, dy: dy * y * (1 - y), UNIT, UNIT, COMPLEX, "complex"),
]

SMALL = "uint8 int8 int16"
BINARY = [
    binary("Add", tf.add, lambda x, y: x + y, of(2, 1), of(3), "string int8 uint8 bfloat16", "more types"),
    binary("Sub", tf.subtract, np.subtract, of(2, 3, low=2, high=9), of(3), f"{SMALL} uint16 bfloat16", "more types"),
    binary("Mul", tf.multiply, np.multiply, of(2, 3), of(3), f"{SMALL} uint16 bfloat16", "more types"),
    binary("Mul", tf.multiply, np.multiply, of(), of(0, 3), REALS, "empty"),
    binary("MulNoNan", tf.math.multiply_no_nan, np.multiply, of(2, 3), positive(3), FLOATS, gradients=2),
    binary(
        "MulNoNan",
        tf.math.multiply_no_nan,
        lambda x, y: np.where(y == 0, 0, x * y),
        SPECIAL,
        given([0.0, 0.0, 0.0, 0.0, 0.0, 3.0]),
        FLOATS,
        "zeros",
        gradients=0,
    ),
    binary("SquaredDifference", tf.squared_difference, lambda x, y: (x - y) ** 2, of(2, 3), of(2, 1), REALS),
    binary("Div", raw("Div"), np.divide, of(2, 3), positive(3), f"{EVERY_FLOAT} {COMPLEX}"),
    binary("Div", raw("Div"), truncated, of(4, 3, low=-9, high=9), DIVISOR, "int8 int16 int32 int64 uint8", "integers"),
    binary("RealDiv", tf.realdiv, np.divide, of(2, 3), positive(2, 1), f"{EVERY_FLOAT} {COMPLEX}", gradients=2),
    binary(
        "DivNoNan",
        tf.div_no_nan,
        lambda x, y: np.where(y == 0, 0, x / np.where(y == 0, 1, y)),
        of(2, 3),
        given([0.0, 2.0, -3.0]),
        FLOATS,
        gradients=0,
    ),
    binary("DivNoNan", tf.div_no_nan, np.divide, of(2, 3), positive(3), WIDE, "no zeros", gradients=2),
    binary("FloorDiv", tf.floordiv, np.floor_divide, of(4, 3, low=-9, high=9), DIVISOR, REALS, gradients=0),
    binary("FloorMod", tf.floormod, np.mod, of(4, 3, low=-9, high=9), DIVISOR, REALS, tolerance=20),
    binary("Mod", raw("Mod"), np.fmod, of(4, 3, low=-9, high=9), DIVISOR, REALS, tolerance=20, gradients=0),
    binary("TruncateDiv", tf.truncatediv, truncated, of(4, 3, low=-9, high=9), DIVISOR, "int32 int64", gradients=0),
    binary("TruncateMod", tf.truncatemod, np.fmod, of(4, 3, low=-9, high=9), DIVISOR, REALS, tolerance=20, gradients=0),
    binary("Maximum", tf.maximum, np.maximum, of(2, 3), of(2, 1), f"{REALS} bfloat16"),
    binary("Minimum", tf.minimum, np.minimum, of(2, 3), of(2, 1), f"{REALS} bfloat16"),
    binary("Pow", tf.pow, np.power, positive(2, 3), of(3, low=0), f"{FLOATS} {COMPLEX} int32 int64", gradients=2),
    binary("Xdivy", tf.math.xdivy, np.divide, of(2, 3), positive(3), FLOATS, gradients=2),
    binary("Xlogy", tf.math.xlogy, special.xlogy, of(2, 3), positive(3), FLOATS, gradients=2),
    binary("Xlogy", tf.math.xlogy, special.xlogy, given([0.0, 0.0]), given([0.0, 2.0]), WIDE, "zeros", gradients=0),
    binary("Atan2", tf.atan2, np.arctan2, of(2, 3), of(2, 3), EVERY_FLOAT, gradients=2),
    binary("NextAfter", tf.math.nextafter, np.nextafter, of(2, 3), of(3), "float64", gradients=0),
    binary(
        "ApproximateEqual",
        raw("ApproximateEqual", tolerance=0.5),
        lambda x, y: np.abs(x - y) < 0.5,
        of(3, 4),
        of(3, 4),
        "float32 float64 int32",
    ),
    binary("Equal", tf.equal, np.equal, of(4, 3, low=0), of(3, low=0), f"{SMALL} complex64", "more types"),
    binary("NotEqual", tf.not_equal, np.not_equal, of(4, 3, low=0), of(3, low=0), f"{SMALL} complex64", "more types"),
    binary("Less", tf.less, np.less, of(4, 3), of(3), f"{INTS} bfloat16", "more types"),
    binary("LessEqual", tf.less_equal, np.less_equal, of(4, 3), of(3), f"{INTS} bfloat16", "more types"),
    binary("Greater", tf.greater, np.greater, of(4, 3), of(3), f"{INTS} bfloat16", "more types"),
    binary("GreaterEqual", tf.greater_equal, np.greater_equal, of(4, 3), of(3), f"{INTS} bfloat16", "more types"),
]

BITS = [
    binary("BitwiseAnd", tf.bitwise.bitwise_and, np.bitwise_and, of(3, 4, low=-99, high=99), of(4, high=99), INTS),
    binary("BitwiseOr", tf.bitwise.bitwise_or, np.bitwise_or, of(3, 4, low=-99, high=99), of(4, high=99), INTS),
    binary("BitwiseXor", tf.bitwise.bitwise_xor, np.bitwise_xor, of(3, 4, low=-99, high=99), of(4, high=99), INTS),
    binary("LeftShift", tf.bitwise.left_shift, np.left_shift, of(3, 4, low=0, high=9), of(4, low=0, high=3), INTS),
    binary("RightShift", tf.bitwise.right_shift, np.right_shift, of(3, 4, low=-99, high=99), of(4, low=0), INTS),
    unary("Invert", tf.bitwise.invert, np.invert, of(3, 4, low=-99, high=99), INTS),
    unary(
        "PopulationCount",
        raw("PopulationCount"),
        lambda x: np.array([[(int(v) % 2 ** (8 * x.itemsize)).bit_count() for v in row] for row in x]),
        of(3, 4, low=-99, high=99),
        INTS,
    ),
]

HALF_LESS = "float32 float64"
FUNCTIONS = [
    unary("Lgamma", tf.lgamma, special.gammaln, positive(2, 3), FLOATS),
    unary("Digamma", tf.digamma, special.psi, positive(2, 3), FLOATS),
    unary("Erf", tf.erf, special.erf, types=EVERY_FLOAT),
    unary("Erfc", tf.erfc, special.erfc, types=EVERY_FLOAT),
    unary("BesselI0e", tf.math.bessel_i0e, special.i0e, types=FLOATS),
    unary("BesselI1e", tf.math.bessel_i1e, special.i1e, types=FLOATS),
    binary("Igamma", tf.igamma, special.gammainc, positive(2, 3), positive(2, 1), WIDE, tolerance=20),
    binary("Igammac", tf.igammac, special.gammaincc, positive(2, 3), positive(2, 1), WIDE, tolerance=20),
    binary(
        "IgammaGradA",
        raw("IgammaGradA"),
        lambda a, x: (special.gammainc(a + 1e-6, x) - special.gammainc(a - 1e-6, x)) / 2e-6,
        positive(2, 3),
        positive(2, 3),
        "float32",
        tolerance=20,
    ),
    OpCase(
        "Polygamma",
        tf.polygamma,
        (given([1.0, 2.0, 3.0], differentiable=False), positive(2, 3)),
        lambda n, x: (-1.0) ** (n + 1) * special.factorial(n) * special.zeta(n + 1, x),
        WIDE,
        tolerance=20,
    ),
    OpCase(
        "Zeta", tf.zeta, (of(2, 3, low=2, high=5, differentiable=False), positive(3)), special.zeta, WIDE, tolerance=20
    ),
    OpCase(
        "Betainc",
        tf.betainc,
        (positive(2, 3).fixed(), positive(2, 3).fixed(), of(2, 3, low=0.1, high=0.9)),
        special.betainc,
        WIDE,
        tolerance=20,
    ),
]

COMPLEX_PARTS = [
    binary("Complex", tf.complex, lambda a, b: a + 1j * b, of(2, 3), of(3), WIDE, gradients=0),
    unary("Real", tf.math.real, np.real, types=COMPLEX),
    unary("Imag", tf.math.imag, np.imag, types=COMPLEX),
    unary("Conj", tf.math.conj, np.conj, types=COMPLEX),
    unary("Angle", tf.angle, np.angle, types=COMPLEX),
    unary("ComplexAbs", tf.abs, np.abs, types=COMPLEX),
    OpCase(
        "ComplexAbs",
        lambda a, b: tf.abs(tf.complex(a, b)),
        (of(2, 3), of(2, 3)),
        np.hypot,
        WIDE,
        "of parts",
        tolerance=4,
    ),
    OpCase(
        "Angle",
        lambda a, b: tf.angle(tf.complex(a, b)),
        (of(2, 3), of(2, 3)),
        lambda a, b: np.arctan2(b, a),
        WIDE,
        "of parts",
        tolerance=4,
    ),
    OpCase(
        "Conj",
        lambda a, b: tf.math.imag(tf.math.conj(tf.complex(a, b))) + tf.math.real(tf.complex(a, b)),
        (of(2, 3), of(2, 3)),
        lambda a, b: a - b,
        WIDE,
        "of parts",
    ),
]


def _cast(types, to, inputs=of(2, 3, low=0, high=9), gradients=1):  # noqa: B008
    return OpCase(
        "Cast",
        lambda x: tf.cast(x, to),
        (inputs,),
        lambda x: np.real(x).astype(tf.as_dtype(to).as_numpy_dtype) if to[0] != "c" else x.astype(to),
        " ".join(t for t in types.split() if t != to),
        f"to {to}",
        gradients=gradients,
    )


CASTS = [
    _cast(f"{NUMBERS} {INTS} bool bfloat16", to, gradients=int(to[0] == "f"))
    for to in ("float16", "float32", "float64", "int32", "int64", "int8", "uint8", "complex64", "bfloat16")
] + [_cast("float32 int32 uint8", "bool", given([[0, 1, 2], [3, 0, 0]]), gradients=0)]

REST = [
    OpCase(
        "ClipByValue",
        raw("ClipByValue"),
        (of(2, 3), given(-1), given(1)),
        lambda x, low, high: np.clip(x, low, high),
        REALS,
        gradients=0,
    ),
    OpCase("Minimum", lambda x: tf.clip_by_value(x, -1, 1), (of(2, 3),), lambda x: np.clip(x, -1, 1), FLOATS, "clip"),
    OpCase(
        "BroadcastGradientArgs",
        raw("BroadcastGradientArgs"),
        (known([2, 1, 3]), known([4, 1])),
        lambda a, b: ([1], [0, 2]),
        "int32",
        known_shape=False,
    ),
    OpCase(
        "BroadcastArgs",
        tf.broadcast_dynamic_shape,
        (given([2, 1, 3], "int32"), given([4, 1], "int32")),
        lambda a, b: np.array([2, 4, 3]),
        "int32",
        known_shape=False,
    ),
]

CASES = [
    *UNARY,
    *OUTPUT_GRADIENTS,
    *BINARY,
    *BITS,
    *FUNCTIONS,
    *COMPLEX_PARTS,
    *CASTS,
    *REST,
]
