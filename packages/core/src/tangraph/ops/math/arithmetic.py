"""Sums, differences and products, with broadcasting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.math.broadcast import BroadcastSums, broadcast_shape, shapes_fully_specified_and_equal

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

ops = OpSet()
_ADDABLE = "bfloat16, half, float, double, uint8, int8, int16, int32, int64, complex64, complex128"
NUMBERS = "bfloat16, half, float, double, uint8, int8, uint16, int16, int32, int64, complex64, complex128"


def _binary(name: str, types: str) -> OpDef:
    return ops.define(name, ["x: T", "y: T"], ["z: T"], [f"T: {{{types}}}"], shape=broadcast_shape, elementwise=True)


ADD = _binary("Add", f"{_ADDABLE}, string")
ADD_V2 = _binary("AddV2", _ADDABLE)
SUB = _binary("Sub", NUMBERS)
MUL = _binary("Mul", NUMBERS)
MUL_NO_NAN = _binary("MulNoNan", "half, float, double, complex64, complex128")
SQUARED_DIFFERENCE = _binary("SquaredDifference", "bfloat16, half, float, double, int32, int64, complex64, complex128")


@ops.gradient("Add", "AddV2")
def _add_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    x, y = op.inputs
    if shapes_fully_specified_and_equal(x, y, grad):
        return [grad, grad]
    sums = BroadcastSums(x, y, grad)
    return [sums.of_x(grad), sums.of_y(grad)]


@ops.gradient("Sub")
def _sub_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    from tangraph.ops.math.unary import negative

    x, y = op.inputs
    if shapes_fully_specified_and_equal(x, y, grad):
        return [grad, negative(grad)]
    sums = BroadcastSums(x, y, grad)
    return [sums.of_x(grad), sums.of_y(negative(grad))]


_MUL_WITHOUT_CONJUGATE = frozenset({"int32", "float32"})


@ops.gradient("Mul")
def _mul_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    from tangraph.ops.math.complex import conj

    x, y = op.inputs
    if shapes_fully_specified_and_equal(x, y, grad) and grad.dtype.name in _MUL_WITHOUT_CONJUGATE:
        return [multiply(grad, y), multiply(grad, x)]
    sums = BroadcastSums(x, y, grad)
    x, y = conj(x), conj(y)
    return [sums.of_x(multiply(grad, y)), sums.of_y(multiply(x, grad))]


@ops.gradient("MulNoNan")
def _mul_no_nan_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    x, y = op.inputs
    if shapes_fully_specified_and_equal(x, y, grad):
        return [make_op(MUL_NO_NAN, grad, y), make_op(MUL_NO_NAN, x, grad)]
    sums = BroadcastSums(x, y)
    return [sums.of_x(make_op(MUL_NO_NAN, grad, y)), sums.of_y(make_op(MUL_NO_NAN, x, grad))]


@ops.gradient("SquaredDifference")
def _squared_difference_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    from tangraph.ops.math.unary import negative

    x, y = op.inputs
    with control_dependencies([grad]):
        x_grad = scalar_mul(2.0, grad) * (x - y)
    if shapes_fully_specified_and_equal(x, y, grad):
        return [x_grad, negative(x_grad)]
    sums = BroadcastSums(x, y, grad)
    return [sums.of_x(x_grad), negative(sums.of_y(x_grad))]


@export("add", "math.add")
def add(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x + y element by element, with broadcasting.

    Args:
      x: a tensor of numbers or strings.
      y: of the same type.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.add([1.0, 2.0], 10.0))
    array([11., 12.], dtype=float32)
    """
    result: Tensor = make_op(ADD, x, y, name=name)
    return result


def add_v2(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x + y as an AddV2, which is what the operator ``+`` makes."""
    result: Tensor = make_op(ADD_V2, x, y, name=name)
    return result


@export("subtract", "math.subtract")
def subtract(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x - y element by element, with broadcasting.

    Args:
      x: a tensor of numbers.
      y: of the same type.
      name: the operation's name.
    """
    result: Tensor = make_op(SUB, x, y, name=name)
    return result


@export("multiply", "math.multiply")
def multiply(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x * y element by element, with broadcasting.

    Args:
      x: a tensor of numbers.
      y: of the same type.
      name: the operation's name.
    """
    result: Tensor = make_op(MUL, x, y, name=name)
    return result


@export("math.multiply_no_nan")
def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x * y, and 0 where y is 0, even if x is infinite or nan.

    Args:
      x: a tensor of floats or complex numbers.
      y: of the same type.
      name: the operation's name.

    Raises:
      TypeError: the types differ.
    """
    with name_scope(name, "multiply_no_nan", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base)
        result: Tensor = make_op(MUL_NO_NAN, x, y, name=scope)
        return result


@export("math.scalar_mul", "scalar_mul")
def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """Returns a tensor or IndexedSlices multiplied by a number.

    Args:
      scalar: a Python number or a tensor of rank 0.
      x: what to multiply.
      name: the operation's name.

    Raises:
      ValueError: `scalar` has another rank.
    """
    scalar = convert_to_tensor(scalar, dtype=x.dtype.base, name="scalar")
    if scalar.raw_shape != ():
        raise ValueError(f"Only scalar multiply works, got shape {scalar.shape}")
    if hasattr(x, "indices"):
        from tangraph.framework.indexed_slices import IndexedSlices

        return IndexedSlices(multiply(scalar, x.values, name), x.indices, x.dense_shape)
    return multiply(scalar, x, name)


@export("squared_difference", "math.squared_difference")
def squared_difference(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns (x - y)(x - y) element by element, with broadcasting.

    Args:
      x: a tensor of numbers.
      y: of the same type.
      name: the operation's name.
    """
    result: Tensor = make_op(SQUARED_DIFFERENCE, x, y, name=name)
    return result
