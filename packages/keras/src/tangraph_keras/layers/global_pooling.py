"""The mean or the maximum of all of space."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend import arithmetic
from tangraph_layers import settings
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.settings import floatx
from tangraph_layers.input_spec import InputSpec


class _Global(Layer):
    """Reduces all dimensions of space.

    Args:
      data_format: "channels_last" or "channels_first"; the setting's when None, but lines have their channels last.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    rank = 2

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if data_format is None and self.rank == 1:
            data_format = "channels_last"
        self.data_format = settings.data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _axes(self) -> Any:
        start = 2 if self.data_format == "channels_first" else 1
        return start if self.rank == 1 else list(range(start, start + self.rank))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs: the batch and the channels."""
        shape = tf.TensorShape(input_shape).as_list()
        return tf.TensorShape([shape[0], shape[1 if self.data_format == "channels_first" else -1]])

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "data_format": self.data_format}


class _GlobalAverage(_Global):
    def call(self, inputs: Any) -> Any:
        """Returns the means."""
        return arithmetic.mean(inputs, axis=self._axes())


class _GlobalMax(_Global):
    def call(self, inputs: Any) -> Any:
        """Returns the maxima."""
        return arithmetic.max(inputs, axis=self._axes())


@export("keras.layers.GlobalAveragePooling1D", "keras.layers.GlobalAvgPool1D")
class GlobalAveragePooling1D(_Global):
    """Returns the mean of each channel of lines; steps that a mask passes over do not count.

    Args:
      data_format: "channels_last" or "channels_first".
      **kwargs: see `tf.keras.layers.Layer`.
    """

    rank = 1

    def __init__(self, data_format: str | None = "channels_last", **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the means."""
        axis = self._axes()
        if mask is None:
            return arithmetic.mean(inputs, axis=axis)
        mask = tf.cast(mask, floatx())
        mask = tf.reshape(mask, [-1, inputs.shape.as_list()[axis], 1])
        inputs *= mask
        return arithmetic.sum(inputs, axis=axis) / tf.reduce_sum(mask, axis=axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Returns None: there are no steps any more."""
        return


@export("keras.layers.GlobalMaxPool1D", "keras.layers.GlobalMaxPooling1D")
class GlobalMaxPooling1D(_GlobalMax):
    """Returns the maximum of each channel of lines; see `GlobalAveragePooling1D`."""

    rank = 1


@export("keras.layers.GlobalAveragePooling2D", "keras.layers.GlobalAvgPool2D")
class GlobalAveragePooling2D(_GlobalAverage):
    """Returns the mean of each channel of images.

    Args:
      data_format: "channels_last" or "channels_first"; the setting's when None.
      **kwargs: see `tf.keras.layers.Layer`.

    >>> with tf.Graph().as_default():
    ...     GlobalAveragePooling2D()(tf.ones([2, 5, 5, 3])).shape.as_list()
    [2, 3]
    """

    rank = 2


@export("keras.layers.GlobalMaxPool2D", "keras.layers.GlobalMaxPooling2D")
class GlobalMaxPooling2D(_GlobalMax):
    """Returns the maximum of each channel of images; see `GlobalAveragePooling2D`."""

    rank = 2


@export("keras.layers.GlobalAveragePooling3D", "keras.layers.GlobalAvgPool3D")
class GlobalAveragePooling3D(_GlobalAverage):
    """Returns the mean of each channel of volumes; see `GlobalAveragePooling2D`."""

    rank = 3


@export("keras.layers.GlobalMaxPool3D", "keras.layers.GlobalMaxPooling3D")
class GlobalMaxPooling3D(_GlobalMax):
    """Returns the maximum of each channel of volumes; see `GlobalAveragePooling2D`."""

    rank = 3
