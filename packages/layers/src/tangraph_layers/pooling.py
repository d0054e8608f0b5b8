"""Pooling layers."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export, named
from tangraph_layers import settings
from tangraph_layers.base import Layer
from tangraph_layers.calling import apply_new
from tangraph_layers.input_spec import InputSpec


class _Pooling(Layer):
    """Takes the greatest element or the mean of each window.

    Args:
      pool_size: the size of the window: one number, or one a dimension of space.
      strides: the steps of the window, in the same forms.
      padding: "valid" for windows that lie in the inputs, or "same".
      data_format: "channels_last", [batch, *space, channels], or "channels_first", [batch, channels, *space].
      name: the layer's name.
      **kwargs: see `tf.layers.Layer`.

    Raises:
      ValueError: `strides` is None; the inputs have another rank.
    """

    rank = 2
    mode = "max"

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: Any = "valid",
        data_format: str | None = "channels_last",
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        if strides is None:
            raise ValueError("Argument `strides` must not be None.")
        super().__init__(name=name, **kwargs)
        self.pool_size = settings.sizes(pool_size, self.rank, "pool_size")
        self.strides = settings.sizes(strides, self.rank, "strides")
        self.padding = settings.padding(padding)
        self.data_format = settings.data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

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


@export("layers.MaxPooling1D")
class MaxPooling1D(_Pooling):
    """Takes the greatest element of each window of lines; the arguments are those of `tf.layers.max_pooling2d`."""

    rank, mode = 1, "max"


@export("layers.MaxPooling2D")
class MaxPooling2D(_Pooling):
    """Takes the greatest element of each window of images; the arguments are those of `tf.layers.max_pooling2d`."""

    rank, mode = 2, "max"


@export("layers.MaxPooling3D")
class MaxPooling3D(_Pooling):
    """Takes the greatest element of each window of volumes; the arguments are those of `tf.layers.max_pooling2d`."""

    rank, mode = 3, "max"


@export("layers.AveragePooling1D")
class AveragePooling1D(_Pooling):
    """Takes the mean of each window of lines; the arguments are those of `tf.layers.max_pooling2d`."""

    rank, mode = 1, "avg"


@export("layers.AveragePooling2D")
class AveragePooling2D(_Pooling):
    """Takes the mean of each window of images; the arguments are those of `tf.layers.max_pooling2d`."""

    rank, mode = 2, "avg"


@export("layers.AveragePooling3D")
class AveragePooling3D(_Pooling):
    """Takes the mean of each window of volumes; the arguments are those of `tf.layers.max_pooling2d`."""

    rank, mode = 3, "avg"


def _function_of(layer_class: type[_Pooling], example: str = "") -> Any:
    """Returns the function that makes a layer of a class and calls it."""

    def pool(
        inputs: Any,
        pool_size: Any,
        strides: Any,
        padding: Any = "valid",
        data_format: str = "channels_last",
        name: str | None = None,
    ) -> Any:
        arguments = {"pool_size": pool_size, "strides": strides, "padding": padding, "data_format": data_format}
        return apply_new(layer_class, {"inputs": inputs, **arguments, "name": name})

    name = f"{layer_class.__name__.removesuffix(f'Pooling{layer_class.rank}D').lower()}_pooling{layer_class.rank}d"
    rank = layer_class.rank + 2
    doc = f"Calls a new `tf.layers.{layer_class.__name__}` on a tensor of rank {rank}; see there.\n{example}"
    return export(f"layers.{name}")(named(name, doc)(pool))


max_pooling1d = _function_of(MaxPooling1D)
max_pooling2d = _function_of(
    MaxPooling2D,
    """
>>> with tf.Graph().as_default():
...     tf.layers.max_pooling2d(tf.ones([1, 8, 8, 3]), pool_size=2, strides=2)
<tf.Tensor 'max_pooling2d/MaxPool:0' shape=(1, 4, 4, 3) dtype=float32>
""",
)
max_pooling3d = _function_of(MaxPooling3D)
average_pooling1d = _function_of(AveragePooling1D)
average_pooling2d = _function_of(AveragePooling2D)
average_pooling3d = _function_of(AveragePooling3D)
