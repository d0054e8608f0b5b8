"""Layers that change shapes only."""

from __future__ import annotations

from typing import Any

from tangraph.export import export
from tangraph_layers.base import Layer
from tangraph_layers.keras import flatten as flatten_layer


@export("layers.Flatten")
class Flatten(flatten_layer.Flatten, Layer):
    """Makes one axis of all but the first.

    Args:
      data_format: "channels_last" or "channels_first"; with the latter, channels are moved to the end before.
      **kwargs: see `tf.layers.Layer`.
    """


@export("layers.flatten")
def flatten(inputs: Any, name: str | None = None, data_format: str = "channels_last") -> Any:
    """Calls a new `Flatten` layer on a tensor.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.layers.flatten(tf.placeholder(tf.float32, [None, 28, 28]))
    <tf.Tensor 'flatten/Reshape:0' shape=(?, 784) dtype=float32>
    """
    return Flatten(name=name, data_format=data_format).apply(inputs)
