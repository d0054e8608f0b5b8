"""ragged.constant, constant_value and placeholder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array import constant as dense
from tangraph.ops.ragged.factories import from_row_splits
from tangraph.ops.ragged.tensor import RaggedTensor, is_ragged
from tangraph.ops.ragged.value import RaggedTensorValue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@export("ragged.constant")
def constant(
    pylist: Any,
    dtype: Any = None,
    ragged_rank: int | None = None,
    inner_shape: Any = None,
    name: str | None = None,
    row_splits_dtype: Any = dtypes.int64,
) -> Any:
    """Returns a RaggedTensor with given rows.

    Args:
      pylist: nested lists; all numbers or strings in them are equally deep.
      dtype: the element type; inferred when None.
      ragged_rank: how many axes are ragged; as many as possible when None.
      inner_shape: the shape of the elements of the innermost rows.
      name: the name scope.
      row_splits_dtype: the type of the splits, int32 or int64.

    Returns:
      A RaggedTensor, or a tensor when no axis is ragged.

    Raises:
      ValueError: the lists do not fit the other arguments.
      TypeError: `pylist` is a RaggedTensor.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.ragged.constant([[1, 2], [], [3]])).to_list()
    [[1, 2], [], [3]]
    """

    def rows(values: Any, splits: Any) -> RaggedTensor:
        return from_row_splits(values, dense.constant(splits, dtype=row_splits_dtype), validate=False)

    with name_scope(name, "RaggedConstant"):
        return _nested(rows, dense.constant, pylist, dtype, ragged_rank, inner_shape)


@export("ragged.constant_value")
def constant_value(
    pylist: Any,
    dtype: Any = None,
    ragged_rank: int | None = None,
    inner_shape: Any = None,
    row_splits_dtype: Any = "int64",
) -> Any:
    """Returns a RaggedTensorValue with given rows; the arguments are those of `tf.ragged.constant`."""
    if isinstance(dtype, dtypes.DType):
        dtype = dtype.np
    split_type = dtypes.as_dtype(row_splits_dtype).np

    def rows(values: Any, splits: Any) -> RaggedTensorValue:
        return RaggedTensorValue(values, np.array(splits, split_type))

    def elements(values: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
        del name
        return np.reshape(np.array(values, dtype), shape)

    return _nested(rows, elements, pylist, dtype, ragged_rank, inner_shape)


def _is_nested(item: Any) -> bool:
    return isinstance(item, (list, tuple)) or np.ndim(item) != 0


def _nested(
    rows: Callable[[Any, Any], Any],
    elements: Callable[..., Any],
    pylist: Any,
    dtype: Any,
    ragged_rank: int | None,
    inner_shape: Any,
) -> Any:
    if is_ragged(pylist):
        raise TypeError("pylist may not be a RaggedTensor or RaggedTensorValue.")
    if not _is_nested(pylist):
        if ragged_rank:
            raise ValueError(f"Invalid pylist={pylist!r}: incompatible with ragged_rank={ragged_rank}")
        if inner_shape:
            raise ValueError(f"Invalid pylist={pylist!r}: incompatible with dim(inner_shape)={len(inner_shape)}")
        return elements(pylist, dtype, ())
    if ragged_rank is not None and ragged_rank < 0:
        raise ValueError(f"Invalid ragged_rank={ragged_rank!r}: must be nonnegative")
    scalar_depth, most_depth = _depths(pylist)
    _check_depths(pylist, scalar_depth, most_depth, ragged_rank, inner_shape)
    is_dense = most_depth < 2 or (inner_shape is not None and most_depth - len(inner_shape) < 2)
    if ragged_rank == 0 or (ragged_rank is None and is_dense):
        return elements(pylist, dtype, inner_shape)
    if inner_shape is None:
        inner_shape = () if ragged_rank is None else _inner_shape(pylist, ragged_rank)
    if ragged_rank is None:
        depth = most_depth - 1 if scalar_depth is None else scalar_depth - 1 - len(inner_shape)
        ragged_rank = max(1, depth)
    nested_splits, values = [], pylist
    for _ in range(ragged_rank):
        splits = [0]
        for row in values:
            splits.append(splits[-1] + len(row))
        nested_splits.append(splits)
        values = [item for row in values for item in row]
    result = elements(values, dtype=dtype, shape=(len(values), *inner_shape), name="values")
    for splits in reversed(nested_splits):
        result = rows(result, splits)
    return result


def _check_depths(
    pylist: Any, scalar_depth: int | None, most_depth: int, ragged_rank: int | None, inner_shape: Any
) -> None:
    if scalar_depth is not None and most_depth > scalar_depth:
        raise ValueError(f"Invalid pylist={pylist!r}: empty list nesting is greater than scalar value nesting")
    if inner_shape is None or ragged_rank is None:
        return
    expected = ragged_rank + len(inner_shape) + 1
    if (scalar_depth is not None and expected != scalar_depth) or (scalar_depth is None and expected < most_depth):
        raise ValueError(
            f"Invalid pylist={pylist!r}: incompatible with ragged_rank={ragged_rank} and "
            f"dim(inner_shape)={len(inner_shape)}"
        )


def _depths(item: Any) -> tuple[int | None, int]:
    """Returns how deep the scalars stand, None where there are none, and how deep the deepest list is."""
    if not _is_nested(item):
        return 0, 0
    scalar_depth, most = None, 1
    for child in item:
        child_depth, child_most = _depths(child)
        if child_depth is not None:
            if scalar_depth not in (None, child_depth + 1):
                raise ValueError("all scalar values must have the same nesting depth")
            scalar_depth = child_depth + 1
        most = max(most, child_most + 1)
    return scalar_depth, most


def _inner_shape(pylist: Any, ragged_rank: int) -> tuple[int, ...]:
    """The shape of the elements of the innermost rows."""
    items: list[Any] = list(pylist)
    for axis in range(ragged_rank):
        if not all(map(_is_nested, items)):
            raise ValueError(
                f"pylist has scalar values depth {axis + 1}, but ragged_rank={ragged_rank} requires scalar value depth "
                f"greater than {ragged_rank}"
            )
        items = [child for item in items for child in item]
    shape = _shape_of(items)
    _check_shape(items, shape)
    return shape[1:]


def _shape_of(item: Any) -> tuple[int, ...]:
    if not _is_nested(item):
        return ()
    return (len(item), *_shape_of(item[0])) if len(item) else (0,)


def _check_shape(item: Any, shape: Sequence[int]) -> None:
    if _is_nested(item) != bool(shape) or (shape and shape[0] != len(item)):
        raise ValueError("inner values have inconsistent shape")
    if shape:
        for child in item:
            _check_shape(child, shape[1:])


@export("ragged.placeholder")
def placeholder(dtype: Any, ragged_rank: int, value_shape: Any = None, name: str | None = None) -> Any:
    """Returns a RaggedTensor whose value is fed, as a RaggedTensorValue.

    Args:
      dtype: the element type.
      ragged_rank: how many axes are ragged; with 0, the result is a tensor.
      value_shape: the shape of the elements of the innermost rows.
      name: the name scope.
    """
    if ragged_rank == 0:
        return dense.placeholder(dtype, value_shape, name)
    with name_scope(name, "RaggedPlaceholder", []):
        result: Any = dense.placeholder(dtype, TensorShape([None]).concatenate(value_shape), "flat_values")
        for i in reversed(range(ragged_rank)):
            splits = dense.placeholder(dtypes.int64, [None], f"row_splits_{i}")
            result = RaggedTensor(result, splits, internal=True)
        return result
