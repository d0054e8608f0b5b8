"""RaggedTensors from values and a description of the rows: see the class methods of RaggedTensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.fill import zeros
from tangraph.ops.array.shape import shape
from tangraph.ops.check_ops import assert_equal, assert_less, assert_less_equal, assert_non_negative
from tangraph.ops.check_shapes import assert_rank, assert_rank_at_least
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.math.cast import cast
from tangraph.ops.math.counting import bincount
from tangraph.ops.math.cumulative import cumsum
from tangraph.ops.math.reductions import reduce_sum
from tangraph.ops.ragged.tensor import RaggedTensor

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPLIT_TYPES = (dtypes.int32, dtypes.int64)


def _converted(values: Any, partition: Any, name: str) -> tuple[Any, Tensor]:
    """Returns values and the description of the rows as tensors; the type of the latter is that of inner rows."""
    if isinstance(values, RaggedTensor):
        if not isinstance(partition, Tensor):
            return values, convert_to_tensor(partition, values.row_splits.dtype, name=name)
        if partition.dtype not in _SPLIT_TYPES:
            raise ValueError(f"{name} must have dtype int32 or int64")
        if values.row_splits.dtype is not partition.dtype:
            raise ValueError(
                f"dtype mismatch: {name} ({partition.dtype}) vs values.row_splits ({values.row_splits.dtype})"
            )
        return values, partition
    values = convert_to_tensor(values, name="values")
    if isinstance(partition, np.ndarray) and partition.dtype == np.int32:
        partition = convert_to_tensor(partition, name=name)
    else:
        partition = convert_to_tensor(partition, preferred_dtype=dtypes.int64, name=name)
    if partition.dtype not in _SPLIT_TYPES:
        raise ValueError(f"{name} must have dtype int32 or int64")
    return values, partition


def _check_flag(validate: Any) -> None:
    if not isinstance(validate, bool):
        raise TypeError(f"validate must have type bool. Received: {validate!r}")


def _count(values: Any, out_type: Any = dtypes.int32) -> Tensor:
    if isinstance(values, RaggedTensor):
        return values.nrows(out_type=out_type)
    return shape(values, out_type=out_type)[0]


def _assert_increasing(tensor: Tensor, message: str) -> Any:
    return assert_non_negative(tensor[1:] - tensor[:-1], message=message)


def _assert_zero(tensor: Tensor, message: str) -> Any:
    return assert_equal(tensor, constant(0, dtype=tensor.dtype), message=message)


def _checked(values: Any, partition: Tensor, checks: list[Any]) -> Tensor:
    if not isinstance(values, RaggedTensor):
        checks.append(assert_rank_at_least(values, 1))
    return with_dependencies(checks, partition)  # type: ignore[no-any-return]


def _message(what: str) -> str:
    return f"Arguments to {what} do not form a valid RaggedTensor"


def from_value_rowids(
    values: Any, value_rowids: Any, nrows: Any = None, name: str | None = None, validate: bool = True
) -> RaggedTensor:
    """See `RaggedTensor.from_value_rowids`."""
    _check_flag(validate)
    with name_scope(name, "RaggedFromValueRowIds", [values, value_rowids, nrows]):
        values, rows = _converted(values, value_rowids, "value_rowids")
        nrows, known = _row_count(rows, nrows)
        rows.shape.assert_has_rank(1)
        nrows.shape.assert_has_rank(0)
        values.shape[:1].assert_is_compatible_with(rows.shape)
        if validate:
            text = _message("from_value_rowids")
            count, rows_count = _count(values), _count(rows)
            checks = [
                assert_rank(rows, 1, message=text),
                assert_rank(nrows, 0, message=text),
                assert_equal(count, rows_count, message=text),
                assert_non_negative(rows[:1], message=text),
                _assert_increasing(rows, text),
                assert_less(rows[-1:], nrows, message=text),
            ]
            rows = _checked(values, rows, checks)
        rows32 = cast(rows, dtypes.int32)
        nrows32 = cast(nrows, dtypes.int32)
        lengths = bincount(rows32, minlength=nrows32, maxlength=nrows32, dtype=rows.dtype)
        splits = concat([[0], cumsum(lengths)], axis=0)
        if known is not None:
            lengths.set_shape([known])
            splits.set_shape([known + 1])
        return RaggedTensor(values, splits, lengths, rows, nrows, internal=True)


def _row_count(rows: Tensor, nrows: Any) -> tuple[Tensor, int | None]:
    """Returns how many rows there are, and the number when it is known."""
    if nrows is None:
        found = constant_value(rows)
        if found is None:
            return concat([rows[-1:], [-1]], axis=0)[0] + 1, None
        known = int(found[-1]) + 1 if found.size else 0
        return convert_to_tensor(known, rows.dtype, name="nrows"), known
    nrows = convert_to_tensor(nrows, rows.dtype, "nrows")
    given = constant_value(nrows)
    if given is None:
        return nrows, None
    if given < 0:
        raise ValueError(f"Expected nrows >= 0; got {given}")
    found = constant_value(rows)
    if found is not None and found.size > 0 and not given >= found[-1] + 1:
        raise ValueError(f"Expected nrows >= value_rowids[-1] + 1; got nrows={given}, value_rowids[-1]={found[-1]}")
    return nrows, int(given)


def from_row_splits(values: Any, row_splits: Any, name: str | None = None, validate: bool = True) -> RaggedTensor:
    """See `RaggedTensor.from_row_splits`."""
    _check_flag(validate)
    if isinstance(row_splits, (list, tuple)) and not row_splits:
        raise ValueError("row_splits tensor may not be empty.")
    with name_scope(name, "RaggedFromRowSplits", [values, row_splits]):
        values, splits = _converted(values, row_splits, "row_splits")
        splits.shape.assert_has_rank(1)
        if validate:
            text = _message("from_row_splits")
            count = _count(values, splits.dtype)
            checks = [
                assert_rank(splits, 1, message=text),
                _assert_zero(splits[0], text),
                _assert_increasing(splits, text),
                assert_equal(splits[-1], count, message=text),
            ]
            splits = _checked(values, splits, checks)
        return RaggedTensor(values, splits, internal=True)


def from_row_lengths(values: Any, row_lengths: Any, name: str | None = None, validate: bool = True) -> RaggedTensor:
    """See `RaggedTensor.from_row_lengths`."""
    _check_flag(validate)
    with name_scope(name, "RaggedFromRowLengths", [values, row_lengths]):
        values, lengths = _converted(values, row_lengths, "row_lengths")
        lengths.shape.assert_has_rank(1)
        if validate:
            text = _message("from_row_lengths")
            total, count = reduce_sum(lengths), _count(values, lengths.dtype)
            checks = [
                assert_rank(lengths, 1, message=text),
                assert_non_negative(lengths, message=text),
                assert_equal(total, count, message=text),
            ]
            lengths = _checked(values, lengths, checks)
        limits = cumsum(lengths)
        return RaggedTensor(values, concat([[0], limits], axis=0), cached_row_lengths=lengths, internal=True)


def from_row_starts(values: Any, row_starts: Any, name: str | None = None, validate: bool = True) -> RaggedTensor:
    """See `RaggedTensor.from_row_starts`."""
    _check_flag(validate)
    with name_scope(name, "RaggedFromRowStarts", [values, row_starts]):
        values, starts = _converted(values, row_starts, "row_starts")
        starts.shape.assert_has_rank(1)
        count = _count(values, starts.dtype)
        if validate:
            text = _message("from_row_starts")
            checks = [
                assert_rank(starts, 1, message=text),
                _assert_zero(starts[:1], text),
                _assert_increasing(starts, text),
                assert_less_equal(starts[-1:], count, message=text),
            ]
            starts = _checked(values, starts, checks)
        return RaggedTensor(values, concat([starts, [count]], axis=0), internal=True)


def from_row_limits(values: Any, row_limits: Any, name: str | None = None, validate: bool = True) -> RaggedTensor:
    """See `RaggedTensor.from_row_limits`."""
    _check_flag(validate)
    with name_scope(name, "RaggedFromRowLimits", [values, row_limits]):
        values, limits = _converted(values, row_limits, "row_limits")
        limits.shape.assert_has_rank(1)
        if validate:
            text = _message("from_row_limits")
            count = _count(values, limits.dtype)
            checks = [
                assert_rank(limits, 1, message=text),
                assert_non_negative(limits[:1], message=text),
                _assert_increasing(limits, text),
                assert_equal(limits[-1:], count, message=text),
            ]
            limits = _checked(values, limits, checks)
        zero: Any = zeros([1], limits.dtype)
        return RaggedTensor(values, concat([zero, limits], axis=0), internal=True)


def _check_list(value: Any, what: str) -> None:
    if isinstance(value, Tensor):
        raise TypeError(f"{what} must be a list of Tensors")


def from_nested_value_rowids(
    flat_values: Any,
    nested_value_rowids: Sequence[Any],
    nested_nrows: Any = None,
    name: str | None = None,
    validate: bool = True,
) -> RaggedTensor:
    """See `RaggedTensor.from_nested_value_rowids`."""
    _check_flag(validate)
    _check_list(nested_value_rowids, "nested_value_rowids")
    if nested_nrows is None:
        nested_nrows = [None] * len(nested_value_rowids)
    _check_list(nested_nrows, "nested_nrows")
    if len(nested_nrows) != len(nested_value_rowids):
        raise ValueError("nested_nrows must have the same length as nested_value_rowids")
    with name_scope(name, "RaggedFromNestedValueRowIds", [flat_values, *nested_value_rowids, *nested_nrows]):
        result = flat_values
        for rows, count in reversed(list(zip(nested_value_rowids, nested_nrows, strict=True))):
            result = from_value_rowids(result, rows, count, validate=validate)
        return result  # type: ignore[no-any-return]


def from_nested_row_splits(
    flat_values: Any, nested_row_splits: Sequence[Any], name: str | None = None, validate: bool = True
) -> RaggedTensor:
    """See `RaggedTensor.from_nested_row_splits`."""
    _check_flag(validate)
    _check_list(nested_row_splits, "nested_row_splits")
    with name_scope(name, "RaggedFromNestedRowSplits", [flat_values, *nested_row_splits]):
        result = flat_values
        for splits in reversed(nested_row_splits):
            result = from_row_splits(result, splits, validate=validate)
        return result  # type: ignore[no-any-return]


def from_nested_row_lengths(
    flat_values: Any, nested_row_lengths: Sequence[Any], name: str | None = None, validate: bool = True
) -> RaggedTensor:
    """See `RaggedTensor.from_nested_row_lengths`."""
    _check_flag(validate)
    _check_list(nested_row_lengths, "nested_row_lengths")
    with name_scope(name, "RaggedFromNestedRowlengths", [flat_values, *nested_row_lengths]):
        result = flat_values
        for lengths in reversed(nested_row_lengths):
            result = from_row_lengths(result, lengths, validate=validate)
        return result  # type: ignore[no-any-return]
