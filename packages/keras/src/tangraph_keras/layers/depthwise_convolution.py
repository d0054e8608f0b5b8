"""Convolutions of each channel by itself."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.convolution import depthwise_conv2d
from tangraph_keras.backend.pooling import bias_add
from tangraph_layers import settings
from tangraph_layers.input_spec import InputSpec
from tangraph_layers.keras.convolution import Conv2D


@export("keras.layers.DepthwiseConv2D")
class DepthwiseConv2D(Conv2D):
    """Convolves each channel of images with kernels of its own.

    Args:
      kernel_size: height and width of the kernels: one number, or two.
      strides: the steps: one number, or two.
      padding: "valid" or "same".
      depth_multiplier: how many kernels each channel has.
      data_format: "channels_last" or "channels_first"; the setting's when None.
      activation: a function of the outputs, or its name; None for none.
      use_bias: whether there is a bias.
      depthwise_initializer: how the kernels start.
      bias_initializer: how the bias starts.
      depthwise_regularizer, bias_regularizer: functions from a variable to a scalar loss.
      activity_regularizer: a function from the outputs to a scalar loss.
      depthwise_constraint, bias_constraint: functions that optimizers apply after each update.
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      ValueError: inputs of another rank, or without a known number of channels.
    """

    _config = """
        kernel_size strides padding data_format dilation_rate activation use_bias bias_initializer bias_regularizer
        activity_regularizer bias_constraint depth_multiplier depthwise_initializer depthwise_regularizer
        depthwise_constraint
    """

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        nothing: Any = None  # the channels of the outputs follow from those of the inputs
        super().__init__(
            nothing,
            kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            activation=activation,
            use_bias=use_bias,
            bias_initializer=bias_initializer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = settings.initializer(depthwise_initializer)
        self.depthwise_regularizer = settings.regularizer(depthwise_regularizer)
        self.depthwise_constraint = settings.constraint(depthwise_constraint)
        self.depthwise_kernel: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes the kernels and the bias."""
        if len(input_shape) < 4:
            raise ValueError("Inputs to `DepthwiseConv2D` should have rank 4. Received input shape:", str(input_shape))
        axis = 1 if self._first else 3
        channels = tf.TensorShape(input_shape)[axis].value
        if channels is None:
            raise ValueError(
                "The channel dimension of the inputs to `DepthwiseConv2D` should be defined. Found `None`."
            )
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self._own_weight("depthwise_kernel", shape, "depthwise")
        if self.use_bias:
            self.bias = self._own_weight("bias", (channels * self.depth_multiplier,), "bias")
        self.input_spec = InputSpec(ndim=4, axes={axis: channels})
        self.built = True

    def _own_weight(self, name: str, shape: Any, kind: str) -> Any:
        return self.add_weight(
            name,
            shape=shape,
            initializer=getattr(self, f"{kind}_initializer"),
            regularizer=getattr(self, f"{kind}_regularizer"),
            constraint=getattr(self, f"{kind}_constraint"),
        )

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        outputs = depthwise_conv2d(
            inputs,
            self.depthwise_kernel,
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
            data_format=self.data_format,
        )
        if self.use_bias:
            outputs = bias_add(outputs, self.bias, data_format=self.data_format)
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        shape = tf.TensorShape(input_shape).as_list()
        channels = shape[1 if self._first else 3]
        filters = None if channels is None else channels * self.depth_multiplier
        space = [
            settings.windows(size, window, self.padding, step)
            for size, window, step in zip(
                shape[2:] if self._first else shape[1:-1], self.kernel_size, self.strides, strict=True
            )
        ]
        return tf.TensorShape([shape[0], filters, *space] if self._first else [shape[0], *space, filters])
