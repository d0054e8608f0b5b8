"""Reductions over segments of chosen rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _rows(c: ShapeContext) -> Raw:
    data = raw_shape.with_rank_at_least(c.shapes[0], 1)
    raw_shape.merge(c.with_rank(1, 1), c.with_rank(2, 1))
    return data


def _shape(c: ShapeContext) -> Raw:
    data = _rows(c)
    return None if data is None else (None, *data[1:])


def _counted_shape(c: ShapeContext) -> Raw:
    data = _rows(c)
    raw_shape.with_rank(c.shapes[3], 0)
    count = c.value(3)
    if count is not None and count < 0:
        raise ValueError("Cannot specify a negative value for num_segments")
    return None if data is None else (None if count is None else int(count), *data[1:])


def _grad_shape(c: ShapeContext) -> Raw:
    data = _rows(c)
    raw_shape.with_rank(c.shapes[3], 0)
    size = c.value(3)
    if size is not None and size < 0:
        raise ValueError(f"Cannot specify a negative value for output_dim0: {size}")
    return None if data is None else (None if size is None else int(size), *data[1:])


def _op(name: str, types: str) -> tuple[OpDef, OpDef]:
    """Adds the op, and the one that is told the number of segments."""
    attrs = [f"T: {types}", "Tidx: {int32, int64} = DT_INT32"]
    inputs = ["data: T", "indices: Tidx", "segment_ids: int32"]
    plain = ops.define(name, inputs, ["output: T"], attrs, shape=_shape)
    counted = ops.define(
        f"{name}WithNumSegments",
        [*inputs, "num_segments: Tnumsegments"],
        ["output: T"],
        [*attrs, "Tnumsegments: {int32, int64} = DT_INT32"],
        shape=_counted_shape,
        host_inputs=(3,),
    )
    return plain, counted


def _grad_op(name: str) -> OpDef:
    return ops.define(
        name,
        ["grad: T", "indices: Tidx", "segment_ids: int32", "output_dim0: int32"],
        ["output: T"],
        ["T: {float, double}", "Tidx: {int32, int64} = DT_INT32"],
        shape=_grad_shape,
        host_inputs=(3,),
    )


SPARSE_SEGMENT_SUM = _op("SparseSegmentSum", "realnumbertype")
SPARSE_SEGMENT_MEAN = _op("SparseSegmentMean", "{float, double}")
SPARSE_SEGMENT_SQRT_N = _op("SparseSegmentSqrtN", "{float, double}")
SPARSE_SEGMENT_MEAN_GRAD = _grad_op("SparseSegmentMeanGrad")
SPARSE_SEGMENT_SQRT_N_GRAD = _grad_op("SparseSegmentSqrtNGrad")
ops.without_gradient("SparseSegmentMeanGrad", "SparseSegmentSqrtNGrad")


def _padded(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return [grad, *([None] * (len(op.inputs) - 1))]


def _row_count(op: Operation) -> Tensor:
    from tangraph.ops.array.shape import shape

    result: Tensor = shape(op.inputs[0])[0]
    return result


@ops.gradient("SparseSegmentSum", "SparseSegmentSumWithNumSegments")
def _sum_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.gather import gather
    from tangraph.ops.math.segment import unsorted_segment_sum

    count = _row_count(op)
    return _padded(op, unsorted_segment_sum(gather(grad, op.inputs[2]), op.inputs[1], count))


@ops.gradient("SparseSegmentMean", "SparseSegmentMeanWithNumSegments")
def _mean_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    count = _row_count(op)
    return _padded(op, make_op(SPARSE_SEGMENT_MEAN_GRAD, grad, op.inputs[1], op.inputs[2], count))


@ops.gradient("SparseSegmentSqrtN", "SparseSegmentSqrtNWithNumSegments")
def _sqrt_n_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    count = _row_count(op)
    return _padded(op, make_op(SPARSE_SEGMENT_SQRT_N_GRAD, grad, op.inputs[1], op.inputs[2], count))


def _reduce(
    pair: tuple[OpDef, OpDef], data: Any, indices: Any, segment_ids: Any, name: str | None, num_segments: Any
) -> Tensor:
    result: Tensor
    if num_segments is None:
        result = make_op(pair[0], data, indices, segment_ids, name=name)
    else:
        result = make_op(pair[1], data, indices, segment_ids, num_segments, name=name)
    return result


@export("sparse_segment_sum", "sparse.segment_sum")
def sparse_segment_sum(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Returns the sums of chosen rows over segments.

    Args:
      data: a tensor of real numbers of shape [n, ...].
      indices: which rows, int32 or int64 of shape [k].
      segment_ids: the segment of each, int32 of shape [k], not decreasing.
      name: the operation's name.
      num_segments: how many segments there are; the last id + 1 when None.

    Returns:
      A tensor of shape [num_segments, ...]; 0 for segments without rows.
    """
    return _reduce(SPARSE_SEGMENT_SUM, data, indices, segment_ids, name, num_segments)


@export("sparse_segment_mean", "sparse.segment_mean")
def sparse_segment_mean(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Returns the means of chosen rows over segments; see `sparse_segment_sum`."""
    return _reduce(SPARSE_SEGMENT_MEAN, data, indices, segment_ids, name, num_segments)


@export("sparse_segment_sqrt_n", "sparse.segment_sqrt_n")
def sparse_segment_sqrt_n(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Returns the sums of chosen rows over segments divided by the roots of their numbers; see `sparse_segment_sum`."""
    return _reduce(SPARSE_SEGMENT_SQRT_N, data, indices, segment_ids, name, num_segments)
