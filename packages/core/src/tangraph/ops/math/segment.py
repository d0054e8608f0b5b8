"""Reductions over segments: runs of rows that share an id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _segment_shape(c: ShapeContext) -> Raw:
    data = raw_shape.with_rank_at_least(c.shapes[0], 1)
    c.with_rank(1, 1)
    return None if data is None else (None, *data[1:])


def _unsorted_shape(c: ShapeContext) -> Raw:
    data, ids = c.shapes[0], c.shapes[1]
    raw_shape.with_rank(c.shapes[2], 0)
    if ids is None or data is None:
        return None
    raw_shape.with_rank_at_least(data, len(ids))
    for x, y in zip(data, ids, strict=False):
        raw_shape.merge_dim(x, y)
    return (segment_count(c, 2), *data[len(ids) :])


def segment_count(c: ShapeContext, index: int) -> int | None:
    """The number of segments that an input gives, when it is known."""
    count = c.value(index)
    if count is None:
        return None
    if count < 0:
        raise ValueError(f"Dimension size, given by scalar input {index}, must be non-negative but is {count}")
    return int(count)


def _segment_op(name: str, types: str) -> OpDef:
    return ops.define(
        name,
        ["data: T", "segment_ids: Tindices"],
        ["output: T"],
        [f"T: {types}", "Tindices: {int32, int64}"],
        shape=_segment_shape,
    )


def _unsorted_op(name: str, types: str) -> OpDef:
    return ops.define(
        name,
        ["data: T", "segment_ids: Tindices", "num_segments: Tnumsegments"],
        ["output: T"],
        [f"T: {types}", "Tindices: {int32, int64}", "Tnumsegments: {int32, int64} = DT_INT32"],
        shape=_unsorted_shape,
        host_inputs=(2,),
    )


SEGMENT_SUM, SEGMENT_MEAN, SEGMENT_PROD = (
    _segment_op(name, "numbertype") for name in ("SegmentSum", "SegmentMean", "SegmentProd")
)
ops.without_gradient("SegmentProd")
SEGMENT_MIN, SEGMENT_MAX = (_segment_op(name, "realnumbertype") for name in ("SegmentMin", "SegmentMax"))
UNSORTED_SEGMENT_SUM, UNSORTED_SEGMENT_PROD = (
    _unsorted_op(name, "numbertype") for name in ("UnsortedSegmentSum", "UnsortedSegmentProd")
)
UNSORTED_SEGMENT_MAX, UNSORTED_SEGMENT_MIN = (
    _unsorted_op(name, "realnumbertype") for name in ("UnsortedSegmentMax", "UnsortedSegmentMin")
)


@export("segment_sum", "math.segment_sum")
def segment_sum(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Returns the sums of the rows of each segment; 0 for a segment without rows.

    Args:
      data: a tensor of numbers of shape [n, ...].
      segment_ids: the segment of each row, int32 or int64 of shape [n], not decreasing.
      name: the operation's name.

    Returns:
      A tensor of shape [last id + 1, ...].

    Raises:
      InvalidArgumentError: (when run) the ids decrease, or are not as many as the rows.
    """
    result: Tensor = make_op(SEGMENT_SUM, data, segment_ids, name=name)
    return result


@export("segment_mean", "math.segment_mean")
def segment_mean(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Returns the means of the rows of each segment; see `segment_sum`."""
    result: Tensor = make_op(SEGMENT_MEAN, data, segment_ids, name=name)
    return result


@export("segment_prod", "math.segment_prod")
def segment_prod(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Returns the products of the rows of each segment, 1 for one without rows; see `segment_sum`."""
    result: Tensor = make_op(SEGMENT_PROD, data, segment_ids, name=name)
    return result


@export("segment_min", "math.segment_min")
def segment_min(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Returns the least of the rows of each segment; see `segment_sum`."""
    result: Tensor = make_op(SEGMENT_MIN, data, segment_ids, name=name)
    return result


@export("segment_max", "math.segment_max")
def segment_max(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Returns the greatest of the rows of each segment; see `segment_sum`."""
    result: Tensor = make_op(SEGMENT_MAX, data, segment_ids, name=name)
    return result


@export("unsorted_segment_sum", "math.unsorted_segment_sum")
def unsorted_segment_sum(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """Returns the sums of the elements of each segment, in any order; 0 for a segment without any.

    Args:
      data: a tensor of numbers.
      segment_ids: int32 or int64, whose shape is the beginning of the shape of `data`. Elements with a negative id are
        left out.
      num_segments: how many segments there are.
      name: the operation's name.

    Returns:
      A tensor of shape [num_segments, ...].
    """
    result: Tensor = make_op(UNSORTED_SEGMENT_SUM, data, segment_ids, num_segments, name=name)
    return result


@export("unsorted_segment_prod", "math.unsorted_segment_prod")
def unsorted_segment_prod(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """Returns the products of the elements of each segment, 1 for one without any; see `unsorted_segment_sum`."""
    result: Tensor = make_op(UNSORTED_SEGMENT_PROD, data, segment_ids, num_segments, name=name)
    return result


@export("unsorted_segment_max", "math.unsorted_segment_max")
def unsorted_segment_max(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """Returns the greatest elements of each segment; the type's least number for one without any."""
    result: Tensor = make_op(UNSORTED_SEGMENT_MAX, data, segment_ids, num_segments, name=name)
    return result


@export("unsorted_segment_min", "math.unsorted_segment_min")
def unsorted_segment_min(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """Returns the least elements of each segment; the type's greatest number for one without any."""
    result: Tensor = make_op(UNSORTED_SEGMENT_MIN, data, segment_ids, num_segments, name=name)
    return result


@export("unsorted_segment_mean", "math.unsorted_segment_mean")
def unsorted_segment_mean(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """Returns the means of the elements of each segment, 0 for one without any; see `unsorted_segment_sum`."""
    with name_scope(name, "UnsortedSegmentMean"):
        data, segment_ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        counts = _counts(data, segment_ids, num_segments)
        return unsorted_segment_sum(data, segment_ids, num_segments) / counts


@export("unsorted_segment_sqrt_n", "math.unsorted_segment_sqrt_n")
def unsorted_segment_sqrt_n(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """Returns the sums of each segment divided by the roots of the numbers of its elements."""
    from tangraph.ops.math.unary import sqrt

    with name_scope(name, "UnsortedSegmentSqrtN"):
        data, segment_ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        counts = _counts(data, segment_ids, num_segments)
        summed = unsorted_segment_sum(data, segment_ids, num_segments)
        return summed / sqrt(counts)


def _counts(data: Tensor, segment_ids: Tensor, num_segments: Any) -> Tensor:
    """How many elements each segment has, at least 1, in a shape that divides the sums."""
    from tangraph.ops.array.fill import ones
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.extremes import maximum

    counted = unsorted_segment_sum(ones(shape(segment_ids), dtype=data.dtype), segment_ids, num_segments)
    extra: int = data.shape.ndims - segment_ids.shape.ndims  # type: ignore[operator]
    return maximum(reshape(counted, [num_segments, *([1] * extra)]), 1)


# The table of gradients is that of `ops`: it fills when the ops are there.
from tangraph.ops.math import segment_gradients as _gradients  # noqa: E402, F401
