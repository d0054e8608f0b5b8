"""Blocks of space moved into the batch and back: space_to_batch, batch_to_space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.constant_value import constant_value
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.reshape import divide_evenly

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _blocks(c: ShapeContext) -> tuple[int, Any, list[int] | None, list[list[int]] | None]:
    """Returns the number of block dimensions, the input's shape, the blocks and the paddings, checked."""
    block_shape = c.shapes[1]
    if block_shape is None or len(block_shape) != 1:
        raise ValueError("block_shape must have rank 1.")
    count = block_shape[0]
    if count is None:
        raise ValueError("block_shape must have known size.")
    whole = raw_shape.with_rank_at_least(c.shapes[0], count + 1)
    raw_shape.merge(c.shapes[2], (count, 2))
    blocks, paddings = c.value(1), c.value(2)
    if blocks is not None and (blocks < 1).any():
        raise ValueError("block_shape must be positive")
    return (
        count,
        whole,
        None if blocks is None else blocks.tolist(),
        None if paddings is None else paddings.tolist(),
    )


def _space_to_batch_shape(c: ShapeContext) -> Raw:
    count, whole, blocks, paddings = _blocks(c)
    dims = whole if whole is not None else (None,) * (count + 1)
    batch = dims[0]
    for i in range(count):
        batch = None if batch is None or blocks is None else batch * blocks[i]
    out: list[int | None] = [batch, *[None] * count]
    for i, (before, after) in enumerate(paddings or []):
        if before < 0 or after < 0:
            raise ValueError("paddings cannot be negative")
        size = dims[i + 1]
        if blocks is not None and size is not None:
            out[i + 1] = divide_evenly(size + before + after, blocks[i])
    return None if whole is None else (*out, *whole[count + 1 :])


def _batch_to_space_shape(c: ShapeContext) -> Raw:
    count, whole, blocks, crops = _blocks(c)
    dims = whole if whole is not None else (None,) * (count + 1)
    batch = dims[0]
    for i in range(count):
        batch = None if blocks is None else divide_evenly(batch, blocks[i])
    out: list[int | None] = [batch, *[None] * count]
    for i, (before, after) in enumerate(crops or []):
        if before < 0 or after < 0:
            raise ValueError("crops cannot be negative")
        size = dims[i + 1]
        if blocks is not None and size is not None:
            out[i + 1] = _subtract(_subtract(size * blocks[i], before), after)
    return None if whole is None else (*out, *whole[count + 1 :])


def _subtract(size: int, amount: int) -> int:
    if amount > size:
        raise ValueError(f"Negative dimension size caused by subtracting {amount} from {size}")
    return size - amount


SPACE_TO_BATCH_ND = ops.define(
    "SpaceToBatchND",
    ["input: T", "block_shape: Tblock_shape", "paddings: Tpaddings"],
    ["output: T"],
    ["T: type", "Tblock_shape: {int32, int64} = DT_INT32", "Tpaddings: {int32, int64} = DT_INT32"],
    shape=_space_to_batch_shape,
    host_inputs=(1, 2),
)
BATCH_TO_SPACE_ND = ops.define(
    "BatchToSpaceND",
    ["input: T", "block_shape: Tblock_shape", "crops: Tcrops"],
    ["output: T"],
    ["T: type", "Tblock_shape: {int32, int64} = DT_INT32", "Tcrops: {int32, int64} = DT_INT32"],
    shape=_batch_to_space_shape,
    host_inputs=(1, 2),
)


@ops.gradient("SpaceToBatchND")
def _space_to_batch_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return [batch_to_space_nd(grad, op.inputs[1], op.inputs[2]), None, None]


@ops.gradient("BatchToSpaceND")
def _batch_to_space_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return [space_to_batch_nd(grad, op.inputs[1], op.inputs[2]), None, None]


@export("space_to_batch_nd", "manip.space_to_batch_nd")
def space_to_batch_nd(input: Any, block_shape: Any, paddings: Any, name: str | None = None) -> Tensor:
    """Moves the elements of blocks of space into the batch.

    Args:
      input: a tensor ``[batch, *space, ...]``.
      block_shape: an integer vector of length M: the size of a block along each dimension of space.
      paddings: integers of shape ``[M, 2]``: zeros before and after, so that the blocks fit.
      name: the operation's name.

    Returns:
      A tensor with a batch that is larger, and space that is smaller, by the size of a block.
    """
    result: Tensor = make_op(SPACE_TO_BATCH_ND, input, block_shape, paddings, name=name)
    return result


@export("batch_to_space_nd", "manip.batch_to_space_nd")
def batch_to_space_nd(input: Any, block_shape: Any, crops: Any, name: str | None = None) -> Tensor:
    """Moves elements of the batch into blocks of space: what undoes `tf.space_to_batch_nd`.

    Args:
      input: a tensor ``[batch, *space, ...]``.
      block_shape: an integer vector of length M: the size of a block along each dimension of space.
      crops: integers of shape ``[M, 2]``: how much is cut off before and after.
      name: the operation's name.
    """
    result: Tensor = make_op(BATCH_TO_SPACE_ND, input, block_shape, crops, name=name)
    return result


@export("space_to_batch", "nn.space_to_batch")
def space_to_batch(
    input: Any, paddings: Any, block_size: Any = None, name: str | None = None, block_shape: Any = None
) -> Tensor:
    """As `tf.space_to_batch_nd` for images, with square blocks of `block_size`."""
    block_size = deprecated_argument_lookup("block_shape", block_shape, "block_size", block_size)
    blocks = np.array([block_size, block_size], dtype=np.int64)
    result = space_to_batch_nd(input, paddings=paddings, block_shape=blocks, name=name)
    result.set_shape(result.shape.with_rank(4))
    return result


@export("batch_to_space")
def batch_to_space(input: Any, crops: Any, block_size: Any, name: str | None = None, block_shape: Any = None) -> Tensor:
    """As `tf.batch_to_space_nd` for images, with square blocks of `block_size`."""
    block_size = deprecated_argument_lookup("block_shape", block_shape, "block_size", block_size)
    blocks = np.array([block_size, block_size], dtype=np.int64)
    result = batch_to_space_nd(input, crops=crops, block_shape=blocks, name=name)
    result.set_shape(result.shape.with_rank(4))
    return result


@export("required_space_to_batch_paddings")
def required_space_to_batch_paddings(
    input_shape: Any, block_shape: Any, base_paddings: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Returns the paddings that make space divisible by the blocks, and the crops that undo them.

    Args:
      input_shape: an int32 vector of length M: the sizes of space.
      block_shape: an int32 vector of length M: the sizes of a block.
      base_paddings: int32 of shape ``[M, 2]``: paddings that are wanted in any case.
      name: the name of the scope of the nodes.

    Returns:
      (paddings, crops), both of shape ``[M, 2]``.
    """
    from tangraph.ops.array.fill import zeros
    from tangraph.ops.array.packing import stack

    with name_scope(name, "required_space_to_batch_paddings", [input_shape, block_shape]):
        input_shape = convert_to_tensor(input_shape, dtype=dtypes.int32, name="input_shape")
        block_shape = convert_to_tensor(block_shape, dtype=dtypes.int32, name="block_shape")
        block_shape.shape.assert_is_fully_defined()
        block_shape.shape.assert_has_rank(1)
        count = block_shape.raw_shape[0]
        if count == 0:
            return zeros([0, 2], dtypes.int32), zeros([0, 2], dtypes.int32)
        input_shape.shape.assert_is_compatible_with([count])
        if base_paddings is not None:
            base_paddings = convert_to_tensor(base_paddings, dtype=dtypes.int32, name="base_paddings")
            base_paddings.shape.assert_is_compatible_with([count, 2])
        else:
            base_paddings = zeros([count, 2], dtypes.int32)
        known = [constant_value(t) for t in (block_shape, input_shape, base_paddings)]
        if all(value is not None for value in known):
            block_shape, input_shape, base_paddings = known
        start, base_end = base_paddings[:, 0], base_paddings[:, 1]
        whole = input_shape + start + base_end
        extra = (block_shape - whole % block_shape) % block_shape
        end = base_end + extra
        paddings = stack([[start[i], end[i]] for i in range(count)], name="paddings")
        crops = stack([[0, extra[i]] for i in range(count)], name="crops")
    return paddings, crops
