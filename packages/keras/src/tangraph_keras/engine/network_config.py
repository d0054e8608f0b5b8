"""Models as dictionaries, and as JSON and YAML."""

from __future__ import annotations

import copy
import json
from typing import Any, Final

import numpy as np

import tangraph as tf
from tangraph_keras.engine.shapes import map_atoms
from tangraph_keras.engine.topology import node_key
from tangraph_layers.engine.node import history_of
from tangraph_layers.engine.session import get_value

#: The version of Keras whose files ours are.
KERAS_VERSION: Final = "2.2.4-tf"


class _Place:
    """The place of a tensor in a model, [layer name, node, tensor(, arguments)], as one leaf of a structure."""

    def __init__(self, data: list[Any]) -> None:
        self.data = data


def _is_place(value: Any) -> bool:
    return isinstance(value, list) and len(value) in {3, 4} and isinstance(value[0], str)


def _wrap(nested: Any) -> Any:
    def is_atom(value: Any) -> bool:
        return _is_place(value) or not isinstance(value, list | tuple | dict)

    return map_atoms(is_atom, lambda value: _Place(value) if _is_place(value) else value, nested)


def _unwrap(nested: Any) -> Any:
    def is_atom(value: Any) -> bool:
        return not isinstance(value, list | tuple | dict)

    return map_atoms(is_atom, lambda value: value.data if isinstance(value, _Place) else value, nested)


def starts_with_own_node(layer: Any) -> bool:
    """Returns whether the first call of a layer is no call: a model's, from its own inputs to its own outputs."""
    return bool(layer.__dict__.get("_is_graph_network", False))


def config_of(network: Any) -> dict[str, Any]:
    """Returns the layers of a model and how they are connected, as a dictionary."""
    places = _new_indices(network)

    def ends(coordinates: list[Any], nested: Any) -> Any:
        flat = [_Place([layer.name, places[node_key(layer.name, node)], tensor]) for layer, node, tensor in coordinates]
        packed = tf.nest.pack_sequence_as(nested, flat)
        return _unwrap(packed if isinstance(packed, list | tuple | dict) else [packed])

    config = {
        "name": network.name,
        "layers": [_layer_config(network, layer, places) for layer in network.layers],
        "input_layers": ends(network._input_coordinates, network._nested_inputs),
        "output_layers": ends(network._output_coordinates, network._nested_outputs),
    }
    return copy.deepcopy(config)


def _new_indices(network: Any) -> dict[str, int]:
    """The number of each call of the model's among those of its layer that are the model's."""
    found: dict[str, int] = {}
    for layer in network.layers:
        kept = int(starts_with_own_node(layer))
        for index in range(len(layer.inbound_nodes)):
            key = node_key(layer.name, index)
            if key in network._network_nodes:
                found[key] = kept
                kept += 1
    return found


def _layer_config(network: Any, layer: Any, places: dict[str, int]) -> dict[str, Any]:
    config = layer.get_config()
    nodes = []
    for index, node in enumerate(layer.inbound_nodes):
        if node_key(layer.name, index) in network._network_nodes:
            arguments = _arguments_config(layer, node)
            if node.inbound_layers:
                data = [
                    _Place([inbound.name, places.get(node_key(inbound.name, number), 0), tensor, arguments])
                    for inbound, number, tensor, _ in node.iterate_inbound()
                ]
                packed = tf.nest.pack_sequence_as(node.input_tensors, data)
                nodes.append(_unwrap(packed if isinstance(packed, list | tuple | dict) else [packed]))
    return {"name": layer.name, "class_name": type(layer).__name__, "config": config, "inbound_nodes": nodes}


def _arguments_config(layer: Any, node: Any) -> dict[str, Any]:
    if not node.arguments:
        return {}
    arguments: dict[str, Any] = tf.nest.map_structure(_argument_config, node.arguments)
    try:
        json.dumps(arguments)
    except TypeError:
        tf.logging.warning(
            f"Layer {layer.name} was passed non-serializable keyword arguments: {node.arguments}. They will not be "
            "included in the serialized model (and thus will be missing at deserialization time)."
        )
        return {}
    return arguments


def _argument_config(value: Any) -> Any:
    history = history_of(value)
    if history is not None:
        return [history.layer.name, history.node_index, history.tensor_index]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return get_value(value).tolist() if isinstance(value, tf.Tensor) else value


def from_config(cls: Any, config: dict[str, Any], custom_objects: Any) -> Any:
    """Makes a model from what `config_of` returned.

    Raises:
      ValueError: it is no such description.
    """
    layers: dict[str, Any] = {}
    waiting: dict[str, list[Any]] = {}
    for data in config["layers"]:
        layers[data["name"]] = tf.keras.layers.deserialize(data, custom_objects=custom_objects)
        if data["inbound_nodes"]:
            waiting[data["name"]] = _wrap(data["inbound_nodes"])
    while waiting:
        left = sum(len(nodes) for nodes in waiting.values())
        for data in config["layers"]:
            nodes = waiting.pop(data["name"], [])
            later = [node for node in nodes if not _call(layers[data["name"]], node, layers)]
            if later:
                waiting[data["name"]] = later
        if sum(len(nodes) for nodes in waiting.values()) == left:
            raise ValueError(f"Improperly formatted model config: calls that need each other, of {sorted(waiting)}")
    inputs = tf.nest.map_structure(lambda place: _tensor(place.data, layers), _wrap(config["input_layers"]))
    outputs = tf.nest.map_structure(lambda place: _tensor(place.data, layers), _wrap(config["output_layers"]))
    model = cls(inputs=inputs, outputs=outputs, name=config.get("name"))
    members = set(model.layers)
    rest = [layer for layer in layers.values() if layer not in members]
    if rest:
        nodes = [node for layer in layers.values() for node in layer.inbound_nodes[int(starts_with_own_node(layer)) :]]
        model._insert_layers(rest, nodes)
    return model


def _tensor(place: list[Any], layers: dict[str, Any]) -> Any:
    name, node, number = place[:3]
    return tf.nest.flatten(layers[name].inbound_nodes[node].output_tensors)[number]


def _call(layer: Any, node: Any, layers: dict[str, Any]) -> bool:
    """Calls a layer as a description says; returns whether what it needs was there."""
    flat = [place.data for place in tf.nest.flatten(node)]
    kwargs: dict[str, Any] = {}
    for data in flat:
        if data[1] >= len(layers[data[0]].inbound_nodes):
            return False
        kwargs = _wrap(data[3]) if len(data) == 4 else {}
    kwargs = tf.nest.map_structure(lambda x: _tensor(x.data, layers) if isinstance(x, _Place) else x, kwargs)
    tensors = tf.nest.pack_sequence_as(node, [_tensor(data, layers) for data in flat])
    if not isinstance(tensors, dict) and len(flat) == 1:
        (tensors,) = tf.nest.flatten(tensors)
    layer(tensors, **kwargs)
    return True


def described(network: Any) -> dict[str, Any]:
    """Returns what is written of a model: its class, its configuration, and the version of Keras."""
    return {
        "class_name": type(network).__name__,
        "config": network.get_config(),
        "keras_version": KERAS_VERSION,
        "backend": "tensorflow",
    }


def to_json(network: Any, **kwargs: Any) -> str:
    """Returns the description of a model as JSON."""
    return json.dumps(described(network), default=json_type, **kwargs)


def json_type(value: Any) -> Any:
    """Returns what JSON gets for an object that it has no notation for.

    Raises:
      TypeError: nothing is known for it.
    """
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    if type(value).__module__ == np.__name__:
        return value.tolist() if isinstance(value, np.ndarray) else value.item()
    if isinstance(value, tf.DType):
        return value.name
    if isinstance(value, tf.TensorShape):
        return value.as_list()
    if callable(value):
        return value.__name__
    raise TypeError("Not JSON Serializable:", value)


def to_yaml(network: Any, **kwargs: Any) -> str:
    """Returns the description of a model as YAML."""
    try:
        import yaml
    except ImportError:
        raise ImportError("Requires yaml module installed (`pip install pyyaml`).") from None
    text: str = yaml.dump(described(network), **kwargs)
    return text
