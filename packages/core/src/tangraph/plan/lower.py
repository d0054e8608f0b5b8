"""Stage 2: TensorFlow's control-flow nodes become conditions on steps, and loop steps.

Nothing is guessed from names or contexts: frames follow from Enter and Exit, conditions from Switch and Merge, so that
gradients of loops and conditionals and imported graphs are lowered by the same rules.

* A Switch makes what depends on its output conditional: a step's *guard* is the union of the guards of its inputs.
* A Merge joins two guards. Each of its inputs is stored into the same local variable where it is computed.
* The steps between Enter and Exit become one loop step with a region of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.framework import errors
from tangraph.framework.dtypes import cpp_name
from tangraph.plan.ir import Guard, Loop, Region, Step, Value
from tangraph.plan.prune import topological

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    for frame in sorted(frames, key=lambda f: -f.depth):
        _resolve(frame.steps, replaced, owner)
        if frame.parent is None:
            program.region.steps = _lower_conditionals(frame.steps, frozenset())
        else:
            frame.parent.steps.append(_make_loop(frame, replaced, owner))
    program.substitute(replaced)
    program.targets = [owner.get(s, s) for s in program.targets]
    _fix_controls(program.region, owner)


def _fix_controls(region: Region, owner: dict[Step, Step]) -> None:
    """Drops control edges on steps that are gone, and moves those into or out of a loop to the loop step."""
    members = set(region.steps)
    for step in region.steps:
        if step.loop is not None:
            _fix_controls(step.loop.region, owner)
            inside = set(step.loop.region.steps)
            for inner in step.loop.region.steps:
                step.controls.extend(c for c in inner.controls if c not in inside and c not in step.controls)
                inner.controls = [c for c in inner.controls if c in inside]
        moved = [owner.get(c, c) for c in step.controls]
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
        for before in [*(v.step for v in step.inputs), *step.controls]:
            other = seen_from_outside(before)
            if other.depth > frame.depth:
                frame = other
        if step.op_type in _ENTER:
            frame = frame.child(step.attrs["frame_name"])
        frame_of[step] = frame
        frame.steps.append(step)
    return root


def _resolve(steps: list[Step], replaced: dict[Value, Value], owner: dict[Step, Step]) -> None:
    for step in steps:
        for i, value in enumerate(step.inputs):
            while value in replaced:
                value = replaced[value]
            step.inputs[i] = value
        step.controls = [owner.get(c, c) for c in step.controls]


# -- loops -------------------------------------------------------------------------------------------------------


def _make_loop(frame: _Frame, replaced: dict[Value, Value], owner: dict[Step, Step]) -> Step:
    """Turns a frame into one step of its parent."""
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
    members = _lower_conditionals(frame.steps, frozenset(index_of))
    region = Region([s for s in members if s.op_type not in CONTROL_FLOW])
    loop = Loop(region, variables, entries, nexts, condition.inputs[0], [])
    loop_step.loop = loop
    for step in frame.steps:
        if step.op_type in _ENTER:
            replaced[step.outputs[0]] = step.inputs[0]
            loop_step.controls.extend(step.controls)
        elif step.op_type in _EXIT:
            # A gradient that leaves the loop for the initial value passes an identity (tuple/control_dependency).
            left = step.inputs[0]
            while left.step.op_type == "Identity" and left not in index_of:
                left = left.step.inputs[0]
            inner = left.step.inputs[0] if left.step.op_type in _SWITCH else left
            out = loop_step.add_output(step.outputs[0].dtype, step.outputs[0].shape)
            loop.exits.append((out, index_of[inner]))
            replaced[step.outputs[0]] = out
            owner[step] = loop_step
        elif step.op_type in _SWITCH and step.inputs[1].step is condition:
            replaced[step.outputs[1]] = step.inputs[0]
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
    return loop_step


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


def _lower_conditionals(steps: list[Step], loop_variables: frozenset[Value]) -> list[Step]:
    """Gives every step of one region its guard, and replaces Switch and Merge."""
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
            guard = _common(input_guards)
            for control in step.controls:
                guard = _union(guard, guards.get(control, ()))
            result.extend(_lower_merge(step, input_guards))
        else:
            guard = ()
            for other in input_guards:
                guard = _union(guard, other)
            for control in step.controls:
                guard = _union(guard, guards.get(control, ()))
        guards[step] = step.guard = guard
        if step.op_type in _SWITCH:
            result.extend(predicates.new(step, guard_of(step.inputs[1])))
            for alias in _lower_switch(step, guard, predicates.of(step)):
                guards[alias] = alias.guard
                result.append(alias)
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
