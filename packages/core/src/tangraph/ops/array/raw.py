"""Single nodes of other families that array functions put into the graph without the scopes of the public functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework.make_op import make_op

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


def cast_node(x: Any, dtype: Any, name: str | None = None) -> Tensor:
    """A Cast node, also where the type is the same already."""
    result: Tensor = make_op("Cast", x, DstT=dtype, name=name)
    return result


def range_node(start: Any, limit: Any, delta: Any, name: str | None = None) -> Tensor:
    """A Range node."""
    result: Tensor = make_op("Range", start, limit, delta, name=name)
    return result


def prod_node(x: Any, axis: Any, keep_dims: bool = False, name: str | None = None) -> Tensor:
    """A Prod node."""
    result: Tensor = make_op("Prod", x, axis, keep_dims=keep_dims, name=name)
    return result


def max_node(x: Any, axis: Any, keep_dims: bool = False, name: str | None = None) -> Tensor:
    """A Max node."""
    result: Tensor = make_op("Max", x, axis, keep_dims=keep_dims, name=name)
    return result


def maximum_node(x: Any, y: Any, name: str | None = None) -> Tensor:
    """A Maximum node."""
    result: Tensor = make_op("Maximum", x, y, name=name)
    return result


def unsorted_segment_sum_node(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """An UnsortedSegmentSum node."""
    result: Tensor = make_op("UnsortedSegmentSum", data, segment_ids, num_segments, name=name)
    return result
