"""Dropout as a layer."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.conditions import smart_cond
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.learning_phase import learning_phase


@export("keras.layers.Dropout")
class Dropout(Layer):
    """Sets random elements to 0 in training, and scales the others by 1 / (1 - rate).

    Args:
      rate: the probability that an element becomes 0.
      noise_shape: the shape of the random choice, broadcast over the inputs; None in it for a size of the inputs.
      seed: see `tf.set_random_seed`.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, rate: Any, noise_shape: Any = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed
        self.supports_masking = True

    def _get_noise_shape(self, inputs: Any) -> Any:
        if self.noise_shape is None:
            return None
        shape = tf.shape(inputs)
        return tf.convert_to_tensor([shape[i] if size is None else size for i, size in enumerate(self.noise_shape)])

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Returns the inputs, with random elements set to 0 in training.

        Args:
          inputs: a tensor of floats.
          training: a bool or a bool scalar tensor; the learning phase when None.
        """
        if training is None:
            training = learning_phase()
        return smart_cond(
            training,
            lambda: tf.nn.dropout(inputs, noise_shape=self._get_noise_shape(inputs), seed=self.seed, rate=self.rate),
            lambda: tf.identity(inputs),
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs: that of the inputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        own = {"rate": self.rate, "noise_shape": self.noise_shape, "seed": self.seed}
        return {**super().get_config(), **own}
