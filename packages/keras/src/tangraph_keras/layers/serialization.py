"""From names and configs to layers, and back."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.utils.serialization import deserialize_keras_object, serialize_keras_object

#: Where layers are that are not in `tf.keras.layers`.
_ELSEWHERE = {
    "AddLoss": "tangraph_keras.engine.added",
    "AddMetric": "tangraph_keras.engine.added",
    "Model": "tangraph_keras.engine.model",
    "Network": "tangraph_keras.engine.network",
    "PeepholeLSTMCell": "tangraph_keras.layers.recurrent.lstm",
    "Sequential": "tangraph_keras.engine.sequential",
    "TensorFlowOpLayer": "tangraph_layers.engine.op_layer",
}
#: Names that TensorFlow writes for layers that are called otherwise.
_OTHER_NAMES = {
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "UnifiedGRU": "GRU",
    "UnifiedLSTM": "LSTM",
}


def _class(name: str) -> Any:
    from importlib import import_module

    name = _OTHER_NAMES.get(name, name)
    if name in _ELSEWHERE:
        return getattr(import_module(_ELSEWHERE[name]), name)
    return getattr(tf.keras.layers, name, None)


@export("keras.layers.serialize")
def serialize(layer: Any) -> Any:
    """Returns the class name and the config of a layer, as a dictionary."""
    return serialize_keras_object(layer)


@export("keras.layers.deserialize")
def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Returns a layer or model from a dictionary with its class name and its config.

    Args:
      config: the dictionary.
      custom_objects: a dictionary from names to the classes and functions that are not Keras' own.

    Raises:
      ValueError: a class that is not known.

    >>> with tf.Graph().as_default():
    ...     deserialize({"class_name": "InputLayer", "config": {"input_shape": (2,), "name": "x"}}).name
    'x'
    """
    name = config.get("class_name") if isinstance(config, dict) else config
    found = _class(name) if isinstance(name, str) else None
    return deserialize_keras_object(config, {name: found} if found else {}, custom_objects, "layer")
