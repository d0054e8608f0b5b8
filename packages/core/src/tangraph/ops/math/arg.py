"""Where the extremes are: argmax, argmin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _arg_shape(c: ShapeContext) -> Raw:
    raw_shape.with_rank(c.shapes[1], 0)
    shape = c.shapes[0]
    if shape is None:
        return None
    if len(shape) <= 1:
        # Reducing a scalar makes no sense, but has always been allowed.
        return ()
    axis = c.value(1)
    if axis is None:
        return (None,) * (len(shape) - 1)
    place = int(axis)
    if not -len(shape) <= place < len(shape):
        raise ValueError(
            f"Dimension ({place}) must be in the range [{-len(shape)}, {len(shape)}), where {len(shape)} is the number "
            "of dimensions in the input."
        )
    place %= len(shape)
    return shape[:place] + shape[place + 1 :]


def _arg_op(name: str) -> OpDef:
    return ops.define(
        name,
        ["input: T", "dimension: Tidx"],
        ["output: output_type"],
        ["T: numbertype", "Tidx: {int32, int64} = DT_INT32", "output_type: {int32, int64} = DT_INT64"],
        shape=_arg_shape,
        host_inputs=(1,),
    )


ARG_MAX, ARG_MIN = _arg_op("ArgMax"), _arg_op("ArgMin")


@ops.gradient("ArgMax", "ArgMin")
def _arg_grad(op: Any, grad: Tensor) -> list[None]:
    return [None, None]


def _arg(op: OpDef, input: Any, axis: Any, name: str | None, dimension: Any, output_type: Any) -> Tensor:
    axis = deprecated_argument_lookup("axis", axis, "dimension", dimension)
    result: Tensor = make_op(op, input, 0 if axis is None else axis, output_type=output_type, name=name)
    return result


@export("argmax", "math.argmax")
def argmax(
    input: Any, axis: Any = None, name: str | None = None, dimension: Any = None, output_type: Any = dtypes.int64
) -> Tensor:
    """Returns the index of the greatest element along an axis, the first of equals.

    Args:
      input: a tensor of numbers.
      axis: the axis, in [-rank, rank); 0 when None.
      name: the operation's name.
      dimension: the old name of `axis`.
      output_type: tf.int64 or tf.int32.

    Raises:
      ValueError: the axis is out of range, or given under both names.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.argmax([[1.0, 5.0, 3.0], [4.0, 2.0, 0.0]], 1))
    array([1, 0])
    """
    return _arg(ARG_MAX, input, axis, name, dimension, output_type)


@export("argmin", "math.argmin")
def argmin(
    input: Any, axis: Any = None, name: str | None = None, dimension: Any = None, output_type: Any = dtypes.int64
) -> Tensor:
    """Returns the index of the least element along an axis, the first of equals. The arguments are those of `argmax`."""
    return _arg(ARG_MIN, input, axis, name, dimension, output_type)


@export("arg_max")
def arg_max(input: Any, dimension: Any, output_type: Any = dtypes.int64, name: str | None = None) -> Tensor:
    """The old form of `argmax`."""
    result: Tensor = make_op(ARG_MAX, input, dimension, output_type=output_type, name=name)
    return result


@export("arg_min")
def arg_min(input: Any, dimension: Any, output_type: Any = dtypes.int64, name: str | None = None) -> Tensor:
    """The old form of `argmin`."""
    result: Tensor = make_op(ARG_MIN, input, dimension, output_type=output_type, name=name)
    return result
