"""Separable convolutions as layers."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.keras.convolution import Windowed


class _Separable(Windowed):
    """Convolves each channel with kernels of its own, and mixes the channels at each place (Chollet, arXiv:1610.02357).

    Args:
      filters: the number of channels of the outputs.
      kernel_size, strides, padding, data_format, dilation_rate: see `Conv2D`.
      depth_multiplier: how many kernels each channel has.
      activation: a function of the outputs, or its name; None for none.
      use_bias: whether there is a bias.
      depthwise_initializer: how the kernels of the channels start.
      pointwise_initializer: how the mixing starts.
      bias_initializer: how the bias starts.
      depthwise_regularizer, pointwise_regularizer, bias_regularizer: functions from a variable to a scalar loss.
      activity_regularizer: a function from the outputs to a scalar loss.
      depthwise_constraint, pointwise_constraint, bias_constraint: functions that optimizers apply after each update.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: Any = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        # Those of a kernel that there is not: TensorFlow's configs have them.
        self.kernel_initializer = settings.initializer(kwargs.pop("kernel_initializer", "glorot_uniform"))
        self.kernel_regularizer = settings.regularizer(kwargs.pop("kernel_regularizer", None))
        self.kernel_constraint = settings.constraint(kwargs.pop("kernel_constraint", None))
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            activity_regularizer,
            bias_constraint,
            **kwargs,
        )
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = settings.initializer(depthwise_initializer)
        self.pointwise_initializer = settings.initializer(pointwise_initializer)
        self.depthwise_regularizer = settings.regularizer(depthwise_regularizer)
        self.pointwise_regularizer = settings.regularizer(pointwise_regularizer)
        self.depthwise_constraint = settings.constraint(depthwise_constraint)
        self.pointwise_constraint = settings.constraint(pointwise_constraint)
        self.depthwise_kernel: Any = None
        self.pointwise_kernel: Any = None

    _config = """
        filters kernel_size strides padding data_format depth_multiplier dilation_rate activation use_bias
        kernel_initializer kernel_regularizer kernel_constraint
        depthwise_initializer pointwise_initializer bias_initializer depthwise_regularizer pointwise_regularizer
        bias_regularizer activity_regularizer depthwise_constraint pointwise_constraint bias_constraint
    """

    def build(self, input_shape: Any) -> None:
        """Makes the two kernels and the bias."""
        channels = self._channels(input_shape)
        depthwise = (*self.kernel_size, channels, self.depth_multiplier)
        pointwise = (*(1,) * self.rank, self.depth_multiplier * channels, self.filters)
        self.depthwise_kernel = self._add("depthwise_kernel", depthwise, "depthwise")
        self.pointwise_kernel = self._add("pointwise_kernel", pointwise, "pointwise")
        self._add_bias()
        self.built = True

    def _separable(self, inputs: Any, depthwise: Any, pointwise: Any, strides: Any, rate: Any) -> Any:
        layout = settings.letters(self.data_format, 4)
        padding = "valid" if self.padding == "causal" else self.padding
        outputs = tf.nn.separable_conv2d(
            inputs,
            depthwise,
            pointwise,
            strides=(1, 1, *strides) if self._first else (1, *strides, 1),
            padding=padding.upper(),
            rate=rate,
            data_format=layout,
        )
        return tf.nn.bias_add(outputs, self.bias, data_format=layout) if self.use_bias else outputs


@export("keras.layers.SeparableConv1D", "keras.layers.SeparableConvolution1D")
class SeparableConv1D(_Separable):
    """A separable convolution of lines; the arguments are those of its base."""

    rank = 1

    def call(self, inputs: Any) -> Any:
        """Returns the outputs, of rank 3."""
        axis = 2 if self._first else 1
        inputs = tf.expand_dims(self._padded(inputs), axis)
        depthwise, pointwise = tf.expand_dims(self.depthwise_kernel, 0), tf.expand_dims(self.pointwise_kernel, 0)
        outputs = self._separable(inputs, depthwise, pointwise, self.strides * 2, (1, *self.dilation_rate))
        return self.activation(tf.squeeze(outputs, [axis]))


@export("keras.layers.SeparableConv2D", "keras.layers.SeparableConvolution2D")
class SeparableConv2D(_Separable):
    """A separable convolution of images; the arguments are those of its base."""

    rank = 2

    def call(self, inputs: Any) -> Any:
        """Returns the outputs, of rank 4."""
        kernels = self.depthwise_kernel, self.pointwise_kernel
        return self.activation(self._separable(inputs, *kernels, self.strides, self.dilation_rate))
