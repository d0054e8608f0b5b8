"""The orders in which TensorFlow 1.15's graph optimizer puts operations.

Its passes delete operations and sort those that are left, in one of two ways. What they leave is a topological order, but
where two operations do not depend on each other, the way decides which is first; that is seen where the executor takes it
for what to run first (`schedule`).

An edge is a pair of an operation and the output that is taken; `CONTROL` stands for none, the second only waits. Edges that
close a loop (from NextIteration to Merge) do not count.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from tangraph.framework.operation import Operation

#: In an edge, in place of the output that is passed on: none, the second only waits for the first.
CONTROL: Final = -1
NEXT_ITERATION: Final = frozenset({"NextIteration", "RefNextIteration"})

Edge = tuple["Operation", int]
Links = dict["Operation", list[Edge]]


def without(operations: Sequence[Operation], kept: Container[Operation]) -> list[Operation]:
    """Returns those that are kept: each that is deleted leaves its place to the last one, from the end on."""
    result = list(operations)
    last = len(result) - 1
    for index in range(last, -1, -1):
        if result[index] not in kept:
            result[index], result[last] = result[last], result[index]
            last -= 1
    return result[: last + 1]


def breadth_first(operations: Iterable[Operation], links: Mapping[Operation, list[Edge]]) -> list[Operation]:
    """Returns what waits for nothing, then what waits for that alone, and so on."""
    order = list(operations)
    waiting: dict[Operation, int] = {}
    followers: dict[Operation, list[Operation]] = {op: [] for op in order}
    for op in order:
        others = {o for o, _ in links[op] if o in followers and o.type not in NEXT_ITERATION}
        waiting[op] = len(others)
        for other in others:
            followers[other].append(op)
    queue = deque(op for op in order if not waiting[op])
    result = []
    while queue:
        op = queue.popleft()
        result.append(op)
        for follower in followers[op]:
            waiting[follower] -= 1
            if not waiting[follower]:
                queue.append(follower)
    return result


def depth_first(
    operations: Sequence[Operation], links: Mapping[Operation, list[Edge]], deleted: Links | None = None
) -> list[Operation]:
    """Returns the operations in reversed postorder of a walk along the edges.

    It begins at what waits for nothing, the last one first, and takes the newest edge first, but those of control before
    all others.

    Args:
      operations: what is to be sorted.
      links: what each of them waits for.
      deleted: what deleted operations waited for: an edge to one of them has left its place to the last edge.
    """
    members = set(operations)
    followers = _followers(operations, links, deleted or {})
    visited: set[Operation] = set()
    postorder: list[Operation] = []
    for source in reversed(operations):
        if source in visited or any(o in members and o.type not in NEXT_ITERATION for o, _ in links[source]):
            continue
        visited.add(source)
        path: list[tuple[Operation, Iterator[Operation]]] = [(source, reversed(followers[source]))]
        while path:
            following = next((op for op in path[-1][1] if op not in visited), None)
            if following is None:
                postorder.append(path.pop()[0])
            else:
                visited.add(following)
                path.append((following, reversed(followers[following])))
    return postorder[::-1]


def _followers(
    operations: Sequence[Operation], links: Mapping[Operation, list[Edge]], deleted: Links
) -> dict[Operation, list[Operation]]:
    """Returns what each operation's edges lead to: by output, those of control last."""
    outputs: dict[Operation, dict[int, list[Operation]]] = {op: {} for op in operations}
    consumers = [*operations, *deleted]
    if deleted:
        consumers.sort(key=lambda op: op._id)
    for op in consumers:
        for other, output in deleted[op] if op in deleted else links[op]:
            if other in outputs and other.type not in NEXT_ITERATION:
                outputs[other].setdefault(output, []).append(op)
    if deleted:
        for by_output in outputs.values():
            for ops in by_output.values():
                _delete(ops, deleted)
    return {
        op: [o for output in sorted(by_output, key=lambda n: (n == CONTROL, n)) for o in by_output[output]]
        for op, by_output in outputs.items()
    }


def _delete(operations: list[Operation], deleted: Container[Operation]) -> None:
    """Deletes operations, from the first on; each leaves its place to the last one."""
    for op in [op for op in operations if op in deleted]:
        operations[operations.index(op)] = operations[-1]
        operations.pop()
