"""How the layers between some inputs and outputs hang together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import tangraph as tf
from tangraph_layers.engine.history import create_history


@dataclass
class Topology:
    """The layers and calls between the inputs and outputs of a model.

    Attributes:
      keys: a name for each call; see `node_key`.
      nodes_by_depth: the calls by their distance from the outputs, which have 0.
      layers: the layers, from the inputs to the outputs.
    """

    keys: set[str] = field(default_factory=set)
    nodes_by_depth: dict[int, list[Any]] = field(default_factory=dict)
    layers: list[Any] = field(default_factory=list)


def node_key(layer_name: str, index: int) -> str:
    """Returns a name for a call of a layer.

    >>> node_key("dense", 0)
    'dense_ib-0'
    """
    return f"{layer_name}_ib-{index}"


def map_network(inputs: list[Any], outputs: list[Any]) -> Topology:
    """Returns the layers and calls between inputs and outputs.

    Raises:
      ValueError: an output cannot be computed from the inputs; two layers have one name.
    """
    found = Topology()
    order, positions = _traversal(outputs, found.keys)
    node_depths, layer_depths = _depths(order)
    for tensor in inputs:
        # Inputs that no output needs may be needed by losses and metrics.
        layer = tensor._keras_history.layer
        if layer not in layer_depths:
            layer_depths[layer] = 0
            positions[layer] = -1
            node_depths[layer.inbound_nodes[0]] = 0
            found.keys.add(node_key(layer.name, 0))
    for node, depth in node_depths.items():
        found.nodes_by_depth.setdefault(depth, []).append(node)
    found.layers = sorted(layer_depths, key=lambda layer: (-layer_depths[layer], positions[layer]))
    _check_connected(inputs, found)
    names = [layer.name for layer in found.layers]
    for name in names:
        if names.count(name) != 1:
            raise ValueError(
                f'The name "{name}" is used {names.count(name)} times in the model. All layer names should be unique.'
            )
    return found


def _traversal(outputs: list[Any], keys: set[str]) -> tuple[list[Any], dict[Any, int]]:
    """The calls that outputs come from, each after those that it needs, and when each layer was first seen."""
    order: list[Any] = []
    positions: dict[Any, int] = {}
    finished: set[Any] = set()
    in_progress: set[Any] = set()
    # (node, the tensor that was followed, whether what it needs is done)
    todo: list[tuple[Any, Any, bool]] = []
    for tensor in outputs:
        history = tensor._keras_history
        todo.append((history.layer.inbound_nodes[history.node_index], tensor, False))
        while todo:
            node, tensor, done = todo.pop()
            if done:
                finished.add(node)
                in_progress.discard(node)
                order.append(node)
                continue
            if node in in_progress:
                name = node.outbound_layer.name
                raise ValueError(f'The tensor {tensor} at layer "{name}" is part of a cycle.')
            if node in finished:
                continue
            layer = node.outbound_layer
            keys.add(node_key(layer.name, layer.inbound_nodes.index(node)))
            positions.setdefault(layer, len(positions))
            in_progress.add(node)
            todo.append((node, tensor, True))
            before = node.iterate_inbound(include_arguments=True)
            todo += [(inbound.inbound_nodes[index], x, False) for inbound, index, _, x in reversed(before)]
    return order, positions


def _depths(order: list[Any]) -> tuple[dict[Any, int], dict[Any, int]]:
    nodes: dict[Any, int] = {}
    layers: dict[Any, int] = {}
    for node in reversed(order):
        # A layer that is called at several depths counts as the deepest.
        depth = max(nodes.setdefault(node, 0), layers.get(node.outbound_layer, 0))
        layers[node.outbound_layer] = nodes[node] = depth
        for other in node.dependencies():
            nodes[other] = max(depth + 1, nodes.get(other, 0))
    return nodes, layers


def _check_connected(inputs: list[Any], found: Topology) -> None:
    computable = {id(x) for x in inputs}
    complete: list[str] = []
    for depth in sorted(found.nodes_by_depth, reverse=True):
        for node in found.nodes_by_depth[depth]:
            layer = node.outbound_layer
            for x in tf.nest.flatten(node.input_tensors):
                if id(x) not in computable:
                    raise ValueError(
                        f'Graph disconnected: cannot obtain value for tensor {x} at layer "{layer.name}". The following '
                        f"previous layers were accessed without issue: {complete}"
                    )
            computable.update(id(x) for x in tf.nest.flatten(node.output_tensors))
            complete.append(layer.name)


def map_subnetwork(inputs: list[Any], outputs: list[Any]) -> tuple[list[Any], list[Any]]:
    """Returns the calls and the layers between inputs and outputs; operations between them become layers."""
    create_history(outputs)
    found = map_network(inputs, outputs)
    return [node for nodes in found.nodes_by_depth.values() for node in nodes], found.layers
