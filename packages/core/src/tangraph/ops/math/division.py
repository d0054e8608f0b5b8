"""Quotients and remainders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.math.arithmetic import NUMBERS
from tangraph.ops.math.broadcast import BroadcastSums, broadcast_shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

ops = OpSet()
_MOD_TYPES = "int32, int64, bfloat16, half, float, double"


def _binary(name: str, types: str) -> OpDef:
    return ops.define(name, ["x: T", "y: T"], ["z: T"], [f"T: {{{types}}}"], shape=broadcast_shape, elementwise=True)


DIV = _binary("Div", NUMBERS)
REAL_DIV = _binary("RealDiv", NUMBERS)
FLOOR_DIV = _binary("FloorDiv", NUMBERS)
TRUNCATE_DIV = _binary("TruncateDiv", NUMBERS)
DIV_NO_NAN = _binary("DivNoNan", "half, float, double, complex64, complex128")
MOD = _binary("Mod", "int32, int64, half, bfloat16, float, double")
FLOOR_MOD = _binary("FloorMod", _MOD_TYPES)
TRUNCATE_MOD = _binary("TruncateMod", _MOD_TYPES)
ops.without_gradient("Mod", "TruncateMod")

#: What an integer or float type is divided as by ``/``; None for as it is.
_TRUE_DIVISION: Final = {
    "uint8": dtypes.float32,
    "int8": dtypes.float32,
    "uint16": dtypes.float32,
    "int16": dtypes.float32,
    "int32": dtypes.float64,
    "int64": dtypes.float64,
    "bfloat16": None,
    "float16": None,
    "float32": None,
    "float64": None,
    "complex64": None,
    "complex128": None,
}


def _quotient_grad(op: Operation, grad: Tensor, divide_by: Callable[[Any, Any], Tensor]) -> list[Tensor]:
    from tangraph.ops.math.complex import conj

    x, y = op.inputs
    sums = BroadcastSums(x, y)
    x, y = conj(x), conj(y)
    x_grad = sums.of_x(divide_by(grad, y))
    return [x_grad, sums.of_y(grad * divide_by(divide_by(-x, y), y))]


@ops.gradient("Div")
def _div_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    return _quotient_grad(op, grad, lambda a, b: a / b)


@ops.gradient("RealDiv")
def _real_div_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    return _quotient_grad(op, grad, realdiv)


@ops.gradient("DivNoNan")
def _div_no_nan_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    return _quotient_grad(op, grad, div_no_nan)


@ops.gradient("FloorDiv", "TruncateDiv")
def _whole_div_grad(op: Operation, grad: Tensor) -> list[None]:
    return [None, None]


@ops.gradient("FloorMod")
def _floor_mod_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    from tangraph.ops.math.unary import negative

    x, y = op.inputs
    sums = BroadcastSums(x, y)
    quotient = floor_div(x, y)
    x_grad = sums.of_x(grad)
    return [x_grad, sums.of_y(grad * negative(quotient))]


@export("realdiv")
def realdiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x / y element by element, for floats and complex numbers."""
    result: Tensor = make_op(REAL_DIV, x, y, name=name)
    return result


@export("floor_div")
def floor_div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns the greatest whole number not above x / y, element by element."""
    result: Tensor = make_op(FLOOR_DIV, x, y, name=name)
    return result


@export("truncatediv")
def truncatediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x / y rounded towards zero, element by element, for integers."""
    result: Tensor = make_op(TRUNCATE_DIV, x, y, name=name)
    return result


@export("floormod", "math.floormod", "mod", "math.mod")
def floormod(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns the remainder of floor division, x - floor(x / y) y, which has the sign of y."""
    result: Tensor = make_op(FLOOR_MOD, x, y, name=name)
    return result


@export("truncatemod")
def truncatemod(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns the remainder of division towards zero, which has the sign of x."""
    result: Tensor = make_op(TRUNCATE_MOD, x, y, name=name)
    return result


@export("truediv", "math.truediv")
def truediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x / y as Python 3 has it: integers are divided as floats.

    Args:
      x: a tensor of numbers; int32 and int64 are divided as float64, smaller integers as float32.
      y: of the same type.
      name: the operation's name.

    Raises:
      TypeError: the types differ or are not numbers.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.truediv(tf.constant([7, -7]), 2)
    <tf.Tensor 'truediv:0' shape=(2,) dtype=float64>
    """
    from tangraph.ops.math.cast import cast

    with name_scope(name, "truediv", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y")
        x_type, y_type = x.dtype.base, y.dtype.base
        if x_type is not y_type:
            raise TypeError(f"x and y must have the same dtype, got {x_type!r} != {y_type!r}")
        if x_type.name not in _TRUE_DIVISION:
            raise TypeError(f"Invalid dtype {x_type!r} in __truediv__")
        dtype = _TRUE_DIVISION[x_type.name]
        if dtype is not None:
            x, y = cast(x, dtype), cast(y, dtype)
        return realdiv(x, y, name=scope)


@export("div")
def div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x / y as Python 2 has it: integers are divided down to integers.

    Args:
      x: a tensor of numbers.
      y: of the same type.
      name: the operation's name.
    """
    with name_scope(name, "div", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base)
        if x.dtype.is_floating or x.dtype.is_complex:
            return realdiv(x, y, name=scope)
        return floor_div(x, y, name=scope)


@export("divide", "math.divide")
def divide(x: Any, y: Any, name: str | None = None) -> Any:
    """Returns ``x / y`` as Python computes it; with a name, `truediv(x, y, name)`."""
    return x / y if name is None else truediv(x, y, name)


@export("floordiv", "math.floordiv")
def floordiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x // y as Python has it, rounded down, element by element.

    Args:
      x: a tensor of real numbers.
      y: of the same type.
      name: the operation's name.

    Raises:
      InvalidArgumentError: (when run) an integer is divided by zero.
    """
    with name_scope(name, "floordiv", [x, y]) as scope:
        return floor_div(x, y, name=scope)


@export("div_no_nan", "math.divide_no_nan")
def div_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x / y, and 0 where y is 0.

    Args:
      x: a tensor of floats or complex numbers.
      y: of the same type.
      name: the operation's name.
    """
    with name_scope(name, "div_no_nan", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base)
        result: Tensor = make_op(DIV_NO_NAN, x, y, name=scope)
        return result


@export("math.reciprocal_no_nan")
def reciprocal_no_nan(x: Any, name: str | None = None) -> Tensor:
    """Returns 1 / x, and 0 where x is 0."""
    with name_scope(name, "reciprocal_no_nan", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        one = convert_to_tensor(1, dtype=x.dtype.base, name="one")
        result: Tensor = make_op(DIV_NO_NAN, one, x, name=scope)
        return result
