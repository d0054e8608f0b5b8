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

TensorFlow keeps the edges of an operation in their order up to eight (`KEPT_IN_ORDER`). Where more lead from one, or more
operations wait for nothing at the start, their order is another one in each process: there what comes first in most of some
random orders is taken.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from typing import TYPE_CHECKING, Final, TypeVar

from tangraph.plan.sorts import NEXT_ITERATION

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from tangraph.framework.operation import Operation
    from tangraph.plan.sorts import Edge

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
#: So many edges of one operation are kept in their order; more are sorted by where they lie in memory.
KEPT_IN_ORDER: Final = 8


def as_executed(
    order: Sequence[Operation], fed: set[Operation], links: Mapping[Operation, list[Edge]]
) -> list[Operation]:
    """Returns the operations in the order in which the executor's graph holds them.

    What is fed is replaced by arguments, which come last; then the rest is sorted once more, by the places that it had.

    Args:
      order: as the graph's optimizer leaves them.
      fed: those whose outputs are given.
      links: what each operation waits for.
    """
    place = {op: i + (len(order) if op in fed else 0) for i, op in enumerate(order)}
    waiting, followers = _edges(order, links)
    heap = [(place[op], op) for op in order if not waiting[op]]
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
    operations: Iterable[Operation], links: Mapping[Operation, list[Edge]]
) -> tuple[dict[Operation, int], dict[Operation, list[Operation]]]:
    """Returns how many edges each operation waits for, and where its own edges lead; those that close a loop left out."""
    waiting: dict[Operation, int] = {}
    followers: dict[Operation, list[Operation]] = {op: [] for op in operations}
    for op in followers:
        others = [o for o, _ in links[op] if o in followers and o.type not in NEXT_ITERATION]
        waiting[op] = len(others)
        for other in others:
            followers[other].append(op)
    return waiting, followers


def simulate(
    links: Mapping[Operation, list[Edge]], given: Container[Operation], settled: bool, seed: int = 0
) -> dict[Operation, int]:
    """Returns the place of each operation in the order in which the executor runs them.

    Args:
      links: what each operation waits for, in the order in which the executor's graph holds them.
      given: those whose outputs are there without work: fed, or constant.
      settled: whether they have run often enough that small operations count as cheap.
      seed: chooses an order where TensorFlow's is another one in each process.
    """
    waiting, followers = _edges(links, links)
    ranks: dict[Operation, int] = {}
    queue: deque[Operation] = deque()

    def expensive(op: Operation) -> bool:
        return op.type not in CHEAP and op not in given and (not settled or is_large(op))

    sources = [op for op in links if not waiting[op]]
    chance = random.Random(seed)  # noqa: S311  not for secrets
    for ops in (sources, *followers.values()):
        if len(ops) > KEPT_IN_ORDER:
            chance.shuffle(ops)
    own: deque[Operation] = deque()
    hand_out(sources, own, queue, expensive)
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
