"""From names and configs to optimizers, and back."""

from __future__ import annotations

from typing import Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_keras.optimizers.adadelta import Adadelta
from tangraph_keras.optimizers.adagrad import Adagrad
from tangraph_keras.optimizers.adam import Adam
from tangraph_keras.optimizers.adamax import Adamax
from tangraph_keras.optimizers.base import OptimizerV2
from tangraph_keras.optimizers.ftrl import Ftrl
from tangraph_keras.optimizers.nadam import Nadam
from tangraph_keras.optimizers.rmsprop import RMSprop
from tangraph_keras.optimizers.sgd import SGD
from tangraph_keras.optimizers.wrapped import TFOptimizer
from tangraph_keras.utils.serialization import deserialize_keras_object, serialize_keras_object
from tangraph_layers.engine.session import track_tf_optimizer

_KNOWN: Final[dict[str, Any]] = {
    cls.__name__.lower(): cls for cls in (Adadelta, Adagrad, Adam, Adamax, Ftrl, Nadam, RMSprop, SGD)
}


@export("keras.optimizers.serialize")
def serialize(optimizer: Any) -> Any:
    """Returns an optimizer's class name and config."""
    return serialize_keras_object(optimizer)


@export("keras.optimizers.deserialize")
def deserialize(config: dict[str, Any], custom_objects: Any = None) -> Any:
    """Returns the optimizer of a config.

    Args:
      config: ``{"class_name": ..., "config": {...}}``; the name of ours in any case.
      custom_objects: the program's own classes by name.

    Raises:
      ValueError: an unknown one.
    """
    if config["class_name"].lower() in _KNOWN:
        config["class_name"] = config["class_name"].lower()
    return deserialize_keras_object(config, _KNOWN, custom_objects, "optimizer")


@export("keras.optimizers.get")
def get(identifier: Any) -> Any:
    """Returns the optimizer that a name, a config or an optimizer (also one of `tf.train`) stands for.

    Raises:
      ValueError: none of them, an unknown one.

    >>> type(get("adam")).__name__
    'Adam'
    """
    if isinstance(identifier, OptimizerV2 | TFOptimizer):
        return identifier
    if isinstance(identifier, tf.train.Optimizer):
        wrapped = TFOptimizer(identifier)
        track_tf_optimizer(wrapped)
        return wrapped
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return deserialize({"class_name": identifier, "config": {}})
    raise ValueError("Could not interpret optimizer identifier:", identifier)
