"""Random numbers in loops are drawn in the order in which TensorFlow 1.15's executor runs the iterations (`iterations`).

A generator counts, so a draw can be made out of turn: before the loop a `_Draws` step finds out how it will go, and gives
every random operation in it its places in the stream; iteration by iteration its kernel then draws at its place. How a loop
goes is a division where it only counts (`loop_bounds`); else what decides it is run beforehand (`rehearsal`). A loop whose
course depends on what it draws or does draws in turn, and so does a random operation in a branch that is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import dtypes
from tangraph.plan.course import straight
from tangraph.plan.ir import Step
from tangraph.plan.iterations import LoopRun
from tangraph.plan.loop_bounds import bounds
from tangraph.plan.rehearsal import rehearse
from tangraph.plan.schedule import CHEAP, is_large
from tangraph.plan.simplified import Simplified

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence

    from tangraph.client.resources import ResourceStore
    from tangraph.framework.operation import Operation
    from tangraph.plan.course import Course, Path
    from tangraph.plan.ir import Program, Region, Value
    from tangraph.plan.loop_bounds import Bound
    from tangraph.plan.rehearsal import Rehearsal

#: A small kernel counts as expensive until it has run so often: until a tenth of 1e8 cycles a run has shrunk to 5,000.
SETTLED_AFTER: Final = 97
#: Random kernels of as many elements take more than 5,000 cycles.
_LARGE: Final = 384
#: So many iterations are run on paper; those that follow repeat them.
MAX_TRIPS: Final = 128
#: Iterations that are under way at a time, unless a program says otherwise.
_WINDOW: Final = 32
#: Courses of one loop whose places are kept. Where conditionals make it another one with every run, those that come later
#: are drawn in turn: to run them all on paper would take longer than to run them.
_MAX_KNOWN: Final = 64


class Draws:
    """The places of one random operation in one execution of a loop: a kernel that was given it calls it for each draw.

    Args:
      places: for each iteration, how many draws of this execution come before its own.
    """

    __slots__ = ("_blocks", "_next", "_places", "_start")

    def __init__(self, places: list[int]) -> None:
        self._places = places
        self._next = 0
        self._blocks = -1
        self._start: Any = None

    def take(self, blocks: int, reserve: Callable[[int], Any]) -> tuple[Any, int]:
        """Returns the start of a stream, and how many blocks behind it this iteration's draw begins.

        Args:
          blocks: how many the draw needs. Draws of different sizes are made in turn.
          reserve: moves the generator on by so many blocks, and returns where it stood.
        """
        if self._next == 0:
            self._blocks = blocks
            self._start = reserve(blocks * len(self._places))
        if blocks != self._blocks or self._next == len(self._places):
            return reserve(blocks), 0
        place = self._places[self._next]
        self._next += 1
        return self._start, place * blocks


def draw_in_order(program: Program, resources: ResourceStore) -> None:
    """Gives the random operations in the loops of a program their places.

    Args:
      program: ordered and bound; it is changed.
      resources: of the session, which counts how often its loops have run.
    """
    paper: _Paper | None = None
    for step in list(program.region.steps):
        drawn = [] if step.loop is None else _drawn(step)
        if not drawn:
            continue
        paper = paper or _Paper(program)
        places = _Places(paper, step, drawn, _runs(program, step, resources))
        limits = bounds(step.loop) if step.loop is not None and places.plain and not step.guard else None
        if limits is not None:
            _insert(
                program.region, step, places, [v for b in limits for v in (b.first, b.limit)], _counted(limits, places)
            )
            continue
        rehearsal = rehearse(program, step, resources)
        if rehearsal is not None and places.keep(rehearsal.predicates):
            _insert(program.region, step, places, rehearsal.inputs, _rehearsed(rehearsal, places))


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A random step in a loop.

    Attributes:
      step, origin: the step, and where it comes from.
      loops: the loops around it, innermost first.
      conditions: what decides whether it runs, beside their conditions.
    """

    step: Step
    origin: Operation
    loops: tuple[Step, ...]
    conditions: tuple[Value, ...]


def _drawn(loop_step: Step, around: tuple[Step, ...] = ()) -> list[_Drawn]:
    """Returns the random steps in a loop and in the loops in it."""
    found: list[_Drawn] = []
    loop = loop_step.loop
    assert loop is not None
    for step in loop.region.steps:
        if step.loop is not None:
            found += _drawn(step, (loop_step, *around))
        elif step.takes_draws and step.origin is not None:
            conditions = tuple(p for p, _ in step.guard if p is not loop.condition)
            found.append(_Drawn(step, step.origin, (loop_step, *around), conditions))
    return found


def _insert(region: Region, loop_step: Step, places: _Places, inputs: list[Value], kernel: Callable[..., Any]) -> None:
    step = Step("_Draws", None, {}, loop_step.origin, loop_step.order)
    step.backend, step.guard = loop_step.backend, loop_step.guard
    step.kernel = kernel
    step.inputs = list(inputs)
    for random in places.drawn:
        value = step.add_output(dtypes.variant, ())
        for user in (random.step, *random.loops):
            user.inputs.append(value)
    region.steps.insert(region.steps.index(loop_step), step)


def _runs(program: Program, loop_step: Step, resources: ResourceStore) -> dict[str, int]:
    """Returns the number of iterations that a loop, and those in it, have made for the same fetches; it is counted on."""
    fetched = [f"{v.step.label}:{v.index}" for v in program.fetches] + [s.label for s in program.targets]
    name = " ".join([loop_step.attrs["frame_name"], *fetched])
    return resources.get_or_create("iterations", "", name, dict)


def _counted(limits: list[Bound], places: _Places) -> Callable[..., Any]:
    """Returns the kernel of a `_Draws` step: from first value and limit of each counter to the places."""

    def run(*values: Any) -> Any:
        firsts, ends = values[::2], values[1::2]
        trips = min(b.trips(int(f), int(e)) for b, f, e in zip(limits, firsts, ends, strict=True))
        return places.draws(trips, lambda: straight(places.frame, trips))

    return run


def _rehearsed(rehearsal: Rehearsal, places: _Places) -> Callable[..., Any]:
    """Returns the kernel of a `_Draws` step: from what the rehearsal needs to the places."""

    def run(*values: Any) -> Any:
        journal = rehearsal.run(values)
        if journal is None or not places.has_room(journal):
            return places.in_turn()
        return places.draws(journal, lambda: rehearsal.course(journal))

    return run


# -- the order ---------------------------------------------------------------------------------------------------


class _Paper:
    """The graph of a program as its executor has it, made when it is first asked for."""

    def __init__(self, program: Program) -> None:
        self._operations = program.operations
        self._fetched = program.ends
        self._fed = [v.step.origin for v in program.feeds if v.step.origin is not None]
        self._sizes = _sizes(program)
        self._graph: Simplified | None = None

    def draws(
        self, drawn: Sequence[Operation], frame: str, course: Course, expected: int | None, made: Mapping[str, int]
    ) -> list[list[Path]]:
        """Returns for each random operation its iterations in the order in which they draw."""
        if self._graph is None:
            self._graph = Simplified(self._operations, self._fed, self._fetched)
        free = self._graph.constants
        first = made.get(frame, 0)

        def expensive(op: Operation, name: str, runs: int) -> bool:
            if op.type in CHEAP or op in free:
                return False
            return made.get(name, first) + runs < SETTLED_AFTER or self._is_large(op)

        order = LoopRun(self._graph.links, course, expensive).draws(drawn, frame, expected)
        return [order[op] for op in drawn]

    def _is_large(self, op: Operation) -> bool:
        if op.op_def is not None and op.op_def.stateful and "seed2" in op.attrs:
            return self._sizes.get(op, 0) >= _LARGE
        return is_large(op, self._sizes.get(op, 0))


def _sizes(program: Program) -> dict[Operation, int]:
    """Returns how many elements the largest value of each operation has, as far as the plan knows its shapes."""
    found: dict[Operation, int] = {}
    for step in program.region.walk():
        if step.origin is not None and step.loop is None:
            shapes = [v.shape for v in (*step.inputs, *step.outputs) if v.shape is not None]
            sizes = [int(np.prod([d or 1 for d in shape])) for shape in shapes]
            found[step.origin] = max([found.get(step.origin, 0), *sizes])
    return found


class _Places:
    """The places of the random operations of one loop; those that were found are kept for each course that it took.

    Attributes:
      frame: of the loop.
      drawn: the random steps.
      plain: whether they run once in each iteration of the loop, and no loop is in it.
    """

    def __init__(self, paper: _Paper, loop_step: Step, drawn: list[_Drawn], made: dict[str, int]) -> None:
        assert loop_step.loop is not None
        self.frame: str = loop_step.attrs["frame_name"]
        self.drawn = drawn
        self.plain = not any(d.conditions for d in drawn) and all(s.loop is None for s in loop_step.loop.region.steps)
        self._paper = paper
        self._made = made
        self._window = _window(loop_step)
        self._known: dict[Hashable, _Course] = {}

    def keep(self, known: Container[Value]) -> bool:
        """Drops those that run on conditions that are not known; says whether any are left."""
        self.drawn = [d for d in self.drawn if all(p in known for p in d.conditions)]
        return bool(self.drawn)

    def in_turn(self) -> Any:
        """Returns the draws of a loop of which nothing is known."""
        return _single(Draws([]) for _ in self.drawn)

    def has_room(self, key: Hashable) -> bool:
        """Says whether a course is known, or may yet be."""
        return key in self._known or len(self._known) < _MAX_KNOWN

    def draws(self, key: Hashable, course: Callable[[], Course]) -> Any:
        """Returns the draws for a run of the loop.

        Args:
          key: says how it goes.
          course: gives the same to be run on paper.
        """
        known = self._known.get(key)
        if known is None:
            if len(self._known) == _MAX_KNOWN:
                self._known.clear()
            known = self._known[key] = _Course(course())
        made = dict(self._made)
        for frame, trips in known.runs.items():
            self._made[frame] = made.get(frame, 0) + trips
        settled = {made.get(frame, 0) >= SETTLED_AFTER for frame in known.runs}
        changes = (
            len(settled) > 1
            or not settled
            or any(
                made.get(frame, 0) < SETTLED_AFTER < made.get(frame, 0) + trips for frame, trips in known.runs.items()
            )
        )
        if changes:
            return _single(map(Draws, self._find(known.course, made)))
        (age,) = settled
        if age not in known.places:
            known.places[age] = self._find(known.course, made)
        return _single(map(Draws, known.places[age]))

    def _find(self, course: Course, made: Mapping[str, int]) -> list[list[int]]:
        trips = course.trips[self.frame, ()]
        short = min(trips, MAX_TRIPS)
        expected = len(self.drawn) * short if self.plain else None
        orders = self._paper.draws(
            [d.origin for d in self.drawn], self.frame, course.shortened(self.frame, short), expected, made
        )
        if not self.plain:
            return [_inverse(order) for order in orders]
        # In turn where not all of them were found.
        places = [_inverse(order) if len(order) == short else list(range(short)) for order in orders]
        return [_continued(found, trips, self._window) for found in places]


class _Course:
    """A course that a loop took.

    Attributes:
      course: the course.
      runs: how many iterations each loop made.
      places: those of the random operations, by whether small kernels are cheap.
    """

    __slots__ = ("course", "places", "runs")

    def __init__(self, course: Course) -> None:
        self.course = course
        self.runs = course.runs()
        self.places: dict[bool, list[list[int]]] = {}


def _single(draws: Iterable[Draws]) -> Any:
    """Returns what a step with one output for each of the draws returns."""
    found = tuple(draws)
    return found if len(found) > 1 else found[0]


def _window(loop_step: Step) -> int:
    """Returns how many iterations of a loop may be under way at a time."""
    attrs = {} if loop_step.origin is None else loop_step.origin.attrs
    return int(attrs.get("parallel_iterations", _WINDOW))


def _inverse(order: list[Path]) -> list[int]:
    """Returns the places of the iterations, which the plan runs in turn."""
    place = {path: i for i, path in enumerate(order)}
    return [place[path] for path in sorted(place)]


def _continued(places: list[int], trips: int, window: int) -> list[int]:
    """Lets the last window of iterations repeat itself until there are `trips`."""
    if len(places) == trips or window > len(places):
        return [*places, *range(len(places), trips)]
    long = list(places)
    for i in range(len(places), trips):
        long.append(long[i - window] + window)
    ranks = {place: rank for rank, place in enumerate(sorted(long))}
    return [ranks[place] for place in long]
