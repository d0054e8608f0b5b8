"""The base class of layers around a layer."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.layer import Layer


@export("keras.layers.Wrapper")
class Wrapper(Layer):
    """A layer around another one.

    Args:
      layer: the other one.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        assert isinstance(layer, Layer)
        self.layer = layer
        super().__init__(**kwargs)

    def build(self, input_shape: Any = None) -> None:
        """Has the layer inside make its variables."""
        if not self.layer.built:
            self.layer.build(input_shape)
        self.built = True

    @property
    def activity_regularizer(self) -> Any:
        """That of the layer inside."""
        return getattr(self.layer, "activity_regularizer", None)

    @activity_regularizer.setter
    def activity_regularizer(self, regularizer: Any) -> None:
        raise AttributeError('Can\'t set the attribute "activity_regularizer": it is that of the layer inside.')

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        layer = {"class_name": type(self.layer).__name__, "config": self.layer.get_config()}
        return {**super().get_config(), "layer": layer}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes a layer from what `get_config` returned."""
        config = dict(config)
        layer = tf.keras.layers.deserialize(config.pop("layer"), custom_objects=custom_objects)
        return cls(layer, **config)
