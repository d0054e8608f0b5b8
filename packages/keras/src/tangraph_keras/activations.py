"""From names to activations and back. The functions are in `tangraph_layers.activations`, where `tf.layers` finds them."""

from __future__ import annotations

from typing import Any

from tangraph.export import export
from tangraph_keras.utils.serialization import deserialize_keras_object, serialize_keras_object
from tangraph_layers import activations


@export("keras.activations.serialize")
def serialize(activation: Any) -> Any:
    """Returns the name of an activation.

    >>> serialize(activations.relu)
    'relu'
    """
    name = getattr(activation, "__name__", None)
    return "softmax" if name == "softmax_v2" else serialize_keras_object(activation)


@export("keras.activations.deserialize")
def deserialize(name: Any, custom_objects: Any = None) -> Any:
    """Returns the activation of a name.

    Raises:
      ValueError: an unknown name.
    """
    return deserialize_keras_object(name, activations.FUNCTIONS, custom_objects, "activation function")


@export("keras.activations.get")
def get(identifier: Any) -> Any:
    """Returns the activation that a name or a function stands for; for None, a function that changes nothing.

    Raises:
      ValueError: an unknown name.
      TypeError: neither a name nor a function.

    >>> get("tanh").__name__, get(None).__name__
    ('tanh', 'linear')
    """
    if identifier is None:
        return activations.linear
    if isinstance(identifier, str):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    if isinstance(identifier, dict):
        return deserialize_keras_object(identifier, printable_module_name="activation")
    raise TypeError(f"Could not interpret activation function identifier: {identifier!r}")
