"""Convolutional layers."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.engine.layer import Layer
from tangraph_layers.input_spec import InputSpec


class Windowed(Layer):
    """What layers of kernels that move over space share: sizes, and the kernel's and bias's settings.

    Args:
      **options: those of :class:`Conv`, and those of `tf.keras.layers.Layer`.
    """

    rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: Any = True,
        bias_initializer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(activity_regularizer=settings.regularizer(activity_regularizer), **options)
        self.filters = filters
        self.kernel_size = settings.sizes(kernel_size, self.rank, "kernel_size")
        self.strides = settings.sizes(strides, self.rank, "strides")
        self.padding = settings.padding(padding)
        if self.padding == "causal" and self.rank != 1:
            raise ValueError("Causal padding is only supported for `Conv1D`and ``SeparableConv1D`.")
        self.data_format = settings.data_format(data_format)
        self.dilation_rate = settings.sizes(dilation_rate, self.rank, "dilation_rate")
        self.activation = settings.activation(activation)
        self.use_bias = use_bias
        self.bias_initializer = settings.initializer(bias_initializer)
        self.bias_regularizer = settings.regularizer(bias_regularizer)
        self.bias_constraint = settings.constraint(bias_constraint)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.bias: Any = None

    @property
    def _first(self) -> bool:
        """Whether channels come before space."""
        return self.data_format == "channels_first"

    def _channels(self, input_shape: Any) -> int:
        """Returns the number of channels of the inputs, and demands it of later inputs."""
        axis = 1 if self._first else -1
        size = tf.TensorShape(input_shape)[axis].value
        if size is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: size})
        return int(size)

    def _add(self, name: str, shape: Any, kind: str) -> Any:
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=getattr(self, f"{kind}_initializer"),
            regularizer=getattr(self, f"{kind}_regularizer"),
            constraint=getattr(self, f"{kind}_constraint"),
            dtype=self.dtype,
        )

    def _add_bias(self) -> None:
        self.bias = self._add("bias", (self.filters,), "bias") if self.use_bias else None

    def _padded(self, inputs: Any) -> Any:
        """Returns the inputs with zeros before them, so that no output sees what comes after its place."""
        if self.padding != "causal":
            return inputs
        left = [self.dilation_rate[0] * (self.kernel_size[0] - 1), 0]
        return tf.pad(inputs, [[0, 0], [0, 0], left] if self._first else [[0, 0], left, [0, 0]])

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        shape = tf.TensorShape(input_shape).as_list()
        space = [
            settings.windows(*of_axis)
            for of_axis in zip(
                shape[2:] if self._first else shape[1:-1],
                self.kernel_size,
                [self.padding] * self.rank,
                self.strides,
                self.dilation_rate,
                strict=True,
            )
        ]
        return tf.TensorShape([shape[0], self.filters, *space] if self._first else [shape[0], *space, self.filters])

    _config = """
        filters kernel_size strides padding data_format dilation_rate activation use_bias kernel_initializer
        bias_initializer kernel_regularizer bias_regularizer activity_regularizer kernel_constraint bias_constraint
    """

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), **settings.config_of(self, self._config)}


class Conv(Windowed):
    """Convolves the inputs with a kernel and adds a bias.

    Args:
      filters: the number of channels of the outputs.
      kernel_size: one number, or one a dimension of space.
      strides: the steps of the kernel, in the same forms.
      padding: "valid" for windows that lie in the inputs, "same" for as many outputs as inputs (at strides of 1), and in
        one dimension "causal", where no output depends on later inputs.
      data_format: "channels_last", [batch, *space, channels], or "channels_first", [batch, channels, *space].
      dilation_rate: the distance of neighbouring elements of the kernel, in the forms of `kernel_size`; not together
        with strides above 1.
      activation: a function of the outputs, or its name; None for none.
      use_bias: whether there is a bias.
      kernel_initializer: how the kernel starts; see `tf.get_variable`.
      bias_initializer: how the bias starts.
      kernel_regularizer: a function from the kernel to a scalar loss.
      bias_regularizer: a function from the bias to a scalar loss.
      activity_regularizer: a function from the outputs to a scalar loss.
      kernel_constraint: a function that optimizers apply to the kernel after each update.
      bias_constraint: the same for the bias.
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      ValueError: the inputs have another rank or no known number of channels; arguments that cannot be used.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
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
        self.kernel_initializer = settings.initializer(kernel_initializer)
        self.kernel_regularizer = settings.regularizer(kernel_regularizer)
        self.kernel_constraint = settings.constraint(kernel_constraint)
        self.kernel: Any = None
        self._rate: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias."""
        from tangraph.ops.nn.convolution import strides_and_rates

        channels = self._channels(input_shape)
        self.kernel = self._add("kernel", (*self.kernel_size, channels, self.filters), "kernel")
        self._add_bias()
        _, rates = strides_and_rates(self.rank, self.strides, self.dilation_rate)
        self._rate = tf.convert_to_tensor(rates, tf.int32, name="dilation_rate")
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        outputs = self._convolve(self._padded(inputs))
        if self.use_bias:
            if self._first and self.rank == 1:
                outputs += tf.reshape(self.bias, (1, self.filters, 1))
            else:
                layout = "NCHW" if self._first else "NHWC"
                outputs = tf.nn.bias_add(outputs, self.bias, data_format=layout)
        return self.activation(outputs)

    def _convolve(self, inputs: Any) -> Any:
        layout = settings.letters(self.data_format, self.rank + 2)
        padding = "valid" if self.padding == "causal" else self.padding
        padding = padding if isinstance(padding, list | tuple) else padding.upper()

        def plain(x: Any, _: int, pad: Any) -> Any:
            if self.rank == 1:
                return tf.nn.conv1d(x, self.kernel, self.strides[0], pad, data_format=layout)
            steps = [1, 1, *self.strides] if self._first else [1, *self.strides, 1]
            convolve = tf.nn.conv2d if self.rank == 2 else tf.nn.conv3d
            return convolve(x, self.kernel, strides=steps, padding=pad, data_format=layout)

        if all(rate == 1 for rate in self.dilation_rate):
            return plain(inputs, self.rank, padding)
        first = 2 if self._first else 1
        return tf.nn.with_space_to_batch(
            inputs,
            self._rate,
            padding,
            plain,
            filter_shape=self.kernel.shape,
            spatial_dims=range(first, first + self.rank),
            data_format=layout,
        )


@export("keras.layers.Conv1D", "keras.layers.Convolution1D")
class Conv1D(Conv):
    """Convolves lines, of 1 dimension, with a kernel; the arguments are those of `Conv2D`."""

    rank = 1

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = "channels_last",
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(filters, kernel_size, strides, padding, data_format, *args, **kwargs)


@export("keras.layers.Conv2D", "keras.layers.Convolution2D")
class Conv2D(Conv):
    """Convolves images, of 2 dimensions, with a kernel; the arguments are those of `Conv2D`."""

    rank = 2


@export("keras.layers.Conv3D", "keras.layers.Convolution3D")
class Conv3D(Conv):
    """Convolves volumes, of 3 dimensions, with a kernel; the arguments are those of `Conv2D`."""

    rank = 3
