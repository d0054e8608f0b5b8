"""Models with the layers of another and weights of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.engine.added import AddMetric
from tangraph_keras.engine.input_layer import Input, InputLayer
from tangraph_keras.engine.model import Model
from tangraph_keras.engine.sequential import Sequential
from tangraph_layers.engine.node import history_of

if TYPE_CHECKING:
    from collections.abc import Callable


def _clone_layer(layer: Any) -> Any:
    return type(layer).from_config(layer.get_config())


@export("keras.models.clone_model")
def clone_model(model: Any, input_tensors: Any = None, clone_function: Callable[[Any], Any] | None = None) -> Any:
    """Returns a model with the layers of another, made anew, so that its weights are its own.

    Args:
      model: a functional or sequential model.
      input_tensors: tensors to call the layers on; new placeholders when None.
      clone_function: a function from a layer to its copy.

    Raises:
      ValueError: the model is a subclass's, which is Python; the function is none.

    >>> with tf.Graph().as_default():
    ...     model = tf.keras.Sequential([tf.keras.layers.InputLayer((2,))])
    ...     tf.keras.models.clone_model(model) is model
    False
    """
    clone = _clone_layer if clone_function is None else clone_function
    if not callable(clone):
        raise ValueError(f"Expected `layer_fn` argument to be a callable. Received: {clone}")
    if isinstance(model, Sequential):
        return _clone_sequential(model, input_tensors, clone)
    return _clone_functional(model, input_tensors, clone)


def _clone_functional(model: Any, given: Any, clone: Callable[[Any], Any]) -> Any:
    if not isinstance(model, Model):
        raise ValueError("Expected `model` argument to be a `Model` instance, got ", model)
    if not model._is_graph_network:
        raise ValueError(
            "Expected `model` argument to be a functional `Model` instance, but got a subclass model instead."
        )
    copies: dict[Any, Any] = {}
    inputs = []
    for number, layer in enumerate(model._input_layers):
        if given is None:
            tensor = Input(**layer.get_config())
        else:
            tensor = tf.nest.flatten(given)[number]
            if history_of(tensor) is not None:
                inputs.append(tensor)
                continue
            tensor = Input(tensor=tensor, name=f"input_wrapper_for_{layer.name}")
        copies[layer] = tensor._keras_history.layer
        inputs.append(tensor)
    made = {id(x): y for x, y in zip(model.inputs, inputs, strict=True)}
    nodes = _call_copies(model._nodes_by_depth, clone, copies, made)
    for x in model.outputs:
        assert id(x) in made, f"Could not compute output {x}"
    outputs = [made[id(x)] for x in model.outputs]
    found = Model(
        tf.nest.pack_sequence_as(model._nested_inputs, inputs),
        tf.nest.pack_sequence_as(model._nested_outputs, outputs),
        name=model.name,
    )
    members = set(found.layers)
    _insert(found, [layer for layer in copies.values() if layer not in members], model.metrics_names, nodes)
    return found


def _call_copies(
    nodes_by_depth: dict[int, list[Any]], clone: Callable[[Any], Any], copies: dict[Any, Any], made: dict[int, Any]
) -> list[Any]:
    """Calls copies of layers as the layers were called; returns the calls."""
    calls = []
    for depth in sorted(nodes_by_depth, reverse=True):
        for node in nodes_by_depth[depth]:
            layer = node.outbound_layer
            if layer not in copies:
                copies[layer] = clone(layer)
            elif isinstance(layer, InputLayer):
                continue
            if not all(id(x) in made for x in tf.nest.flatten(node.input_tensors)):
                continue
            copy = copies[layer]
            outputs = copy(tf.nest.map_structure(lambda x: made[id(x)], node.input_tensors), **(node.arguments or {}))
            flat = tf.nest.flatten(outputs)
            calls.append(copy.inbound_nodes[flat[0]._keras_history.node_index])
            made.update((id(x), y) for x, y in zip(tf.nest.flatten(node.output_tensors), flat, strict=True))
    return calls


def _insert(model: Any, layers: list[Any], metrics_names: list[str], nodes: list[Any]) -> None:
    """Inserts the layers that hold added losses and metrics, metrics in the order of their names."""
    if layers:
        metrics = [layer for layer in layers if isinstance(layer, AddMetric)]
        metrics.sort(key=lambda layer: metrics_names.index(str(layer.metric_name)))
        model._insert_layers([layer for layer in layers if not isinstance(layer, AddMetric)] + metrics, nodes)


def _clone_sequential(model: Any, given: Any, clone: Callable[[Any], Any]) -> Any:
    copies: dict[Any, Any] = {}
    for layer in model._layers:
        if isinstance(layer, InputLayer):
            if given is None:
                copies[layer] = _clone_layer(layer)
        else:
            copies[layer] = clone(layer)
    added = {}
    if model._is_graph_network:
        added = {depth: nodes for depth, nodes in model._nodes_by_depth.items() if depth < 0}
    ancillary = [copies[node.outbound_layer] for depth in sorted(added, reverse=True) for node in added[depth]]
    layers = [layer for layer in copies.values() if layer not in ancillary]
    if given is not None:
        layers.insert(0, _input_layer(given))
    found = Sequential(layers=layers, name=model.name)
    if ancillary:
        made: dict[int, Any] = {}
        for depth, nodes in found._nodes_by_depth.items():
            for node, original in zip(nodes, model._nodes_by_depth[depth], strict=True):
                pairs = zip(tf.nest.flatten(original.output_tensors), tf.nest.flatten(node.output_tensors), strict=True)
                made.update((id(x), y) for x, y in pairs)
        _insert(found, ancillary, model.metrics_names, _call_copies(added, clone, copies, made))
    return found


def _input_layer(given: Any) -> Any:
    tensors = list(given) if isinstance(given, list | tuple) else [given]
    if len(tensors) != 1:
        raise ValueError(
            "To clone a `Sequential` model, we expect  at most one tensor as part of `input_tensors`. Received: "
            f"{given}"
        )
    (tensor,) = tensors
    history = history_of(tensor)
    if history is None:
        tensor = Input(tensor=tensor, name=f"input_wrapper_for_{tensor.op.name}")
        return tensor._keras_history.layer
    if not isinstance(history.layer, InputLayer):
        raise ValueError(
            "Cannot clone a `Sequential` model on top of a tensor that comes from a Keras layer other than an "
            "`InputLayer`. Use the functional API instead."
        )
    return history.layer
