"""RaggedTensors one behind the other, and on top of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.ops.array import concat as dense_concat
from tangraph.ops.array.packing import stack as dense_stack
from tangraph.ops.array.repeat import positive_axis
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.transpose import transpose
from tangraph.ops.check_ops import assert_equal
from tangraph.ops.math.ranges import range as range_of
from tangraph.ops.ragged.array import expand_dims
from tangraph.ops.ragged.gather import gather
from tangraph.ops.ragged.tensor import RaggedTensor, as_tensor_or_ragged, is_ragged, matched_row_splits
from tangraph.ops.ragged.util import assert_splits_match, lengths_to_splits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.tensor import Tensor


def concat(values: Any, axis: int, name: str | None = None) -> Any:
    """As `tf.concat`, where one of the values is ragged."""
    values = values if isinstance(values, (list, tuple)) else [values]
    with name_scope(name, "RaggedConcat", values):
        return _joined(values, axis, stacked=False)


@export("ragged.stack")
def stack(values: Any, axis: int = 0, name: str | None = None) -> Any:
    """Returns tensors or RaggedTensors of one rank as the slices of a RaggedTensor.

    Args:
      values: a list of them; their shapes may differ along all axes.
      axis: the new axis.
      name: the name scope.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.ragged.stack([tf.ragged.constant([[1, 2], [3]]), [[4]]])).to_list()
    [[[1, 2], [3]], [[4]]]
    """
    values = values if isinstance(values, (list, tuple)) else [values]
    with name_scope(name, "RaggedConcat", values):
        return _joined(values, axis, stacked=True)


def _joined(values: Sequence[Any], axis: int, *, stacked: bool) -> Any:
    if not values:
        raise ValueError("rt_inputs may not be empty.")
    inputs = [as_tensor_or_ragged(value, name="rt_input") for value in values]
    split_type, _ = matched_row_splits(*inputs)
    if len(inputs) == 1:
        return expand_dims(inputs[0], axis=axis) if stacked else inputs[0]
    dims: int | None = None
    for value in inputs:
        if dims is None:
            dims = value.shape.ndims
        else:
            value.shape.assert_has_rank(dims)
    out_dims = dims if dims is None or not stacked else dims + 1
    axis = positive_axis(axis, out_dims)
    is_last = dims is not None and out_dims is not None and axis in (out_dims - 1, dims - 1)
    if is_last and not any(map(is_ragged, inputs)):
        return dense_stack(inputs, axis) if stacked else dense_concat.concat(inputs, axis)
    inputs = [
        value if is_ragged(value) else RaggedTensor.from_tensor(value, ragged_rank=1, row_splits_dtype=split_type)
        for value in inputs
    ]
    depth = max(value.ragged_rank for value in inputs)
    inputs = [_with_ragged_rank(value, depth, split_type) for value in inputs]
    if axis == 0:
        return _joined_on_axis_0(inputs, stacked=stacked)
    if axis == 1:
        return _joined_on_axis_1(inputs, stacked=stacked)
    inner = [value.values for value in inputs]
    splits = [[value.row_splits] for value in inputs]
    with control_dependencies(assert_splits_match(splits)):
        return RaggedTensor.from_row_splits(_joined(inner, axis - 1, stacked=stacked), splits[0][0], validate=False)


def _with_ragged_rank(value: Any, depth: int, split_type: Any) -> Any:
    if depth <= 0:
        return value
    if not is_ragged(value):
        value = RaggedTensor.from_tensor(value, row_splits_dtype=split_type)
    if value.ragged_rank < depth:
        value = value.with_values(_with_ragged_rank(value.values, depth - 1, split_type))
    return value


def _joined_on_axis_0(inputs: Sequence[RaggedTensor], *, stacked: bool) -> RaggedTensor:
    flat = dense_concat.concat([value.flat_values for value in inputs], axis=0)
    nested = [value.nested_row_splits for value in inputs]
    splits = [_joined_splits([of[axis] for of in nested]) for axis in range(inputs[0].ragged_rank)]
    if stacked:
        splits.insert(0, lengths_to_splits(dense_stack([value.nrows() for value in inputs])))
    return RaggedTensor.from_nested_row_splits(flat, splits, validate=False)


def _joined_splits(splits: Sequence[Tensor]) -> Tensor:
    pieces, offset = [splits[0]], splits[0][-1]
    for one in splits[1:]:
        pieces.append(one[1:] + offset)
        offset += one[-1]
    return dense_concat.concat(pieces, axis=0)


def _joined_on_axis_1(inputs: Sequence[RaggedTensor], *, stacked: bool) -> RaggedTensor:
    count, rows = len(inputs), inputs[0].nrows()
    text = "Input tensors have incompatible shapes."
    with control_dependencies([assert_equal(value.nrows(), rows, message=text) for value in inputs[1:]]):
        whole = _joined_on_axis_0(inputs, stacked=False)
        places = reshape(range_of(rows * count), [count, -1])
        mixed = gather(whole, reshape(transpose(places), [-1]))
        if stacked:
            splits = range_of(0, rows * count + 1, count)
            _set_rows(inputs, splits)
            return RaggedTensor.from_row_splits(mixed, splits, validate=False)
        splits = mixed.row_splits[::count]
        _set_rows(inputs, splits)
        return RaggedTensor.from_row_splits(mixed.values, splits, validate=False)


def _set_rows(inputs: Sequence[RaggedTensor], splits: Tensor) -> None:
    for value in inputs:
        known = value.row_splits.shape.dims
        if known is not None and (rows := known[0].value) is not None:
            splits.set_shape([rows])
