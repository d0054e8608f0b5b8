"""LSTMs with convolutions for products: `ConvLSTMCell` and its kinds."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import RNNCell
from tangraph_layers.rnn.states import LSTMStateTuple

_CONVOLUTIONS = {3: (tf.nn.conv1d, 1), 4: (tf.nn.conv2d, [1] * 4), 5: (tf.nn.conv3d, [1] * 5)}


@export("contrib.rnn.ConvLSTMCell")
class ConvLSTMCell(RNNCell):
    """An LSTM over images, whose gates are convolutions (Shi et al. 2015, arXiv:1506.04214).

    Args:
      conv_ndims: the number of the images' axes, 1 to 3.
      input_shape: their shape with the channels, without the batch.
      output_channels: the number of channels of output and state.
      kernel_shape: the sizes of the kernel.
      use_bias: whether the convolutions have a bias.
      skip_connection: whether the inputs are put out beside the output.
      forget_bias: what is added to the forget gates.
      initializers: not used, as in TensorFlow.
      name: the cell's name.

    Raises:
      ValueError: `input_shape` has another number of axes.
    """

    def __init__(
        self,
        conv_ndims: int,
        input_shape: Any,
        output_channels: int,
        kernel_shape: Any,
        use_bias: bool = True,
        skip_connection: bool = False,
        forget_bias: float = 1.0,
        initializers: Any = None,
        name: Any = "conv_lstm_cell",
    ) -> None:
        super().__init__(name=name)
        del initializers
        if conv_ndims != len(input_shape) - 1:
            raise ValueError(f"Invalid input_shape {input_shape} for conv_ndims={conv_ndims}.")
        self._kernel_shape = list(kernel_shape)
        self._output_channels = output_channels
        self._use_bias = use_bias
        self._forget_bias = forget_bias
        self._skip_connection = skip_connection
        place = list(input_shape[:-1])
        put_out = output_channels + (input_shape[-1] if skip_connection else 0)
        self._output_size = tf.TensorShape([*place, put_out])
        state = tf.TensorShape([*place, output_channels])
        self._state_size = LSTMStateTuple(state, state)

    @property
    def state_size(self) -> Any:
        """The shapes of `c` and `h`."""
        return self._state_size

    @property
    def output_size(self) -> Any:
        """The output's shape."""
        return self._output_size

    def call(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """Returns the output and the new state."""
        del scope
        cell, hidden = state
        mixed = self._convolution([inputs, hidden])
        i, candidate, f, o = tf.split(value=mixed, num_or_size_splits=4, axis=len(self._kernel_shape) + 1)
        new_cell = tf.sigmoid(f + self._forget_bias) * cell
        new_cell = new_cell + tf.sigmoid(i) * tf.tanh(candidate)
        output = tf.tanh(new_cell) * tf.sigmoid(o)
        if self._skip_connection:
            output = tf.concat([output, inputs], axis=-1)
        # As in TensorFlow, where the inputs become part of the state too, which no loop then takes.
        return output, LSTMStateTuple(new_cell, output)

    def _convolution(self, images: list[Any]) -> Any:
        shapes = [image.shape.as_list() for image in images]
        rank = len(shapes[0])
        for shape in shapes:
            if len(shape) not in _CONVOLUTIONS:
                raise ValueError(f"Conv Linear expects 3D, 4D or 5D arguments: {shapes}")
            if len(shape) != rank:
                raise ValueError(f"Conv Linear expects all args to be of same Dimension: {shapes}")
        depth = sum(shape[-1] for shape in shapes)
        dtype, features = images[0].dtype, 4 * self._output_channels
        kernel = tf.get_variable("kernel", [*self._kernel_shape, depth, features], dtype=dtype)
        function, strides = _CONVOLUTIONS[rank]
        result = function(tf.concat(axis=rank - 1, values=images), kernel, strides, padding="SAME")
        if not self._use_bias:
            return result
        start = tf.constant_initializer(0.0, dtype=dtype)
        return result + tf.get_variable("biases", [features], dtype=dtype, initializer=start)


@export("contrib.rnn.Conv1DLSTMCell")
class Conv1DLSTMCell(ConvLSTMCell):
    """A `ConvLSTMCell` over sequences; see there."""

    def __init__(self, name: Any = "conv_1d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=1, name=name, **kwargs)


@export("contrib.rnn.Conv2DLSTMCell")
class Conv2DLSTMCell(ConvLSTMCell):
    """A `ConvLSTMCell` over images; see there."""

    def __init__(self, name: Any = "conv_2d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=2, name=name, **kwargs)


@export("contrib.rnn.Conv3DLSTMCell")
class Conv3DLSTMCell(ConvLSTMCell):
    """A `ConvLSTMCell` over volumes; see there."""

    def __init__(self, name: Any = "conv_3d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=3, name=name, **kwargs)
