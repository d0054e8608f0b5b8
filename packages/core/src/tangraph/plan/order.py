"""Stage 5: the order in which the steps of a region run.

Topological, in the order of creation where that leaves a choice, except that

* of a step that reads a variable and one that writes it, between which there is no path, that comes first which
  TensorFlow's executor takes first (`executor_order`); a variable's own initializer comes before all that read it;
* a step that may block runs as late as it can;
* steps under one condition stay together, so that the emitted source has few `if` blocks.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from tangraph.plan.effects import Effects
from tangraph.plan.executor_order import ExecutorOrder
from tangraph.plan.prune import reached, topological

if TYPE_CHECKING:
    from tangraph.plan.ir import Guard, Program, Region, Step, Value


def order(program: Program, settled: bool = False) -> bool:
    """Sorts the steps of every region.

    Args:
      program: the program.
      settled: whether to take the order that TensorFlow takes when a graph has run often; see `schedule`.

    Returns:
      Whether the program leaves reads and writes of a variable unordered.
    """
    _sort(program.region)
    executor = ExecutorOrder(program, settled)
    _order_region(program.region, Effects(program.region.steps), None, executor)
    return executor.asked


def _sort(region: Region) -> None:
    region.steps = topological(region.steps)
    for step in region.steps:
        if step.loop is not None:
            _sort(step.loop.region)


def _order_region(region: Region, effects: Effects, condition: Value | None, executor: ExecutorOrder) -> None:
    steps = region.steps
    for step in steps:
        if step.loop is not None:
            _order_region(step.loop.region, effects.inside(step.loop), step.loop.condition, executor)
    before = {s: {v.step for v in s.inputs} | set(s.controls) | {p.step for p, _ in s.guard} for s in steps}
    members = set(steps)
    for step, others in before.items():
        others &= members
        others.discard(step)
    _order_accesses(steps, before, effects, executor)
    region.steps = _schedule(steps, before, condition)


def _order_accesses(
    steps: list[Step], before: dict[Step, set[Step]], effects: Effects, executor: ExecutorOrder
) -> None:
    """Orders the steps that read or write a variable and have no path between them."""
    writers = [s for s in steps if effects.writes[s]]
    if not writers:
        return
    bit = {w: 1 << i for i, w in enumerate(writers)}
    behind, ahead = _reached(steps, before, bit), dict.fromkeys(steps, 0)
    for step in reversed(steps):
        for other in before[step]:
            ahead[other] |= ahead[step] | bit.get(step, 0)
    accesses: dict[Step, list[Step]] = {}
    for step in steps:
        for variable in effects.reads[step] | effects.writes[step]:
            accesses.setdefault(variable, []).append(step)
    for writer in writers:
        for variable in effects.writes[writer]:
            free = [s for s in accesses[variable] if s is not writer and not behind[s] & bit[writer]]
            if free and _is_initializer(writer, variable):
                needed = reached(writer, before)
                first = {s for s in free if s in needed}
            else:
                free = [s for s in free if not _is_initializer(s, variable)]
                first = {
                    s
                    for s in free
                    if ahead[s] & bit[writer] or executor.first(s, writer, s not in bit or s.order < writer.order)
                }
            before[writer].update(first)
            for step in free:
                if step not in first:
                    before[step].add(writer)


def _reached(steps: list[Step], before: dict[Step, set[Step]], bit: dict[Step, int]) -> dict[Step, int]:
    """Returns for each step the bits of the writers that it waits for, its own included."""
    found: dict[Step, int] = {}
    for step in steps:
        mask = bit.get(step, 0)
        for other in before[step]:
            mask |= found[other]
        found[step] = mask
    return found


def _is_initializer(step: Step, variable: Step) -> bool:
    """Says whether a step gives a variable its initial value: reads that nothing orders come later, not earlier."""
    return step.op_type in {"Assign", "AssignVariableOp"} and step.label == f"{variable.label}/Assign"


def _schedule(steps: list[Step], before: dict[Step, set[Step]], condition: Value | None) -> list[Step]:
    followers: dict[Step, list[Step]] = {}
    waiting = {}
    for step in steps:
        waiting[step] = len(before[step])
        for other in before[step]:
            followers.setdefault(other, []).append(step)
    heaps: dict[Guard, list[tuple[tuple[bool, bool, int], int, Step]]] = {}

    def key(step: Step) -> tuple[bool, bool, int]:
        in_body = condition is not None and any(p is condition for p, _ in step.guard)
        return in_body, step.op_def is not None and step.op_def.blocking, step.order

    def push(step: Step) -> None:
        heapq.heappush(heaps.setdefault(step.guard, []), (key(step), id(step), step))

    for step in steps:
        if waiting[step] == 0:
            push(step)
    result: list[Step] = []
    current: Guard = ()
    remaining = set(steps)
    while remaining:
        guard = _choose(heaps, current)
        if guard is None:
            # Read-before-write edges may contradict each other; the oldest step that waits goes first.
            step = min(remaining, key=lambda s: s.order if not _truly_waits(s, remaining) else s.order + (1 << 40))
            waiting[step] = 0
        else:
            step = heapq.heappop(heaps[guard])[2]
            if not heaps[guard]:
                del heaps[guard]
        if step not in remaining:
            continue
        remaining.discard(step)
        current = step.guard
        result.append(step)
        for other in followers.get(step, ()):
            waiting[other] -= 1
            if waiting[other] == 0 and other in remaining:
                push(other)
    return result


def _truly_waits(step: Step, remaining: set[Step]) -> bool:
    return any(v.step in remaining for v in step.inputs) or any(c in remaining for c in step.controls)


def _choose(heaps: dict[Guard, list[tuple[tuple[bool, bool, int], int, Step]]], current: Guard) -> Guard | None:
    if not heaps:
        return None
    best = min(heaps, key=lambda g: heaps[g][0][0])
    here = heaps.get(current)
    if here is not None and here[0][0][:2] == heaps[best][0][0][:2] and not here[0][2].stateful:
        return current
    return best
