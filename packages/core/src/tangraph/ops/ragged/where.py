"""where, squeeze and batch_gather of RaggedTensors."""

from __future__ import annotations

from typing import Any

from tangraph.framework import dtypes
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.ops.array import reshape as dense_reshape
from tangraph.ops.array import where as dense
from tangraph.ops.array.concat import concat as concat_dense
from tangraph.ops.array.constant import constant
from tangraph.ops.array.gather import gather as gather_rows
from tangraph.ops.array.repeat import positive_axis, repeat_with_axis
from tangraph.ops.array.reshape import expand_dims
from tangraph.ops.array.shape import shape, size
from tangraph.ops.check_ops import assert_equal
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.logging_ops import Assert
from tangraph.ops.math.cast import cast
from tangraph.ops.math.comparison import equal
from tangraph.ops.math.ranges import range as range_of
from tangraph.ops.math.reductions import reduce_all
from tangraph.ops.ragged.concat import concat
from tangraph.ops.ragged.factories import from_nested_row_splits
from tangraph.ops.ragged.functional import map_flat_values
from tangraph.ops.ragged.gather import gather
from tangraph.ops.ragged.tensor import RaggedTensor, as_tensor_or_ragged, is_ragged, matched_row_splits


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Any:
    """As `tf.where`, where one of the arguments is ragged."""
    if (x is None) != (y is None):
        raise ValueError("x and y must be either both None or both non-None")
    with name_scope("RaggedWhere", name, [condition, x, y]):
        condition = as_tensor_or_ragged(condition, name="condition")
        if x is None:
            return _places(condition)
        x, y = as_tensor_or_ragged(x, name="x"), as_tensor_or_ragged(y, name="y")
        matched_row_splits(condition, x, y)
        if all(map(is_ragged, (condition, x, y))):
            return map_flat_values(dense.where, condition, x, y)
        if is_ragged(condition):
            raise ValueError("Input shapes do not match.")
        condition.shape.assert_has_rank(1)
        both = concat([x, y], axis=0)
        split_type = both.row_splits.dtype
        x_rows, y_rows = (_rows(value, split_type) for value in (x, y))
        places = dense.where(condition, range_of(x_rows), x_rows + range_of(y_rows))
        return gather(both, places)


def _rows(value: Any, out_type: Any) -> Tensor:
    if isinstance(value, RaggedTensor):
        return value.nrows(out_type=out_type)
    return shape(value, out_type=out_type)[0]


def _places(condition: Any) -> Tensor:
    """The coordinates of what is true."""
    if not isinstance(condition, RaggedTensor):
        return dense.where(condition)
    inner = _places(condition.values)
    condition = condition.with_row_splits_dtype(inner.dtype)
    first = inner[:, 0]
    rows = gather_rows(condition.value_rowids(), first)
    starts = gather_rows(condition.row_splits, rows)
    columns = first - starts
    return concat_dense([expand_dims(rows, 1), expand_dims(columns, 1), inner[:, 1:]], axis=1)


def squeeze(input: Any, axis: Any = None, name: str | None = None) -> Any:
    """As `tf.squeeze`, of a RaggedTensor; the axes must be given, and along them every row has one element."""
    with name_scope(name, "RaggedSqueeze", [input]):
        value = as_tensor_or_ragged(input)
        if isinstance(value, Tensor):
            return dense_reshape.squeeze(value, axis, name)
        if axis is None:
            raise ValueError("Ragged.squeeze must have an axis argument.")
        axes = [axis] if isinstance(axis, int) else axis
        if not isinstance(axes, (list, tuple)) or not all(isinstance(one, int) for one in axes):
            raise TypeError("Axis must be a list or tuple of integers.")
        places = [positive_axis(one, value.shape.ndims) for one in axes]
        inner = [place - value.ragged_rank for place in places if place > value.ragged_rank]
        outer = {place for place in places if place <= value.ragged_rank}
        flat = with_dependencies(_ones_along(value, outer), value.flat_values)
        if inner:
            flat = dense_reshape.squeeze(flat, inner)
        splits = [one for i, one in enumerate(value.nested_row_splits, 1) if i not in outer]
        if splits and 0 in outer:
            del splits[0]
        result = from_nested_row_splits(flat, splits)
        if len(outer) == value.ragged_rank + 1:
            return dense_reshape.squeeze(result, [0], name)
        return result


def _ones_along(value: RaggedTensor, axes: set[int]) -> list[Any]:
    """Assertions that every row has one element along axes."""
    text = "the given axis (axis = {}) is not squeezable!"
    one = constant(1, dtype=value.row_splits.dtype)
    checks: list[Any] = [
        Assert(reduce_all(equal(lengths, one)), [text.format(i)])
        for i, lengths in enumerate(value.nested_row_lengths(), 1)
        if i in axes
    ]
    if 0 in axes:
        two = constant(2, dtype=dtypes.int32)
        checks.append(Assert(equal(size(value.row_splits), two), [text.format(0)]))
    return checks


def batch_gather(params: Any, indices: Any, name: str | None = None) -> Any:
    """As `tf.batch_gather`, where one of the arguments is ragged."""
    with name_scope(name, "RaggedBatchGather", [params, indices]):
        params, indices = as_tensor_or_ragged(params, name="params"), as_tensor_or_ragged(indices, name="indices")
        matched_row_splits(params, indices)
        dims = indices.shape.ndims
        if dims is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        if dims == 0:
            raise ValueError("indices.rank must be at least 1.")
        if is_ragged(indices):
            return _gathered_by_ragged(params, indices, dims)
        if dims == 1:
            return gather(params, indices)
        if dims > 2:
            raise ValueError("batch shape from indices does not match params shape")
        starts = expand_dims(params.row_starts(), 1)
        return gather(params.values, cast(indices, starts.dtype) + starts)


def _gathered_by_ragged(params: Any, indices: RaggedTensor, dims: int) -> RaggedTensor:
    misfit = "batch shape from indices does not match params shape"
    if dims > 2:
        if not is_ragged(params):
            raise ValueError(misfit)
        with control_dependencies([assert_equal(params.row_splits, indices.row_splits)]):
            inner = batch_gather(params.values, indices.values)
            return RaggedTensor.from_row_splits(inner, indices.row_splits, validate=False)
    if not is_ragged(params):
        if params.shape.ndims is not None and params.shape.ndims < 2:
            raise ValueError(misfit)
        params = RaggedTensor.from_tensor(params, ragged_rank=1, row_splits_dtype=indices.row_splits.dtype)
    lengths = indices.row_lengths()
    starts = repeat_with_axis(params.row_starts(), lengths, axis=0)
    places = cast(indices.values, starts.dtype) + starts
    return RaggedTensor.from_row_splits(gather(params.values, places), indices.row_splits, validate=False)
