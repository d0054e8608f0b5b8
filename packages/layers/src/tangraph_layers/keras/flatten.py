"""Layers that change shapes only."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.engine.layer import Layer
from tangraph_layers.input_spec import InputSpec


@export("keras.layers.Flatten")
class Flatten(Layer):
    """Makes one axis of all but the first.

    Args:
      data_format: "channels_last" or "channels_first"; with the latter, channels are moved to the end before.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = settings.data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        """Returns a tensor of rank 2."""
        rank = inputs.shape.ndims
        if self.data_format == "channels_first" and rank is not None and rank > 1:
            inputs = tf.transpose(inputs, perm=[0, *range(2, rank), 1])
        outputs = tf.reshape(inputs, (inputs.shape[0].value or tf.shape(inputs)[0], -1))
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        shape = tf.TensorShape(input_shape).as_list()
        return tf.TensorShape([shape[0], settings.product(shape[1:]) if all(shape[1:]) else None])

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "data_format": self.data_format}
