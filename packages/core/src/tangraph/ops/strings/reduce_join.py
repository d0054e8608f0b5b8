"""reduce_join and unsorted_segment_join: strings of several places of a tensor joined to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _reduce_join_shape(c: ShapeContext) -> Raw:
    shape, axes = c.shapes[0], c.value(1)
    if shape is None:
        return None
    if axes is None:
        return (None,) * len(shape) if c.attr("keep_dims") else None
    gone = set()
    for axis in np.ravel(axes).tolist():
        if not -len(shape) <= axis < len(shape):
            raise ValueError(f"Invalid reduction dimension {axis} for input with {len(shape)} dimensions.")
        gone.add(axis % len(shape) if shape else axis)
    if c.attr("keep_dims"):
        return tuple([1 if i in gone else size for i, size in enumerate(shape)])
    return tuple([size for i, size in enumerate(shape) if i not in gone])


def _segment_join_shape(c: ShapeContext) -> Raw:
    inputs, ids = c.shapes[:2]
    raw_shape.with_rank(c.shapes[2], 0)
    if inputs is None or ids is None:
        return None
    prefix = raw_shape.with_rank_at_least(inputs, len(ids))
    raw_shape.merge(None if prefix is None else prefix[: len(ids)], ids)
    count = c.value(2)
    return (None if count is None else int(count), *inputs[len(ids) :])


REDUCE_JOIN = ops.define(
    "ReduceJoin",
    ["inputs: string", "reduction_indices: int32"],
    ["output: string"],
    ["keep_dims: bool = false", "separator: string = ''"],
    shape=_reduce_join_shape,
    host_inputs=(1,),
)
UNSORTED_SEGMENT_JOIN = ops.define(
    "UnsortedSegmentJoin",
    ["inputs: string", "segment_ids: Tindices", "num_segments: Tnumsegments"],
    ["output: string"],
    ["separator: string = ''", "Tindices: {int32, int64}", "Tnumsegments: {int32, int64} = DT_INT32"],
    shape=_segment_join_shape,
)
ops.not_differentiable("ReduceJoin")
ops.without_gradient("UnsortedSegmentJoin")


@export("reduce_join", "strings.reduce_join")
def reduce_join(
    inputs: Any,
    axis: Any = None,
    keep_dims: bool | None = None,
    separator: str = "",
    name: str | None = None,
    reduction_indices: Any = None,
    keepdims: bool | None = None,
) -> Tensor:
    """Joins strings along axes.

    Args:
      inputs: a tensor of strings.
      axis: an axis, or several, in the order in which they are joined; None for all, the last one first.
      keep_dims: the old name of `keepdims`.
      separator: what stands between the strings.
      name: the operation's name.
      reduction_indices: the old name of `axis`.
      keepdims: whether the axes stay, with size 1.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.reduce_join([["a", "b"], ["c", "d"]], 1, separator=".")).tolist()
    [b'a.b', b'c.d']
    """
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.shape import rank
    from tangraph.ops.math.ranges import range

    keep = deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims)
    axis = deprecated_argument_lookup("axis", axis, "reduction_indices", reduction_indices)
    with name_scope(None, "ReduceJoin", [inputs, axis]):
        inputs = convert_to_tensor(inputs)
        if axis is None:
            shape = inputs.raw_shape
            if shape is not None:
                axis = constant(np.arange(len(shape) - 1, -1, -1), dtype=dtypes.int32)
            else:
                axis = range(rank(inputs) - 1, -1, -1)
        result: Tensor = make_op(REDUCE_JOIN, inputs, axis, keep_dims=bool(keep), separator=separator, name=name)
        return result


@export("strings.unsorted_segment_join")
def unsorted_segment_join(
    inputs: Any, segment_ids: Any, num_segments: Any, separator: str = "", name: str | None = None
) -> Tensor:
    """Joins the strings that belong to the same segment.

    Args:
      inputs: a tensor of strings.
      segment_ids: int32 or int64, of a shape with which that of `inputs` begins: the segment of each string, or part.
      num_segments: how many there are; one without strings gives "".
      separator: what stands between the strings.
      name: the operation's name.

    Raises:
      InvalidArgumentError: in the run, a segment that does not exist.
    """
    result: Tensor = make_op(UNSORTED_SEGMENT_JOIN, inputs, segment_ids, num_segments, separator=separator, name=name)
    return result
