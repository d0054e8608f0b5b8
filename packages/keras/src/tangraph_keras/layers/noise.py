"""Noise in training."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.learning_phase import in_train_phase
from tangraph_keras.backend.random import random_normal, random_uniform
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.settings import floatx


class _Noise(Layer):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the inputs."""
        return tf.TensorShape(input_shape)


@export("keras.layers.GaussianNoise")
class GaussianNoise(_Noise):
    """Adds normal noise in training.

    Args:
      stddev: the standard deviation.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, stddev: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stddev = stddev

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Returns the inputs, with noise in training."""

        def noised() -> Any:
            return inputs + random_normal(shape=tf.shape(inputs), mean=0.0, stddev=self.stddev)

        return in_train_phase(noised, inputs, training=training)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "stddev": self.stddev}


@export("keras.layers.GaussianDropout")
class GaussianDropout(_Noise):
    """Multiplies by normal noise around 1 in training (Srivastava et al., 2014).

    Args:
      rate: the rate of the dropout with the same variance, sqrt(rate / (1 - rate)).
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Returns the inputs, with noise in training."""
        if not 0 < self.rate < 1:
            return inputs

        def noised() -> Any:
            stddev = np.sqrt(self.rate / (1.0 - self.rate))
            return inputs * random_normal(shape=tf.shape(inputs), mean=1.0, stddev=stddev)

        return in_train_phase(noised, inputs, training=training)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "rate": self.rate}


@export("keras.layers.AlphaDropout")
class AlphaDropout(_Noise):
    """Sets random elements to the value that `selu` saturates at, and keeps mean and variance (arXiv:1706.02515).

    Args:
      rate: the probability of an element.
      noise_shape: the shape of the choice, which is spread over the inputs.
      seed: see `tf.set_random_seed`.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Returns the inputs, with elements set in training."""
        if not 0.0 < self.rate < 1.0:
            return inputs
        shape = self.noise_shape or tf.shape(inputs)

        def dropped() -> Any:
            low = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946
            kept = tf.cast(tf.greater_equal(random_uniform(shape, seed=self.seed), self.rate), floatx())
            a = ((1 - self.rate) * (1 + self.rate * low**2)) ** -0.5
            b = -a * low * self.rate
            x = inputs * kept + low * (1 - kept)
            return a * x + b

        return in_train_phase(dropped, inputs, training=training)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "rate": self.rate}
