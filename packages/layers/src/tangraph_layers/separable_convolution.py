"""Separable convolutions as layers."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.base import Layer
from tangraph_layers.calling import apply_new
from tangraph_layers.keras import separable_convolution


class _Scoped:
    """The arguments that separable convolutions have here, and their defaults, which are not those of `tf.keras`."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = "channels_last",
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: Any = True,
        depthwise_initializer: Any = None,
        pointwise_initializer: Any = None,
        bias_initializer: Any = tf.zeros_initializer(),  # noqa: B008  immutable, and TensorFlow's default
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
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
            "depth_multiplier": depth_multiplier,
            "activation": activation,
            "use_bias": use_bias,
            "depthwise_initializer": depthwise_initializer,
            "pointwise_initializer": pointwise_initializer,
            "bias_initializer": bias_initializer,
            "depthwise_regularizer": depthwise_regularizer,
            "pointwise_regularizer": pointwise_regularizer,
            "bias_regularizer": bias_regularizer,
            "activity_regularizer": activity_regularizer,
            "depthwise_constraint": depthwise_constraint,
            "pointwise_constraint": pointwise_constraint,
            "bias_constraint": bias_constraint,
            "trainable": trainable,
            "name": name,
        }
        super().__init__(**settings, **kwargs)


@export("layers.SeparableConv1D")
class SeparableConv1D(_Scoped, separable_convolution.SeparableConv1D, Layer):
    """A separable convolution of lines; the arguments are those of `tf.layers.separable_conv2d`."""


@export("layers.SeparableConv2D")
class SeparableConv2D(_Scoped, separable_convolution.SeparableConv2D, Layer):
    """A separable convolution of images; the arguments are those of `tf.layers.separable_conv2d`."""


@export("layers.separable_conv1d")
def separable_conv1d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    depth_multiplier: int = 1,
    activation: Any = None,
    use_bias: bool = True,
    depthwise_initializer: Any = None,
    pointwise_initializer: Any = None,
    bias_initializer: Any = tf.zeros_initializer(),  # noqa: B008  immutable, and TensorFlow's default
    depthwise_regularizer: Any = None,
    pointwise_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    depthwise_constraint: Any = None,
    pointwise_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Calls a new `tf.layers.SeparableConv1D` on a tensor of rank 3; see there."""
    return apply_new(SeparableConv1D, locals())


@export("layers.separable_conv2d")
def separable_conv2d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1),
    depth_multiplier: int = 1,
    activation: Any = None,
    use_bias: bool = True,
    depthwise_initializer: Any = None,
    pointwise_initializer: Any = None,
    bias_initializer: Any = tf.zeros_initializer(),  # noqa: B008  immutable, and TensorFlow's default
    depthwise_regularizer: Any = None,
    pointwise_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    depthwise_constraint: Any = None,
    pointwise_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Calls a new `tf.layers.SeparableConv2D` on a tensor of rank 4; see there."""
    return apply_new(SeparableConv2D, locals())
