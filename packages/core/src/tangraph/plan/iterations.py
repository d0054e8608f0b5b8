"""In which order TensorFlow 1.15's executor runs the iterations of a loop, as far as random numbers show it.

An iteration begins as soon as what it needs of the one before is there, and `parallel_iterations` of them may be under
way at a time. An operation that does not depend on the last iteration's results so runs ahead, or waits in the
thread's queue until those behind it are done. With a batch of unknown size the masks of dropout in `dynamic_rnn` are
drawn last iteration first.

What `schedule` says of one thread holds here too: what it takes first, and that every kernel counts as expensive until
it has run some hundred times. `LoopRun` runs the graph on paper and notes in which order each random operation draws;
which way loops and conditionals go it is told (`course`).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from tangraph.plan.schedule import hand_out
from tangraph.plan.sorts import CONTROL, NEXT_ITERATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tangraph.framework.operation import Operation
    from tangraph.plan.course import Course, Path
    from tangraph.plan.sorts import Edge

_SWITCH: Final = frozenset({"Switch", "RefSwitch"})
_MERGE: Final = frozenset({"Merge", "RefMerge"})
_ENTER: Final = frozenset({"Enter", "RefEnter"})
_EXIT: Final = frozenset({"Exit", "RefExit"})

#: No operation runs as often as this in each iteration of a loop.
_ROUNDS: Final = 4


class _Node:
    """An operation as the executor holds it.

    Attributes:
      op: the operation.
      edges: the nodes behind it, each with the output that it takes.
      values, controls: how many edges of either kind lead to it.
      closes: whether it is a Switch that ends a loop.
    """

    __slots__ = ("closes", "controls", "edges", "op", "values")

    def __init__(self, op: Operation) -> None:
        self.op = op
        self.edges: list[tuple[_Node, int]] = []
        self.values = 0
        self.controls = 0
        self.closes = op.type in _SWITCH and op._inputs[1].op.type == "LoopCond"


class _Arrivals:
    """What a node still waits for in one iteration."""

    __slots__ = ("controls", "dead", "live", "values")

    def __init__(self, node: _Node) -> None:
        self.values = node.values
        self.controls = node.controls
        self.live = False
        self.dead = False

    def arrive(self, is_control: bool, lost: bool) -> bool:
        """Notes that an edge has brought something, or that nothing can come; says whether the node is ready."""
        if is_control:
            self.controls -= 1
        else:
            self.values -= 1
        self.dead = self.dead or lost
        return self.values + self.controls == 0

    def arrive_at_merge(self, is_control: bool, lost: bool) -> bool:
        """The same for a Merge: it runs with the first value that comes, or when none can come any more."""
        if is_control:
            self.controls -= 1
            return self.controls == 0 and (self.live or self.values == 0)
        if lost:
            self.values -= 1
            self.dead = self.values == 0
            return self.controls == 0 and self.dead and not self.live
        first, self.live, self.dead = not self.live, True, False
        return first and self.controls == 0


class _Frame:
    """A loop that is under way; the outermost frame is that of the graph itself.

    Attributes:
      parent, iteration: in which iteration of which frame it was entered.
      entered: the iterations that are under way around it.
      limit: how many of its own may be under way at a time.
      entrances: Enters that are still to come.
      oldest, newest: the iterations that are under way.
      arrivals: what each node waits for, by iteration.
      busy: how many nodes and inner frames each iteration waits for.
      held: NextIterations for which there is no room yet.
      constants: Enters that every iteration gets.
      dead_exits: Exits that nothing reached in the newest iteration.
    """

    def __init__(self, name: str, parent: _Frame | None, iteration: int, limit: int, entrances: int) -> None:
        self.name = name
        self.parent = parent
        self.iteration = iteration
        self.entered: Path = () if parent is None else parent.path(iteration)
        self.limit = limit
        self.entrances = entrances
        self.oldest = 0
        self.newest = 0
        self.arrivals: list[dict[_Node, _Arrivals]] = [{}]
        self.busy = [0]
        self.held: list[_Node] = []
        self.constants: list[_Node] = []
        self.dead_exits: list[_Node] = []

    @property
    def done(self) -> bool:
        """Whether no iteration is under way any more."""
        return self.oldest > self.newest

    def path(self, iteration: int) -> Path:
        """Returns where an iteration is; the graph itself is no loop."""
        return () if self.parent is None else (*self.entered, iteration)

    def begin(self) -> None:
        self.newest += 1
        self.arrivals.append({})
        self.busy.append(0)
        self.dead_exits.clear()


_Token = tuple[_Node, _Frame, int, bool]


class LoopRun:
    """Runs a graph with loops on paper, for one thread.

    Args:
      links: what each operation waits for, in the order in which the executor's graph holds the operations.
      course: which way its loops and conditionals go.
      expensive: says whether an operation of a frame counts as expensive when it has run so many times.
    """

    def __init__(
        self,
        links: Mapping[Operation, list[Edge]],
        course: Course,
        expensive: Callable[[Operation, str, int], bool],
    ) -> None:
        self._course = course
        self._expensive = expensive
        self._nodes = _connect(links)
        self._entrances: dict[str, int] = {}
        for op in links:
            if op.type in _ENTER:
                name = op.attrs["frame_name"]
                self._entrances[name] = self._entrances.get(name, 0) + 1
        self._runs: dict[_Node, int] = dict.fromkeys(self._nodes, 0)
        self._root = _Frame("", None, 0, 1, 0)
        self._frames: dict[tuple[str, _Frame, int], _Frame] = {}
        self._own: deque[_Token] = deque()
        self._queue: deque[_Token] = deque()

    def draws(self, wanted: Iterable[Operation], frame: str, expected: int | None) -> dict[Operation, list[Path]]:
        """Returns for each operation the iterations in the order in which it runs.

        Args:
          wanted: the operations.
          frame: of the loop that they are in.
          expected: how often they run in all, as far as that is known; then the run on paper stops when they have.
        """
        order: dict[Operation, list[Path]] = {op: [] for op in wanted}
        missing = -1 if expected is None else expected
        self._give([(n, self._root, 0, False) for n in self._nodes if not n.values + n.controls])
        # A loop that does not end by its LoopCond would go on for ever.
        for _ in range(_ROUNDS * (sum(self._course.trips.values()) + 1) * len(self._nodes)):
            if not missing or not (self._own or self._queue) or (expected is None and self._ended(frame)):
                break
            token = self._own.popleft() if self._own else self._queue.popleft()
            node, at, iteration, dead = token
            if not dead:
                self._runs[node] += 1
                if node.op in order:
                    order[node.op].append(at.path(iteration))
                    missing -= 1
            self._give(self._propagate(*token))
        return order

    def _ended(self, name: str) -> bool:
        frame = self._frames.get((name, self._root, 0))
        return frame is not None and frame.done

    def _give(self, ready: list[_Token]) -> None:
        hand_out(ready, self._own, self._queue, self._is_expensive)

    def _is_expensive(self, token: _Token) -> bool:
        node, frame, _, dead = token
        return not dead and self._expensive(node.op, frame.name, self._runs[node])

    def _propagate(self, node: _Node, frame: _Frame, iteration: int, dead: bool) -> list[_Token]:
        """Returns what has become ready, by the executor's rules for frames and iterations."""
        ready: list[_Token] = []
        kind = node.op.type
        if kind in _ENTER:
            self._enter(node, frame, iteration, dead, ready)
        elif kind in _EXIT:
            self._exit(node, frame, iteration, dead, ready)
        elif kind in NEXT_ITERATION:
            self._next(node, frame, iteration, dead, ready)
        else:
            self._activate(node, frame, iteration, dead, ready)
        self._release(frame, iteration, ready)
        return ready

    def _enter(self, node: _Node, frame: _Frame, iteration: int, dead: bool, ready: list[_Token]) -> None:
        attrs = node.op.attrs
        name = attrs["frame_name"]
        key = (name, frame, iteration)
        child = self._frames.get(key)
        if child is None:
            child = _Frame(name, frame, iteration, attrs["parallel_iterations"], self._entrances[name])
            self._frames[key] = child
            frame.busy[iteration] += 1
        if attrs["is_constant"]:
            child.constants.append(node)
            for i in range(child.oldest, child.newest + 1):
                self._activate(node, child, i, dead, ready)
        else:
            self._activate(node, child, 0, dead, ready)
        child.entrances -= 1

    def _exit(self, node: _Node, frame: _Frame, iteration: int, dead: bool, ready: list[_Token]) -> None:
        if frame.parent is not None and not dead:
            self._activate(node, frame.parent, frame.iteration, dead, ready)
        elif iteration == frame.newest:
            frame.dead_exits.append(node)

    def _next(self, node: _Node, frame: _Frame, iteration: int, dead: bool, ready: list[_Token]) -> None:
        if dead:
            return
        if iteration == frame.newest:
            if frame.newest - frame.oldest + 1 == frame.limit:
                frame.held.append(node)
                return
            self._begin(frame, ready)
        self._activate(node, frame, iteration + 1, dead, ready)

    def _begin(self, frame: _Frame, ready: list[_Token]) -> None:
        frame.begin()
        for node in frame.constants:
            self._activate(node, frame, frame.newest, False, ready)

    def _release(self, frame: _Frame, iteration: int, ready: list[_Token]) -> None:
        """Notes that an iteration waits for one thing less; drops what is done, and begins what waited for room."""
        while True:
            frame.busy[iteration] -= 1
            if frame.parent is None or not self._clean(frame, ready):
                return
            for node in frame.dead_exits:
                self._activate(node, frame.parent, frame.iteration, True, ready)
            frame, iteration = frame.parent, frame.iteration

    def _clean(self, frame: _Frame, ready: list[_Token]) -> bool:
        """Drops the iterations that are done; says whether those were the last."""
        if frame.done:
            return False
        while not frame.done and not frame.busy[frame.oldest]:
            if frame.oldest == 0 and frame.entrances:
                return False
            frame.oldest += 1
            if frame.held:
                held, frame.held = frame.held, []
                self._begin(frame, ready)
                for node in held:
                    self._activate(node, frame, frame.newest, False, ready)
        return frame.done

    def _activate(self, node: _Node, frame: _Frame, iteration: int, dead: bool, ready: list[_Token]) -> None:
        arrivals = frame.arrivals[iteration]
        switches = node.op.type in _SWITCH
        chosen = 1
        if node.closes:
            chosen = int(self._course.goes_on(frame.name, frame.entered, iteration))
        elif switches:
            chosen = self._course.branch(node.op, frame.path(iteration))
        for other, output in node.edges:
            at = arrivals.get(other)
            if at is None:
                at = arrivals[other] = _Arrivals(other)
            lost = dead or (switches and output not in (chosen, CONTROL))
            if dead and node.op.type in _ENTER:
                at.values = 1  # a loop in a branch that is not taken: its Merge has nothing else to wait for
            arrive = at.arrive_at_merge if other.op.type in _MERGE else at.arrive
            if arrive(output == CONTROL, lost):
                frame.busy[iteration] += 1
                ready.append((other, frame, iteration, at.dead))


def _connect(links: Mapping[Operation, list[Edge]]) -> list[_Node]:
    nodes = {op: _Node(op) for op in links}
    for op, edges in links.items():
        node = nodes[op]
        for before, output in edges:
            nodes[before].edges.append((node, output))
            if output == CONTROL:
                node.controls += 1
            else:
                node.values += 1
    return list(nodes.values())
