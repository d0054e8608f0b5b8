"""Dropout as a layer."""

from __future__ import annotations

from typing import Any

from tangraph.export import export
from tangraph_layers.base import Layer
from tangraph_layers.keras import dropout as dropout_layer


@export("layers.Dropout")
class Dropout(dropout_layer.Dropout, Layer):
    """Sets random elements to 0 in training, and scales the others by 1 / (1 - rate).

    Args:
      rate: the probability that an element becomes 0.
      noise_shape: the shape of the random choice, broadcast over the inputs; None in it for a size of the inputs.
      seed: see `tf.set_random_seed`.
      name: the layer's name.
      **kwargs: see `tf.layers.Layer`.
    """

    def __init__(
        self, rate: Any = 0.5, noise_shape: Any = None, seed: int | None = None, name: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(rate=rate, noise_shape=noise_shape, seed=seed, name=name, **kwargs)

    def call(self, inputs: Any, training: Any = False) -> Any:
        """Returns the inputs, with random elements set to 0 if `training` is true: a bool or a bool scalar tensor."""
        return super().call(inputs, training=training)


@export("layers.dropout")
def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Any = None,
    seed: int | None = None,
    training: Any = False,
    name: str | None = None,
) -> Any:
    """Calls a new `Dropout` layer on a tensor.

    Args:
      inputs: a tensor of floats.
      training: whether to drop elements: a bool or a bool scalar tensor. Otherwise the inputs come back as they are.
      rate, noise_shape, seed, name: see `Dropout`.
    """
    return Dropout(rate, noise_shape=noise_shape, seed=seed, name=name).apply(inputs, training=training)
