"""Random numbers in loops are drawn in the order in which TensorFlow 1.15's executor runs the iterations (`iterations`).

A generator counts, so a draw can be made out of turn: before the loop its number of iterations is computed and a
`_Draws` step gives every random operation of the body its places in the stream; iteration by iteration its kernel then
draws at its place. Loops whose number of iterations is not known beforehand draw in turn, and so do inner loops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import dtypes
from tangraph.plan.ir import Step
from tangraph.plan.iterations import LoopRun
from tangraph.plan.schedule import CHEAP, is_large
from tangraph.plan.simplified import Simplified

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.client.resources import ResourceStore
    from tangraph.framework.operation import Operation
    from tangraph.plan.ir import Loop, Program, Region, Value

#: A small kernel counts as expensive until it has run so often: until a tenth of 1e8 cycles a run has shrunk to 5,000.
SETTLED_AFTER: Final = 97
#: Random kernels of as many elements take more than 5,000 cycles.
_LARGE: Final = 384
#: So many iterations are run on paper; those that follow repeat them.
MAX_TRIPS: Final = 128
#: Iterations that are under way at a time, unless a program says otherwise.
_WINDOW: Final = 32
_MAX_KNOWN: Final = 32


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
    region = program.region
    for step in list(region.steps):
        drawn = [] if step.loop is None else _drawn(step.loop)
        if not drawn or step.loop is None or step.guard:
            continue
        bounds = _bounds(step.loop)
        if bounds is None:
            continue
        paper = paper or _Paper(program)
        _insert(region, step, drawn, bounds, _Places(paper, step, drawn, _runs(program, step, resources)))


def _drawn(loop: Loop) -> list[Step]:
    """Returns the random steps of a loop that run in each of its iterations."""
    if any(s.loop is not None for s in loop.region.steps):
        return []
    return [
        s
        for s in loop.region.steps
        if s.takes_draws and s.origin is not None and [p for p, _ in s.guard] == [loop.condition]
    ]


def _insert(region: Region, loop_step: Step, drawn: list[Step], bounds: list[_Bound], places: _Places) -> None:
    step = Step("_Draws", None, {}, loop_step.origin, loop_step.order)
    step.backend = loop_step.backend
    step.kernel = places.kernel([(b.step, b.inclusive) for b in bounds])
    step.inputs = [v for b in bounds for v in (b.first, b.limit)]
    for random in drawn:
        value = step.add_output(dtypes.variant, ())
        random.inputs.append(value)
        loop_step.inputs.append(value)
    region.steps.insert(region.steps.index(loop_step), step)


def _runs(program: Program, loop_step: Step, resources: ResourceStore) -> list[int]:
    """Returns a cell with the number of iterations that a loop has made for the same fetches."""
    fetched = [f"{v.step.label}:{v.index}" for v in program.fetches] + [s.label for s in program.targets]
    name = " ".join([loop_step.attrs["frame_name"], *fetched])
    return resources.get_or_create("iterations", "", name, lambda: [0])


# -- how many iterations there will be ---------------------------------------------------------------------------


class _Bound:
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


def _bounds(loop: Loop) -> list[_Bound] | None:
    """Returns the bounds of a loop's counters, or None where they are not all that ends it."""
    found: list[_Bound] = []
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


def _bound(loop: Loop, step: Step) -> _Bound | None:
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
    return _Bound(first, int(by[0]), limit, step.op_type == "LessEqual")


# -- the order ---------------------------------------------------------------------------------------------------


class _Paper:
    """The graph of a program as its executor has it, made when it is first asked for."""

    def __init__(self, program: Program) -> None:
        self._operations = program.operations
        self._fetched = program.ends
        self._fed = [v.step.origin for v in program.feeds if v.step.origin is not None]
        self._sizes = _sizes(program)
        self._graph: Simplified | None = None

    def draws(self, drawn: Sequence[Operation], trips: int, made: int) -> list[list[int]]:
        """Returns for each random operation its iterations in the order in which they draw."""
        if self._graph is None:
            self._graph = Simplified(self._operations, self._fed, self._fetched)
        free = self._graph.constants

        def expensive(op: Operation, runs: int) -> bool:
            return op.type not in CHEAP and op not in free and (made + runs < SETTLED_AFTER or self._is_large(op))

        order = LoopRun(self._graph.links, trips, expensive).draws(drawn)
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
    """The places of the random operations of one loop; those that were found are kept by number of iterations."""

    def __init__(self, paper: _Paper, loop_step: Step, drawn: list[Step], made: list[int]) -> None:
        self._paper = paper
        self._drawn = [s.origin for s in drawn if s.origin is not None]
        self._made = made
        self._window = _window(loop_step)
        self._known: dict[tuple[int, bool], list[list[int]]] = {}

    def kernel(self, counters: list[tuple[int, bool]]) -> Callable[..., Any]:
        """Returns the kernel of a `_Draws` step: from first value and limit of each counter to the places."""

        def run(*bounds: Any) -> Any:
            trips = min(
                max(0, -(-(int(limit) - int(first) + inclusive) // by))
                for first, limit, (by, inclusive) in zip(bounds[::2], bounds[1::2], counters, strict=True)
            )
            draws = tuple(Draws(places) for places in self._of(trips))
            return draws if len(draws) > 1 else draws[0]

        return run

    def _of(self, trips: int) -> list[list[int]]:
        made = self._made[0]
        self._made[0] = made + trips
        settled = made >= SETTLED_AFTER
        if not settled and made + trips > SETTLED_AFTER:
            return self._find(trips, made)
        known = self._known.get((trips, settled))
        if known is None:
            if len(self._known) == _MAX_KNOWN:
                self._known.clear()
            known = self._known[trips, settled] = self._find(trips, made)
        return known

    def _find(self, trips: int, made: int) -> list[list[int]]:
        short = min(trips, MAX_TRIPS)
        orders = self._paper.draws(self._drawn, short, made)
        return [_continued(_inverse(order, short), trips, self._window) for order in orders]


def _window(loop_step: Step) -> int:
    """Returns how many iterations of a loop may be under way at a time."""
    attrs = {} if loop_step.origin is None else loop_step.origin.attrs
    return int(attrs.get("parallel_iterations", _WINDOW))


def _inverse(order: list[int], trips: int) -> list[int]:
    """Returns the place of each iteration; in turn where not all of them were found."""
    places = list(range(trips))
    if len(order) == trips:
        for place, iteration in enumerate(order):
            places[iteration] = place
    return places


def _continued(places: list[int], trips: int, window: int) -> list[int]:
    """Lets the last window of iterations repeat itself until there are `trips`."""
    if len(places) == trips or window > len(places):
        return [*places, *range(len(places), trips)]
    long = list(places)
    for i in range(len(places), trips):
        long.append(long[i - window] + window)
    ranks = {place: rank for rank, place in enumerate(sorted(long))}
    return [ranks[place] for place in long]
