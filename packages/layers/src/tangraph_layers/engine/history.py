"""Whether tensors come from `tf.keras.Input`, and layers for the operations between it and them."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_layers.engine.context import current_call
from tangraph_layers.engine.function import function
from tangraph_layers.engine.node import history_of


def needs_history(tensors: Any, inside_calls: bool = False) -> bool:
    """Returns whether some tensors come from `tf.keras.Input`, and not from a layer.

    Args:
      tensors: a nested structure of tensors.
      inside_calls: whether that counts inside the call of a layer, too.
    """
    if current_call() is not None and not inside_calls:
        return False
    flat = tf.nest.flatten(tensors)
    if all(history_of(x) is not None for x in flat):
        return False
    return uses_history(flat)


def uses_history(tensors: Any) -> bool:
    """Returns whether one of the tensors is computed from what a layer of a model returned."""
    flat = tf.nest.flatten(tensors)
    seen: set[int] = set()
    todo = list(flat)
    while todo:
        tensor = todo.pop()
        if id(tensor) in seen or getattr(tensor, "_keras_history_checked", False):
            continue
        seen.add(id(tensor))
        if history_of(tensor) is not None:
            return True
        todo += getattr(getattr(tensor, "op", None), "inputs", ())
    for tensor in flat:
        if hasattr(tensor, "__dict__"):
            tensor._keras_history_checked = True
    return False


def create_history(tensors: Any) -> list[Any]:
    """Makes layers of the operations between `tf.keras.Input` and some tensors; returns the new layers.

    What does not come from a `tf.keras.Input` is constant for a model, and evaluated now.
    """
    created: list[Any] = []
    done: set[int] = set()
    for tensor in tf.nest.flatten(tensors):
        _create(tensor.op, tensor, done, created)
    return created


def _create(op: Any, tensor: Any, done: set[int], created: list[Any]) -> None:
    from tangraph_layers.engine.op_layer import TensorFlowOpLayer

    # Operations are visited with a stack of our own: chains of them may be long.
    todo: list[tuple[Any, Any, bool]] = [(op, tensor, False)]
    parts: dict[int, tuple[list[Any], dict[int, Any]]] = {}
    while todo:
        op, tensor, ready = todo.pop()
        if history_of(tensor) is not None or id(op) in done:
            continue
        if ready:
            inputs, constants = parts.pop(id(op))
            layer = TensorFlowOpLayer(op.node_def, constants=constants, name=op.name)
            created.append(layer)
            layer._add_inbound_node(inputs, op.outputs)
            done.add(id(op))
            continue
        inputs, constants = [], {}
        for number, x in enumerate(op.inputs):
            if uses_history(x):
                inputs.append(x)
            else:
                constants[number] = _value_of(x)
        parts[id(op)] = inputs, constants
        todo.append((op, tensor, True))
        todo += [(x.op, x, False) for x in reversed(inputs)]


def _value_of(tensor: Any) -> Any:
    with tf.init_scope():
        return function([], tensor)([])
