"""Seeds of random operations, derived as TensorFlow derives them."""

from __future__ import annotations

from typing import Final

from tangraph.export import export
from tangraph.framework import stacks

DEFAULT_GRAPH_SEED: Final = 87654321
_MAXINT32: Final = 2**31 - 1


@export("random.get_seed", "get_seed")
def get_seed(op_seed: int | None) -> tuple[int | None, int | None]:
    """Returns the two seeds of a new random operation.

    Args:
      op_seed: the seed given to the operation.

    Returns:
      (graph seed, operation seed). Both None: not deterministic. When only the graph seed is set, the operation seed is
      the number of operations created so far; when only the operation seed is set, the graph seed is 87654321.
    """
    graph = stacks.get_default_graph()
    graph_seed = graph.seed
    if graph_seed is None:
        if op_seed is None:
            return None, None
        graph_seed = DEFAULT_GRAPH_SEED
    elif op_seed is None:
        op_seed = graph._last_id
    seeds = graph_seed % _MAXINT32, op_seed % _MAXINT32
    # Two zeros mean "not deterministic" to the kernels.
    return (0, _MAXINT32) if seeds == (0, 0) else seeds


@export("set_random_seed", "random.set_random_seed", "compat.v1.set_random_seed")
def set_random_seed(seed: int | None) -> None:
    """Sets the graph-level seed of the default graph."""
    stacks.get_default_graph().seed = seed
