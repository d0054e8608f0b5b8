"""Tensors put one after the other along an axis that they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.constant_value import constant_value
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.constant import constant
from tangraph.ops.array.identity import identity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _concat_shape(c: ShapeContext) -> Raw:
    return _joined(c, 0, c.shapes[1:])


def _concat_v2_shape(c: ShapeContext) -> Raw:
    return _joined(c, len(c.shapes) - 1, c.shapes[:-1])


def _joined(c: ShapeContext, axis_index: int, shapes: Sequence[Raw]) -> Raw:
    raw_shape.with_rank(c.shapes[axis_index], 0)
    value = c.value(axis_index)
    if value is None:
        rank = next((len(s) for s in shapes if s is not None), None)
        if rank is None:
            return None
        if rank == 0:
            raise ValueError("Can't concatenate scalars (use tf.stack instead)")
        for shape in shapes:
            raw_shape.with_rank(shape, rank)
        return (None,) * rank
    axis = int(value)
    least = -axis if axis < 0 else axis + 1
    for shape in reversed(shapes):
        raw_shape.with_rank_at_least(shape, least)
    before, middle, after = _cut(shapes[-1], axis)
    for shape in reversed(shapes[:-1]):
        parts = _cut(shape, axis)
        before = raw_shape.merge(parts[0], before)
        middle = None if middle is None or parts[1] is None else middle + parts[1]
        after = raw_shape.merge(parts[2], after)
    return raw_shape.concatenate(raw_shape.concatenate(before, (middle,)), after)


def _cut(shape: Raw, axis: int) -> tuple[Raw, int | None, Raw]:
    """Returns the dimensions before an axis, its size, and the dimensions after it."""
    if shape is None:
        return None if axis else (), None, () if axis == -1 else None
    return shape[:axis], shape[axis], () if axis == -1 else shape[axis + 1 :]


def _concat_offset_shape(c: ShapeContext) -> list[Raw]:
    result: Raw = raw_shape.with_rank(c.shapes[1], 1)
    for shape in c.shapes[2:]:
        result = raw_shape.merge(raw_shape.with_rank(shape, 1), result)
    return [raw_shape.with_rank(s, 1) for s in c.shapes[1:]]


CONCAT = ops.define(
    "Concat",
    ["concat_dim: int32", "values: N * T"],
    ["output: T"],
    ["N: int >= 2", "T: type"],
    shape=_concat_shape,
    host_inputs=(0,),
)
CONCAT_V2 = ops.define(
    "ConcatV2",
    ["values: N * T", "axis: Tidx"],
    ["output: T"],
    ["N: int >= 2", "T: type", "Tidx: {int32, int64} = DT_INT32"],
    shape=_concat_v2_shape,
    host_inputs=(1,),
)
CONCAT_OFFSET = ops.define(
    "ConcatOffset",
    ["concat_dim: int32", "shape: N * int32"],
    ["offset: N * int32"],
    ["N: int >= 2"],
    shape=_concat_offset_shape,
    host_inputs=(0, 1),
)
ops.not_differentiable("ConcatOffset")


@ops.gradient("ConcatV2")
def _concat_v2_grad(op: Operation, grad: Any) -> list[Any]:
    inputs = list(op.inputs)
    if len(inputs) == 2:
        return [grad, None]
    return [*_parts(grad, inputs[:-1], inputs[-1]), None]


@ops.gradient("Concat")
def _concat_grad(op: Operation, grad: Any) -> list[Any]:
    inputs = list(op.inputs)
    if len(inputs) == 2:
        return [None, grad]
    return [None, *_parts(grad, inputs[1:], inputs[0])]


def _parts(grad: Any, values: Sequence[Tensor], axis: Tensor) -> list[Any]:
    """Cuts the gradient of a concatenation into those of its inputs."""
    from tangraph.ops.array.shape import rank

    if not isinstance(grad, Tensor):
        return _sparse_parts(grad, values, axis)
    if axis.op.type == "Const":
        axis = _axis_in_context_of(grad, axis)
    axis = axis % rank(values[0])
    sizes = _input_shapes(values)
    if len(sizes) > 16:
        return _split_parts(grad, axis, sizes)
    from tangraph.ops.array.slicing import slice as slice_

    offsets = make_op(CONCAT_OFFSET, axis, sizes)
    return [slice_(grad, begin, size) for begin, size in zip(offsets, sizes, strict=True)]


def _axis_in_context_of(grad: Tensor, axis: Tensor) -> Tensor:
    """A constant axis outside of the gradient's loop or branch is made anew inside."""
    from tangraph.ops.control_flow.util import output_context

    if output_context(grad.op) is output_context(axis.op):
        return axis
    return constant(constant_value(axis), dtype=axis.dtype)


def _input_shapes(values: Sequence[Tensor]) -> list[Tensor]:
    from tangraph.ops.array.shape import shape, shape_n

    sizes: list[Tensor] = []
    for value in values:
        size = shape(value)
        if size.op.type != "Const":
            return shape_n(list(values))
        sizes.append(size)
    return sizes


def _split_parts(grad: Tensor, axis: Tensor, sizes: Sequence[Tensor]) -> list[Tensor]:
    from tangraph.ops.array.packing import stack
    from tangraph.ops.array.reshape import squeeze
    from tangraph.ops.array.slicing import slice as slice_
    from tangraph.ops.array.split import split

    along = squeeze(slice_(stack(list(sizes), axis=1), [axis, 0], [1, -1]))
    return split(grad, along, axis)


def _sparse_parts(grad: Any, values: Sequence[Tensor], axis: Tensor) -> list[Any]:
    from tangraph.framework.indexed_slices import IndexedSlices
    from tangraph.ops.array.shape import rank, shape

    if not isinstance(grad, IndexedSlices):
        raise TypeError(f"Expected Tensor or IndexedSlices, got {type(grad)}")
    non_negative = axis % rank(values[0])
    known = constant_value(axis)
    if known is None:
        raise ValueError("Can only compute IndexedSlices gradient with statically-known concat_dim")
    known = int(known)
    if known < 0:
        known_rank = constant_value(rank(values[0]))
        if known_rank is None:
            raise ValueError(
                "Can only compute IndexedSlices gradient with negative concat_dim when first value rank is "
                "statically-known."
            )
        known %= int(known_rank)
    sizes = [shape(v) for v in values]
    if known > 0:
        return _sparse_columns(grad, sizes, non_negative)
    return _sparse_rows(grad, sizes, non_negative)


def _sparse_columns(grad: Any, sizes: Sequence[Tensor], axis: Tensor) -> list[Any]:
    from tangraph.framework.indexed_slices import IndexedSlices
    from tangraph.ops.array.fill import fill
    from tangraph.ops.array.reshape import expand_dims
    from tangraph.ops.array.shape import shape
    from tangraph.ops.array.slicing import slice as slice_
    from tangraph.ops.math.arithmetic import add

    rank_vector = shape(sizes[0])
    mask = concat([fill(expand_dims(axis, 0), 0), [1], fill(rank_vector - axis - 1, 0)], 0)
    begin = fill(rank_vector, 0)
    parts = []
    for size in sizes:
        taken = slice_(grad.values, begin, concat([[-1], slice_(size, [1], [-1])], 0))
        parts.append(IndexedSlices(taken, grad.indices, size))
        begin = add(begin, size * mask)
    return parts


def _sparse_rows(grad: Any, sizes: Sequence[Tensor], axis: Tensor) -> list[Any]:
    from tangraph.framework.indexed_slices import IndexedSlices
    from tangraph.ops.array.gather import gather
    from tangraph.ops.array.reshape import squeeze
    from tangraph.ops.array.where import where
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.logical import logical_and

    start: Any = constant(0, dtype=grad.indices.dtype)
    parts = []
    for size in sizes:
        rows = gather(size, axis)
        if rows.dtype != grad.indices.dtype:
            rows = cast(rows, dtype=grad.indices.dtype)
        end = start + rows
        chosen = squeeze(where(logical_and(grad.indices >= start, grad.indices < end)), axis=[1])
        indices = gather(grad.indices, chosen) - start
        parts.append(IndexedSlices(gather(grad.values, chosen), indices, size))
        start = end
    return parts


@export("concat")
def concat(values: Any, axis: Any, name: str = "concat") -> Tensor:
    """Joins tensors along one axis.

    Args:
      values: a list of tensors that have one type and, but for `axis`, one shape; or a single tensor.
      axis: an int32 or int64 scalar in ``[-rank, rank)``.
      name: the operation's name.

    Raises:
      ValueError: the shapes do not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.concat([tf.zeros([2, 3]), tf.zeros([2, 1])], axis=1)
    <tf.Tensor 'concat:0' shape=(2, 4) dtype=float32>
    """
    if not isinstance(values, (list, tuple)):
        values = [values]
    if len(values) == 1:
        with name_scope(name):
            convert_to_tensor(axis, name="concat_dim", dtype=dtypes.int32).shape.assert_has_rank(0)
            return identity(values[0], name=name)
    result: Tensor = make_op(CONCAT_V2, values, axis, name=name)
    return result
