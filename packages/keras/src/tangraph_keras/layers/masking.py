"""Masks of steps."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend import arithmetic
from tangraph_layers.engine.layer import Layer


@export("keras.layers.Masking")
class Masking(Layer):
    """Marks steps whose features all have one value, so that layers that follow pass them over.

    Args:
      mask_value: the value.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.mask_value = mask_value
        self._compute_output_and_mask_jointly = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns where a step has another value."""
        return arithmetic.any(tf.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        """Returns the inputs, with zeros at the steps that are passed over."""
        mask = arithmetic.any(tf.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        outputs = inputs * tf.cast(mask, inputs.dtype)
        outputs._keras_mask = tf.squeeze(mask, axis=-1)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the inputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "mask_value": self.mask_value}
