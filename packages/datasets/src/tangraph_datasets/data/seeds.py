"""The seeds of datasets, which are tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes, random_seed
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.constant import constant
from tangraph.ops.array.where import where
from tangraph.ops.math.comparison import equal
from tangraph.ops.math.logical import logical_and

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


def get_seed(seed: Any) -> tuple[Tensor, Tensor]:
    """Returns the two seeds of a new dataset, int64 scalars; zeros where it is not to be deterministic.

    Args:
      seed: the seed that was given, a number or a tensor, or None.
    """
    graph_seed, op_seed = random_seed.get_seed(seed)
    first = convert_to_tensor(0 if graph_seed is None else graph_seed, dtype=dtypes.int64, name="seed")
    if op_seed is None:
        return first, convert_to_tensor(0, dtype=dtypes.int64, name="seed2")
    with name_scope("seed2") as scope:
        tensor = convert_to_tensor(op_seed, dtype=dtypes.int64)
        # Two zeros would mean that it is not to be deterministic.
        zeros = logical_and(equal(first, 0), equal(tensor, 0))
        return first, where(zeros, constant(2**31 - 1, dtype=dtypes.int64), tensor, name=scope)
