"""L2 loss, L2 normalisation, and the share of zeros."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _scalar(_: ShapeContext) -> Raw:
    return ()


L2_LOSS = ops.define("L2Loss", ["t: T"], ["output: T"], ["T: {half, bfloat16, float, double}"], shape=_scalar)


@ops.gradient("L2Loss")
def _l2_loss_grad(op: Operation, grad: Tensor) -> Tensor:
    return op.inputs[0] * grad


@export("nn.l2_loss")
def l2_loss(t: Any, name: str | None = None) -> Tensor:
    """Returns sum(t ** 2) / 2, a scalar.

    Args:
      t: a tensor of floats.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     float(session.run(tf.nn.l2_loss([3.0, 4.0])))
    12.5
    """
    result: Tensor = make_op(L2_LOSS, t, name=name)
    return result


@export("nn.l2_normalize", "math.l2_normalize", "linalg.l2_normalize")
def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None) -> Tensor:
    """Returns x / sqrt(max(sum(x ** 2), epsilon)).

    Args:
      x: a tensor.
      axis: the axis or axes of the sum; all by default.
      epsilon: what the sum is not let fall below.
      name: the operation's name.
      dim: the old name of `axis`.
    """
    from tangraph.ops.math.arithmetic import multiply
    from tangraph.ops.math.extremes import maximum
    from tangraph.ops.math.reductions import reduce_sum
    from tangraph.ops.math.unary import rsqrt, square

    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    with name_scope(name, "l2_normalize", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        total = reduce_sum(square(x), axis, keepdims=True)
        return multiply(x, rsqrt(maximum(total, epsilon)), name=scope)


@export("nn.zero_fraction", "math.zero_fraction")
def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """Returns the share of zeros among the elements, a float32 scalar; nan when there are none.

    Args:
      value: a tensor of numbers.
      name: the name scope.
    """
    from tangraph.ops.array.identity import identity
    from tangraph.ops.array.shape import size as size_of
    from tangraph.ops.control_flow.cond import cond
    from tangraph.ops.math.cast import cast

    with name_scope(name, "zero_fraction", [value]):
        value = convert_to_tensor(value, name="value")
        size = size_of(value, out_type=dtypes.int64)
        # Counting in int32 is faster where it is enough.
        nonzero = cond(
            size <= dtypes.int32.max,
            true_fn=lambda: cast(_count_nonzero(value, dtypes.int32), dtypes.int64),
            false_fn=lambda: _count_nonzero(value, dtypes.int64),
        )
        with name_scope("counts_to_fraction"):
            zero = cast(size - nonzero, dtypes.float32)
            fraction = zero / cast(size, dtypes.float32)
        return identity(fraction, "fraction")


def _count_nonzero(value: Tensor, dtype: Any) -> Tensor:
    from tangraph.ops.array.fill import zeros
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.comparison import not_equal
    from tangraph.ops.math.reductions import reduce_sum

    with name_scope("count_nonzero", values=[value]):
        zero = zeros([], dtype=value.dtype)
        return reduce_sum(cast(not_equal(value, zero), dtype), name="nonzero_count")
