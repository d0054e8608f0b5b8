"""Stage 2: TensorFlow's control-flow nodes become conditions on steps, and loop steps.

Nothing is guessed from names or contexts: frames follow from Enter and Exit, conditions from Switch and Merge, so that
gradients of loops and conditionals and imported graphs are lowered by the same rules.

* A Switch makes what depends on its output conditional: a step's *guard* is the union of the guards of its inputs.
* A Merge joins two guards. Each of its inputs is stored into the same local variable where it is computed.
* The steps between Enter and Exit become one loop step with a region of its own.
* A ``_Done`` waits for what a function has done, under whichever conditions, but runs where the function was called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.framework import errors
from tangraph.framework.dtypes import cpp_name
from tangraph.plan.ir import Guard, Loop, Region, Step, Value
from tangraph.plan.prune import reached, topological

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tangraph.framework.operation import Operation
    from tangraph.plan.ir import Program

_SWITCH = frozenset({"Switch", "RefSwitch"})
_MERGE = frozenset({"Merge", "RefMerge"})
_ENTER = frozenset({"Enter", "RefEnter"})
_EXIT = frozenset({"Exit", "RefExit"})
_NEXT = frozenset({"NextIteration", "RefNextIteration"})
CONTROL_FLOW = _SWITCH | _MERGE | _ENTER | _EXIT | _NEXT | {"LoopCond"}


class _Frame:
    """The steps between the Enters of one name and their Exits."""

    def __init__(self, parent: _Frame | None, name: str) -> None:
        self.parent = parent
        self.name = name
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.steps: list[Step] = []
        self.children: dict[str, _Frame] = {}

    def child(self, name: str) -> _Frame:
        if name not in self.children:
            self.children[name] = _Frame(self, name)
        return self.children[name]


def lower(program: Program) -> None:
    """Replaces the control-flow steps of a program."""
    if not any(s.op_type in CONTROL_FLOW for s in program.region.steps):
        _settle(program)
        return
    root = _assign_frames(topological(program.region.steps))
    frames = []
    todo = [root]
    while todo:
        frame = todo.pop()
        frames.append(frame)
        todo.extend(frame.children.values())
    replaced: dict[Value, Value] = {}
    owner: dict[Step, Step] = {}
    inside: dict[Step, Step] = {}
    for frame in sorted(frames, key=lambda f: -f.depth):
        _resolve(frame.steps, replaced, owner)
        _break_cycles(frame.steps)
        if frame.parent is None:
            program.region.steps = _lower_conditionals(frame.steps, frozenset(), program.predicates)
        else:
            loop_step, *after = _make_loop(frame, replaced, owner, program.predicates)
            inside.update(dict.fromkeys([s for s in frame.steps if s not in after], loop_step))
            frame.parent.steps.extend([loop_step, *after])
    program.substitute(replaced)
    members = set(program.region.steps)
    program.targets = [_seen_from(members, owner.get(s, s), inside) for s in program.targets]
    _fix_controls(program.region, owner, inside)
    _settle(program)


def _settle(program: Program) -> None:
    for step in program.region.walk():
        if step.op_type == "_Done":
            step.op_type, step.inputs = "NoOp", []


def _seen_from(members: set[Step], step: Step, inside: dict[Step, Step]) -> Step:
    """The step of a region that a step is in: itself, or the loop around it."""
    while step not in members and step in inside:
        step = inside[step]
    return step


def _fix_controls(region: Region, owner: dict[Step, Step], inside: dict[Step, Step]) -> None:
    """Drops control edges on steps that are gone, and moves those into or out of a loop to the loop step."""
    members = set(region.steps)
    for step in region.steps:
        if step.loop is not None:
            _fix_controls(step.loop.region, owner, inside)
            own = set(step.loop.region.steps)
            for inner in step.loop.region.steps:
                step.controls.extend(c for c in inner.controls if c not in own and c not in step.controls)
                inner.controls = [c for c in inner.controls if c in own]
        moved = [_seen_from(members, owner.get(c, c), inside) for c in step.controls]
        step.controls = [c for c in dict.fromkeys(moved) if c is not step and (c in members or step.loop is not None)]


# -- frames ------------------------------------------------------------------------------------------------------


def _assign_frames(steps: Iterable[Step]) -> _Frame:
    root = _Frame(None, "")
    frame_of: dict[Step, _Frame] = {}

    def seen_from_outside(step: Step) -> _Frame:
        frame = frame_of.get(step, root)
        return frame.parent or root if step.op_type in _EXIT else frame

    for step in steps:
        frame = root
        for before in [*(v.step for v in step.inputs), *_conditions(step)]:
            other = seen_from_outside(before)
            if other.depth > frame.depth:
                frame = other
        if step.op_type in _ENTER:
            frame = frame.child(step.attrs["frame_name"])
        frame_of[step] = frame
        frame.steps.append(step)
    return root


def _conditions(step: Step) -> list[Step]:
    """The control inputs that say where, and under which condition, a step runs."""
    found: list[Step] = step.attrs["entry"] if step.op_type == "_Done" else step.controls
    return found


def _resolve(steps: list[Step], replaced: dict[Value, Value], owner: dict[Step, Step]) -> None:
    for step in steps:
        for i, value in enumerate(step.inputs):
            while value in replaced:
                value = replaced[value]
            step.inputs[i] = value
        step.controls = [owner.get(c, c) for c in step.controls]


def _break_cycles(steps: list[Step]) -> None:
    """Drops what a loop waits for, though it comes after the loop.

    A gradient that is built under `control_dependencies` gives the forward loop a counter and asks it for shapes, which
    then wait for what is made of the loop's results. TensorFlow runs the rest of the loop meanwhile; here a loop is one
    step. What has no effect and reads no variable need not wait.
    """
    loops = [s for s in steps if s.loop is not None]
    if not loops:
        return
    members = set(steps)
    before = {s: [b for b in (*(v.step for v in s.inputs), *s.controls) if b in members] for s in steps}
    after: dict[Step, list[Step]] = {s: [] for s in steps}
    for step, others in before.items():
        for other in others:
            after[other].append(step)
    for loop in loops:
        ancestors = reached(loop, before)
        if loop in ancestors:
            later = reached(loop, after)
            for step in ancestors:
                if _is_pure(step):
                    step.controls = [c for c in step.controls if c not in later]
            _forget(loop, later - {loop})


def _forget(loop_step: Step, later: set[Step]) -> None:
    """Drops the steps of a loop that only make pure steps wait for one of `later`."""
    assert loop_step.loop is not None
    region = loop_step.loop.region
    waiting = {s for s in region.steps if s.op_type == "Identity" and s.inputs[0].step in later}
    waiting -= {v.step for s in region.steps for v in s.inputs}
    if all(_is_pure(s) or waiting.isdisjoint(s.controls) for s in region.steps):
        region.steps = [s for s in region.steps if s not in waiting]
        for step in region.steps:
            step.controls = [c for c in step.controls if c not in waiting]
        loop_step.inputs = outer_inputs(loop_step.loop)


def _is_pure(step: Step) -> bool:
    return step.op_def is not None and not step.op_def.stateful and not any(v.dtype.is_ref for v in step.inputs)


# -- loops -------------------------------------------------------------------------------------------------------


def _make_loop(
    frame: _Frame, replaced: dict[Value, Value], owner: dict[Step, Step], decided: dict[Operation, Value]
) -> list[Step]:
    """Turns a frame into one step of its parent, and those that come after it."""
    condition = next((s for s in frame.steps if s.op_type == "LoopCond"), None)
    first = min(frame.steps, key=lambda s: s.order)
    loop_step = Step("_While", None, {"frame_name": frame.name}, first.origin, first.order)
    if condition is None:
        raise ValueError(f"The loop '{frame.name}' has no LoopCond: it cannot be run.")
    merges = [s for s in frame.steps if s.op_type in _MERGE and any(v.step.op_type in _NEXT for v in s.inputs)]
    enters = {s.outputs[0]: s.inputs[0] for s in frame.steps if s.op_type in _ENTER}
    variables: list[Value] = []
    entries: list[Value] = []
    nexts: list[Value] = []
    index_of: dict[Value, int] = {}
    for merge in merges:
        entry = next(v for v in merge.inputs if v.step.op_type not in _NEXT)
        after = next(v for v in merge.inputs if v.step.op_type in _NEXT)
        _check_types(merge, after)
        index_of[merge.outputs[0]] = len(variables)
        variables.append(merge.outputs[0])
        entries.append(enters.get(entry, entry))
        nexts.append(after.step.inputs[0])
    after_loop = _after_loop(frame.steps, condition)
    members = _lower_conditionals([s for s in frame.steps if s not in after_loop], frozenset(index_of), decided)
    region = Region([s for s in members if s.op_type not in CONTROL_FLOW])
    loop = Loop(region, variables, entries, nexts, condition.inputs[0], [])
    loop_step.loop = loop
    left_by = {v for s in frame.steps if s.op_type in _EXIT or s in after_loop for v in s.inputs}
    for step in frame.steps:
        if step.op_type in _ENTER:
            replaced[step.outputs[0]] = step.inputs[0]
            loop_step.controls.extend(step.controls)
        elif step.op_type in _EXIT:
            replaced[step.outputs[0]] = step.inputs[0]
            owner[step] = loop_step
        elif step.op_type in _SWITCH and step.inputs[1].step is condition:
            replaced[step.outputs[1]] = step.inputs[0]
            if step.outputs[0] in left_by:
                out = loop_step.add_output(step.outputs[0].dtype, step.outputs[0].shape)
                loop.exits.append((out, index_of[step.inputs[0]]))
                replaced[step.outputs[0]] = out
    replaced[condition.outputs[0]] = condition.inputs[0]
    _resolve(region.steps, replaced, {})
    loop.nexts = [_final(v, replaced) for v in nexts]
    loop.entries = [_final(v, replaced) for v in entries]
    loop.condition = _final(loop.condition, replaced)
    _renew_guards(region, replaced)
    loop_step.inputs = outer_inputs(loop)
    for merge in merges:
        # The Merge goes round to the end of the body; nobody shall follow it there.
        variable = Step("_LoopVariable", None, {}, merge.origin, merge.order)
        variable.outputs = [merge.outputs[0]]
        merge.outputs[0].step = variable
    return [loop_step, *after_loop]


def _after_loop(steps: list[Step], condition: Step) -> dict[Step, None]:
    """Returns what stands between the outputs by which Switches leave a loop and the Exits: it runs once, after the loop."""
    found: dict[Step, None] = {}
    for step in topological(steps):
        if step.op_type not in _EXIT and any(v.step in found or _leaves(v, condition) for v in step.inputs):
            found[step] = None
    return found


def _leaves(value: Value, condition: Step) -> bool:
    return value.step.op_type in _SWITCH and value.index == 0 and value.step.inputs[1].step is condition


def _check_types(merge: Step, after: Value) -> None:
    """A loop variable keeps its type.

    Raises:
      InvalidArgumentError: the body gives it another one.
    """
    wanted, found = merge.outputs[0].dtype.base, after.dtype.base
    if found is not wanted:
        index = merge.inputs.index(after)
        raise errors.InvalidArgumentError(
            None if merge.origin is None else merge.origin.node_def,
            merge.origin,
            f"Input {index} of node {merge.label} was passed {cpp_name(found)} from {after.step.label}:{after.index} "
            f"incompatible with expected {cpp_name(wanted)}.",
        )


def _final(value: Value, replaced: dict[Value, Value]) -> Value:
    while value in replaced:
        value = replaced[value]
    return value


def _renew_guards(region: Region, replaced: dict[Value, Value]) -> None:
    for step in region.walk():
        if step.guard:
            step.guard = tuple((_final(p, replaced), b) for p, b in step.guard)


def outer_inputs(loop: Loop) -> list[Value]:
    """Returns the values of the outer region that a loop uses."""
    inside = {v for s in loop.region.steps for v in s.outputs} | set(loop.variables)
    used = dict.fromkeys(loop.entries)
    for step in loop.region.steps:
        used.update(dict.fromkeys(v for v in step.inputs if v not in inside))
        used.update(dict.fromkeys(p for p, _ in step.guard if p not in inside))
    used.update(dict.fromkeys(v for v in [*loop.nexts, loop.condition] if v not in inside))
    return list(used)


# -- conditionals ------------------------------------------------------------------------------------------------


def _lower_conditionals(
    steps: list[Step], loop_variables: frozenset[Value], decided: dict[Operation, Value]
) -> list[Step]:
    """Gives every step of one region its guard, and replaces Switch and Merge; notes what decides each Switch."""
    guards: dict[Step, Guard] = {}
    members = set(steps)
    predicates = _Predicates()
    result: list[Step] = []

    def guard_of(value: Value) -> Guard:
        step = value.step
        guard = guards.get(step, ())
        if step in members and step.op_type in _SWITCH:
            return _union(guard, ((predicates.of(step), value.index == 1),))
        return guard

    for step in topological(steps):
        if step.op_type in _ENTER or (step.outputs and step.outputs[0] in loop_variables):
            guards[step] = ()
            continue
        input_guards = [guard_of(v) for v in step.inputs]
        if step.op_type in _MERGE:
            # A Merge waits for its control inputs, but has a value whether they run or not.
            guard = _common(input_guards)
            result.extend(_lower_merge(step, input_guards))
        else:
            guard = ()
            for other in input_guards:
                guard = _union(guard, other)
            for control in _conditions(step):
                guard = _union(guard, guards.get(control, ()))
        guards[step] = step.guard = guard
        if step.op_type in _SWITCH:
            result.extend(predicates.new(step, guard_of(step.inputs[1])))
            for alias in _lower_switch(step, guard, predicates.of(step)):
                guards[alias] = alias.guard
                result.append(alias)
                if step.origin is not None:
                    decided[step.origin] = predicates.of(step)
        result.append(step)
    return [s for s in result if s.op_type not in _SWITCH or s.inputs[1].step.op_type == "LoopCond"]


class _Predicates:
    """The predicates of the Switches of one region.

    A variable's value may change while a branch runs; what is decided by one is decided once, by a `_Snapshot` of it.
    """

    def __init__(self) -> None:
        self._snapshots: dict[Value, Value] = {}

    def of(self, switch: Step) -> Value:
        """Returns the value that decides which output of a Switch is computed."""
        root = root_predicate(switch.inputs[1])
        return self._snapshots.get(root, root)

    def new(self, switch: Step, guard: Guard) -> list[Step]:
        """Returns the step that takes the snapshot, where a Switch is the first to need it."""
        root = root_predicate(switch.inputs[1])
        if not root.dtype.is_ref or root in self._snapshots:
            return []
        step = Step("_Snapshot", None, {}, switch.origin, switch.order)
        step.inputs = [root]
        step.guard = guard
        step.controls = list(switch.controls)
        value = switch.inputs[1]
        while value is not root:
            step.controls.extend(value.step.controls)
            value = value.step.inputs[0]
        self._snapshots[root] = step.add_output(root.dtype.base, root.shape)
        return [step]


def _lower_switch(step: Step, guard: Guard, predicate: Value) -> list[Step]:
    """The two outputs of a Switch as aliases of its input under opposite conditions."""
    if step.inputs[1].step.op_type == "LoopCond":
        return []
    aliases = []
    for value in step.outputs:
        alias = Step("_Alias", None, {}, step.origin, step.order)
        alias.inputs = [step.inputs[0]]
        alias.controls = list(step.controls)
        alias.guard = _union(guard, ((predicate, value.index == 1),))
        alias.outputs = [value]
        aliases.append(alias)
    for alias, value in zip(aliases, step.outputs, strict=True):
        value.step, value.index = alias, 0
    return aliases


def _lower_merge(step: Step, input_guards: list[Guard]) -> list[Step]:
    """One store for each input, under the input's own guard; the Merge itself only waits for them."""
    stores = []
    for i, (value, guard) in enumerate(zip(step.inputs, input_guards, strict=True)):
        store = Step("_MergeInput", None, {"index": i}, step.origin, step.order)
        store.inputs = [value]
        store.guard = guard
        store.add_output(value.dtype, value.shape)
        stores.append(store)
    step.inputs = [s.outputs[0] for s in stores]
    step.op_type = "_Merge"
    return stores


def root_predicate(value: Value) -> Value:
    """Follows a predicate through the nodes that only pass it on, so that equal conditions are one value."""
    while value.step.op_type in {"Identity", "_Alias", "Switch"} and value.step.inputs:
        value = value.step.inputs[0]
    return value


def _union(a: Guard, b: Guard) -> Guard:
    if not b or a == b:
        return a
    return a + tuple(c for c in b if c not in a)


def _common(guards: list[Guard]) -> Guard:
    result = guards[0]
    for guard in guards[1:]:
        result = tuple(c for c in result if c in guard)
    return result
