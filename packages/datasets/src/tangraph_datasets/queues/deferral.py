"""A run that both adds to a queue and takes from one: neither operation may keep the other waiting.

TensorFlow runs them side by side; a plan runs one step after the other. So what is to be added goes in early if it fits,
and otherwise waits at the end of the run, when what the run takes out has made room.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes
from tangraph.framework.op_def import ArgDef
from tangraph.plan.ir import Step
from tangraph.plugin import KernelSet, OpSet
from tangraph_datasets.queues.ops import one
from tangraph_datasets.queues.staging_ops import area_of
from tangraph_datasets.queues.storage import kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plugin import KernelContext, Program

kernel = KernelSet()

#: Operations without results that may wait, and what begins them.
_BEGINNINGS: Final = {
    "QueueEnqueueV2": "_BeginEnqueue",
    "QueueEnqueueManyV2": "_BeginEnqueueMany",
    "Stage": "_BeginStage",
}
#: Added to the order of a step, it comes after all others that nothing else puts behind it.
_LAST: Final = 1 << 32
_FINISH: Final = OpSet().define("_FinishWaiting", ["rest: variant"], stateful=True, blocking=True)


def rewrite(program: Program) -> None:
    """Splits what adds to a queue in two steps, where another step of the run may wait and does not come before it."""
    waiting = [s for s in program.region.steps if s.op_def is not None and s.op_def.blocking]
    candidates = [s for s in waiting if s.op_type in _BEGINNINGS and not s.guard]
    if len(waiting) < 2 or not candidates:
        return
    waited_for = {control for step in program.region.walk() for control in step.controls}
    for step in candidates:
        if step not in waited_for and not set(waiting) <= _ancestors(step) | {step}:
            _split(program, step)


def _ancestors(step: Step) -> set[Step]:
    found: set[Step] = set()
    todo = [step]
    while todo:
        current = todo.pop()
        for before in (*(value.step for value in current.inputs), *current.controls):
            if before not in found:
                found.add(before)
                todo.append(before)
    return found


def _split(program: Program, step: Step) -> None:
    assert step.op_def is not None
    finish = Step("_FinishWaiting", _FINISH, {}, step.origin, step.order + _LAST)
    step.op_type = _BEGINNINGS[step.op_type]
    step.op_def = replace(
        step.op_def, name=step.op_type, outputs=(ArgDef("rest", dtypes.variant),), blocking=False, shape=None
    )
    finish.inputs = [step.add_output(dtypes.variant, ())]
    program.region.steps.append(finish)
    program.targets = [finish if target is step else target for target in program.targets]


def _nothing() -> None:
    """All is done."""


@kernel("_BeginEnqueue")
def _begin_enqueue(k: KernelContext) -> Callable[..., Callable[[], None]]:
    """Adds an element if it fits; returns what is left to do."""
    del k

    def run(handle: Any, *components: Any) -> Callable[[], None]:
        queue = one(handle)
        if not queue.fits(1):
            later = [kept(value) for value in components]  # the run may go on to use their memory
            return lambda: queue.enqueue(later)
        queue.enqueue(components)
        return _nothing

    return run


@kernel("_BeginEnqueueMany")
def _begin_enqueue_many(k: KernelContext) -> Callable[..., Callable[[], None]]:
    """Adds elements if all fit; returns what is left to do."""
    del k

    def run(handle: Any, *components: Any) -> Callable[[], None]:
        queue = one(handle)
        if not queue.fits(len(components[0])):
            later = [kept(value) for value in components]
            return lambda: queue.enqueue_many(later)
        queue.enqueue_many(components)
        return _nothing

    return run


@kernel("_BeginStage")
def _begin_stage(k: KernelContext) -> Callable[..., Callable[[], None]]:
    """Adds an element to a staging area if it fits; returns what is left to do."""
    area = area_of(k)

    def run(*values: Any) -> Callable[[], None]:
        store = area()
        if not store.fits(values):
            later = [kept(value) for value in values]
            return lambda: store.put(later)
        store.put(values)
        return _nothing

    return run


@kernel("_FinishWaiting")
def _finish_waiting(k: KernelContext) -> Callable[..., None]:
    """Does what is left to do."""
    del k
    return lambda rest: rest()
