"""Indices and slices of RaggedTensors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import zeros
from tangraph.ops.array.gather import gather as gather_rows
from tangraph.ops.array.packing import stack
from tangraph.ops.array.shape import shape, size
from tangraph.ops.control_flow.cond import cond
from tangraph.ops.math.cast import cast
from tangraph.ops.math.extremes import maximum, minimum
from tangraph.ops.math.ranges import range as range_of
from tangraph.ops.ragged import gather as ragged_gather
from tangraph.ops.ragged.tensor import RaggedTensor


def getitem(ragged: RaggedTensor, key: Any) -> Any:
    """Returns what ``ragged[key]`` is.

    Args:
      ragged: what is indexed.
      key: an index, slice, `...` or `tf.newaxis`, or several. Only the first axis, and axes that are not ragged, take
        an index.

    Raises:
      ValueError: an index for an inner ragged axis.
    """
    tensors = [ragged, *_tensors_in(key)]
    keys = list(key) if isinstance(key, (list, tuple)) else [key]
    with name_scope(None, "RaggedGetItem", tensors):
        return _item(ragged, keys)


def _tensors_in(key: Any) -> Iterator[Tensor]:
    if isinstance(key, Tensor):
        yield key
    elif isinstance(key, (list, tuple)):
        for part in key:
            yield from _tensors_in(part)
    elif isinstance(key, slice):
        yield from _tensors_in((key.start, key.stop, key.step))


def _is_whole(key: slice) -> bool:
    return key.start is None and key.stop is None and key.step is None


def _item(ragged: RaggedTensor, keys: list[Any]) -> Any:
    if not keys:
        return ragged
    first, *inner = keys
    if first is Ellipsis:
        return _item(ragged, _without_ellipsis(keys, ragged.shape.ndims))
    if first is None:
        rest = _item(ragged, inner)
        count = shape(rest.row_splits, out_type=rest.row_splits.dtype)[0]
        return RaggedTensor.from_row_splits(rest, stack([0, count - 1]), validate=False)
    if isinstance(first, slice):
        return _inner(_rows(ragged, first), inner)
    starts, limits = ragged.row_splits[:-1], ragged.row_splits[1:]
    row = ragged.values[starts[first] : limits[first]]
    return row[inner]


def _rows(ragged: RaggedTensor, key: slice) -> RaggedTensor:
    if _is_whole(key):
        return ragged
    starts: Any = ragged.row_splits[:-1][key]
    limits: Any = ragged.row_splits[1:][key]
    zero: Any = zeros([1], ragged.row_splits.dtype)
    if key.step is not None and key.step != 1:
        return _from_ranges(starts, limits, 1, ragged.values)
    # Of no rows, the splits are one zero.
    splits: Any = concat([zero[size(starts) :], starts[:1], limits], axis=0)
    first, last = splits[0], splits[-1]
    return RaggedTensor.from_row_splits(ragged.values[first:last], splits - first, validate=False)


def _inner(value: Any, keys: list[Any]) -> Any:
    """Applies keys to the axes behind the first."""
    if not keys:
        return value
    if isinstance(value, Tensor):
        return value[[slice(None), *keys]]
    key, *rest = keys
    if key is Ellipsis:
        return _inner(value, _without_ellipsis(keys, value.values.shape.ndims))
    if key is None:
        inner = _inner(value, rest)
        count = shape(inner.row_splits, out_type=inner.row_splits.dtype)[0]
        return RaggedTensor.from_row_splits(inner, range_of(count), validate=False)
    if not isinstance(key, slice):
        raise ValueError("Cannot index into an inner ragged dimension.")
    if _is_whole(key):
        return value.with_values(_inner(value.values, rest))
    starts, limits = value.row_splits[:-1], value.row_splits[1:]
    if key.start is not None and not (isinstance(key.start, int) and key.start == 0):
        starts = _offset(key.start, value.row_splits[:-1], value.row_splits[1:])
    if key.stop is not None and not (isinstance(key.stop, int) and key.stop == 0):
        limits = _offset(key.stop, value.row_splits[:-1], value.row_splits[1:])
    sliced = _from_ranges(starts, limits, key.step, value.values)
    return sliced.with_values(_inner(sliced.values, rest))


def _without_ellipsis(keys: list[Any], dims: int | None) -> list[Any]:
    if dims is None:
        raise ValueError("Ellipsis not supported for unknown shape RaggedTensors")
    count = sum(1 for key in keys if key is not None)
    if count > dims + 1:
        raise IndexError("Too many indices for RaggedTensor")
    return keys[1:] if count == dims + 1 else [slice(None), *keys]


def _from_ranges(starts: Tensor, limits: Tensor, step: Any, values: Any) -> RaggedTensor:
    step = convert_to_tensor(1 if step is None else step, name="step")
    if not step.dtype.is_integer:
        raise TypeError("slice strides must be integers or None")
    step = cast(step, starts.dtype)
    places = ragged_gather.range(starts, limits, step, row_splits_dtype=starts.dtype)
    if isinstance(values, RaggedTensor):
        return places.with_values(ragged_gather.gather(values, places.values))
    return places.with_values(gather_rows(values, places.values))


def _offset(offset: Any, starts: Tensor, limits: Tensor) -> Tensor:
    """Where rows start or end that are cut: counted from their starts, or from their ends when negative."""
    if isinstance(offset, Tensor):
        moved: Any = cast(offset, starts.dtype)
        result: Tensor = cond(
            moved >= 0, lambda: minimum(starts + moved, limits), lambda: maximum(limits + moved, starts)
        )
        return result
    if not isinstance(offset, int):
        raise TypeError("slice offsets must be integers or None")
    return minimum(starts + offset, limits) if offset > 0 else maximum(limits + offset, starts)
