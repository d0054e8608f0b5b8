"""The different elements of a vector, and what is in one vector but not in another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


class Unique(NamedTuple):
    """What `tf.unique` gives: the elements, and for each element of the input which of them it is."""

    y: Tensor
    idx: Tensor


class UniqueWithCounts(NamedTuple):
    """As :class:`Unique`, and how often each element occurs."""

    y: Tensor
    idx: Tensor
    count: Tensor  # type: ignore[assignment]  # TensorFlow's name, in place of the method of tuples


class ListDiff(NamedTuple):
    """What `tf.setdiff1d` gives: the elements, and where they stand in the first vector."""

    out: Tensor
    idx: Tensor


def _unique_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[0], 1)
    return [(None,), c.shapes[0]]


def _unique_with_counts_shape(c: ShapeContext) -> list[Raw]:
    return [(None,), c.shapes[0], (None,)]


def _list_diff_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[0], 1)
    raw_shape.with_rank(c.shapes[1], 1)
    return [(None,), (None,)]


_INDEX = "out_idx: {int32, int64} = DT_INT32"
UNIQUE = ops.define("Unique", ["x: T"], ["y: T", "idx: out_idx"], ["T: type", _INDEX], shape=_unique_shape)
UNIQUE_WITH_COUNTS = ops.define(
    "UniqueWithCounts",
    ["x: T"],
    ["y: T", "idx: out_idx", "count: out_idx"],
    ["T: type", _INDEX],
    shape=_unique_with_counts_shape,
)
LIST_DIFF = ops.define(
    "ListDiff", ["x: T", "y: T"], ["out: T", "idx: out_idx"], ["T: type", _INDEX], shape=_list_diff_shape
)
ops.without_gradient("ListDiff", "Unique", "UniqueWithCounts")


@export("unique")
def unique(x: Any, out_idx: Any = dtypes.int32, name: str | None = None) -> Unique:
    """Returns the different elements of a vector, in the order of their first occurrence.

    Args:
      x: a vector.
      out_idx: the type of the indices, int32 or int64.
      name: the operation's name.

    Returns:
      (y, idx): the elements, and indices such that ``y[idx[i]] = x[i]``.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     y, idx = session.run(tf.unique([7, 5, 7]))
    ...     y.tolist(), idx.tolist()
    ([7, 5], [0, 1, 0])
    """
    return Unique(*make_op(UNIQUE, x, out_idx=out_idx, name=name))


@export("unique_with_counts")
def unique_with_counts(x: Any, out_idx: Any = dtypes.int32, name: str | None = None) -> UniqueWithCounts:
    """As `tf.unique`; the third result says how often each element occurs."""
    return UniqueWithCounts(*make_op(UNIQUE_WITH_COUNTS, x, out_idx=out_idx, name=name))


@export("setdiff1d")
def setdiff1d(x: Any, y: Any, index_dtype: Any = dtypes.int32, name: str | None = None) -> ListDiff:
    """Returns the elements of one vector that are not in another, and their indices.

    Args:
      x: a vector.
      y: a vector of the same type.
      index_dtype: the type of the indices, int32 or int64.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     out, idx = session.run(tf.setdiff1d([1, 2, 3, 4], [2, 4]))
    ...     out.tolist(), idx.tolist()
    ([1, 3], [0, 2])
    """
    return ListDiff(*make_op(LIST_DIFF, x, y, out_idx=index_dtype, name=name))
