"""Which operations lie between the results and the sources of a gradient, and in which order they are visited.

Everything here walks the graph with queues: a chain of ten thousand operations must not meet Python's recursion limit.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, Final

from tangraph.framework import dtypes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

_TRAINABLE: Final = frozenset(
    {
        dtypes.float16,
        dtypes.float32,
        dtypes.float64,
        dtypes.complex64,
        dtypes.complex128,
        dtypes.resource,
        dtypes.variant,
    }
)


def is_trainable(tensor: Tensor) -> bool:
    """Says whether gradients flow through tensors of this one's element type."""
    return tensor.dtype.base in _TRAINABLE


def reached_from(sources: Iterable[Operation]) -> set[Operation]:
    """Returns the operations that are reached from some by tensors that gradients flow through, themselves included."""
    reached: set[Operation] = set()
    todo = deque(sources)
    while todo:
        op = todo.popleft()
        if op in reached:
            continue
        reached.add(op)
        consumers = op.graph._consumers
        for output in op.outputs:
            if is_trainable(output):
                todo.extend(consumers(output))
    return reached


def between(results: Iterable[Operation], reached: set[Operation]) -> list[Operation]:
    """Returns the operations among `reached` that lead to a result, in the order of a walk back from the results."""
    found: dict[Operation, None] = {}
    todo = deque(results)
    while todo:
        op = todo.popleft()
        if op in reached and op not in found:
            found[op] = None
            todo.extend(t.op for t in op._inputs)
    return list(found)


def pending_counts(ops: Sequence[Operation]) -> defaultdict[Operation, int]:
    """Returns for each operation how many inputs of others among `ops` it feeds: so many gradients it waits for."""
    inside = set(ops)
    counts: defaultdict[Operation, int] = defaultdict(int)
    for op in ops:
        for tensor in op._inputs:
            if tensor.op in inside:
                counts[tensor.op] += 1
    return counts


def stop_ops(
    sources: Iterable[Operation], stop_gradient_ops: Iterable[Operation], pending: Mapping[Operation, int]
) -> set[Operation]:
    """Returns the operations at which the walk ends: sources that no other source lies behind, and what is constant."""
    stops = {op for op in sources if not any(pending.get(t.op, 0) > 0 for t in op._inputs)}
    stops.update(stop_gradient_ops)
    return stops
