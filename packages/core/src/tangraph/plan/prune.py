"""Stage 1: from the fetches backwards, keep what they need; stop at feeds."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from tangraph.plan.ir import Program, Region, Step, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


def prune(
    graph: Graph,
    fetches: Sequence[Tensor],
    targets: Sequence[Operation],
    feeds: Sequence[Tensor],
    scope: str = "",
    connections: Mapping[Tensor, Tensor] | None = None,
    done: Sequence[Operation] = (),
) -> Program:
    """Returns the part of the graph that has to run, as steps in the order of creation.

    Args:
      graph: the graph.
      fetches: tensors whose values are wanted.
      targets: operations to run for their effect.
      feeds: tensors whose values are given; nothing behind them runs for their sake.
      scope: goes in front of the steps' names.
      connections: tensors that stand for others: where a key is an input, or fetched, its value is taken.
      done: operations that nothing waits for.
    """
    connections = connections or {}
    fed = dict.fromkeys(feeds)
    # What waits for a placeholder waits for nothing once it is fed; other operations run even so.
    given = {t.op for t in [*feeds, *connections] if t.op.type in {"Placeholder", "PlaceholderV2"}}.union(done)
    needed: set[Operation] = set()
    todo = [connections.get(t, t).op for t in fetches if t not in fed] + list(targets)
    while todo:
        op = todo.pop()
        if op in needed:
            continue
        needed.add(op)
        todo.extend(connections.get(t, t).op for t in op._inputs if t not in fed)
        todo.extend(c for c in op._control_inputs if c not in given)
    ops = sorted(needed, key=lambda op: op._id)
    steps = {op: Step(op.type, op.op_def, op.attrs, op, op._id) for op in ops}
    values: dict[Tensor, Value] = {}
    for op, step in steps.items():
        for tensor in op.outputs:
            values[tensor] = step.add_output(tensor.dtype, tensor.raw_shape)
    fed_values = [_feed(tensor) for tensor in feeds]
    values.update(zip(feeds, fed_values, strict=True))
    values.update((stand_in, values[tensor]) for stand_in, tensor in connections.items() if tensor in values)
    for op, step in steps.items():
        step.scope = scope
        step.inputs = [values[t] for t in op._inputs]
        step.controls = [steps[c] for c in op._control_inputs if c not in given]
        step.device = op.device
    return Program(
        graph,
        Region(list(steps.values())),
        fed_values,
        [values[t] for t in fetches],
        [steps[op] for op in targets],
        operations=ops,
        ends=list(dict.fromkeys([*(t.op for t in fetches), *targets])),
    )


def _feed(tensor: Tensor) -> Value:
    step = Step("_Feed", None, {}, tensor.op, tensor.op._id)
    return step.add_output(tensor.dtype.base, tensor.raw_shape)


def topological(steps: Iterable[Step]) -> list[Step]:
    """Returns the steps so that each comes after its inputs, in the order of creation where that leaves a choice.

    Edges from steps outside `steps`, and those that close a loop (NextIteration to Merge), do not count.
    """
    members = set(steps)
    waiting: dict[Step, int] = {}
    followers: dict[Step, list[Step]] = {}
    for step in members:
        before = {v.step for v in step.inputs} | set(step.controls)
        if step.op_type in {"Merge", "RefMerge"}:
            before = {b for b in before if b.op_type not in {"NextIteration", "RefNextIteration"}}
        before &= members
        before.discard(step)
        waiting[step] = len(before)
        for other in before:
            followers.setdefault(other, []).append(step)
    ready = [(s.order, id(s), s) for s, n in waiting.items() if n == 0]
    heapq.heapify(ready)
    result = []
    while ready:
        step = heapq.heappop(ready)[2]
        result.append(step)
        for other in followers.get(step, ()):
            waiting[other] -= 1
            if waiting[other] == 0:
                heapq.heappush(ready, (other.order, id(other), other))
    if len(result) != len(members):
        stuck = sorted((s for s, n in waiting.items() if n > 0), key=lambda s: s.order)
        raise ValueError(f"The graph has a cycle through {', '.join(s.label for s in stuck[:5])}.")
    return result


def reached(start: Step, neighbours: Mapping[Step, Iterable[Step]]) -> set[Step]:
    """Returns the steps that a walk from neighbour to neighbour reaches; the first one only if it comes back to it."""
    found: set[Step] = set()
    todo = [start]
    while todo:
        for step in neighbours[todo.pop()]:
            if step not in found:
                found.add(step)
                todo.append(step)
    return found
