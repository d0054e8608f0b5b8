"""The graph that TensorFlow 1.15's executor gets, as far as the order of operations depends on it.

Before a graph runs, TensorFlow's graph optimizer computes what depends on constants alone, merges equal constants and
drops Identity nodes that nothing waits for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.plan.iterations import CONTROL
from tangraph.plan.schedule import as_executed, needed_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tangraph.framework.operation import Operation
    from tangraph.plan.iterations import Edge


class Simplified:
    """The operations that are left, in the order in which the executor's graph holds them.

    Args:
      operations: all that run.
      fed: those whose outputs are given.
      fetched: those whose outputs are wanted.

    Attributes:
      links: what each operation waits for.
      constants: operations that are constants now.
    """

    def __init__(self, operations: Iterable[Operation], fed: Iterable[Operation], fetched: Iterable[Operation]) -> None:
        given, wanted = set(fed), set(fetched)
        members = {*operations, *given}
        needed = needed_by(wanted, members, given)
        copies = {op for op in _written(members - given) - needed if _is_times_one(op, given)}
        created = sorted(members, key=lambda op: (op not in needed and op not in copies, op not in copies, op._id))
        links: dict[Operation, list[Edge]] = {op: _links(op, members, given) for op in created}
        self.constants = _fold(links, given)
        _drop_identities(links, given | wanted)
        _merge_constants(links, self.constants, given)
        _drop_unused(links, self.constants, wanted)
        order = as_executed(list(links), given, lambda op: [other for other, _ in links[op]])
        self.links = {op: links[op] for op in order}


def _written(operations: set[Operation]) -> set[Operation]:
    """Returns the operations whose values variables are updated with, those that write included."""
    found: set[Operation] = set()
    todo = [op for op in operations if op.op_def is not None and any(a.is_ref for a in op.op_def.inputs)]
    while todo:
        op = todo.pop()
        if op not in found:
            found.add(op)
            todo.extend(t.op for t in op._inputs if t.op in operations)
    return found


def _is_times_one(op: Operation, given: set[Operation]) -> bool:
    """Whether an operation multiplies by the 1 that gradients begin with, as it is or tiled.

    The optimizer makes a copy of the other factor of it. Measured: copies that no fetch needs stand first.
    """
    if op.type != "Mul" or not any(t.op.type in {"Fill", "Tile"} and t.op not in given for t in op._inputs):
        return False
    return any(t.op.type not in {"Const", "Fill", "Tile"} or t.op in given for t in op._inputs)


def _links(op: Operation, members: set[Operation], given: set[Operation]) -> list[Edge]:
    if op in given:
        return []
    values = [(t.op, t.value_index) for t in op._inputs if t.op in members]
    return values + [(c, CONTROL) for c in op._control_inputs if c in members]


def _fold(links: dict[Operation, list[Edge]], given: set[Operation]) -> set[Operation]:
    """Makes constants of what depends on constants alone; they wait for what those waited for."""
    constants = {op for op in links if op.type == "Const" and op not in given}
    for op in sorted(links, key=lambda op: op._id):
        edges = links[op]
        values = [other for other, output in edges if output != CONTROL]
        if not values or op in given or op.op_def is None or op.op_def.stateful or op.type in _KEPT:
            continue
        if all(other in constants for other in values):
            waits = [other for other, output in edges if output == CONTROL]
            waits += [c for other in values for c, _ in links[other]]
            links[op] = [(c, CONTROL) for c in dict.fromkeys(waits)]
            constants.add(op)
    return constants


_KEPT = frozenset(
    {"Enter", "RefEnter", "Switch", "Merge", "Exit", "NextIteration", "LoopCond", "StackV2", "TensorArrayV3"}
)


def _drop_identities(links: dict[Operation, list[Edge]], kept: set[Operation]) -> None:
    anchors = {other for edges in links.values() for other, output in edges if output == CONTROL}
    dropped: dict[Edge, Edge] = {}
    for op, edges in links.items():
        if op.type != "Identity" or op in kept or op in anchors or op._inputs[0].dtype.is_ref:
            continue
        if len(edges) == 1 and edges[0][1] != CONTROL:
            dropped[op, 0] = edges[0]
    for op, _ in dropped:
        del links[op]
    for op, edges in links.items():
        links[op] = [_behind(edge, dropped) for edge in edges]


def _behind(edge: Edge, dropped: dict[Edge, Edge]) -> Edge:
    while edge in dropped:
        edge = dropped[edge]
    return edge


def _merge_constants(links: dict[Operation, list[Edge]], constants: set[Operation], given: set[Operation]) -> None:
    first: dict[object, Operation] = {}
    same: dict[Edge, Edge] = {}
    for op, edges in links.items():
        if op in constants and op.type == "Const" and op not in given:
            value = op.attrs["value"]
            key = (str(value.dtype), value.shape, value.tobytes() if value.dtype != object else id(value), *edges)
            other = first.setdefault(key, op)
            if other is not op:
                same[op, 0] = (other, 0)
    for op, edges in links.items():
        links[op] = [same.get(edge, edge) for edge in edges]


def _drop_unused(links: dict[Operation, list[Edge]], constants: set[Operation], wanted: set[Operation]) -> None:
    """Drops constants that nothing uses any more."""
    while True:
        used = {other for edges in links.values() for other, _ in edges}
        unused = [op for op in links if op in constants and op not in used and op not in wanted]
        if not unused:
            return
        for op in unused:
            del links[op]
