"""Which operations lie between the results and the sources of a gradient, and in which order they are visited.

Everything here walks the graph with queues: a chain of ten thousand operations must not meet Python's recursion limit.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tangraph.framework.graph import Graph
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


class Neighbours:
    """What operations take and who takes their outputs, for a walk that may leave the bodies of functions.

    What a function captures counts as the tensor outside, unless the argument that stands for it is a source itself.

    Args:
      graph: the graph in which the walk begins.
      tensors: the results and sources.
    """

    def __init__(self, graph: Graph, tensors: Sequence[Tensor] = ()) -> None:
        self._sources = set(tensors)
        self._bodies: list[Any] = []
        body: Any = graph
        while body is not None and body.building_function:
            self._bodies.append(body)
            body = body.outer_graph
        self._leaves = bool(self._bodies) or any(t.graph.building_function for t in tensors)

    def inputs(self, op: Operation) -> Sequence[Tensor]:
        """Returns what an operation takes."""
        return self._inputs_outside(op) if self._leaves else op._inputs

    def consumers(self, tensor: Tensor) -> list[Operation]:
        """Returns the operations that take a tensor."""
        return self._consumers_inside(tensor) if self._leaves else tensor.graph._consumers(tensor)

    def _inputs_outside(self, op: Operation) -> Sequence[Tensor]:
        if not op.graph.building_function:
            return op._inputs
        return [t if t in self._sources else captured_from(t) for t in op._inputs]

    def _consumers_inside(self, tensor: Tensor) -> list[Operation]:
        found = tensor.graph._consumers(tensor)
        for body in self._bodies:
            for outside, inside in body.captures:
                if outside is tensor:
                    found.extend(self._consumers_inside(inside))
        return found


def captured_from(tensor: Tensor) -> Tensor:
    """Returns the tensor outside of all functions for which an argument stands; any other tensor as it is."""
    while tensor.op.type == "Placeholder" and tensor.graph.building_function:
        captures: Any = tensor.graph.captures  # type: ignore[attr-defined]
        outside = next((outer for outer, inner in captures if inner is tensor), None)
        if outside is None:
            break
        tensor = outside
    return tensor


def reached_from(sources: Iterable[Operation], near: Neighbours) -> set[Operation]:
    """Returns the operations that are reached from some by tensors that gradients flow through, themselves included."""
    reached: set[Operation] = set()
    todo = deque(sources)
    while todo:
        op = todo.popleft()
        if op in reached:
            continue
        reached.add(op)
        consumers = near.consumers
        for output in op.outputs:
            if is_trainable(output):
                todo.extend(consumers(output))
    return reached


def between(results: Iterable[Operation], reached: set[Operation], near: Neighbours) -> list[Operation]:
    """Returns the operations among `reached` that lead to a result, in the order of a walk back from the results."""
    found: dict[Operation, None] = {}
    todo = deque(results)
    while todo:
        op = todo.popleft()
        if op in reached and op not in found:
            found[op] = None
            todo.extend(t.op for t in near.inputs(op))
    return list(found)


def pending_counts(ops: Sequence[Operation], near: Neighbours) -> defaultdict[Operation, int]:
    """Returns for each operation how many inputs of others among `ops` it feeds: so many gradients it waits for."""
    inside = set(ops)
    counts: defaultdict[Operation, int] = defaultdict(int)
    for op in ops:
        for tensor in near.inputs(op):
            if tensor.op in inside:
                counts[tensor.op] += 1
    return counts


def stop_ops(
    sources: Iterable[Operation],
    stop_gradient_ops: Iterable[Operation],
    pending: Mapping[Operation, int],
    near: Neighbours,
) -> set[Operation]:
    """Returns the operations at which the walk ends: sources that no other source lies behind, and what is constant."""
    stops = {op for op in sources if not any(pending.get(t.op, 0) > 0 for t in near.inputs(op))}
    stops.update(stop_gradient_ops)
    return stops
