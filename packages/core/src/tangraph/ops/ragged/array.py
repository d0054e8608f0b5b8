"""Shapes, masks and partitions of RaggedTensors."""

from __future__ import annotations

from typing import Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array import boolean_mask as dense_mask
from tangraph.ops.array import one_hot as dense_one_hot
from tangraph.ops.array import reshape as dense_reshape
from tangraph.ops.array import shape as dense_shape
from tangraph.ops.array.gather import gather as gather_rows
from tangraph.ops.array.packing import stack
from tangraph.ops.array.repeat import positive_axis
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import shape
from tangraph.ops.check_ops import assert_equal, assert_less
from tangraph.ops.math.cast import cast
from tangraph.ops.math.cumulative import cumprod
from tangraph.ops.math.ranges import range as range_of
from tangraph.ops.math.reductions import count_nonzero
from tangraph.ops.ragged.functional import map_flat_values
from tangraph.ops.ragged.segment_ids import row_splits_to_segment_ids
from tangraph.ops.ragged.tensor import RaggedTensor, as_tensor_or_ragged, is_ragged, matched_row_splits
from tangraph.ops.ragged.util import assert_splits_match, lengths_to_splits


@export("ragged.boolean_mask")
def boolean_mask(data: Any, mask: Any, name: str | None = None) -> Any:
    """Returns what a mask lets through, with the rows that it leaves.

    Args:
      data: a tensor or RaggedTensor.
      mask: bools, of a shape with which that of `data` begins.
      name: the name scope.

    Returns:
      A RaggedTensor; a tensor when both arguments are and the mask is a vector.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     mask = [[True, False], [False, False], [True, True]]
    ...     session.run(tf.ragged.boolean_mask([[1, 2], [3, 4], [5, 6]], mask)).to_list()
    [[1], [], [5, 6]]
    """
    with name_scope(name, "RaggedMask", [data, mask]):
        data = as_tensor_or_ragged(data, name="data")
        mask = as_tensor_or_ragged(mask, dtypes.bool, name="mask")
        split_type, _ = matched_row_splits(data, mask)
        if mask.shape.ndims is None:
            raise ValueError("mask.shape.ndims must be known statically.")
        if mask.shape.ndims == 0:
            raise ValueError("mask cannot be scalar.")
        if is_ragged(mask):
            return _by_ragged_mask(data, mask, split_type)
        if is_ragged(data) and mask.shape.ndims == 1:
            return _rows_by_mask(data, mask)
        if is_ragged(data):
            depth = min(data.ragged_rank, mask.shape.ndims - 1)
            mask = RaggedTensor.from_tensor(mask, ragged_rank=depth, row_splits_dtype=data.row_splits.dtype)
            return boolean_mask(data, mask)
        return _by_dense_mask(data, mask, split_type)


def _by_ragged_mask(data: Any, mask: Any, split_type: Any) -> RaggedTensor:
    from tangraph.ops.ragged.reductions import reduce_sum

    if not is_ragged(data):
        data = RaggedTensor.from_tensor(data, ragged_rank=mask.ragged_rank, row_splits_dtype=mask.row_splits.dtype)
    nested = [mask.nested_row_splits, data.nested_row_splits[: mask.ragged_rank]]
    with control_dependencies(assert_splits_match(nested)):
        splits = []
        while is_ragged(mask):
            if mask.shape.ndims > 2:
                splits.append(mask.row_splits)
            else:
                ones = map_flat_values(cast, mask, dtype=split_type)
                splits.append(lengths_to_splits(reduce_sum(ones, axis=1)))
            mask, data = mask.values, data.values
        return RaggedTensor.from_nested_row_splits(boolean_mask(data, mask), splits, validate=False)


def _rows_by_mask(data: RaggedTensor, mask: Any) -> RaggedTensor:
    lengths = dense_mask.boolean_mask(data.row_lengths(), mask)
    splits = lengths_to_splits(lengths)
    rows = row_splits_to_segment_ids(data.row_splits)
    values = boolean_mask(data.values, gather_rows(mask, rows))
    return RaggedTensor.from_row_splits(values, splits, validate=False)


def _by_dense_mask(data: Any, mask: Any, split_type: Any) -> Any:
    values: Any = dense_mask.boolean_mask(data, mask)
    dims = mask.shape.ndims
    if dims >= 2:
        lengths = reshape(count_nonzero(mask, axis=-1, dtype=split_type), [-1])
        values = RaggedTensor.from_row_lengths(values, lengths, validate=False)
    if dims > 2:
        sizes: Any = shape(mask, out_type=split_type)
        counts = cumprod(sizes) + 1
        for axis in range(dims - 3, -1, -1):
            size_of = sizes[axis + 1]
            splits = range_of(counts[axis]) * size_of
            values = RaggedTensor.from_row_splits(values, splits, validate=False)
    return values


def expand_dims(input: Any, axis: int, name: str | None = None) -> Any:
    """As `tf.expand_dims`, of a RaggedTensor."""
    with name_scope(name, "RaggedExpandDims", [input]):
        value = as_tensor_or_ragged(input, name="input")
        if not is_ragged(value):
            return dense_reshape.expand_dims(value, axis)
        dims = value.shape.ndims
        axis = positive_axis(axis, None if dims is None else dims + 1)
        if axis == 0:
            return RaggedTensor.from_row_splits(value, stack([0, value.nrows()]), validate=False)
        if axis == 1:
            return RaggedTensor.from_row_splits(value, range_of(value.nrows() + 1), validate=False)
        return RaggedTensor.from_row_splits(expand_dims(value.values, axis - 1), value.row_splits, validate=False)


def size(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> Any:
    """As `tf.size`: how many elements a RaggedTensor has."""
    return dense_shape.size(input.flat_values if is_ragged(input) else input, out_type=out_type, name=name)


def rank(input: Any, name: str | None = None) -> Any:
    """As `tf.rank`, of a RaggedTensor."""
    with name_scope(name, "RaggedRank", [input]) as scope:
        if not is_ragged(input):
            return dense_shape.rank(input, scope)
        return input.ragged_rank + dense_shape.rank(input.flat_values)


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: Any = None,
    dtype: Any = None,
    name: str | None = None,
) -> Any:
    """As `tf.one_hot`, of a RaggedTensor."""
    with name_scope(name, "RaggedOneHot", [indices]):
        indices = as_tensor_or_ragged(indices, name="indices")
        if axis is not None:
            axis = positive_axis(axis, indices.shape.ndims)
            if axis < indices.ragged_rank:
                raise ValueError("axis may not be less than indices.ragged_rank.")
        flat = dense_one_hot.one_hot(indices.flat_values, depth, on_value, off_value, axis, dtype, name)
        return indices.with_flat_values(flat)


@export("ragged.stack_dynamic_partitions")
def stack_dynamic_partitions(data: Any, partitions: Any, num_partitions: Any, name: str | None = None) -> RaggedTensor:
    """Returns a RaggedTensor whose row i has the elements of partition i.

    Args:
      data: a tensor or RaggedTensor.
      partitions: the partition of each element; its shape is that with which the shape of `data` begins.
      num_partitions: how many there are.
      name: the name scope.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.ragged.stack_dynamic_partitions([5, 6, 7], [1, 0, 1], 3)).to_list()
    [[6], [5, 7], []]
    """
    with name_scope(name, "SegmentStack", [data, partitions, num_partitions]):
        data = as_tensor_or_ragged(data, name="data")
        split_type = data.row_splits.dtype if isinstance(data, RaggedTensor) else None
        partitions = as_tensor_or_ragged(partitions, name="partitions", preferred_dtype=split_type)
        num_partitions = convert_to_tensor(num_partitions, name="num_partitions", preferred_dtype=partitions.dtype)
        if split_type is not None:
            partitions = cast(partitions, split_type)
        num_partitions = cast(num_partitions, partitions.dtype)
        dims = partitions.shape.ndims
        if dims is None:
            raise ValueError("partitions must have known rank.")
        num_partitions.shape.assert_has_rank(0)
        partitions.shape.assert_is_compatible_with(data.shape[:dims])
        if dims == 0:
            values, rows = stack([data]), stack([partitions])
            return RaggedTensor.from_value_rowids(values, rows, nrows=num_partitions, validate=False)
        if dims == 1:
            return _stacked_partitions(data, partitions, num_partitions)
        if not isinstance(data, RaggedTensor):
            data = RaggedTensor.from_tensor(data, row_splits_dtype=partitions.dtype, ragged_rank=1)
        if not isinstance(partitions, RaggedTensor):
            depth = max(data.ragged_rank, dims - 1)
            partitions = RaggedTensor.from_tensor(partitions, row_splits_dtype=partitions.dtype, ragged_rank=depth)
        text = "data and partitions have incompatible ragged shapes"
        with control_dependencies([assert_equal(data.row_splits, partitions.row_splits, message=text)]):
            return stack_dynamic_partitions(data.values, partitions.values, num_partitions)


def _stacked_partitions(data: Any, partitions: Any, count: Any) -> RaggedTensor:
    from tangraph.ops.array.searchsorted import argsort
    from tangraph.ops.ragged.gather import gather

    order = argsort(partitions, stable=True)
    rows = gather_rows(partitions, order)
    values = gather(data, order) if is_ragged(data) else gather_rows(data, order)
    text = "partitions must be less than num_partitions"
    with control_dependencies([assert_less(rows[-1:], count, message=text)]):
        return RaggedTensor.from_value_rowids(values, rows, nrows=count, validate=False)
