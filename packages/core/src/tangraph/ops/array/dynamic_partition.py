"""Rows dealt out to partitions, and put together again: dynamic_partition, dynamic_stitch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.tensor import Tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _check_prefix(whole: Raw, prefix: Raw) -> None:
    """Checks that a shape begins with another."""
    if whole is None or prefix is None:
        return
    raw_shape.with_rank_at_least(whole, len(prefix))
    for a, b in zip(whole, prefix, strict=False):
        raw_shape.merge_dim(a, b)


def _dynamic_partition_shape(c: ShapeContext) -> list[Raw]:
    data, partitions = c.shapes
    count = c.attr("num_partitions")
    if partitions is None:
        return [None] * count
    _check_prefix(data, partitions)
    return [None if data is None else (None, *data[len(partitions) :])] * count


def _dynamic_stitch_shape(c: ShapeContext) -> Raw:
    count = len(c.shapes) // 2
    rest: Raw = None
    highest: int | None = 0
    for i in range(count):
        value, indices, data = c.value(i), c.shapes[i], c.shapes[i + count]
        if value is None:
            highest = None
        if indices is None:
            continue
        _check_prefix(data, indices)
        rest = raw_shape.merge(rest, None if data is None else data[len(indices) :])
        if value is not None and highest is not None and value.size:
            highest = max(highest, int(value.max()))
    return None if rest is None else (None if highest is None else highest + 1, *rest)


DYNAMIC_PARTITION = ops.define(
    "DynamicPartition",
    ["data: T", "partitions: int32"],
    ["outputs: num_partitions * T"],
    ["num_partitions: int >= 1", "T: type"],
    shape=_dynamic_partition_shape,
)
_STITCH = (["indices: N * int32", "data: N * T"], ["merged: T"], ["N: int >= 1", "T: type"])
DYNAMIC_STITCH = ops.define("DynamicStitch", *_STITCH, shape=_dynamic_stitch_shape, host_inputs=(0,))
PARALLEL_DYNAMIC_STITCH = ops.define("ParallelDynamicStitch", *_STITCH, shape=_dynamic_stitch_shape, host_inputs=(0,))


@ops.gradient("DynamicPartition")
def _dynamic_partition_grad(op: Operation, *grads: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.ranges import range as range_
    from tangraph.ops.math.reductions import reduce_prod

    data, partitions = op.inputs
    prefix = shape(partitions)
    places = reshape(range_(reduce_prod(prefix)), prefix)
    parts = dynamic_partition(places, partitions, op.attrs["num_partitions"])
    whole = dynamic_stitch(parts, list(grads))
    return [reshape(whole, shape(data)), None]


@ops.gradient("DynamicStitch", "ParallelDynamicStitch")
def _dynamic_stitch_grad(op: Operation, grad: Any) -> list[Tensor | None]:
    from tangraph.ops.array.gather import gather

    count = len(op.inputs) // 2
    if not isinstance(grad, Tensor):
        from tangraph.ops.array.raw import unsorted_segment_sum_node
        from tangraph.ops.array.shape import shape

        whole: Any = shape(op.outputs[0])
        grad = unsorted_segment_sum_node(grad.values, grad.indices, whole[0])
    return [*[None] * count, *[gather(grad, indices) for indices in list(op.inputs)[:count]]]


@export("dynamic_partition")
def dynamic_partition(data: Any, partitions: Any, num_partitions: int, name: str | None = None) -> list[Tensor]:
    """Deals the rows of a tensor out to partitions.

    Args:
      data: a tensor whose shape begins with that of `partitions`.
      partitions: int32: the partition of each row, from 0 to `num_partitions` - 1.
      num_partitions: how many partitions.
      name: the operation's name.

    Returns:
      A list of tensors; the rows keep their order.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     [part.tolist() for part in session.run(tf.dynamic_partition([10, 20, 30], [1, 0, 1], 2))]
    [[20], [10, 30]]
    """
    result: list[Tensor] = make_op(DYNAMIC_PARTITION, data, partitions, num_partitions=num_partitions, name=name)
    return result


@export("dynamic_stitch")
def dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Tensor:
    """Puts rows of several tensors into one, at given indices: what undoes `tf.dynamic_partition`.

    Args:
      indices: a list of int32 tensors: where the rows go.
      data: a list of tensors whose shapes begin with those of `indices`; the later of two rows for one place wins.
      name: the operation's name.
    """
    result: Tensor = make_op(DYNAMIC_STITCH, indices, data, name=name)
    return result


def parallel_dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Tensor:
    """As `tf.dynamic_stitch`; which of two rows for one place wins is not said."""
    result: Tensor = make_op(PARALLEL_DYNAMIC_STITCH, indices, data, name=name)
    return result
