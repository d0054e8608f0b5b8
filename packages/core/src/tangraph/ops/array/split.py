"""A tensor cut into parts along an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import Dimension
from tangraph.ops.array.reshape import divide_evenly

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _known_axis(c: ShapeContext, index: int, whole: Raw) -> int | None:
    """Returns the axis that a scalar input gives, not negative; None when it is not known."""
    value = c.value(index)
    if value is None:
        return None
    if value.ndim:
        raise ValueError(f"Input must be scalar but has rank {value.ndim}")
    axis = int(value)
    if whole is None:
        return axis if axis >= 0 else None
    rank = len(whole)
    if not -rank <= axis < rank:
        raise ValueError(f"Dimension size, given by scalar input {axis} must be in range [-{rank}, {rank})")
    return axis % rank


def _with_size(whole: Raw, axis: int, size: int | None) -> Raw:
    return None if whole is None else (*whole[:axis], size, *whole[axis + 1 :])


def _split_shape(c: ShapeContext) -> list[Raw]:
    whole, count = c.shapes[1], c.attr("num_split")
    axis = _known_axis(c, 0, whole)
    if axis is None or whole is None:
        return [None if whole is None else (None,) * len(whole)] * count
    try:
        size = divide_evenly(whole[axis], count)
    except ValueError as error:
        raise ValueError(f"{error}\n\tNumber of ways to split should evenly divide the split dimension") from None
    return [_with_size(whole, axis, size)] * count


def _split_v_shape(c: ShapeContext) -> list[Raw]:
    whole, count = c.shapes[0], c.attr("num_split")
    axis = _known_axis(c, 2, whole)
    known = c.value(1)
    if whole is None:
        return [None] * count
    if not whole:
        raise ValueError("Can't split scalars")
    if known is None:
        return [(None,) * len(whole) if axis is None else _with_size(whole, axis, None)] * count
    if axis is None:
        # TensorFlow takes an axis that it does not know for the last one.
        axis = len(whole) - 1
    sizes = known.ravel().tolist()
    if len(sizes) != count:
        raise ValueError("Length of size_splits should be equal to num_outputs")
    if sizes.count(-1) > 1:
        raise ValueError("size_splits can only have one -1")
    total, size = sum(s for s in sizes if s != -1), whole[axis]
    if size is not None and (total > size if -1 in sizes else total != size):
        raise ValueError(f"can't split axis of size {size} into pieces of size [{','.join([str(s) for s in sizes])}]")
    rest = None if size is None else size - total
    return [_with_size(whole, axis, rest if s == -1 else s) for s in sizes]


SPLIT = ops.define(
    "Split",
    ["split_dim: int32", "value: T"],
    ["output: num_split * T"],
    ["num_split: int >= 1", "T: type"],
    shape=_split_shape,
    host_inputs=(0,),
)
SPLIT_V = ops.define(
    "SplitV",
    ["value: T", "size_splits: Tlen", "split_dim: int32"],
    ["output: num_split * T"],
    ["num_split: int >= 1", "T: type", "Tlen: {int32, int64} = DT_INT64"],
    shape=_split_v_shape,
    host_inputs=(1, 2),
)


@ops.gradient("Split")
def _split_grad(op: Operation, *grads: Tensor) -> tuple[None, Tensor]:
    from tangraph.ops.array.concat import concat

    return None, concat(list(grads), op.inputs[0])


@ops.gradient("SplitV")
def _split_v_grad(op: Operation, *grads: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.concat import concat

    return [concat(list(grads), op.inputs[2]), None, None]


@export("split")
def split(
    value: Any, num_or_size_splits: Any, axis: Any = 0, num: int | None = None, name: str = "split"
) -> list[Tensor]:
    """Cuts a tensor into parts along an axis.

    Args:
      value: a tensor.
      num_or_size_splits: how many equal parts, an int; or the sizes of the parts, a vector in which one may be -1.
      axis: the axis, in ``[-rank, rank)``.
      num: how many parts, when the vector of sizes does not tell.
      name: the operation's name.

    Returns:
      A list of tensors.

    Raises:
      ValueError: the size of the dimension cannot be cut that way.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     [part.shape.as_list() for part in tf.split(tf.zeros([5, 30]), [4, 15, 11], 1)]
    [[5, 4], [5, 15], [5, 11]]
    """
    sizes = convert_to_tensor(num_or_size_splits)
    result: list[Tensor]
    if isinstance(num_or_size_splits, (int, Dimension)):
        result = make_op(SPLIT, axis, value, num_split=num_or_size_splits, name=name)
        return result
    if sizes.raw_shape == ():
        raise ValueError(
            "Rank-0 tensors are not supported as the num_or_size_splits argument to split. Argument provided: "
            f"{num_or_size_splits}"
        )
    if num is None:
        num = raw_shape.with_rank(sizes.raw_shape, 1)[0] if sizes.raw_shape else None
        if num is None:
            raise ValueError(f"Cannot infer num from shape {num_or_size_splits}")
    result = make_op(SPLIT_V, value, sizes, axis, num_split=num, name=name)
    return result
