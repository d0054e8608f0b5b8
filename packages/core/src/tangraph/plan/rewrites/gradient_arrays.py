"""The TensorArray of gradients that a loop asks for in every iteration is asked for once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.plan.ir import Step

if TYPE_CHECKING:
    from tangraph.plan.ir import Value


def hoist_gradient_arrays(loop_step: Step) -> list[Step]:
    """Takes TensorArrayGradV3 steps out of a loop whose array is made outside; returns what goes before the loop.

    Only the flow ties such a step to the iteration: it takes a loop variable, and before the loop that variable's first
    value stands for all that the step waits for.
    """
    loop = loop_step.loop
    assert loop is not None
    inside = {v for s in loop.region.steps for v in s.outputs} | set(loop.variables)
    hoisted: list[Step] = []
    replaced: dict[Value, Value] = {}
    for step in loop.region.steps:
        if step.op_type != "TensorArrayGradV3":
            continue
        handle, flow = step.inputs[0], _source(step.inputs[1])
        if handle in inside or flow not in loop.variables or any(c.stateful for c in step.controls):
            continue
        outer = Step(step.op_type, step.op_def, step.attrs, step.origin, step.order)
        outer.device, outer.guard = step.device, loop_step.guard
        outer.inputs = [handle, loop.entries[loop.variables.index(flow)]]
        for value in step.outputs:
            outer.add_output(value.dtype, value.shape)
        replaced[step.outputs[0]] = outer.outputs[0]
        replaced[step.outputs[1]] = step.inputs[1]
        hoisted.append(outer)
    if hoisted:
        gone = {value.step for value in replaced}
        loop.region.steps = [s for s in loop.region.steps if s not in gone]
        for step in loop.region.walk():
            step.inputs = [replaced.get(v, v) for v in step.inputs]
            step.controls = [c for c in step.controls if c not in gone]
        loop.nexts = [replaced.get(v, v) for v in loop.nexts]
    return hoisted


def _source(value: Value) -> Value:
    while value.step.op_type in {"Identity", "_Alias"}:
        value = value.step.inputs[0]
    return value
