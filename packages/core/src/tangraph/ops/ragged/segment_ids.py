"""Splits and segment ids: two ways to say which values belong to which row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.repeat import repeat_with_axis
from tangraph.ops.array.shape import shape
from tangraph.ops.math.counting import bincount
from tangraph.ops.math.cumulative import cumsum
from tangraph.ops.math.ranges import range as range_of
from tangraph.ops.ragged.util import as_integers

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType


@export("ragged.row_splits_to_segment_ids")
def row_splits_to_segment_ids(splits: Any, name: str | None = None, out_type: Any = None) -> Tensor:
    """Returns the number of the row of each value.

    Args:
      splits: where the rows start and end, a vector of int32 or int64.
      name: the name scope.
      out_type: the type of the result; that of `splits` when None.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.ragged.row_splits_to_segment_ids([0, 2, 2, 3])).tolist()
    [0, 0, 2]
    """
    with name_scope(name, "RaggedSplitsToSegmentIds", [splits]):
        splits = convert_to_tensor(splits, name="splits", preferred_dtype=dtypes.int64)
        if splits.dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError("splits must have dtype int32 or int64")
        splits.shape.assert_has_rank(1)
        if splits.raw_shape == (0,):
            raise ValueError("Invalid row_splits: []")
        out_type = splits.dtype if out_type is None else dtypes.as_dtype(out_type)
        lengths = splits[1:] - splits[:-1]
        rows = shape(splits, out_type=out_type)[-1] - 1
        return repeat_with_axis(range_of(rows), repeats=lengths, axis=0)


@export("ragged.segment_ids_to_row_splits")
def segment_ids_to_row_splits(
    segment_ids: Any, num_segments: Any = None, out_type: Any = None, name: str | None = None
) -> Tensor:
    """Returns where rows start and end, from the number of the row of each value.

    Args:
      segment_ids: integers that do not decrease.
      num_segments: how many rows there are; the greatest number plus one when None.
      out_type: the type of the result, int32 or int64.
      name: the name scope.
    """
    found: DType = dtypes.int64
    if out_type is not None:
        found = dtypes.as_dtype(out_type)
    elif isinstance(segment_ids, Tensor):
        found = segment_ids.dtype
    elif isinstance(num_segments, Tensor):
        found = num_segments.dtype
    with name_scope(name, "SegmentIdsToRaggedSplits", [segment_ids]):
        segment_ids = as_integers(segment_ids, "segment_ids", dtypes.int32)
        segment_ids.shape.assert_has_rank(1)
        if num_segments is not None:
            num_segments = as_integers(num_segments, "num_segments", dtypes.int32)
            num_segments.shape.assert_has_rank(0)
        lengths = bincount(segment_ids, minlength=num_segments, maxlength=num_segments, dtype=found)
        splits = concat([[0], cumsum(lengths)], axis=0)
        known = None if num_segments is None else constant_value(num_segments)
        if known is not None:
            splits.set_shape([int(known) + 1])
        return splits
