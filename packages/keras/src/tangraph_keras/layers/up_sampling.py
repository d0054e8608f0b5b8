"""More of space: each element repeated, or what lies between them."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.shaping import repeat_elements, resize_images, resize_volumes
from tangraph_layers import settings
from tangraph_layers.engine.layer import Layer
from tangraph_layers.input_spec import InputSpec


@export("keras.layers.UpSampling1D")
class UpSampling1D(Layer):
    """Repeats each step of lines.

    Args:
      size: how often.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = int(size)
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        return repeat_elements(inputs, self.size, axis=1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        return _larger(input_shape, [self.size], 1)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "size": self.size}


@export("keras.layers.UpSampling2D")
class UpSampling2D(Layer):
    """Makes images larger.

    Args:
      size: the factors of rows and columns: one number, or two.
      data_format: "channels_last" or "channels_first"; the setting's when None.
      interpolation: "nearest" to repeat elements, or "bilinear".
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      ValueError: an unknown word.
    """

    def __init__(
        self, size: Any = (2, 2), data_format: str | None = None, interpolation: str = "nearest", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = settings.data_format(data_format)
        self.size = settings.sizes(size, 2, "size")
        if interpolation not in {"nearest", "bilinear"}:
            raise ValueError('`interpolation` argument should be one of `"nearest"` or `"bilinear"`.')
        self.interpolation = interpolation
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        height, width = self.size
        return resize_images(inputs, height, width, self.data_format, interpolation=self.interpolation)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        return _larger(input_shape, self.size, 2 if self.data_format == "channels_first" else 1)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), **settings.config_of(self, "size data_format interpolation")}


@export("keras.layers.UpSampling3D")
class UpSampling3D(Layer):
    """Repeats the elements of volumes.

    Args:
      size: how often, along each dimension of space: one number, or three.
      data_format: "channels_last" or "channels_first"; the setting's when None.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = settings.data_format(data_format)
        self.size = settings.sizes(size, 3, "size")
        self.input_spec = InputSpec(ndim=5)

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        depth, height, width = self.size
        return resize_volumes(inputs, depth, height, width, self.data_format)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        return _larger(input_shape, self.size, 2 if self.data_format == "channels_first" else 1)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), **settings.config_of(self, "size data_format")}


def _larger(input_shape: Any, factors: Any, start: int) -> Any:
    shape = tf.TensorShape(input_shape).as_list()
    for axis, factor in enumerate(factors, start):
        shape[axis] = None if shape[axis] is None else shape[axis] * factor
    return tf.TensorShape(shape)
