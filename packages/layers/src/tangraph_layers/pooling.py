"""Pooling layers."""

from __future__ import annotations

from typing import Any

from tangraph.export import export, named
from tangraph_layers.base import Layer
from tangraph_layers.calling import apply_new
from tangraph_layers.keras import pooling


class _Scoped(Layer):
    """The arguments that pooling layers have here: size and steps of the window must be given."""

    rank: int

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
        settings = {"pool_size": pool_size, "strides": strides, "padding": padding, "data_format": data_format}
        super().__init__(**settings, name=name, **kwargs)


@export("layers.MaxPooling1D")
class MaxPooling1D(_Scoped, pooling.MaxPooling1D, Layer):
    """Takes the greatest element of each window of lines; the arguments are those of `tf.layers.max_pooling2d`."""


@export("layers.MaxPooling2D")
class MaxPooling2D(_Scoped, pooling.MaxPooling2D, Layer):
    """Takes the greatest element of each window of images; the arguments are those of `tf.layers.max_pooling2d`."""


@export("layers.MaxPooling3D")
class MaxPooling3D(_Scoped, pooling.MaxPooling3D, Layer):
    """Takes the greatest element of each window of volumes; the arguments are those of `tf.layers.max_pooling2d`."""


@export("layers.AveragePooling1D")
class AveragePooling1D(_Scoped, pooling.AveragePooling1D, Layer):
    """Takes the mean of each window of lines; the arguments are those of `tf.layers.max_pooling2d`."""


@export("layers.AveragePooling2D")
class AveragePooling2D(_Scoped, pooling.AveragePooling2D, Layer):
    """Takes the mean of each window of images; the arguments are those of `tf.layers.max_pooling2d`."""


@export("layers.AveragePooling3D")
class AveragePooling3D(_Scoped, pooling.AveragePooling3D, Layer):
    """Takes the mean of each window of volumes; the arguments are those of `tf.layers.max_pooling2d`."""


def _function_of(layer_class: Any, example: str = "") -> Any:
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
>>> import tangraph as tf
>>> with tf.Graph().as_default():
...     tf.layers.max_pooling2d(tf.ones([1, 8, 8, 3]), pool_size=2, strides=2)
<tf.Tensor 'max_pooling2d/MaxPool:0' shape=(1, 4, 4, 3) dtype=float32>
""",
)
max_pooling3d = _function_of(MaxPooling3D)
average_pooling1d = _function_of(AveragePooling1D)
average_pooling2d = _function_of(AveragePooling2D)
average_pooling3d = _function_of(AveragePooling3D)
