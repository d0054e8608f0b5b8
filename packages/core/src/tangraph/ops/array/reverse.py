"""Elements in reverse order: reverse, reverse_sequence; and shifted around: roll."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _check_rank(whole: Raw) -> None:
    if whole is not None and len(whole) > 8:
        raise ValueError("reverse does not work on tensors with more than 8 dimensions")


def _reverse_shape(c: ShapeContext) -> Raw:
    (count,) = raw_shape.with_rank(c.shapes[1], 1)
    whole = c.shapes[0] if count is None else raw_shape.with_rank(c.shapes[0], count)
    _check_rank(whole)
    return whole


def _reverse_v2_shape(c: ShapeContext) -> Raw:
    whole, axes = c.shapes[0], None
    raw_shape.with_rank(c.shapes[1], 1)
    _check_rank(whole)
    axes = c.value(1)
    if axes is None or whole is None:
        return whole
    rank, seen = len(whole), set()
    for i, axis in enumerate(axes.tolist()):
        if not -rank <= axis < rank:
            raise ValueError(f"'axis'[{i}] = {axis} is out of valid range [0, {rank - 1}")
        if axis % rank in seen:
            raise ValueError(f"axis {axis % rank} specified more than once.")
        seen.add(axis % rank)
    return whole


def _reverse_sequence_shape(c: ShapeContext) -> Raw:
    (lengths,) = raw_shape.with_rank(c.shapes[1], 1)
    whole, batch, seq = c.shapes[0], c.attr("batch_dim"), c.attr("seq_dim")
    if whole is None:
        return None
    for what, axis in (("batch_dim", batch), ("seq_dim", seq)):
        if axis >= len(whole):
            raise ValueError(f"{what} must be < input rank: {axis} vs. {len(whole)}")
    size = raw_shape.merge_dim(whole[batch], lengths)
    return (*whole[:batch], size, *whole[batch + 1 :])


def _roll_shape(c: ShapeContext) -> Raw:
    whole = raw_shape.with_rank_at_least(c.shapes[0], 1)
    raw_shape.with_rank_at_most(c.shapes[1], 1)
    raw_shape.with_rank_at_most(c.shapes[2], 1)
    return whole


_TYPES = "uint8, int8, uint16, int16, int32, int64, bool, half, float, double, complex64, complex128, string"
_TYPES_V2 = _TYPES.replace("bool, ", "bool, bfloat16, ")
REVERSE = ops.define(
    "Reverse",
    ["tensor: T", "dims: bool"],
    ["output: T"],
    [f"T: {{{_TYPES}}}"],
    shape=_reverse_shape,
    host_inputs=(1,),
    aliases={0: 0},
)
REVERSE_V2 = ops.define(
    "ReverseV2",
    ["tensor: T", "axis: Tidx"],
    ["output: T"],
    [
        "Tidx: {int32, int64} = DT_INT32",
        f"T: {{{_TYPES_V2}}}",
    ],
    shape=_reverse_v2_shape,
    host_inputs=(1,),
    aliases={0: 0},
)
REVERSE_SEQUENCE = ops.define(
    "ReverseSequence",
    ["input: T", "seq_lengths: Tlen"],
    ["output: T"],
    ["seq_dim: int", "batch_dim: int = 0", "T: type", "Tlen: {int32, int64} = DT_INT64"],
    shape=_reverse_sequence_shape,
)
ROLL = ops.define(
    "Roll",
    ["input: T", "shift: Tshift", "axis: Taxis"],
    ["output: T"],
    ["T: type", "Tshift: {int32, int64}", "Taxis: {int32, int64}"],
    shape=_roll_shape,
    host_inputs=(1, 2),
)


@ops.gradient("Reverse")
def _reverse_grad(op: Operation, grad: Tensor) -> tuple[Tensor, None]:
    return make_op(REVERSE, grad, op.inputs[1]), None


@ops.gradient("ReverseV2")
def _reverse_v2_grad(op: Operation, grad: Tensor) -> tuple[Tensor, None]:
    return reverse(grad, op.inputs[1]), None


@ops.gradient("ReverseSequence")
def _reverse_sequence_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return [
        reverse_sequence(grad, op.inputs[1], seq_axis=op.attrs["seq_dim"], batch_axis=op.attrs["batch_dim"]),
        None,
    ]


@ops.gradient("Roll")
def _roll_grad(op: Operation, grad: Tensor) -> tuple[Tensor, None, None]:
    return roll(grad, -op.inputs[1], op.inputs[2]), None, None


@export("reverse", "reverse_v2", "manip.reverse")
def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """Reverses the order of the elements along axes.

    Args:
      tensor: a tensor.
      axis: an int32 or int64 vector of axes, each once.
      name: the operation's name.

    Raises:
      ValueError: an axis is out of range, or named twice.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.reverse([1, 2, 3], [0])).tolist()
    [3, 2, 1]
    """
    result: Tensor = make_op(REVERSE_V2, tensor, axis, name=name)
    return result


@export("reverse_sequence")
def reverse_sequence(
    input: Any,
    seq_lengths: Any,
    seq_axis: int | None = None,
    batch_axis: int | None = None,
    name: str | None = None,
    seq_dim: int | None = None,
    batch_dim: int | None = None,
) -> Tensor:
    """Reverses the first elements of each sequence of a batch.

    Args:
      input: a tensor.
      seq_lengths: an int32 or int64 vector: how many elements of each sequence are reversed.
      seq_axis: the axis along which a sequence goes.
      batch_axis: the axis of the batch; 0 when None.
      name: the operation's name.
      seq_dim: the old name of `seq_axis`.
      batch_dim: the old name of `batch_axis`.

    Raises:
      ValueError: an axis is out of range.
    """
    seq_axis = deprecated_argument_lookup("seq_axis", seq_axis, "seq_dim", seq_dim)
    batch_axis = deprecated_argument_lookup("batch_axis", batch_axis, "batch_dim", batch_dim)
    result: Tensor = make_op(
        REVERSE_SEQUENCE, input, seq_lengths, seq_dim=seq_axis, batch_dim=batch_axis or 0, name=name
    )
    return result


@export("roll", "manip.roll")
def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """Shifts the elements of a tensor along axes; what leaves at one end comes in at the other.

    Args:
      input: a tensor of rank 1 or more.
      shift: by how many places, an integer or a vector of them.
      axis: along which axes, in the shape of `shift`; an axis that occurs twice is shifted twice.
      name: the operation's name.
    """
    result: Tensor = make_op(ROLL, input, shift, axis, name=name)
    return result
