"""Copies of a tensor beside each other: tile, broadcast_to, repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.tensor import Tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _tile_shape(c: ShapeContext) -> Raw:
    whole, multiples = c.shapes[0], c.shape_value(1)
    if whole is not None:
        multiples = raw_shape.with_rank(multiples, len(whole))
        raw_shape.with_dim(raw_shape.with_rank(c.shapes[1], 1)[0], len(whole))
    if multiples is None:
        return None
    dims = raw_shape.with_rank(whole, len(multiples))
    return tuple(
        [0 if 0 in (d, m) else None if d is None or m is None else d * m for d, m in zip(dims, multiples, strict=True)]
    )


def _broadcast_to_shape(c: ShapeContext) -> Raw:
    whole, out = c.shapes[0], c.shape_value(1)
    if out is None or whole is None:
        return out
    raw_shape.with_rank_at_most(whole, len(out))
    for i, size in enumerate(reversed(whole)):
        wanted = out[len(out) - 1 - i]
        if size not in (1, None) and wanted is not None and wanted != size:
            raise ValueError(f"Dimensions must be equal, but are {size} and {wanted}")
    return out


TILE = ops.define(
    "Tile",
    ["input: T", "multiples: Tmultiples"],
    ["output: T"],
    ["T: type", "Tmultiples: {int32, int64} = DT_INT32"],
    shape=_tile_shape,
    host_inputs=(1,),
)
BROADCAST_TO = ops.define(
    "BroadcastTo",
    ["input: T", "shape: Tidx"],
    ["output: T"],
    ["T: type", "Tidx: {int32, int64} = DT_INT32"],
    shape=_broadcast_to_shape,
    host_inputs=(1,),
)


@ops.gradient("Tile")
def _tile_grad(op: Operation, grad: Any) -> list[Tensor | None]:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.packing import stack
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape, size
    from tangraph.ops.array.transpose import transpose
    from tangraph.ops.math.ranges import range as range_
    from tangraph.ops.math.reductions import reduce_sum

    whole, multiples = op.inputs
    input_shape: Any = shape(whole, out_type=multiples.dtype)
    split_shape: Any = reshape(transpose(stack([multiples, input_shape])), [-1])
    axes = range_(0, size(split_shape), 2)
    if not isinstance(grad, Tensor):
        from tangraph.ops.array.raw import unsorted_segment_sum_node
        from tangraph.ops.math.cast import cast

        rows = cast(input_shape[0], grad.indices.dtype)
        grad = unsorted_segment_sum_node(grad.values, make_op("FloorMod", grad.indices, rows), rows)
        split_shape = concat([[1], split_shape[1:]], axis=0)
    result = reduce_sum(reshape(grad, split_shape), axes)
    result.set_shape(whole.shape)
    return [result, None]


@ops.gradient("BroadcastTo")
def _broadcast_to_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.broadcast import broadcast_gradient_args
    from tangraph.ops.math.reductions import reduce_sum

    input_shape = shape(op.inputs[0])
    _, axes = broadcast_gradient_args(op.inputs[1], input_shape)
    return [reshape(reduce_sum(grad, axis=axes, keepdims=True), input_shape), None]


@export("tile", "manip.tile")
def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """Puts copies of a tensor beside each other.

    Args:
      input: a tensor.
      multiples: an int32 or int64 vector: how many copies along each dimension.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.tile([1, 2], [2])).tolist()
    [1, 2, 1, 2]
    """
    result: Tensor = make_op(TILE, input, multiples, name=name)
    return result


@export("broadcast_to")
def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Returns a tensor broadcast to a shape, by NumPy's rules.

    Args:
      input: a tensor.
      shape: an int32 or int64 vector.
      name: the operation's name.
    """
    result: Tensor = make_op(BROADCAST_TO, input, shape, name=name)
    return result


def tile_one_dimension(data: Tensor, axis: int, multiple: Any) -> Tensor:
    """Returns `multiple` copies of a tensor along one axis."""
    if data.raw_shape is not None:
        multiples: Any = [1] * len(data.raw_shape)
        multiples[axis] = multiple
        return tile(data, multiples)
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.fill import ones
    from tangraph.ops.array.shape import rank

    once: Any = ones(rank(data), dtypes.int32)
    return tile(data, concat([once[:axis], [multiple], once[axis + 1 :]], axis=0))
