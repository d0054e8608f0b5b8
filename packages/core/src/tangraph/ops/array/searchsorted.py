"""Where values would stand in sorted sequences, and sequences sorted: searchsorted, sort, argsort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.constant_value import constant_value
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import rank, shape, shape_internal
from tangraph.ops.array.transpose import transpose

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _bound_shape(c: ShapeContext) -> Raw:
    raw_shape.with_rank(c.shapes[0], 2)
    return raw_shape.with_rank(c.shapes[1], 2)


_ATTRS = ["T: type", "out_type: {int32, int64} = DT_INT32"]
_INPUTS = ["sorted_inputs: T", "values: T"]
LOWER_BOUND = ops.define("LowerBound", _INPUTS, ["output: out_type"], _ATTRS, shape=_bound_shape)
UPPER_BOUND = ops.define("UpperBound", _INPUTS, ["output: out_type"], _ATTRS, shape=_bound_shape)
ops.without_gradient("LowerBound", "UpperBound")


@export("searchsorted")
def searchsorted(
    sorted_sequence: Any, values: Any, side: str = "left", out_type: Any = dtypes.int32, name: str | None = None
) -> Tensor:
    """Returns where values would be put into sorted sequences.

    Args:
      sorted_sequence: of shape ``[..., n]``, sorted along the last axis.
      values: of shape ``[..., m]``, with the same leading dimensions.
      side: "left": before elements that are equal; "right": after them.
      out_type: int32 or int64.
      name: the name of the operation that searches.

    Raises:
      ValueError: another side.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.searchsorted([1, 3, 5], [0, 3, 6])).tolist()
    [0, 1, 3]
    """
    length: Any = shape_internal(sorted_sequence)
    length = length[-1]
    count: Any = shape_internal(values)
    count = count[-1]
    sequences = reshape(sorted_sequence, [-1, length])
    rows = reshape(values, [-1, count])
    if side not in ("left", "right"):
        raise ValueError(f"side must be either 'right' or 'left'.  Saw: {side}.")
    op = UPPER_BOUND if side == "right" else LOWER_BOUND
    found: Tensor = make_op(op, sequences, rows, out_type=out_type, name=name)
    return reshape(found, shape_internal(values))


@export("sort")
def sort(values: Any, axis: Any = -1, direction: str = "ASCENDING", name: str | None = None) -> Tensor:
    """Sorts a tensor along an axis.

    Args:
      values: numbers, of rank 1 or more.
      axis: the axis, a constant.
      direction: "ASCENDING" or "DESCENDING".
      name: the name of the scope of the nodes.

    Raises:
      ValueError: `axis` is no constant scalar, or the direction another.
    """
    with name_scope(name, "sort"):
        return _sorted(values, axis, direction, indices=False)


@export("argsort")
def argsort(
    values: Any, axis: Any = -1, direction: str = "ASCENDING", stable: bool = False, name: str | None = None
) -> Tensor:
    """Returns the int32 indices that sort a tensor along an axis; equal elements keep their order.

    Args:
      values: numbers, of rank 1 or more.
      axis: the axis, a constant.
      direction: "ASCENDING" or "DESCENDING".
      stable: has no effect.
      name: the name of the scope of the nodes.

    Raises:
      ValueError: `axis` is no constant scalar, or the direction another.
    """
    with name_scope(name, "argsort"):
        return _sorted(values, axis, direction, indices=True)


def _sorted(values: Any, axis: Any, direction: str, *, indices: bool) -> Tensor:
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"{direction} should be one of ASCENDING, DESCENDING")
    axis = convert_to_tensor(axis, name="axis")
    known = constant_value(axis)
    if axis.raw_shape != () or known is None:
        raise ValueError("axis must be a constant scalar")
    values = convert_to_tensor(values, name="values")
    if direction == "DESCENDING":
        return _descending(values, int(known), indices=indices)
    result: Any = _descending(-values, int(known), indices=indices)
    return result if indices else -result  # type: ignore[no-any-return]


def _descending(values: Tensor, axis: int, *, indices: bool) -> Tensor:
    from tangraph.ops.nn.top_k import top_k

    sizes: Any = shape(values)
    k = sizes[axis]
    count: Any = rank(values)
    known = None if values.raw_shape is None else len(values.raw_shape)
    if axis == -1 or axis + 1 == known:
        found = top_k(values, k)
        return found[1] if indices else found[0]
    order = _swapped(axis if axis >= 0 else axis + (known or count), count, known)
    found = top_k(transpose(values, order), k)
    return transpose(found[1] if indices else found[0], order)


def _swapped(axis: Any, count: Any, known: int | None) -> Tensor:
    """Returns the permutation that swaps an axis with the last."""
    if known is not None:
        order = np.r_[np.arange(axis), [known - 1], np.arange(axis + 1, known - 1), [axis]]
        return constant(order, name="transposition")
    from tangraph.ops.math.ranges import range as range_

    return concat([range_(axis), [count - 1], range_(axis + 1, count - 1), [axis]], axis=0)
