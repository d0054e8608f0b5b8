"""What several ragged operations need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import ones
from tangraph.ops.array.gather import gather
from tangraph.ops.array.raw import cast_node
from tangraph.ops.array.repeat import repeat_with_axis
from tangraph.ops.array.shape import shape
from tangraph.ops.check_ops import assert_equal
from tangraph.ops.math.cumulative import cumsum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.tensor import Tensor


def assert_splits_match(nested_splits: Sequence[Sequence[Tensor]]) -> list[Any]:
    """Returns assertions that all lists of splits are equal.

    Raises:
      ValueError: they have different lengths.
    """
    text = "Inputs must have identical ragged splits"
    if any(len(splits) != len(nested_splits[0]) for splits in nested_splits):
        raise ValueError(text)
    return [
        assert_equal(a, b, message=text)
        for splits in nested_splits[1:]
        for a, b in zip(nested_splits[0], splits, strict=True)
    ]


def as_integers(value: Any, name: str, dtype: Any = dtypes.int32) -> Tensor:
    """Returns a tensor of integers of a type.

    Raises:
      TypeError: they are no integers.
    """
    tensor = convert_to_tensor(value, name=name, preferred_dtype=dtype)
    if not tensor.dtype.is_integer:
        raise TypeError(f"{name} must be an integer tensor; dtype={tensor.dtype}")
    return cast_node(tensor, dtype)


def lengths_to_splits(lengths: Tensor) -> Tensor:
    """Returns where rows of given lengths start and end."""
    return concat([[0], cumsum(lengths)], axis=-1)


def repeat_ranges(params: Tensor, splits: Tensor, repeats: Any) -> Tensor:
    """Returns rows of a tensor, each run of them between two splits repeated as a whole."""
    if repeats.shape.ndims != 0:
        starts = repeat_with_axis(splits[:-1], repeats, axis=0)
        limits = repeat_with_axis(splits[1:], repeats, axis=0)
    else:
        repeated = repeat_with_axis(splits, repeats, axis=0)
        count: Any = shape(repeated, out_type=repeats.dtype)[0]
        starts = repeated[: count - repeats]
        limits = repeated[repeats:]
    one = ones((), starts.dtype)
    _, places = make_op("RaggedRange", starts, limits, one)
    return gather(params, places)
