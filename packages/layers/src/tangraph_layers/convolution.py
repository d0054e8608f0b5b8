"""Convolutional layers."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.base import Layer
from tangraph_layers.calling import apply_new
from tangraph_layers.keras import convolution


class Scoped:
    """The arguments that layers with kernels have here, and their defaults, which are not those of `tf.keras`."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = "channels_last",
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = tf.zeros_initializer(),  # noqa: B008  immutable, and TensorFlow's default
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        settings: dict[str, Any] = {
            "filters": filters,
            "kernel_size": kernel_size,
            "strides": strides,
            "padding": padding,
            "data_format": data_format,
            "dilation_rate": dilation_rate,
            "activation": activation,
            "use_bias": use_bias,
            "kernel_initializer": kernel_initializer,
            "bias_initializer": bias_initializer,
            "kernel_regularizer": kernel_regularizer,
            "bias_regularizer": bias_regularizer,
            "activity_regularizer": activity_regularizer,
            "kernel_constraint": kernel_constraint,
            "bias_constraint": bias_constraint,
            "trainable": trainable,
            "name": name,
        }
        super().__init__(**settings, **kwargs)


@export("layers.Conv1D")
class Conv1D(Scoped, convolution.Conv1D, Layer):
    """Convolves lines, of 1 dimension, with a kernel; the arguments are those of `tf.layers.conv2d`."""


@export("layers.Conv2D")
class Conv2D(Scoped, convolution.Conv2D, Layer):
    """Convolves images, of 2 dimensions, with a kernel; the arguments are those of `tf.layers.conv2d`."""


@export("layers.Conv3D")
class Conv3D(Scoped, convolution.Conv3D, Layer):
    """Convolves volumes, of 3 dimensions, with a kernel; the arguments are those of `tf.layers.conv2d`."""


@export("layers.conv1d")
def conv1d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = tf.zeros_initializer(),  # noqa: B008  immutable, and TensorFlow's default
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Calls a new `tf.layers.Conv1D` on a tensor of rank 3; see there, and `tf.layers.conv2d`."""
    return apply_new(Conv1D, locals())


@export("layers.conv2d")
def conv2d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1),
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = tf.zeros_initializer(),  # noqa: B008  immutable, and TensorFlow's default
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Calls a new `tf.layers.Conv2D` on a tensor of rank 4.

    Args:
      inputs: [batch, height, width, channels], or [batch, channels, height, width] with "channels_first".
      reuse: whether to share the variables of the layer of that name.
      filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, kernel_initializer,
        bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint,
        trainable, name: see `tf.layers.Conv2D`.

    >>> with tf.Graph().as_default():
    ...     images = tf.placeholder(tf.float32, [None, 28, 28, 1])
    ...     tf.layers.conv2d(images, 8, 5, padding="same", activation=tf.nn.relu)
    <tf.Tensor 'conv2d/Relu:0' shape=(?, 28, 28, 8) dtype=float32>
    """
    return apply_new(Conv2D, locals())


@export("layers.conv3d")
def conv3d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1, 1),
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1, 1),
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = tf.zeros_initializer(),  # noqa: B008  immutable, and TensorFlow's default
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Calls a new `tf.layers.Conv3D` on a tensor of rank 5; see there, and `tf.layers.conv2d`."""
    return apply_new(Conv3D, locals())
