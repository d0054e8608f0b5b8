"""Running sums and products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.math.broadcast import unchanged_shape

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _cumulative(name: str, types: str) -> OpDef:
    return ops.define(
        name,
        ["x: T", "axis: Tidx"],
        ["out: T"],
        [
            "exclusive: bool = false",
            "reverse: bool = false",
            f"T: {types}",
            "Tidx: {int32, int64} = DT_INT32",
        ],
        shape=unchanged_shape,
        host_inputs=(1,),
    )


CUMSUM = _cumulative("Cumsum", "numbertype")
CUMPROD = _cumulative("Cumprod", "numbertype")
CUMULATIVE_LOGSUMEXP = _cumulative("CumulativeLogsumexp", "{half, float, double}")


def _flags(op: Operation) -> dict[str, Any]:
    """The flags of the running sum in the gradient: the other way round."""
    return {"exclusive": op.attrs["exclusive"], "reverse": not op.attrs["reverse"]}


@ops.gradient("Cumsum")
def _cumsum_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return [cumsum(grad, op.inputs[1], **_flags(op)), None]


@ops.gradient("Cumprod")
def _cumprod_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    x, axis = op.inputs
    product = cumprod(x, axis, exclusive=op.attrs["exclusive"], reverse=op.attrs["reverse"])
    return [cumsum(product * grad, axis, **_flags(op)) / x, None]


@ops.gradient("CumulativeLogsumexp")
def _cumulative_logsumexp_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.math.comparison import greater, less
    from tangraph.ops.math.unary import exp, log

    x, axis = op.inputs
    y = op.outputs[0]
    least = x.dtype.min
    # In logarithms, so that nothing overflows; the two signs of the gradient apart.
    log_positive = make_op("SelectV2", greater(grad, 0), log(grad), least)
    log_negative = make_op("SelectV2", less(grad, 0), log(-grad), least)
    positive = exp(_logsumexp(log_positive - y, axis, op) + x)
    negative = exp(_logsumexp(log_negative - y, axis, op) + x)
    return [positive - negative, None]


def _logsumexp(x: Tensor, axis: Tensor, op: Operation) -> Tensor:
    return cumulative_logsumexp(x, axis=axis, **_flags(op))


def _run(op: OpDef, x: Any, axis: Any, exclusive: bool, reverse: bool, name: str | None) -> Tensor:
    with name_scope(name, op.name, [x]) as scope:
        x = convert_to_tensor(x, name="x")
        result: Tensor = make_op(op, x, axis, exclusive=exclusive, reverse=reverse, name=scope)
        return result


@export("cumsum", "math.cumsum")
def cumsum(x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
    """Returns the running sum along an axis.

    Args:
      x: a tensor of numbers.
      axis: the axis, in [-rank, rank).
      exclusive: whether an element is left out of its own sum.
      reverse: whether to sum from the end.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.cumsum([1, 2, 3], exclusive=True))
    array([0, 1, 3], dtype=int32)
    """
    return _run(CUMSUM, x, axis, exclusive, reverse, name)


@export("cumprod", "math.cumprod")
def cumprod(x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
    """Returns the running product along an axis. The arguments are those of `cumsum`."""
    return _run(CUMPROD, x, axis, exclusive, reverse, name)


@export("math.cumulative_logsumexp")
def cumulative_logsumexp(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """Returns log(cumsum(exp(x))) without overflow. The arguments are those of `cumsum`."""
    return _run(CUMULATIVE_LOGSUMEXP, x, axis, exclusive, reverse, name)
