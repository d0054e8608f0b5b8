"""Powers, and products with logarithms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.ops.math.broadcast import BroadcastSums, broadcast_shape

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _binary(name: str, types: str) -> OpDef:
    return ops.define(name, ["x: T", "y: T"], ["z: T"], [f"T: {{{types}}}"], shape=broadcast_shape, elementwise=True)


POW = _binary("Pow", "bfloat16, float, half, double, int32, int64, complex64, complex128")
XLOGY = _binary("Xlogy", "half, float, double, complex64, complex128")
XDIVY = _binary("Xdivy", "half, float, double, complex64, complex128")


@ops.gradient("Pow")
def _pow_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    from tangraph.ops.array.fill import ones_like, zeros_like
    from tangraph.ops.array.where import where
    from tangraph.ops.math.comparison import not_equal
    from tangraph.ops.math.complex import conj
    from tangraph.ops.math.unary import log

    x, y = op.inputs
    z = op.outputs[0]
    sums = BroadcastSums(x, y, grad)
    x, y = conj(x), conj(y)
    x_grad = sums.of_x(grad * y * pow(x, y - 1))
    z = conj(z)
    # The logarithm of what is not positive would be nan, and nan times 0 still nan.
    mask = not_equal(x, 0) if x.dtype.is_complex else x > 0
    safe = where(mask, x, ones_like(x))
    logarithm = where(mask, log(safe), zeros_like(x))
    return [x_grad, sums.of_y(grad * z * logarithm)]


def _nonzero(x: Tensor) -> Tensor:
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.comparison import not_equal

    result: Tensor = cast(not_equal(x, cast(0.0, dtype=x.dtype)), dtype=x.dtype)
    return result


@ops.gradient("Xlogy")
def _xlogy_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    x, y = op.inputs
    sums = BroadcastSums(x, y)
    with control_dependencies([grad]):
        partial_x = xlogy(_nonzero(x), y)
        partial_y = xdivy(x, y)
        x_grad = sums.of_x(partial_x * grad)
        return [x_grad, sums.of_y(partial_y * grad)]


@ops.gradient("Xdivy")
def _xdivy_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    from tangraph.ops.math.unary import negative

    x, y = op.inputs
    sums = BroadcastSums(x, y)
    with control_dependencies([grad]):
        partial_x = xdivy(_nonzero(x), y)
        partial_y = xdivy(negative(x), y**2)
        x_grad = sums.of_x(partial_x * grad)
        return [x_grad, sums.of_y(partial_y * grad)]


@export("pow", "math.pow")
def pow(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x to the power of y, element by element, with broadcasting.

    Args:
      x: a tensor of floats, complex numbers, int32 or int64.
      y: of the same type.
      name: the operation's name.

    Raises:
      InvalidArgumentError: (when run) an integer is raised to a negative power.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.pow([2, 3], 3))
    array([ 8, 27], dtype=int32)
    """
    with name_scope(name, "Pow", [x]) as scope:
        result: Tensor = make_op(POW, x, y, name=scope)
        return result


@export("math.xlogy")
def xlogy(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x log(y), and 0 where x is 0."""
    result: Tensor = make_op(XLOGY, x, y, name=name)
    return result


@export("math.xdivy")
def xdivy(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Returns x / y, and 0 where x is 0."""
    result: Tensor = make_op(XDIVY, x, y, name=name)
    return result


@export("math.polyval")
def polyval(coeffs: list[Any], x: Any, name: str | None = None) -> Tensor:
    """Returns the value of a polynomial by Horner's rule.

    Args:
      coeffs: a list of tensors or numbers, that of the highest power first; an empty list is the polynomial 0.
      x: where to evaluate.
      name: the name scope, "polyval" by default.

    Raises:
      ValueError: `coeffs` is no list.
    """
    from tangraph.framework.tensor_conversion import convert_to_tensor
    from tangraph.ops.array.fill import zeros_like

    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type found {type(coeffs)}.")
    with name_scope(name, "polyval", [*coeffs, x]) as scope:
        x = convert_to_tensor(x, name="x")
        if not coeffs:
            return zeros_like(x, name=scope)
        tensors = [convert_to_tensor(c, name=f"coeff_{i}") for i, c in enumerate(coeffs)]
        result = tensors[0]
        for coefficient in tensors[1:]:
            result = coefficient + result * x
        return result
