"""Transposed convolutions as layers."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.input_spec import InputSpec
from tangraph_layers.keras.convolution import Conv, Conv2D, Conv3D


class _Transposed(Conv):
    """Applies the transpose of a convolution: what goes from its outputs back to its inputs.

    Args:
      filters: the number of channels of the outputs.
      kernel_size: one number, or one a dimension of space.
      strides: how many outputs there are for an input, in the same forms.
      padding: "valid" or "same".
      output_padding: how much to add to the size of the outputs; what the inputs leave open when None.
      *args: those of `Conv2D`, from `data_format` on.
      **kwargs: those of `Conv2D`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        output_padding: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(filters, kernel_size, strides, padding, *args, **kwargs)
        self.output_padding = (
            None if output_padding is None else settings.sizes(output_padding, self.rank, "output_padding")
        )
        if self.output_padding is not None and any(
            pad >= step for step, pad in zip(self.strides, self.output_padding, strict=True)
        ):
            raise ValueError(f"Stride {self.strides} must be greater than output padding {self.output_padding}")

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "output_padding": self.output_padding}

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


@export("keras.layers.Conv2DTranspose", "keras.layers.Convolution2DTranspose")
class Conv2DTranspose(_Transposed, Conv2D):
    """The transpose of a convolution of images; the arguments are those of `Conv2D`, with `output_padding` after `padding`."""

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


@export("keras.layers.Conv3DTranspose", "keras.layers.Convolution3DTranspose")
class Conv3DTranspose(_Transposed, Conv3D):
    """The transpose of a convolution of volumes; the arguments are those of `Conv3D`, with `output_padding` after `padding`."""

    rank = 3

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("dilation_rate", 1)
        names = ["activation", "use_bias", "kernel_initializer", "bias_initializer", "kernel_regularizer"]
        names += ["bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint"]
        given = dict(zip(names, args, strict=False))
        super().__init__(filters, kernel_size, strides, padding, output_padding, data_format, **given, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        config = super().get_config()
        del config["dilation_rate"]
        return config
