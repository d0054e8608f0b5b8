"""Beam search: GatherTree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _gather_tree_shape(c: ShapeContext) -> Raw:
    steps, parents = c.with_rank(0, 3), c.with_rank(1, 3)
    c.with_rank(2, 1)
    c.with_rank(3, 0)
    return raw_shape.merge(steps, parents)


GATHER_TREE = ops.define(
    "GatherTree",
    ["step_ids: T", "parent_ids: T", "max_sequence_lengths: int32", "end_token: T"],
    ["beams: T"],
    ["T: {int32}"],
    shape=_gather_tree_shape,
)
ops.without_gradient("GatherTree")


@export("contrib.seq2seq.gather_tree")
def gather_tree(
    step_ids: Any, parent_ids: Any, max_sequence_lengths: Any, end_token: Any, name: str | None = None
) -> Tensor:
    """Follows beams back from their ends.

    Args:
      step_ids: the tokens, an int32 tensor of shape [time, batch, beams].
      parent_ids: the beam that each token's beam went on from, of the same shape.
      max_sequence_lengths: the greatest length of each batch entry's beams, of shape [batch].
      end_token: the token that ends a sequence, a scalar.
      name: the operation's name.

    Returns:
      The tokens of each beam, of shape [time, batch, beams], filled up with the end token.
    """
    result: Tensor = make_op(GATHER_TREE, step_ids, parent_ids, max_sequence_lengths, end_token, name=name)
    return result
