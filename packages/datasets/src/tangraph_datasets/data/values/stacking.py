"""From the components of several elements to those of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plugin import errors
from tangraph_datasets.data.values.base import Element


def invalid(text: str) -> Exception:
    """Returns an InvalidArgumentError."""
    return errors.InvalidArgumentError(None, None, text)


def stacked(elements: Sequence[Element]) -> Element:
    """Returns the batch of some elements.

    Raises:
      InvalidArgumentError: the shapes of a component differ.
    """
    return tuple([_stack(items, index) for index, items in enumerate(zip(*elements, strict=True))])


def _stack(items: Sequence[Any], component: int) -> Any:
    first = items[0]
    shape = np.shape(first)
    if not shape:
        if all(type(item) is not np.ndarray or not item.ndim for item in items):
            return _of_scalars(items)
    elif len({np.shape(item) for item in items}) == 1:
        return np.concatenate(items).reshape(len(items), *shape)
    at = next(index for index, item in enumerate(items) if np.shape(item) != shape)
    raise invalid(
        f"Cannot batch tensors with different shapes in component {component}. First element had shape "
        f"{raw_shape.to_str(shape)} and element {at} had shape {raw_shape.to_str(np.shape(items[at]))}."
    )


def _of_scalars(items: Sequence[Any]) -> Any:
    first = items[0]
    dtype = first.dtype if isinstance(first, (np.generic, np.ndarray)) else np.dtype(object)
    if dtype.kind != "O":
        return np.array(items, dtype)
    out = np.empty(len(items), object)
    for index, item in enumerate(items):
        out[index] = item.item() if isinstance(item, np.ndarray) else item
    return out


def gathered(table: Any, numbers: list[int]) -> Any:
    """Returns rows of a table, as an array that is nobody else's."""
    first, last = numbers[0], numbers[-1]
    if last - first == len(numbers) - 1 and numbers == list(range(first, last + 1)) and isinstance(table, np.ndarray):
        return table[first : last + 1].copy()
    if isinstance(table, np.ndarray) and table.dtype.kind not in "OV":
        return table.take(numbers, 0)
    return table.take(numbers) if not isinstance(table, np.ndarray) else table[numbers]


def padded(items: Sequence[Any], sizes: Sequence[int], value: Any, component: int) -> Any:
    """Returns the batch of some arrays, each filled up to a common shape.

    Args:
      items: the arrays.
      sizes: the common shape, with -1 where it is that of the largest.
      value: what they are filled up with.
      component: which component of the elements they are.

    Raises:
      InvalidArgumentError: an array of another rank.
      DataLossError: an array is larger than the common shape.
    """
    shapes = [np.shape(item) for item in items]
    for shape in shapes:
        if len(shape) != len(sizes):
            raise invalid(
                "All elements in a batch must have the same rank as the padded shape for component"
                f"{component}: expected rank {len(sizes)} but got element with rank {len(shape)}"
            )
    common = [max(shape[axis] for shape in shapes) if size < 0 else size for axis, size in enumerate(sizes)]
    for shape in shapes:
        if any(size > limit for size, limit in zip(shape, common, strict=True)):
            raise errors.DataLossError(None, None, "Attempted to pad to a smaller size than the input element.")
    if not common:
        return _of_scalars(items)
    first = items[0]
    out = np.full((len(items), *common), value, first.dtype)
    if len(common) == 1:
        for row, item in zip(out, items, strict=True):
            row[: len(item)] = item
    else:
        for row, item, shape in zip(out, items, shapes, strict=True):
            row[tuple(map(slice, shape))] = item
    return out
