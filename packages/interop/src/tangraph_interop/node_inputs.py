"""The nodes of a GraphDef as the importer needs them: checked, with parsed inputs, in the order of TensorFlow's importer."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

_VALID_NAME: Final = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\-/>]*\Z")
#: The index of a control input.
CONTROL: Final = -1
TensorId = tuple[str, int]


@dataclass
class Node:
    """A node that is to be imported.

    Attributes:
      proto: its NodeDef.
      inputs: what it takes, control inputs last.
      pending: how many inputs must exist before the node can be made.
      consumers: the positions of the nodes that take something of it.
    """

    proto: Any
    inputs: list[TensorId]
    pending: int = 0
    consumers: list[int] = field(default_factory=list)


def parse_input(text: str) -> TensorId:
    """Returns the node and the index of the output that an input names; -1 for a control input.

    >>> parse_input("a"), parse_input("scope/b:1"), parse_input("^c")
    (('a', 0), ('scope/b', 1), ('c', -1))
    """
    if text.startswith("^"):
        return text[1:], CONTROL
    name, colon, index = text.rpartition(":")
    if colon and index.isascii() and index.isdigit():
        return name, int(index)
    return text, 0


def is_merge(node: Node) -> bool:
    """Returns whether a node takes what comes first, so that a loop may close in it."""
    return node.proto.op in {"Merge", "RefMerge"}


def is_next_iteration(node: Node) -> bool:
    """Returns whether a node sends a value back to the beginning of a loop."""
    return node.proto.op in {"NextIteration", "RefNextIteration"}


def parse_nodes(protos: Iterable[Any], mapped: Mapping[TensorId, Any]) -> list[Node]:
    """Returns the nodes of a GraphDef, linked to each other.

    Raises:
      ValueError: a bad or repeated name, or an input that there is not.
    """
    positions: dict[str, int] = {}
    nodes: list[Node] = []
    for position, proto in enumerate(protos):
        if not _VALID_NAME.match(proto.name):
            raise ValueError(f"Node '{proto.name}': Node name contains invalid characters")
        if positions.setdefault(proto.name, position) != position:
            raise ValueError(f"Node '{proto.name}' is not unique")
        nodes.append(Node(proto, _parse_inputs(proto)))
    loops_back = {node.proto.name for node in nodes if is_next_iteration(node)}
    for position, node in enumerate(nodes):
        _link(nodes, positions, mapped, loops_back, position)
        for group in _colocation(node.proto):
            if group not in positions:
                raise ValueError(f"Node '{node.proto.name}' expects to be colocated with unknown node '{group}'")
    return nodes


def _parse_inputs(proto: Any) -> list[TensorId]:
    inputs = [parse_input(text) for text in proto.input]
    controls = [index == CONTROL for _, index in inputs]
    if controls != sorted(controls):
        raise ValueError(f"Node '{proto.name}': Control dependencies must come after regular dependencies")
    return inputs


def _link(
    nodes: list[Node], positions: dict[str, int], mapped: Mapping[TensorId, Any], loops_back: set[str], position: int
) -> None:
    node = nodes[position]
    node.pending = len(node.inputs)
    if is_merge(node) and any(name in loops_back for name, index in node.inputs if index != CONTROL):
        # Cycles exist only in loops: such a Merge can be made as soon as it has one of its values.
        node.pending = 1 + sum(index == CONTROL for _, index in node.inputs)
    for text, key in zip(node.proto.input, node.inputs, strict=True):
        if key in mapped:
            node.pending -= 1
        elif key[0] not in positions:
            raise ValueError(f"Node '{node.proto.name}': Unknown input node '{text}'")
        else:
            nodes[positions[key[0]]].consumers.append(position)


def _colocation(proto: Any) -> list[str]:
    if "_class" not in proto.attr:
        return []
    prefix = b"loc:@"
    groups = [bytes(value) for value in proto.attr["_class"].list.s]
    return [group.removeprefix(prefix).decode(errors="replace") for group in groups if group.startswith(prefix)]


def in_order(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yields the nodes so that what a node takes comes before it; of those that are ready, the first one.

    Raises:
      ValueError: nodes wait for each other.
    """
    ready = [position for position, node in enumerate(nodes) if node.pending <= 0]
    processed = 0
    while ready:
        node = nodes[heapq.heappop(ready)]
        processed += 1
        yield node
        for position in node.consumers:
            consumer = nodes[position]
            if is_next_iteration(node) and is_merge(consumer):
                continue
            consumer.pending -= 1
            if consumer.pending == 0:
                heapq.heappush(ready, position)
    if processed < len(nodes):
        raise ValueError(f"{len(nodes) - processed} nodes in a cycle")
