"""Dropout of whole channels."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.settings import image_data_format
from tangraph_layers.input_spec import InputSpec
from tangraph_layers.keras.dropout import Dropout


@export("keras.layers.SpatialDropout1D")
class SpatialDropout1D(Dropout):
    """Sets random channels of lines to 0 in training (Tompson et al., arXiv:1411.4280).

    Args:
      rate: the probability that a channel becomes 0.
      **kwargs: see `tf.keras.layers.Dropout`.
    """

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(rate, **kwargs)
        self.input_spec = InputSpec(ndim=3)

    def _get_noise_shape(self, inputs: Any) -> Any:
        shape = tf.shape(inputs)
        return (shape[0], 1, shape[2])


class _Spatial(Dropout):
    rank = 2

    def __init__(self, rate: float, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(rate, **kwargs)
        data_format = image_data_format() if data_format is None else data_format
        if data_format not in {"channels_last", "channels_first"}:
            raise ValueError('data_format must be in {"channels_last", "channels_first"}')
        self.data_format = data_format
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _get_noise_shape(self, inputs: Any) -> Any:
        shape, ones = tf.shape(inputs), (1,) * self.rank
        if self.data_format == "channels_first":
            return (shape[0], shape[1], *ones)
        return (shape[0], *ones, shape[self.rank + 1])


@export("keras.layers.SpatialDropout2D")
class SpatialDropout2D(_Spatial):
    """Sets random channels of images to 0 in training (Tompson et al., arXiv:1411.4280).

    Args:
      rate: the probability that a channel becomes 0.
      data_format: "channels_last" or "channels_first"; the setting's when None.
      **kwargs: see `tf.keras.layers.Dropout`.
    """

    rank = 2


@export("keras.layers.SpatialDropout3D")
class SpatialDropout3D(_Spatial):
    """Sets random channels of volumes to 0 in training; see `SpatialDropout2D`."""

    rank = 3
