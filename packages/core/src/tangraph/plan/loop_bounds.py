"""Loops that end when a counter reaches its limit: how many iterations they make is a division."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tangraph.plan.ir import Loop, Step, Value


class Bound:
    """A condition that compares a counter with a limit.

    Attributes:
      first: the counter's first value.
      step: what an iteration adds to it.
      limit: the loop goes on while the counter is less.
      inclusive: or equal.
    """

    def __init__(self, first: Value, step: int, limit: Value, inclusive: bool) -> None:
        self.first = first
        self.step = step
        self.limit = limit
        self.inclusive = inclusive

    def trips(self, first: int, limit: int) -> int:
        """Returns how many iterations it allows."""
        return max(0, -(-(limit - first + self.inclusive) // self.step))


def bounds(loop: Loop) -> list[Bound] | None:
    """Returns the bounds of a loop's counters, or None where they are not all that ends it."""
    found: list[Bound] = []
    todo = [loop.condition]
    while todo:
        step = todo.pop().step
        if step.op_type == "LogicalAnd":
            todo.extend(step.inputs)
            continue
        bound = _bound(loop, step)
        if bound is None:
            return None
        found.append(bound)
    return found


def _bound(loop: Loop, step: Step) -> Bound | None:
    if step.op_type not in {"Less", "LessEqual"} or step.inputs[0] not in loop.variables:
        return None
    counter, limit = step.inputs
    index = loop.variables.index(counter)
    after = loop.nexts[index].step
    inside = set(loop.region.steps)
    if limit.step in inside or limit in loop.variables or after.op_type not in {"Add", "AddV2"}:
        return None
    by = [v.constant for v in after.inputs if v is not counter]
    first = loop.entries[index]
    if len(by) != 1 or by[0] is None or by[0].ndim or not by[0] > 0 or not counter.dtype.is_integer:
        return None
    if any(v.where is not None or v.dtype.is_ref for v in (first, limit)):
        return None
    return Bound(first, int(by[0]), limit, step.op_type == "LessEqual")
