"""Long short-term memory whose products are convolutions of images."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras import activations
from tangraph_keras.backend.convolution import conv2d
from tangraph_keras.backend.pooling import bias_add
from tangraph_keras.layers.recurrent.base import CellRNN, of_cell
from tangraph_keras.layers.recurrent.cell import StandardCell, options_of, with_unit_forget_bias
from tangraph_layers import settings
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.node import int_shape
from tangraph_layers.input_spec import InputSpec

_SHAPE = ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate")


class ConvLSTM2DCell(StandardCell):
    """The cell of `ConvLSTM2D`, whose arguments it has (Shi et al., 2015)."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(activation, use_bias, options_of(locals()), dropout, recurrent_dropout, **kwargs)
        self.filters = filters
        self.kernel_size = settings.sizes(kernel_size, 2, "kernel_size")
        self.strides = settings.sizes(strides, 2, "strides")
        self.padding = settings.padding(padding)
        self.data_format = settings.data_format(data_format)
        self.dilation_rate = settings.sizes(dilation_rate, 2, "dilation_rate")
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.state_size = (filters, filters)

    def build(self, input_shape: Any) -> None:
        """Makes the weights."""
        size = tf.TensorShape(input_shape)[1 if self.data_format == "channels_first" else -1].value
        if size is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        self.kernel_shape = (*self.kernel_size, size, self.filters * 4)
        self.kernel = self._weight("kernel", self.kernel_shape, "kernel")
        shape = (*self.kernel_size, self.filters, self.filters * 4)
        self.recurrent_kernel = self._weight("recurrent_kernel", shape, "recurrent")
        if self.use_bias:
            initializer = self.bias_initializer  # type: ignore[attr-defined]
            if self.unit_forget_bias:
                initializer = with_unit_forget_bias(initializer, self.filters)
            self.bias = self._weight("bias", (self.filters * 4,), "bias", initializer)
        self.built = True

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """Returns the output and the new states: the output and the memory."""
        before, memory = states[0], states[1]
        mask = self.get_dropout_mask_for_cell(inputs, training, count=4)
        recurrent_mask = self.get_recurrent_dropout_mask_for_cell(before, training, count=4)
        given = [inputs * one for one in mask] if 0 < self.dropout < 1.0 else [inputs] * 4
        dropped = 0 < self.recurrent_dropout < 1.0
        outputs = [before * one for one in recurrent_mask] if dropped else [before] * 4
        kernels = tf.split(self.kernel, 4, axis=3)
        recurrent_kernels = tf.split(self.recurrent_kernel, 4, axis=3)
        biases = tf.split(self.bias, 4) if self.use_bias else [None] * 4
        x = [
            self.input_conv(one, kernel, bias, padding=self.padding)
            for one, kernel, bias in zip(given, kernels, biases, strict=True)
        ]
        h = [self.recurrent_conv(one, kernel) for one, kernel in zip(outputs, recurrent_kernels, strict=True)]
        i = self.recurrent_activation(x[0] + h[0])
        f = self.recurrent_activation(x[1] + h[1])
        c = f * memory + i * self.activation(x[2] + h[2])
        o = self.recurrent_activation(x[3] + h[3])
        output = o * self.activation(c)
        return output, [output, c]

    def input_conv(self, x: Any, w: Any, b: Any = None, padding: str = "valid") -> Any:
        """Returns a convolution with strides, as of the inputs."""
        found = conv2d(
            x,
            w,
            strides=self.strides,
            padding=padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )
        return found if b is None else bias_add(found, b, data_format=self.data_format)

    def recurrent_conv(self, x: Any, w: Any) -> Any:
        """Returns a convolution that keeps the size, as of the output before."""
        return conv2d(x, w, strides=(1, 1), padding="same", data_format=self.data_format)

    def _own_config(self) -> dict[str, Any]:
        return {**{name: getattr(self, name) for name in _SHAPE}, **self._settings_config()}


@export("keras.layers.ConvLSTM2D")
class ConvLSTM2D(CellRNN):
    """Long short-term memory of sequences of images (Shi et al., 2015): its products are convolutions.

    Args:
      filters: the number of channels of the output.
      kernel_size: the height and width of the kernels, or one number for both.
      strides: the steps of the windows of the inputs, in the same forms.
      padding: "valid" or "same"; for the inputs, since states keep their size.
      data_format: "channels_last" or "channels_first"; the setting's when None.
      dilation_rate: the steps within windows.
      return_sequences, go_backwards, stateful, **kwargs: see `RNN`.
      activity_regularizer: a function from the outputs to a scalar loss.
      activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer,
        unit_forget_bias, kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint,
        recurrent_constraint, bias_constraint, dropout, recurrent_dropout: see `LSTMCell`.

    Raises:
      TypeError: the steps are to be unrolled.

    >>> with tf.Graph().as_default():
    ...     tf.keras.layers.ConvLSTM2D(3, 2)(tf.ones([2, 5, 8, 8, 1])).shape.as_list()
    [2, 7, 7, 3]
    """

    filters = of_cell("filters")
    kernel_size = of_cell("kernel_size")
    strides = of_cell("strides")
    padding = of_cell("padding")
    data_format = of_cell("data_format")
    dilation_rate = of_cell("dilation_rate")
    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        return_sequences: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        cell = ConvLSTM2DCell(
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            unit_forget_bias=unit_forget_bias,
            **options_of(locals()),
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            dtype=kwargs.get("dtype"),
        )
        if kwargs.get("unroll"):
            raise TypeError("Unrolling isn't possible with convolutional RNNs.")
        super().__init__(
            cell,
            activity_regularizer,
            return_sequences=return_sequences,
            go_backwards=go_backwards,
            stateful=stateful,
            **kwargs,
        )
        self.input_spec = [InputSpec(ndim=5)]

    @property
    def _first(self) -> bool:
        return bool(self.data_format == "channels_first")

    def _space(self, shape: list[int | None]) -> list[int | None]:
        """Returns the shape of an output of one step, without the batch, from that of sequences."""
        sizes = shape[3:5] if self._first else shape[2:4]
        of_axes = zip(sizes, self.kernel_size, [self.padding] * 2, self.strides, self.dilation_rate, strict=True)
        space = [settings.windows(*one) for one in of_axes]
        return [self.filters, *space] if self._first else [*space, self.filters]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the output, or a list of it and the shapes of the states."""
        shape = tf.TensorShape(input_shape[0] if isinstance(input_shape, list) else input_shape).as_list()
        state = tf.TensorShape([shape[0], *self._space(shape)])
        found = tf.TensorShape([*shape[:2], *self._space(shape)]) if self.return_sequences else state
        return [found, state, state] if self.return_state else found

    def build(self, input_shape: Any) -> None:
        """Has the cell make its variables."""
        shape = tf.TensorShape(input_shape[0] if isinstance(input_shape, list) else input_shape).as_list()
        self.input_spec[0] = InputSpec(shape=(shape[0] if self.stateful else None, None, *shape[2:5]))
        if isinstance(self.cell, Layer):
            self.cell.build((shape[0], *shape[2:]))
        sizes = list(self.cell.state_size)
        if self.state_spec is None:
            whole = [(None, size, None, None) if self._first else (None, None, None, size) for size in sizes]
            self.state_spec = [InputSpec(shape=one) for one in whole]
        elif [spec.shape[1 if self._first else 3] for spec in self.state_spec] != sizes:
            raise ValueError(
                "An initial_state was passed that is not compatible with `cell.state_size`. Received `state_spec`="
                f"{[spec.shape for spec in self.state_spec]}; However `cell.state_size` is {self.cell.state_size}"
            )
        if self.stateful:
            self.reset_states()
        self.built = True

    def get_initial_state(self, inputs: Any) -> Any:
        """Returns states of zeros, of the size that a convolution of the inputs has."""
        zeros = tf.reduce_sum(tf.zeros_like(inputs), axis=1)
        shape = (*self.cell.kernel_shape[:-1], self.filters)
        state = self.cell.input_conv(zeros, tf.zeros(shape), padding=self.padding)
        return [state] * len(self.cell.state_size)

    def _most_steps(self, inputs: Any) -> int | None:
        steps: int | None = int_shape(inputs)[1]
        return steps

    def _state_shapes(self) -> list[list[int]]:
        shape = list(self.input_spec[0].shape)
        state: list[Any] = [shape[0], *self._space(shape)]
        if None in state:
            raise ValueError(
                "If a RNN is stateful, it needs to know its batch size. Specify the batch size of your input tensors: \n"
                "- If using a Sequential model, specify the batch size by passing a `batch_input_shape` argument to your "
                "first layer.\n- If using the functional API, specify the time dimension by passing a `batch_shape` "
                "argument to your Input layer.\nThe same thing goes for the number of rows and columns."
            )
        return [state] * len(self.cell.state_size)

    def _expected(self, shape: list[int], state: Any) -> Any:
        del state
        channels = 1 if self._first else 3
        return tuple(size if axis == channels else tf.Dimension(size) for axis, size in enumerate(shape))
