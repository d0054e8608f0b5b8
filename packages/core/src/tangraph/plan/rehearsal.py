"""What decides the course of a loop, run before the loop.

How often a loop and those in it run, and which way its conditionals go, follows from a part of the loop alone: from its
conditions, and what they need of the iterations before. Where that part is pure, a copy of it can be run beforehand. It
leaves a journal (`course`) and nothing else.

Whatever the copy raises the loop itself raises too, in its place among the loop's effects; so the copy gives up without a
word. It also gives up when a loop seems to have no end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes
from tangraph.plan.course import read
from tangraph.plan.effects import VARIABLES, Effects
from tangraph.plan.emit import emit
from tangraph.plan.ir import Loop, Program, Region, Step, Value
from tangraph.plan.lower import outer_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tangraph.client.resources import ResourceStore
    from tangraph.framework.operation import Operation
    from tangraph.plan.course import Course, Journal

#: So many events are noted; a loop with more iterations is taken for one that does not end.
MAX_EVENTS: Final = 50_000
#: Stateful for TensorFlow, but they only read.
_READERS: Final = VARIABLES | {"ReadVariableOp", "VarIsInitializedOp", "IsVariableInitialized", "VariableShape"}
#: These call what is not known here: a function that calls itself, and the program's own Python.
_CALLS: Final = frozenset({"_Call", "PyFuncStateless"})


class Rehearsal:
    """A copy of what decides the course of a loop.

    Args:
      program: the copy. Its first feed is the journal.
      inputs: the values that are fed after the journal.
      loops: the frames of the loops, and how many loops are around each.
      predicates: what is noted of conditionals, and how many loops are around it.
      switches: what decides each Switch of the graph.
      resources: of the session.
    """

    def __init__(
        self,
        program: Program,
        inputs: list[Value],
        loops: list[tuple[str, int]],
        predicates: Mapping[Value, int],
        switches: Mapping[Operation, Value],
        resources: ResourceStore,
    ) -> None:
        self.inputs = inputs
        self.predicates = predicates
        self._function = emit(program, resources).function
        self._loops = loops
        numbers = {value: i for i, value in enumerate(predicates)}
        self._switches = {op: numbers[v] for op, v in switches.items() if v in numbers}

    def run(self, values: Iterable[Any]) -> Journal | None:
        """Returns the journal of a loop that gets these values; None where it cannot be told."""
        journal: list[int | tuple[int, bool]] = []
        try:
            self._function(journal, *values)
        except Exception:  # noqa: BLE001  the loop itself raises it again, where it belongs
            return None
        return tuple(journal)

    def course(self, journal: Journal) -> Course:
        """Returns the course that a journal tells of."""
        return read(journal, self._loops, self._switches, list(self.predicates.values()))


def rehearse(program: Program, loop_step: Step, resources: ResourceStore) -> Rehearsal | None:
    """Returns the rehearsal of a loop, None where its course depends on what it draws or does.

    Args:
      program: ordered and bound.
      loop_step: one of its steps.
      resources: of the session.
    """
    nest = _Nest(program, loop_step)
    needed: set[Value] = set()
    for step, _ in nest.loops:
        assert step.loop is not None
        found = nest.behind([step.loop.condition, *(p for p, _ in step.guard if step is not loop_step)])
        if found is None or found.isdisjoint(step.loop.variables):
            return None
        needed |= found
    predicates: dict[Value, int] = {}
    for value in dict.fromkeys(program.predicates.values()):
        depth = nest.depth(value)
        found = None if depth is None else nest.behind([value])
        if depth is not None and found is not None:
            needed |= found
            predicates[value] = depth
    copy = _Copy(nest, needed, predicates)
    copied = copy.program(program, loop_step)
    loops = [(step.attrs["frame_name"], depth) for step, depth in nest.loops]
    return Rehearsal(copied, copy.inputs, loops, predicates, program.predicates, resources)


class _Nest:
    """A loop and the loops in it.

    Attributes:
      loops: the loop steps, and how many loops are around each.
      variables: the loop that a variable belongs to, and its place there.
    """

    def __init__(self, program: Program, loop_step: Step) -> None:
        self.loops: list[tuple[Step, int]] = []
        self.variables: dict[Value, tuple[Loop, int]] = {}
        self._depths: dict[Step, int] = {}
        todo = [(loop_step, 0)]
        while todo:
            step, depth = todo.pop()
            loop = step.loop
            assert loop is not None
            self.loops.append((step, depth))
            self.variables.update((v, (loop, i)) for i, v in enumerate(loop.variables))
            self._depths.update(dict.fromkeys([*loop.region.steps, *(v.step for v in loop.variables)], depth + 1))
            todo.extend((s, depth + 1) for s in loop.region.steps if s.loop is not None)
        self._writes = bool(Effects(program.region.steps).writes[loop_step])
        before = program.region.steps[: program.region.steps.index(loop_step)]
        sure = [s for s in before if set(s.guard) <= set(loop_step.guard)]
        self._outer = {v for s in sure for v in s.outputs} | set(program.feeds)

    def depth(self, value: Value) -> int | None:
        """Returns how many loops there are around a predicate, None where it is of no use here."""
        if value.dtype.is_ref or value.where is not None:
            return None
        outer = 0 if value in self._outer or value.constant is not None else None
        return self._depths.get(value.step, outer)

    def behind(self, values: Iterable[Value]) -> set[Value] | None:
        """Returns what some values depend on, None where not all of that is pure."""
        found: set[Value] = set()
        todo = list(values)
        while todo:
            value = todo.pop()
            if value in found or value.constant is not None:
                continue
            found.add(value)
            step = value.step
            if self._writes and (value.dtype.is_ref or value.dtype is dtypes.resource):
                return None
            if value in self.variables:
                loop, index = self.variables[value]
                todo += [loop.entries[index], loop.nexts[index]]
            elif step not in self._depths:
                continue
            elif step.loop is not None:
                todo += [step.loop.variables[i] for out, i in step.loop.exits if out is value]
                todo += [step.loop.condition, *(p for p, _ in step.guard)]
            elif _is_pure(step):
                todo += [*step.inputs, *(p for p, _ in step.guard)]
            else:
                return None
        return found


def _is_pure(step: Step) -> bool:
    if step.op_type in _READERS:
        return True
    if step.op_def is None:
        return step.op_type not in _CALLS
    writes = any(arg.is_ref for arg in step.op_def.inputs)
    return not (step.op_def.stateful or writes or step.op_def.blocking or step.op_type in _CALLS)


class _TooLongError(Exception):
    """More happens in a loop than a journal holds."""


class _Copy:
    """Makes the program of a rehearsal.

    Attributes:
      inputs: the values of the original's outer region that the copy is fed with.
    """

    def __init__(self, nest: _Nest, needed: set[Value], predicates: Mapping[Value, int]) -> None:
        self.inputs: list[Value] = []
        self._numbers = {step: i for i, (step, _) in enumerate(nest.loops)}
        self._outermost = nest.loops[0][0]  # its guard holds when it is rehearsed
        self._needed = needed
        self._steps = {v.step for v in needed}
        self._predicates = {value: i for i, value in enumerate(predicates)}
        self._inside = {v for v, depth in predicates.items() if depth}
        self._values: dict[Value, Value] = {}
        self._journal = Step("_Feed", None, {}, None, 0).add_output(dtypes.variant, ())

    def program(self, original: Program, loop_step: Step) -> Program:
        """Returns the program: it notes what is decided before the loop, then runs it."""
        notes = [self._decided(v) for v in self._predicates if v not in self._inside]
        steps = [*notes, self._loop(loop_step)]
        feeds = [self._journal, *(self._values[v] for v in self.inputs)]
        return Program(original.graph, Region(steps), feeds, [], [], original.threads)

    def _value(self, value: Value) -> Value:
        """Returns what stands for a value; one from outside is a constant or is fed."""
        known = self._values.get(value)
        if known is None:
            step = value.step
            if value.constant is None:
                step = Step("_Feed", None, {}, step.origin, step.order)
                self.inputs.append(value)
            known = self._values[value] = Value(step, value.index, value.dtype, value.shape)
            known.constant, known.where = value.constant, value.where
        return known

    def _step(self, step: Step) -> Step:
        """Returns a copy of a step; what it waits for has effects, which the copy has not."""
        copy = Step(step.op_type, step.op_def, step.attrs, step.origin, step.order)
        copy.scope, copy.device, copy.backend = step.scope, step.device, step.backend
        copy.kernel, copy.takes_out = step.kernel, step.takes_out
        copy.guard = () if step is self._outermost else tuple((self._value(p), b) for p, b in step.guard)
        copy.inputs = [] if step.loop is not None else [self._value(v) for v in step.inputs]
        for value in step.outputs:
            if step.loop is None or value in self._needed:
                self._made(value, copy.add_output(value.dtype, value.shape))
        return copy

    def _made(self, value: Value, copy: Value) -> None:
        copy.where = value.where
        self._values[value] = copy

    def _loop(self, step: Step) -> Step:
        loop = step.loop
        assert loop is not None
        copy = self._step(step)
        kept = [i for i, v in enumerate(loop.variables) if v in self._needed]
        entries = [self._value(loop.entries[i]) for i in kept]
        for i in kept:
            value = loop.variables[i]
            variable = Step("_LoopVariable", None, {}, value.step.origin, value.step.order)
            self._made(value, variable.add_output(value.dtype, value.shape))
        region = Region([self._note(_mark(self._numbers[step]), [])])
        region.steps += [self._decided(v) for v in loop.variables if v in self._inside]
        for inner in loop.region.steps:
            if inner.loop is not None:
                region.steps.append(self._loop(inner))
            elif inner in self._steps:
                region.steps.append(self._step(inner))
            region.steps += [self._decided(v) for v in inner.outputs if v in self._inside]
        variables, nexts = ([self._value(values[i]) for i in kept] for values in (loop.variables, loop.nexts))
        exits = [(self._value(out), kept.index(i)) for out, i in loop.exits if out in self._needed]
        copy.loop = Loop(region, variables, entries, nexts, self._value(loop.condition), exits)
        copy.inputs = outer_inputs(copy.loop)
        return copy

    def _decided(self, value: Value) -> Step:
        """Returns the step that notes a predicate."""
        step = self._note(_decision(self._predicates[value]), [self._value(value)])
        if value in self._inside:
            step.guard = tuple((self._value(p), b) for p, b in value.step.guard)
        return step

    def _note(self, kernel: Callable[..., None], inputs: list[Value]) -> Step:
        step = Step("_Note", None, {}, None, 0)
        step.kernel = kernel
        step.inputs = [self._journal, *inputs]
        return step


def _mark(number: int) -> Callable[..., None]:
    def note(journal: list[int]) -> None:
        if len(journal) >= MAX_EVENTS:
            raise _TooLongError
        journal.append(number)

    return note


def _decision(number: int) -> Callable[..., None]:
    def note(journal: list[tuple[int, bool]], value: Any) -> None:
        journal.append((number, bool(value)))

    return note
