"""A graph as TensorFlow 1.15's graph optimizer leaves it, as far as it decides in which order the executor runs it.

What can be computed beforehand is a constant. A product with the 1 that gradients begin with is a copy, and so is a sum
with 0; copies and Identities are gone where that does not make more edges; equal operations are one; and what is there only
to be waited for hands on what it waited for itself. The passes of the optimizer delete and sort, and so do those here
(`sorts`), in their order. Other rewritings, of sums of products and the like, are left out.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from tangraph.framework import raw_shape
from tangraph.plan.rewrites.common import freeze
from tangraph.plan.schedule import as_executed
from tangraph.plan.sorts import CONTROL, breadth_first, depth_first, without

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from tangraph.framework.operation import Operation
    from tangraph.plan.sorts import Edge, Links

_KEPT: Final = frozenset(
    {"Enter", "RefEnter", "Switch", "Merge", "Exit", "NextIteration", "LoopCond", "StackV2", "TensorArrayV3"}
)
#: The number that changes nothing, and the ops for which it must come second.
_NEUTRAL: Final = {"Mul": 1.0, "RealDiv": 1.0, "Add": 0.0, "AddV2": 0.0, "Sub": 0.0}
_ONE_SIDED: Final = frozenset({"RealDiv", "Sub"})
#: Ops whose elements are all the number that those of one input are.
_SAME_NUMBER: Final = {"Fill": 1, "Tile": 0, "Reshape": 0, "Identity": 0}
_SWITCHES: Final = frozenset({"Switch", "RefSwitch"})


class Simplified:
    """What runs, in the order in which the executor's graph holds it.

    Args:
      operations: all that run.
      fed: those whose outputs are given.
      fetched: those whose outputs are wanted, or that are to run.

    Attributes:
      links: what each operation waits for.
      constants: operations that are constants now.
    """

    def __init__(self, operations: Iterable[Operation], fed: Iterable[Operation], fetched: Iterable[Operation]) -> None:
        given, wanted = set(fed), set(fetched)
        members = {*operations, *given}
        kept = given | wanted
        links, order = _pruned(members, given)
        self.constants = _fold(links, given)
        trivial = _Trivial(links, given, self.constants)
        trivial.drop()
        links = _sorted(links, depth_first(order, links))
        order = list(links)
        _merge_equal(links, self.constants, kept)
        order = breadth_first(without(order, links), links)
        links = _sorted(links, order)
        _drop_free(links, self.constants)
        # Where variables are updated in place, a copy is one.
        in_place = any(arg.is_ref for op in links if op.op_def is not None for arg in op.op_def.inputs)
        _drop_needless(links, self.constants, kept, set() if in_place else trivial.copies)
        order = breadth_first(without(order, links), links)
        order = breadth_first(depth_first(order, links), links)
        self.links = _sorted(links, as_executed(order, given, links))


def _sorted(links: Links, order: Iterable[Operation]) -> Links:
    return {op: links[op] for op in order}


def _pruned(members: set[Operation], given: set[Operation]) -> tuple[Links, list[Operation]]:
    """Returns what runs, and its order, after the rest of the graph has been deleted."""
    if not members:
        return {}, []
    operations = next(iter(members)).graph.get_operations()
    links = {op: _links(op, members, given) for op in operations if op in members}
    deleted = {op: _links(op, members, set()) for op in operations if op not in members}
    order = without(operations, members)
    return links, depth_first(order, links, deleted)


def _links(op: Operation, members: set[Operation], given: set[Operation]) -> list[Edge]:
    if op in given:
        return []
    values = [(t.op, t.value_index) for t in op._inputs if t.op in members]
    return values + [(c, CONTROL) for c in op._control_inputs if c in members]


def _fold(links: Links, given: set[Operation]) -> set[Operation]:
    """Makes constants of what depends on constants alone, and returns all; they wait for what they were made of."""
    constants = {op for op in links if op.type == "Const" and op not in given}
    first = set(constants)
    for op in sorted(links, key=lambda op: op._id):
        edges = links[op]
        values = [other for other, output in edges if output != CONTROL]
        if not values or op in given or op.op_def is None or op.op_def.stateful or op.type in _KEPT:
            continue
        if all(other in constants for other in values):
            waits = [other for other, output in edges if output == CONTROL]
            for other in values:
                waits += [other] if other in first else [c for c, _ in links[other]]
            links[op] = [(c, CONTROL) for c in dict.fromkeys(waits)]
            constants.add(op)
    return constants


class _Trivial:
    """Arithmetic with constants 0 and 1 that changes nothing.

    Attributes:
      copies: operations that hand on what they get.
    """

    def __init__(self, links: Links, given: set[Operation], constants: set[Operation]) -> None:
        self._links, self._given, self._constants = links, given, constants
        self._numbers: dict[Operation, float | None] = {}
        self.copies: set[Operation] = set()

    def drop(self) -> None:
        """Makes copies of such operations, and constants of products with 0."""
        for op in sorted(self._links, key=lambda op: op._id):
            if op.type in _NEUTRAL and op not in self._given and op not in self._constants and len(op._inputs) == 2:
                self._visit(op)

    def _visit(self, op: Operation) -> None:
        shape, is_float = op.outputs[0].raw_shape, op.outputs[0].dtype.is_floating
        for index in (0, 1):
            other = op._inputs[1 - index]
            number = self._number(op._inputs[index].op)
            if op.type == "Mul" and number == 0 and is_float and raw_shape.is_fully_defined(shape):
                self._links[op] = [(o, CONTROL) for o in dict.fromkeys(o for o, _ in self._links[op])]
                self._constants.add(op)
                self._numbers[op] = 0.0
                return
            if number != _NEUTRAL[op.type] or (index == 0 and op.type in _ONE_SIDED):
                continue
            if other.op in self._links and (shape == other.raw_shape or not op._inputs[index].raw_shape):
                rest = [e for e in self._links[op] if e[1] == CONTROL and e[0] is not op._inputs[index].op]
                self._links[op] = [(other.op, other.value_index), *rest, (op._inputs[index].op, CONTROL)]
                self.copies.add(op)
                return

    def _number(self, op: Operation) -> float | None:
        """Returns the number that all elements of a constant are, as far as that is easily seen."""
        if op not in self._constants:
            return None
        if op not in self._numbers:
            self._numbers[op] = self._find(op)
        return self._numbers[op]

    def _find(self, op: Operation) -> float | None:
        if op.type == "Const":
            value = op.attrs["value"]
            if value.dtype.kind not in "fiu" or not value.size or (value != value.flat[0]).any():
                return None
            return float(value.flat[0])
        if op.type in _SAME_NUMBER:
            return self._number(op._inputs[_SAME_NUMBER[op.type]].op)
        if op.type in {"Sub", "Add", "AddV2", "Mul"}:
            a, b = (self._number(t.op) for t in op._inputs)
            if a is not None and b is not None:
                return {"Sub": a - b, "Mul": a * b}.get(op.type, a + b)
        return None


def _merge_equal(links: Links, constants: set[Operation], kept: set[Operation]) -> None:
    """Makes one of operations that compute the same of the same, and wait for the same."""
    while True:
        first: dict[Hashable, Operation] = {}
        same: dict[Operation, Operation] = {}
        for op, edges in links.items():
            if op not in kept and _is_pure(op) and (op.type == "Const" or op not in constants):
                values = tuple(edge for edge in edges if edge[1] != CONTROL)
                controls = frozenset(o for o, output in edges if output == CONTROL)
                attrs = tuple((name, freeze(value)) for name, value in op.attrs.items() if name[0] != "_")
                other = first.setdefault((op.type, values, controls, attrs), op)
                if other is not op:
                    same[op] = other
        if not same:
            return
        for op in same:
            del links[op]
        for op, edges in links.items():
            renamed = [(same.get(o, o), output) for o, output in edges]
            waits = dict.fromkeys(edge for edge in renamed if edge[1] == CONTROL)
            links[op] = [*(edge for edge in renamed if edge[1] != CONTROL), *waits]


def _is_pure(op: Operation) -> bool:
    """Whether an operation does nothing but compute its outputs."""
    if op.op_def is None or op.op_def.stateful or op.type in _KEPT or op.type in _SWITCHES or op.type == "NoOp":
        return False
    return not any(a.is_ref for a in op.op_def.inputs)


def _drop_free(links: Links, constants: set[Operation]) -> None:
    """Lets nothing wait for constants that wait for nothing; the links are in topological order."""
    for op, edges in links.items():
        links[op] = [(o, c) for o, c in edges if c != CONTROL or o not in constants or links[o]]


def _drop_needless(links: Links, constants: set[Operation], kept: set[Operation], copies: set[Operation]) -> None:
    """Drops what only hands on, what is there only to be waited for, and constants that nothing uses."""
    _Bypass(links, kept, copies).run()
    while True:
        used = {other for edges in links.values() for other, _ in edges}
        unused = [op for op in links if op in constants and op not in used and op not in kept]
        if not unused:
            return
        for op in unused:
            del links[op]


class _Bypass:
    """Leads edges past operations that do nothing for those behind them, where that does not make more edges."""

    def __init__(self, links: Links, kept: set[Operation], copies: set[Operation]) -> None:
        self._links, self._kept, self._copies = links, kept, copies
        self._behind: dict[Operation, dict[Operation, None]] = {op: {} for op in links}
        self._uses: Counter[Operation] = Counter()
        self._waits: Counter[Operation] = Counter()
        for op, edges in links.items():
            self._count(edges, 1)
            for other, _ in edges:
                self._behind[other][op] = None

    def _count(self, edges: list[Edge], by: int) -> None:
        """Counts edges, of values and of control, by where they begin."""
        for other, output in edges:
            (self._waits if output == CONTROL else self._uses)[other] += by

    def _put(self, op: Operation, edges: list[Edge]) -> None:
        self._count(self._links[op], -1)
        self._count(edges, 1)
        self._links[op] = edges

    def run(self) -> None:
        """Does so everywhere."""
        todo = list(self._links)
        while todo:
            op = todo.pop()
            if op in self._links and op not in self._kept and not self._anchors(op):
                todo.extend(self._visit(op))

    def _anchors(self, op: Operation) -> bool:
        """Whether others wait for an operation on one way of a Switch: they cannot wait for the Switch itself."""
        if not any(o.type in _SWITCHES for o, _ in self._links[op]):
            return False
        return bool(self._waits[op]) or not self._uses[op]

    def _visit(self, op: Operation) -> list[Operation]:
        """Leads edges past an operation if that is right; returns those that this may concern."""
        edges = self._links[op]
        if not self._uses[op]:
            if op.type != "NoOp" and not _is_pure(op):
                return []
            edges = [(other, CONTROL) for other in dict.fromkeys(other for other, _ in edges)]
        elif (op.type != "Identity" and op not in self._copies) or op._inputs[0].dtype.is_ref:
            return []
        before, behind = [other for other, _ in edges], list(self._behind[op])
        goes = len(before) * len(behind) <= len(before) + len(behind)
        concerned = [*before, *behind] if goes or edges != self._links[op] else []
        self._put(op, edges)
        if goes:
            self._remove(op, edges, behind)
        return concerned

    def _remove(self, op: Operation, edges: list[Edge], behind: list[Operation]) -> None:
        value = next((edge for edge in edges if edge[1] != CONTROL), None)
        for follower in behind:
            led: list[Edge] = []
            for edge in self._links[follower]:
                if edge[0] is not op:
                    led.append(edge)
                elif edge[1] != CONTROL and value is not None:
                    led.append(value)
            known = {other for other, _ in led}
            led += [(other, CONTROL) for other, _ in edges if other not in known]
            self._put(follower, led)
            for other, _ in edges:
                self._behind[other][follower] = None
        self._count(edges, -1)
        for other, _ in edges:
            self._behind[other].pop(op, None)
        del self._links[op], self._behind[op]
