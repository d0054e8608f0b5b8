"""The index arithmetic of StridedSlice, as plain data: for shape functions and for kernels.

A slice is given as TensorFlow gives it: `begin`, `end` and `strides`, one element an index, and bit masks that say which
indices are ranges without an end, an ellipsis, a new axis or a single element.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw

_NEW_AXIS = -1
_SHRINK_AXIS = -2


@dataclass(slots=True)
class _Dense:
    """A slice with one entry for each dimension of the input."""

    rank: int
    begin: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    strides: list[int] = field(default_factory=list)
    begin_mask: int = 0
    end_mask: int = 0
    shrink_mask: int = 0
    # For each dimension of the result: the input dimension that it comes from, or one of the two marks.
    gather: list[int] = field(default_factory=list)


def numpy_index(attrs: Mapping[str, Any], begin: Any, end: Any, strides: Any) -> tuple[Any, ...]:
    """Returns the NumPy index that a StridedSlice with these masks means.

    >>> masks = dict(begin_mask=1, end_mask=0, ellipsis_mask=0, new_axis_mask=2, shrink_axis_mask=4)
    >>> numpy_index(masks, [5, 0, 1], [3, 0, 2], [1, 1, 1])
    (slice(None, 3, 1), None, 1)
    """
    begin_mask, end_mask = attrs["begin_mask"], attrs["end_mask"]
    ellipsis_mask, new_axis_mask, shrink_mask = (
        attrs["ellipsis_mask"], attrs["new_axis_mask"], attrs["shrink_axis_mask"],
    )  # fmt: skip
    index: list[Any] = []
    for i in range(len(strides)):
        bit = 1 << i
        if ellipsis_mask & bit:
            index.append(Ellipsis)
        elif new_axis_mask & bit:
            index.append(None)
        elif shrink_mask & bit:
            index.append(int(begin[i]))
        else:
            start = None if begin_mask & bit else int(begin[i])
            stop = None if end_mask & bit else int(end[i])
            index.append(slice(start, stop, int(strides[i])))
    return tuple(index)


def strided_slice_shape(
    shape: tuple[int | None, ...],
    begin: Sequence[int] | None,
    end: Sequence[int] | None,
    strides: Sequence[int],
    attrs: Mapping[str, Any],
) -> Raw:
    """Returns the shape of a StridedSlice's result.

    Args:
      shape: the input's shape.
      begin, end: the bounds; None when they are not known.
      strides: the steps.
      attrs: the five masks by the names of the op's attrs.

    Raises:
      ValueError: an index out of bounds, too many indices, a step of zero; the texts are TensorFlow's.
    """
    dense = _dense(len(shape), begin, end, strides, attrs)
    known = begin is not None and end is not None
    processed = [_size(dense, i, size, known) for i, size in enumerate(shape)]
    return tuple([processed[g] if g >= 0 else 1 for g in dense.gather if g != _SHRINK_AXIS])


def _dense(
    rank: int, begin: Sequence[int] | None, end: Sequence[int] | None, strides: Sequence[int], attrs: Mapping[str, Any]
) -> _Dense:
    count = len(strides)
    ellipsis_mask, new_axis_mask = attrs["ellipsis_mask"], attrs["new_axis_mask"]
    if ellipsis_mask & (ellipsis_mask - 1):
        raise ValueError("Multiple ellipses in slice spec not allowed")
    after = 0
    if not any(ellipsis_mask & (1 << i) for i in range(count)):
        ellipsis_mask |= 1 << count
        count += 1
    else:
        first = ellipsis_mask.bit_length() - 1
        after = sum(1 for i in range(first + 1, count) if new_axis_mask & (1 << i))
    dense = _Dense(rank)
    for i in range(count):
        bit = 1 << i
        if ellipsis_mask & bit:
            stop = min(rank - (count - i) + 1 + after, rank)
            for full in range(len(dense.strides), stop):
                _append(dense, 0, 0, 1, begin_masked=True, end_masked=True)
                dense.gather.append(full)
        elif new_axis_mask & bit:
            dense.gather.append(_NEW_AXIS)
        else:
            full = len(dense.strides)
            if full == rank:
                raise ValueError(f"Index out of range using input dim {full}; input has only {rank} dims")
            _append(
                dense,
                0 if begin is None else int(begin[i]),
                0 if end is None else int(end[i]),
                int(strides[i]),
                begin_masked=bool(attrs["begin_mask"] & bit),
                end_masked=bool(attrs["end_mask"] & bit),
            )
            if attrs["shrink_axis_mask"] & bit:
                dense.gather.append(_SHRINK_AXIS)
                dense.shrink_mask |= 1 << full
            else:
                dense.gather.append(full)
    return dense


def _append(dense: _Dense, begin: int, end: int, stride: int, *, begin_masked: bool, end_masked: bool) -> None:
    bit = 1 << len(dense.strides)
    dense.begin.append(begin)
    dense.end.append(end)
    dense.strides.append(stride)
    dense.begin_mask |= bit if begin_masked else 0
    dense.end_mask |= bit if end_masked else 0


def _size(dense: _Dense, i: int, size: int | None, known: bool) -> int | None:
    """The number of elements taken along one dimension of the input."""
    stride, bit = dense.strides[i], 1 << i
    if stride == 0:
        raise ValueError(f"strides[{i}] must be non-zero")
    shrink = bool(dense.shrink_mask & bit)
    if size is None:
        return 1 if shrink else None
    if shrink:
        if stride < 0:
            raise ValueError("only stride 1 allowed on non-range indexing.")
        if known:
            begin = dense.begin[i] + size if dense.begin[i] < 0 else dense.begin[i]
            if not 0 <= begin < size:
                raise ValueError(f"slice index {begin} of dimension {i} out of bounds.")
        return 1
    masked = bool(dense.begin_mask & bit), bool(dense.end_mask & bit)
    if not known:
        return len(range(0, size, abs(stride))) if all(masked) else None
    start = None if masked[0] else dense.begin[i]
    stop = None if masked[1] else dense.end[i]
    return len(range(*slice(start, stop, stride).indices(size)))
