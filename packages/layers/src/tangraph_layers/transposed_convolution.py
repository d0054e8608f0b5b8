"""Transposed convolutions as layers."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.calling import apply_new
from tangraph_layers.convolution import Conv
from tangraph_layers.input_spec import InputSpec


class _Transposed(Conv):
    """Applies the transpose of a convolution: what goes from its outputs back to its inputs.

    Args:
      filters: the number of channels of the outputs.
      kernel_size: one number, or one a dimension of space.
      strides: how many outputs there are for an input, in the same forms.
      padding: "valid" or "same".
      data_format, activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint, trainable, name: see `tf.layers.Conv2D`.
      **kwargs: see `tf.layers.Layer`; `output_padding`, how much to add to the size of the outputs; `dilation_rate`.
    """

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
        added = kwargs.pop("output_padding", None)
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            kwargs.pop("dilation_rate", 1),
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            trainable,
            name,
            **kwargs,
        )
        self.output_padding = None if added is None else settings.sizes(added, self.rank, "output_padding")
        if self.output_padding is not None and any(
            pad >= step for step, pad in zip(self.strides, self.output_padding, strict=True)
        ):
            raise ValueError(f"Stride {self.strides} must be greater than output padding {self.output_padding}")

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias."""
        shape = tf.TensorShape(input_shape)
        if len(shape) != self.rank + 2:
            raise ValueError(f"Inputs should have rank {self.rank + 2}. Received input shape: {shape}")
        axis = 1 if self._first else -1
        if shape[axis].value is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        channels = int(shape[axis])
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        self.kernel = self._add("kernel", (*self.kernel_size, self.filters, channels), "kernel")
        self._add_bias()
        self.built = True

    def _spread(self, sizes: Any) -> list[Any]:
        """Returns the sizes of space of the outputs for those of the inputs."""
        rates = self.dilation_rate if self.rank == 2 else (1,) * self.rank
        added = self.output_padding or (None,) * self.rank
        return [
            settings.spread(size, kernel, self.padding, step, add, rate)
            for size, kernel, step, add, rate in zip(sizes, self.kernel_size, self.strides, added, rates, strict=True)
        ]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        shape = tf.TensorShape(input_shape).as_list()
        space = self._spread(shape[2:] if self._first else shape[1:-1])
        return tf.TensorShape([shape[0], self.filters, *space] if self._first else [shape[0], *space, self.filters])

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        sizes = tf.shape(inputs)
        batch = sizes[0]
        first = 2 if self._first else 1
        space = self._spread([sizes[first + i] for i in range(self.rank)])
        whole = [batch, self.filters, *space] if self._first else [batch, *space, self.filters]
        outputs = self._transpose(inputs, tf.stack(whole))
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        if self.use_bias:
            layout = settings.letters(self.data_format, 4)
            outputs = tf.nn.bias_add(outputs, self.bias, data_format=layout)
        return self.activation(outputs)

    def _transpose(self, inputs: Any, shape: Any) -> Any:
        steps = (1, 1, *self.strides) if self._first else (1, *self.strides, 1)
        layout = settings.letters(self.data_format, 5)
        return tf.nn.conv3d_transpose(
            inputs, self.kernel, shape, steps, data_format=layout, padding=self.padding.upper()
        )


@export("layers.Conv2DTranspose")
class Conv2DTranspose(_Transposed):
    """The transpose of a convolution of images; the arguments are those of `tf.layers.conv2d_transpose`."""

    rank = 2

    def _transpose(self, inputs: Any, shape: Any) -> Any:
        # The CPU knows no "NCHW" here: channels are moved to the end and back.
        if self._first:
            inputs = tf.transpose(inputs, (0, 2, 3, 1))
            shape = tf.stack([shape[0], shape[2], shape[3], shape[1]])
        else:
            # TensorFlow takes a look at the first number, and the nodes for that count for seeds.
            _ = shape[0]
        padding = self.padding.upper()
        if self.dilation_rate == (1, 1):
            steps = (1, *self.strides, 1)
            outputs = tf.nn.conv2d_transpose(inputs, self.kernel, shape, steps, padding=padding, data_format="NHWC")
        else:
            outputs = tf.nn.atrous_conv2d_transpose(
                inputs, self.kernel, shape, rate=self.dilation_rate[0], padding=padding
            )
        return tf.transpose(outputs, (0, 3, 1, 2)) if self._first else outputs


@export("layers.Conv3DTranspose")
class Conv3DTranspose(_Transposed):
    """The transpose of a convolution of volumes; the arguments are those of `tf.layers.conv2d_transpose`."""

    rank = 3


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
