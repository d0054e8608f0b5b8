"""Transposed convolutions as layers."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.base import Layer
from tangraph_layers.calling import apply_new
from tangraph_layers.keras import transposed_convolution


class _Scoped:
    """The arguments that transposed convolutions have here, and their defaults, which are not those of `tf.keras`."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = "channels_last",
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


@export("layers.Conv2DTranspose")
class Conv2DTranspose(_Scoped, transposed_convolution.Conv2DTranspose, Layer):
    """The transpose of a convolution of images; the arguments are those of `tf.layers.conv2d_transpose`."""


@export("layers.Conv3DTranspose")
class Conv3DTranspose(_Scoped, transposed_convolution.Conv3DTranspose, Layer):
    """The transpose of a convolution of volumes; the arguments are those of `tf.layers.conv2d_transpose`."""


@export("layers.conv2d_transpose")
def conv2d_transpose(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: Any = "valid",
    data_format: str = "channels_last",
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
    """Calls a new `tf.layers.Conv2DTranspose` on a tensor of rank 4; see there.

    >>> with tf.Graph().as_default():
    ...     tf.layers.conv2d_transpose(
    ...         tf.ones([1, 7, 7, 2]), 4, 3, strides=2, padding="same"
    ...     ).shape.as_list()
    [1, 14, 14, 4]
    """
    return apply_new(Conv2DTranspose, locals())


@export("layers.conv3d_transpose")
def conv3d_transpose(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1, 1),
    padding: Any = "valid",
    data_format: str = "channels_last",
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
    """Calls a new `tf.layers.Conv3DTranspose` on a tensor of rank 5; see there."""
    return apply_new(Conv3DTranspose, locals())
