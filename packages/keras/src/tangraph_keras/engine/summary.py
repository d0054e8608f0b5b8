"""A model's layers as a table of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf

if TYPE_CHECKING:
    from collections.abc import Callable


class _Table:
    """Rows of columns that end at some positions; what is too long is cut."""

    def __init__(self, line_length: int, positions: Any, print_fn: Callable[[str], Any]) -> None:
        self.line_length = line_length
        self.print = print_fn
        self._ends = [int(line_length * p) for p in positions] if positions[-1] <= 1 else positions

    def row(self, *fields: Any) -> None:
        line = ""
        for number, (text, end) in enumerate(zip(fields, self._ends, strict=False)):
            if number:
                line = line[:-1] + " "
            line = (line + str(text))[:end].ljust(end)
        self.print(line)

    def rule(self, character: str) -> None:
        self.print(character * self.line_length)


def print_summary(
    model: Any, line_length: int | None = None, positions: Any = None, print_fn: Callable[[str], Any] | None = None
) -> None:
    """Prints the layers of a model.

    Args:
      model: the model.
      line_length: the length of a line; 65, or 98 where there is a column for connections.
      positions: where the columns end, in characters or parts of a line.
      print_fn: what is called with each line instead of `print`.
    """
    nodes = _nodes_of(model)
    header: tuple[str, ...]
    if nodes is None:
        table = _Table(line_length or 65, positions or [0.45, 0.85, 1.0], print_fn or print)
        header = ("Layer (type)", "Output Shape", "Param #")
    else:
        table = _Table(line_length or 98, positions or [0.33, 0.55, 0.67, 1.0], print_fn or print)
        header = ("Layer (type)", "Output Shape", "Param #", "Connected to")
    table.print(f'Model: "{model.name}"')
    table.rule("_")
    table.row(*header)
    table.rule("=")
    for number, layer in enumerate(model.layers):
        _print_layer(table, layer, nodes)
        table.rule("=" if number == len(model.layers) - 1 else "_")
    _print_counts(table, model)


def _nodes_of(model: Any) -> list[Any] | None:
    """Returns the calls of a model's layers, or None where one layer follows the other."""
    if type(model).__name__ == "Sequential" or not model._is_graph_network:
        return None
    groups = list(model._nodes_by_depth.values())
    nodes = [node for group in groups for node in group]
    if any(len(group) > 1 or len(tf.nest.flatten(group[0].inbound_layers)) > 1 for group in groups if group):
        return nodes
    members = set(nodes)
    if any(sum(node in members for node in layer.inbound_nodes) > 1 for layer in model.layers):
        return nodes
    return None


def _print_layer(table: _Table, layer: Any, nodes: list[Any] | None) -> None:
    try:
        shape = layer.output_shape
    except AttributeError:
        shape = "multiple"
    except RuntimeError:
        shape = "?"
    fields = (f"{layer.name} ({type(layer).__name__})", shape, layer.count_params())
    if nodes is None:
        table.row(*fields)
        return
    connections = [
        f"{inbound.name}[{node_index}][{tensor_index}]"
        for node in layer.inbound_nodes
        if node in nodes
        for inbound, node_index, tensor_index, _ in node.iterate_inbound()
    ]
    table.row(*fields, *(connections[:1] or [""]))
    for connection in connections[1:]:
        table.row("", "", "", connection)


def _print_counts(table: _Table, model: Any) -> None:
    trained = model.__dict__.get("_collected_trainable_weights")
    trainable = count_params(model.trainable_weights if trained is None else trained)
    fixed = count_params(model.non_trainable_weights)
    table.print(f"Total params: {trainable + fixed:,}")
    table.print(f"Trainable params: {trainable:,}")
    table.print(f"Non-trainable params: {fixed:,}")
    table.rule("_")


def count_params(weights: Any) -> int:
    """Returns the number of elements of some variables, each counted once."""
    return sum(w.shape.num_elements() for w in {id(w): w for w in weights}.values())
