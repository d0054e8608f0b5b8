"""Sums, products, extremes and means of RaggedTensors: along axes, and by segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import ones_like, zeros
from tangraph.ops.array.gather import gather
from tangraph.ops.array.repeat import positive_axis
from tangraph.ops.array.shape import shape
from tangraph.ops.check_ops import assert_equal
from tangraph.ops.math import reductions as dense
from tangraph.ops.math import segment
from tangraph.ops.math.cast import cast
from tangraph.ops.math.cumulative import cumsum
from tangraph.ops.math.extremes import maximum
from tangraph.ops.math.unary import sqrt
from tangraph.ops.ragged.factories import from_nested_row_splits, from_row_splits
from tangraph.ops.ragged.functional import map_flat_values
from tangraph.ops.ragged.gather import range as ragged_range
from tangraph.ops.ragged.segment_ids import row_splits_to_segment_ids
from tangraph.ops.ragged.tensor import RaggedTensor, as_tensor_or_ragged, is_ragged, matched_row_splits

if TYPE_CHECKING:
    from collections.abc import Callable

    Op = Callable[..., Any]


def segmented(op: Op, data: Any, segment_ids: Any, num_segments: Any, name: str | None = None, **more: Any) -> Any:
    """Combines the rows that belong to one segment, element by element, by an unsorted segment op.

    Raises:
      ValueError: the shape of `segment_ids` is not that with which the shape of `data` begins.
    """
    if not is_ragged(data) and not is_ragged(segment_ids):
        return op(data, segment_ids, num_segments, name=name, **more)
    with name_scope(name, "RaggedSegment", [data, segment_ids, num_segments]):
        data = as_tensor_or_ragged(data, name="data")
        segment_ids = as_tensor_or_ragged(segment_ids, name="segment_ids")
        matched_row_splits(data, segment_ids)
        if segment_ids.dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError("segment_ids must have dtype int32 or int64.")
        text = "segment_ids.shape must be a prefix of data.shape"
        if is_ragged(segment_ids):
            if not is_ragged(data):
                raise ValueError(f"{text}, but segment_ids is ragged and data is not.")
            with control_dependencies([assert_equal(segment_ids.row_splits, data.row_splits, message=text)]):
                return segmented(op, data.values, segment_ids.values, num_segments, **more)
        lengths = data.row_splits[1:] - data.row_splits[:-1]
        most = maximum(segment.unsorted_segment_max(lengths, segment_ids, num_segments), 0)
        splits = concat([zeros([1], most.dtype), cumsum(most)], axis=0)
        starts = gather(splits, segment_ids)
        places = ragged_range(starts, starts + lengths).values
        values = segmented(op, data.values, places, splits[-1], **more)
        return from_row_splits(values, splits, validate=False)


def reduced(op: Op, segment_op: Op, value: Any, axis: Any, keepdims: Any, name: str | None = None, **more: Any) -> Any:
    """Reduces a RaggedTensor along axes.

    Raises:
      ValueError: `keepdims`, or axes that are not known.
    """
    if not is_ragged(value):
        return op(value, axis, name=name, **more)
    if keepdims:
        raise ValueError("keepdims=True is not supported for RaggedTensors.")
    if isinstance(axis, Tensor):
        axis = constant_value(axis)
        if axis is None:
            raise ValueError("axis must be known at graph construction time.")
        axis = axis.tolist()
    if axis is None:
        return op(value.flat_values, None, name=name)
    with name_scope(name, "RaggedReduce", [value, axis]):
        if isinstance(axis, (tuple, list)):
            if not axis:
                return value
            if len(axis) > 1:
                axes = sorted(positive_axis(a, value.shape.ndims) for a in axis)
                inner = reduced(op, segment_op, value, axes[-1], keepdims, **more)
                return reduced(op, segment_op, inner, axes[:-1], keepdims, **more)
            axis = axis[0]
        value = as_tensor_or_ragged(value, name="rt_input")
        axis = positive_axis(axis, value.shape.ndims)
        if axis == 0:
            lengths = value.row_splits[1:] - value.row_splits[:-1]
            count: Any = maximum(dense.reduce_max(lengths), 0)
            ids = ragged_range(lengths).values
        elif axis == 1:
            count = shape(value.row_splits)[0] - 1
            ids = row_splits_to_segment_ids(value.row_splits)
        else:
            return value.with_values(reduced(op, segment_op, value.values, axis - 1, keepdims, **more))
        return segmented(segment_op, value.values, ids, count, **more)


def reduce_sum(input_tensor: Any, axis: Any = None, keepdims: Any = None, name: str | None = None) -> Any:
    """As `tf.reduce_sum`, of a RaggedTensor."""
    op, by_segment = dense.reduce_sum, segment.unsorted_segment_sum
    return reduced(op, by_segment, input_tensor, axis, keepdims, name or "RaggedReduceSum")


def reduce_prod(input_tensor: Any, axis: Any = None, keepdims: Any = None, name: str | None = None) -> Any:
    """As `tf.reduce_prod`, of a RaggedTensor."""
    op, by_segment = dense.reduce_prod, segment.unsorted_segment_prod
    return reduced(op, by_segment, input_tensor, axis, keepdims, name or "RaggedReduceProd")


def reduce_min(input_tensor: Any, axis: Any = None, keepdims: Any = None, name: str | None = None) -> Any:
    """As `tf.reduce_min`, of a RaggedTensor."""
    op, by_segment = dense.reduce_min, segment.unsorted_segment_min
    return reduced(op, by_segment, input_tensor, axis, keepdims, name or "RaggedReduceMin")


def reduce_max(input_tensor: Any, axis: Any = None, keepdims: Any = None, name: str | None = None) -> Any:
    """As `tf.reduce_max`, of a RaggedTensor."""
    op, by_segment = dense.reduce_max, segment.unsorted_segment_max
    return reduced(op, by_segment, input_tensor, axis, keepdims, name or "RaggedReduceMax")


def reduce_mean(input_tensor: Any, axis: Any = None, keepdims: Any = None, name: str | None = None) -> Any:
    """As `tf.reduce_mean`, of a RaggedTensor."""
    with name_scope(name, "RaggedReduceMean", [input_tensor, axis]):
        total = reduce_sum(input_tensor, axis, keepdims)
        count = reduce_sum(_ones(input_tensor), axis, keepdims)
        if is_ragged(total):
            return from_nested_row_splits(
                total.flat_values / count.flat_values, total.nested_row_splits, validate=False
            )
        return total / count


def _ones(value: Any) -> Any:
    if is_ragged(value):
        return from_nested_row_splits(ones_like(value.flat_values), value.nested_row_splits, validate=False)
    return ones_like(value)


def reduce_all(input_tensor: Any, axis: Any = None, keepdims: Any = None, name: str | None = None) -> Any:
    """As `tf.reduce_all`, of a RaggedTensor."""
    with name_scope(name, "RaggedReduceAll", [input_tensor, axis]):
        return _cast(reduce_prod(_cast(input_tensor, dtypes.int32), axis, keepdims), dtypes.bool)


def reduce_any(input_tensor: Any, axis: Any = None, keepdims: Any = None, name: str | None = None) -> Any:
    """As `tf.reduce_any`, of a RaggedTensor."""
    with name_scope(name, "RaggedReduceAny", [input_tensor, axis]):
        return _cast(reduce_sum(_cast(input_tensor, dtypes.int32), axis, keepdims), dtypes.bool)


def _cast(value: Any, dtype: Any) -> Any:
    return map_flat_values(cast, value, dtype)


def segment_mean(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
    """As `tf.math.unsorted_segment_mean`, of RaggedTensors."""
    with name_scope(name, "RaggedSegmentMean", [data, segment_ids, num_segments]):
        total, count = _totals(data, segment_ids, num_segments)
        if is_ragged(total):
            return total.with_flat_values(total.flat_values / count.flat_values)
        return total / count


def segment_sqrt_n(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
    """As `tf.math.unsorted_segment_sqrt_n`, of RaggedTensors."""
    with name_scope(name, "RaggedSegmentSqrtN", [data, segment_ids, num_segments]):
        total, count = _totals(data, segment_ids, num_segments)
        if is_ragged(total):
            return total.with_flat_values(total.flat_values / sqrt(count.flat_values))
        return total / sqrt(count)


def _totals(data: RaggedTensor, segment_ids: Any, num_segments: Any) -> tuple[Any, Any]:
    op, name = segment.unsorted_segment_sum, "RaggedSegmentSum"
    total = segmented(op, data, segment_ids, num_segments, name)
    return total, segmented(op, _ones(data), segment_ids, num_segments, name)
