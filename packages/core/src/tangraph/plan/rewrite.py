"""Stage 3: the same values from fewer steps.

One forward walk: every step gets its inputs' replacements and its shapes refined; then each rule in turn may answer
with values that stand for the step's outputs (or change the step itself). Rules look at one step at a time and live in
`tangraph.plan.rewrites`. Rewrites of plugins see the whole program afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tangraph.framework.raw_shape import is_fully_defined
from tangraph.plan import loop_shapes
from tangraph.plan.containers import Containers, drop_unread_stacks
from tangraph.plan.effects import VARIABLES
from tangraph.plan.loop_counters import merge_counters
from tangraph.plan.prune import topological
from tangraph.plan.rewrites.common import Seen
from tangraph.plan.rewrites.fold import Folder, constant_value
from tangraph.plan.rewrites.forward import forward
from tangraph.plan.rewrites.gradient_arrays import hoist_gradient_arrays
from tangraph.plan.rewrites.gradients import collapse
from tangraph.plan.rewrites.log_softmax import log_softmax
from tangraph.plan.rewrites.shape_ops import shape_ops
from tangraph.plan.rewrites.trivial import trivial
from tangraph.plan.shapes import refine_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tangraph.backend import Backend
    from tangraph.plan.ir import Program, Region, Step, Value

_TRANSPARENT = frozenset({"NoOp", "Const", "ControlTrigger"})
#: Stateful for TensorFlow, but nothing is left behind when they run.
_WITHOUT_EFFECT = VARIABLES | {"ReadVariableOp", "VarIsInitializedOp", "IsVariableInitialized", "VariableShape"}
#: Not stateful, but run for what they may raise.
_CHECKS = frozenset({"CheckNumerics", "EnsureShape", "Placeholder"})


def rewrite(
    program: Program, backend: Backend | None, plugin_rewrites: Iterable[Callable[[Program], None]] = ()
) -> None:
    """Simplifies a program in place.

    Args:
      program: lowered.
      backend: evaluates constant steps; None leaves them.
      plugin_rewrites: functions that change a program, from `tangraph_register_rewrites`.
    """
    walk = _Walk(program, backend)
    walk.region(program.region)
    walk.finish()
    for function in plugin_rewrites:
        function(program)
    sweep(program)
    while drop_unread_stacks(program):
        sweep(program)
    if log_softmax(program):
        sweep(program)


class _Walk:
    """The state of one forward walk."""

    def __init__(self, program: Program, backend: Backend | None) -> None:
        self.program = program
        self.fetched = set(program.fetches)
        self.replaced: dict[Value, Value] = {}
        self.elided: dict[Step, list[Step]] = {}
        self.fold = Folder(backend)
        self.containers = Containers(program.region)
        self._reshapes = any(
            step.op_type == "Assign" and not step.attrs["validate_shape"] for step in program.region.walk()
        )

    def region(self, region: Region) -> None:
        """Walks the steps of a region, those of its loops first."""
        rules = (self._forward, shape_ops, self._size, self._popped, trivial, collapse, self.fold, Seen().merge)
        kept: list[Step] = []
        for step in topological(region.steps):
            self._resolve(step)
            if step.loop is not None:
                kept.extend(self._loop(step))
            elif step.op_type == "Const":
                step.outputs[0].constant = step.attrs["value"]
                continue
            elif step.op_type in {"NoOp", "ControlTrigger"}:
                continue
            else:
                refine_step(step)
                self.containers.refine(step)
                if self._elide(step, rules):
                    continue
            kept.append(step)
        region.steps = kept

    def _loop(self, step: Step) -> list[Step]:
        """Walks a loop's region, when the shapes of its variables are known; returns steps that go before the loop."""
        loop = step.loop
        assert loop is not None
        for inner in loop.region.walk():
            self._resolve(inner)
            if inner.loop is not None:
                inner.loop.entries = [self._final(v) for v in inner.loop.entries]
                inner.loop.nexts = [self._final(v) for v in inner.loop.nexts]
        loop.entries = [self._final(v) for v in loop.entries]
        loop.nexts = [self._final(v) for v in loop.nexts]
        self.replaced.update(merge_counters(loop))
        before = hoist_gradient_arrays(step)
        loop_shapes.infer(loop, self.containers, self.fold)
        self.region(loop.region)
        loop_shapes.leave(step)
        return before

    def _resolve(self, step: Step) -> None:
        """Follows the replacements of a step's inputs; what those waited for, the step now waits for."""
        for i, value in enumerate(step.inputs):
            while value in self.replaced:
                step.controls.extend(value.step.controls)
                value = self.replaced[value]
            if value.step.op_type == "Const":
                step.controls.extend(value.step.controls)
            step.inputs[i] = value
        if step.guard:
            step.guard = tuple((self._final(p), b) for p, b in step.guard)

    def _forward(self, step: Step) -> list[Value] | None:
        """What only passes a value on, but for the read of a variable that may get another buffer in this run."""
        if self._reshapes and step.inputs and step.inputs[0].dtype.is_ref and not step.outputs[0].dtype.is_ref:
            return forward(step) if is_fully_defined(step.inputs[0].shape) else None
        return forward(step)

    def _size(self, step: Step) -> list[Value] | None:
        """The size of a TensorArray that does not grow."""
        if step.op_type != "TensorArraySizeV3":
            return None
        size = self.containers.size(step.inputs[0])
        return None if size is None else [constant_value(step, np.array(size, np.int32))]

    def _popped(self, step: Step) -> list[Value] | None:
        """What comes off a stack onto which one constant is pushed again and again."""
        found = self.containers.constant(step.inputs[0]) if step.op_type == "StackPopV2" else None
        return None if found is None else [found]

    def _final(self, value: Value) -> Value:
        while value in self.replaced:
            value = self.replaced[value]
        return value

    def _elide(self, step: Step, rules: Iterable[Callable[[Step], list[Value] | None]]) -> bool:
        if step.guard and self.fetched.intersection(step.outputs):
            return False
        for rule in rules:
            answer = rule(step)
            if answer is not None:
                self.replaced.update(zip(step.outputs, answer, strict=True))
                self.elided[step] = [*dict.fromkeys(v.step for v in answer), *step.controls]
                return True
        return False

    def finish(self) -> None:
        """Carries the replacements through everything that has been walked."""
        program = self.program
        for value in program.fetches:
            while value in self.replaced:
                program.targets.extend(value.step.controls)
                value = self.replaced[value]
            program.targets.extend(value.step.controls if value.step.op_type == "Const" else ())
        program.substitute(self.replaced)
        effects = _Effects(self.elided, set(program.region.walk()))
        kept = {s for s in program.targets if s not in self.elided and s.op_type not in _TRANSPARENT}
        program.targets = [s for t in program.targets for s in ([t] if t in kept else effects.behind(t))]
        for step in program.region.walk():
            if step.controls:
                reached = dict.fromkeys(s for control in step.controls for s in effects.behind(control))
                step.controls = [s for s in reached if s is not step]


class _Effects:
    """What a control edge is for: the steps with an effect nearest behind a step, itself if it has one.

    A step without effects need not run for the sake of a control edge (gradients tie all gradients of an op together,
    those that nobody uses too); what it waits for still has to.
    """

    def __init__(self, elided: dict[Step, list[Step]], members: set[Step]) -> None:
        self._elided = elided
        self._members = members
        self._known: dict[Step, dict[Step, None]] = {}

    def behind(self, step: Step) -> dict[Step, None]:
        """Returns the steps, in a fixed order."""
        todo = [step]
        opened: set[Step] = set()
        while todo:
            current = todo[-1]
            if current in self._known:
                todo.pop()
                continue
            if _has_effect(current) and current not in self._elided:
                self._known[current] = {current: None}
                continue
            before = self._before(current)
            opened.add(current)
            # The control edges of constants inside of a loop lead through its original steps, round and round.
            missing = [s for s in before if s not in self._known and s not in opened]
            if missing:
                todo.extend(missing)
            else:
                self._known[current] = {s: None for other in before for s in self._known.get(other, ())}
        return self._known[step]

    def _before(self, step: Step) -> list[Step]:
        if step in self._elided:
            return self._elided[step]
        if step in self._members or step.op_type in _TRANSPARENT:
            return [*(v.step for v in step.inputs), *step.controls]
        return []  # a feed, or the variable of a loop


def _has_effect(step: Step) -> bool:
    return step.op_type in _CHECKS or (step.stateful and step.op_type not in _WITHOUT_EFFECT)


def sweep(program: Program) -> None:
    """Drops the steps that nothing needs any more, and brings the loops' inputs up to date."""
    from tangraph.plan.lower import outer_inputs

    for step in program.region.walk():
        if step.loop is not None:
            _sweep_loop(step)
            step.inputs = outer_inputs(step.loop)
    _keep(program.region, [v.step for v in program.fetches] + program.targets)


def _sweep_loop(step: Step) -> None:
    loop = step.loop
    assert loop is not None
    roots = [v.step for v in loop.nexts] + [loop.condition.step]
    roots += [s for s in loop.region.steps if s.stateful]
    _keep(loop.region, roots)


def _keep(region: Region, roots: list[Step]) -> None:
    members = set(region.steps)
    needed: set[Step] = set()
    todo = [s for s in roots if s in members]
    while todo:
        step = todo.pop()
        if step in needed:
            continue
        needed.add(step)
        before = [*(v.step for v in step.inputs), *step.controls, *(p.step for p, _ in step.guard)]
        todo.extend(s for s in before if s in members)
    region.steps = [s for s in region.steps if s in needed]
    for step in region.steps:
        step.controls = [c for c in dict.fromkeys(step.controls) if c in needed]
