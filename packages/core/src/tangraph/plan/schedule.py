"""In which order TensorFlow 1.15's executor runs operations that the graph leaves unordered.

Measured, not promised: on one core TensorFlow always takes this order, on several nearly always, as far as reads and
writes of variables go that are close to each other. It matters where a run reads a variable that it also writes, and
nothing says which comes first.

A thread takes an operation, runs it, and then looks at those that have become ready. It goes on with the cheap ones at
once, in turn. Of the others it keeps the last for itself, if no cheap one is there, and puts the rest at the head of
its queue, from which it takes the next. So a chain is followed to its end before a sibling has its turn.

What is cheap is measured. Some types never count as expensive (`CHEAP`); every other kernel starts as expensive, and
after some hundred runs (`SETTLED_AFTER`) its mean cost has come down to what it is. Then small operations are cheap, and
run in the order in which they become ready.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tangraph.framework.operation import Operation

_T = TypeVar("_T")
#: After so many runs a small kernel counts as cheap: 1e8 cycles to begin with, a tenth less with each run, 5,000 at last.
SETTLED_AFTER: Final = 100
#: What has as many elements never counts as cheap: 5,000 cycles are some 4,000 additions.
_LARGE: Final = 4096
CHEAP: Final = frozenset(
    {
        "Const",
        "ControlTrigger",
        "Enter",
        "Exit",
        "ExpandDims",
        "Identity",
        "LoopCond",
        "Merge",
        "NextIteration",
        "NoOp",
        "Placeholder",
        "PlaceholderV2",
        "PreventGradient",
        "Rank",
        "RefEnter",
        "RefExit",
        "RefMerge",
        "RefNextIteration",
        "RefSwitch",
        "Reshape",
        "Shape",
        "ShapeN",
        "Size",
        "Squeeze",
        "StopGradient",
        "Switch",
    }
)
_NEXT: Final = frozenset({"NextIteration", "RefNextIteration"})


def needed_by(fetched: Iterable[Operation], members: set[Operation], fed: set[Operation]) -> set[Operation]:
    """Returns what the fetched operations need."""
    found: set[Operation] = set()
    todo = [op for op in fetched if op in members]
    while todo:
        op = todo.pop()
        if op in found:
            continue
        found.add(op)
        if op not in fed:
            todo.extend(t.op for t in op._inputs if t.op in members)
            todo.extend(c for c in op._control_inputs if c in members)
    return found


def as_executed(
    operations: list[Operation], fed: set[Operation], before: Callable[[Operation], list[Operation]]
) -> list[Operation]:
    """Returns the operations in the order in which the executor's graph holds them, from the order of creation.

    Args:
      operations: what runs, and what is fed.
      fed: those whose outputs are given.
      before: says what an operation waits for, an operation for each edge.

    The graph's optimizer leaves them in a topological order, breadth first, and what the fetches need mostly before what
    else runs (there its order has no simple rule). Then what is fed is replaced by arguments, which come last, and the
    rest is sorted once more.
    """
    waiting, followers = _edges(operations, before)
    queue = deque(op for op in operations if not waiting[op])
    sorted_once = []
    while queue:
        op = queue.popleft()
        sorted_once.append(op)
        for other in followers[op]:
            waiting[other] -= 1
            if not waiting[other]:
                queue.append(other)
    place = {op: i + (len(operations) if op in fed else 0) for i, op in enumerate(sorted_once)}
    waiting, followers = _edges(sorted_once, before)
    heap = [(place[op], op) for op in sorted_once if not waiting[op]]
    heapq.heapify(heap)
    result = []
    while heap:
        op = heapq.heappop(heap)[1]
        result.append(op)
        for other in followers[op]:
            waiting[other] -= 1
            if not waiting[other]:
                heapq.heappush(heap, (place[other], other))
    return result


def _edges(
    operations: Iterable[Operation], before: Callable[[Operation], list[Operation]]
) -> tuple[dict[Operation, int], dict[Operation, list[Operation]]]:
    """Returns how many edges each operation waits for, and where its own edges lead; those that close a loop left out."""
    waiting: dict[Operation, int] = {}
    followers: dict[Operation, list[Operation]] = {op: [] for op in operations}
    for op in followers:
        others = [other for other in before(op) if other in followers and other.type not in _NEXT]
        waiting[op] = len(others)
        for other in others:
            followers[other].append(op)
    return waiting, followers


def simulate(
    operations: list[Operation], given: set[Operation], before: Callable[[Operation], list[Operation]], settled: bool
) -> dict[Operation, int]:
    """Returns the place of each operation in the order in which the executor runs them.

    Args:
      operations: in the order in which the executor's graph holds them.
      given: those whose outputs are there without work: fed, or constant.
      before: says what an operation waits for, an operation for each edge.
      settled: whether they have run often enough that small operations count as cheap.
    """
    waiting, followers = _edges(operations, before)
    ranks: dict[Operation, int] = {}
    queue: deque[Operation] = deque()

    def expensive(op: Operation) -> bool:
        return op.type not in CHEAP and op not in given and (not settled or is_large(op))

    own: deque[Operation] = deque()
    hand_out([op for op in operations if not waiting[op]], own, queue, expensive)
    while own or queue:
        op = own.popleft() if own else queue.popleft()
        ranks[op] = len(ranks)
        ready = []
        for other in followers[op]:
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
        hand_out(ready, own, queue, expensive)
    return ranks


def is_large(op: Operation, known: int = 0) -> bool:
    """Whether an operation works on many elements, as far as its shapes tell.

    Args:
      op: the operation.
      known: how many there are at least.
    """
    sizes = [known, *(math.prod(d or 1 for d in t.raw_shape or ()) for t in (*op._inputs, *op.outputs))]
    return max(sizes) >= _LARGE


def hand_out(ready: list[_T], own: deque[_T], queue: deque[_T], expensive: Callable[[_T], bool]) -> None:
    """Gives what has become ready to the thread itself, or to its queue."""
    kept: list[_T] = []
    for op in ready:
        if not expensive(op):
            own.append(op)
            continue
        queue.extendleft(kept)
        kept = [op]
    if own:
        queue.extendleft(kept)
    else:
        own.extend(kept)
