"""The Levenshtein distance between sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.sparse_tensor import is_sparse

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _edit_distance_shape(c: ShapeContext) -> Raw:
    for index, rank in enumerate((2, 1, 1, 2, 1, 1)):
        raw_shape.with_rank(c.shapes[index], rank)
    hypothesis, truth = c.value(2), c.value(5)
    if hypothesis is None or truth is None:
        return None
    if hypothesis.size != truth.size:
        raise ValueError(
            f"Num elements of hypothesis_shape does not match truth_shape: {hypothesis.size} vs. {truth.size}"
        )
    return tuple([max(a, b) for a, b in zip(hypothesis.tolist()[:-1], truth.tolist()[:-1], strict=True)])


EDIT_DISTANCE = ops.define(
    "EditDistance",
    [
        "hypothesis_indices: int64",
        "hypothesis_values: T",
        "hypothesis_shape: int64",
        "truth_indices: int64",
        "truth_values: T",
        "truth_shape: int64",
    ],
    ["output: float"],
    ["normalize: bool = true", "T: type"],
    shape=_edit_distance_shape,
    host_inputs=(0, 1, 2, 3, 4, 5),
)
ops.not_differentiable("EditDistance")


@export("edit_distance")
def edit_distance(hypothesis: Any, truth: Any, normalize: bool = True, name: str = "edit_distance") -> Tensor:
    """Returns the Levenshtein distances between sequences: the fewest insertions, deletions and substitutions.

    Args:
      hypothesis: a SparseTensor of sequences along its last dimension.
      truth: a SparseTensor of the same rank.
      normalize: whether each distance is divided by the length of the true sequence (infinity for an empty one).
      name: the operation's name.

    Returns:
      float32, of the rank of the inputs less one.

    Raises:
      TypeError: an input is no SparseTensor.
    """
    if not is_sparse(hypothesis):
        raise TypeError("Hypothesis must be a SparseTensor.")
    if not is_sparse(truth):
        raise TypeError("Truth must be a SparseTensor.")
    result: Tensor = make_op(
        EDIT_DISTANCE,
        hypothesis.indices,
        hypothesis.values,
        hypothesis.dense_shape,
        truth.indices,
        truth.values,
        truth.dense_shape,
        normalize=normalize,
        name=name,
    )
    return result
