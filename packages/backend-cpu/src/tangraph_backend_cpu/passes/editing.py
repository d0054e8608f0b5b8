"""What the passes share: who uses a value, and steps of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.plan.containers import drop_unread_stacks
from tangraph.plan.ir import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tangraph.plan.ir import Loop, Program, Region, Value

#: Stands among the users of a value for everything that is no step: fetches, guards, what goes round a loop.
OTHER = Step("_Other", None, {}, None, 0)


class Users:
    """Value -> the steps that take it, once for each input, `OTHER` for other uses."""

    def __init__(self, program: Program) -> None:
        self._users: dict[Value, list[Step]] = {}
        for step in program.region.walk():
            # A loop's inputs are what its steps take from outside; these are counted themselves.
            for value in step.inputs if step.loop is None else step.loop.entries:
                self._users.setdefault(value, []).append(step)
            others = [p for p, _ in step.guard]
            if step.loop is not None:
                others += [*step.loop.nexts, step.loop.condition]
            for value in others:
                self._users.setdefault(value, []).append(OTHER)
        for value in program.fetches:
            self._users.setdefault(value, []).append(OTHER)

    def of(self, value: Value) -> list[Step]:
        """Returns the users of a value."""
        return self._users.get(value, [])

    def only(self, value: Value) -> Step | None:
        """Returns the one user of a value; None where there are none or several, or where it is no step."""
        users = self.of(value)
        return users[0] if len(users) == 1 and users[0] is not OTHER else None


def is_product_for(factor: Step, user: Step, users: Users) -> bool:
    """Says whether a step multiplies two values of one shape, for one user alone, which gives a value of that shape."""
    return (
        factor.op_type == "Mul"
        and factor.backend is user.backend
        and factor.guard == user.guard
        and users.only(factor.outputs[0]) is user
        and all(v.shape == user.outputs[0].shape and not v.dtype.is_ref for v in factor.inputs)
        and factor.outputs[0].shape == user.outputs[0].shape
    )


def regions(program: Program) -> Iterator[tuple[Region, Loop | None]]:
    """Yields the regions of a program, those of loops with their loop."""
    yield program.region, None
    for step in program.region.walk():
        if step.loop is not None:
            yield step.loop.region, step.loop


def new_step(kind: str, like: Step, inputs: list[Value], kernel: Callable[..., Any]) -> Step:
    """Returns a step of the plan's own, in the place and under the condition of another one."""
    step = Step(kind, None, {}, like.origin, like.order)
    step.inputs = inputs
    step.kernel = kernel
    step.guard, step.device, step.backend = like.guard, like.device, like.backend
    return step


def tidy_loops(program: Program) -> None:
    """Drops the stacks that nobody reads any more, and notes what loops take from outside."""
    from tangraph.plan.lower import outer_inputs

    while drop_unread_stacks(program):
        pass
    users = Users(program)
    for region, _ in list(regions(program)):
        region.steps = [s for s in region.steps if s.op_type != "StackV2" or users.of(s.outputs[0])]
    for step in reversed(list(program.region.walk())):
        if step.loop is not None:
            step.inputs = outer_inputs(step.loop)


def new_list(before: Step, region: Region) -> Value:
    """Returns a list for one run, made before a step."""
    made = new_step("StackV2", before, [], list)
    made.backend = None
    region.steps.insert(region.steps.index(before), made)
    return made.add_output(dtypes.resource, (2,))
