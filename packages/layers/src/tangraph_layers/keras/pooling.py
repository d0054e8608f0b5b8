"""Pooling layers."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.engine.layer import Layer
from tangraph_layers.input_spec import InputSpec


class Pooling(Layer):
    """Takes the greatest element or the mean of each window.

    Args:
      pool_size: the size of the window: one number, or one a dimension of space.
      strides: the steps of the window, in the same forms; its size when None.
      padding: "valid" for windows that lie in the inputs, or "same".
      data_format: "channels_last", [batch, *space, channels], or "channels_first", [batch, channels, *space].
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      ValueError: the inputs have another rank.
    """

    rank = 2
    mode = "max"

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: Any = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        if strides is None:
            strides = pool_size
        super().__init__(**kwargs)
        self.pool_size = settings.sizes(pool_size, self.rank, "pool_size")
        self.strides = settings.sizes(strides, self.rank, "strides")
        self.padding = settings.padding(padding)
        self.data_format = self._layout(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _layout(self, data_format: str | None) -> str:
        # Lines have their channels last whatever the setting says, as in TensorFlow.
        return settings.data_format("channels_last" if data_format is None and self.rank == 1 else data_format)

    @property
    def _first(self) -> bool:
        return self.data_format == "channels_first"

    def call(self, inputs: Any) -> Any:
        """Returns the outputs, with less of space."""
        if self.rank == 1:
            return self._pool_line(inputs)
        if self.rank == 3:
            return self._pool_volume(inputs)
        return self._pool_image(inputs)

    def _pool_line(self, inputs: Any) -> Any:
        # As an image of width 1, with the channels last: the CPU knows nothing else.
        axis = 3 if self._first else 2
        x = tf.expand_dims(inputs, axis)
        if self._first:
            x = tf.transpose(x, (0, 2, 3, 1))
        pool = tf.nn.max_pool if self.mode == "max" else tf.nn.avg_pool
        window, steps = (1, *self.pool_size, 1, 1), (1, *self.strides, 1, 1)
        x = pool(x, window, steps, padding=self.padding.upper(), data_format="NHWC")
        if self._first:
            x = tf.transpose(x, (0, 3, 1, 2))
        return tf.squeeze(x, axis)

    def _pool_image(self, inputs: Any) -> Any:
        pool = tf.nn.max_pool if self.mode == "max" else tf.nn.avg_pool
        first = self._first
        return pool(
            inputs,
            ksize=(1, 1, *self.pool_size) if first else (1, *self.pool_size, 1),
            strides=(1, 1, *self.strides) if first else (1, *self.strides, 1),
            padding=self.padding.upper(),
            data_format=settings.letters(self.data_format, 4),
        )

    def _pool_volume(self, inputs: Any) -> Any:
        pool = tf.nn.max_pool3d if self.mode == "max" else tf.nn.avg_pool3d
        if self._first:
            inputs = tf.transpose(inputs, (0, 2, 3, 4, 1))
        window, steps = (1, *self.pool_size, 1), (1, *self.strides, 1)
        outputs = pool(inputs, ksize=window, strides=steps, padding=self.padding.upper())
        return tf.transpose(outputs, (0, 4, 1, 2, 3)) if self._first else outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        shape = tf.TensorShape(input_shape).as_list()
        space = [
            settings.windows(size, window, self.padding, step)
            for size, window, step in zip(
                shape[2:] if self._first else shape[1:-1], self.pool_size, self.strides, strict=True
            )
        ]
        return tf.TensorShape([shape[0], shape[1], *space] if self._first else [shape[0], *space, shape[-1]])

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        own = ("pool_size", "strides", "padding", "data_format")
        return {**super().get_config(), **{key: getattr(self, key) for key in own}}


@export("keras.layers.MaxPooling1D", "keras.layers.MaxPool1D")
class MaxPooling1D(Pooling):
    """Takes the greatest element of each window of lines; the arguments are those of `MaxPooling2D`."""

    rank, mode = 1, "max"


@export("keras.layers.MaxPooling2D", "keras.layers.MaxPool2D")
class MaxPooling2D(Pooling):
    """Takes the greatest element of each window of images; the arguments are those of `MaxPooling2D`."""

    rank, mode = 2, "max"


@export("keras.layers.MaxPooling3D", "keras.layers.MaxPool3D")
class MaxPooling3D(Pooling):
    """Takes the greatest element of each window of volumes; the arguments are those of `MaxPooling2D`."""

    rank, mode = 3, "max"


@export("keras.layers.AveragePooling1D", "keras.layers.AvgPool1D")
class AveragePooling1D(Pooling):
    """Takes the mean of each window of lines; the arguments are those of `MaxPooling2D`."""

    rank, mode = 1, "avg"


@export("keras.layers.AveragePooling2D", "keras.layers.AvgPool2D")
class AveragePooling2D(Pooling):
    """Takes the mean of each window of images; the arguments are those of `MaxPooling2D`."""

    rank, mode = 2, "avg"


@export("keras.layers.AveragePooling3D", "keras.layers.AvgPool3D")
class AveragePooling3D(Pooling):
    """Takes the mean of each window of volumes; the arguments are those of `MaxPooling2D`."""

    rank, mode = 3, "avg"
