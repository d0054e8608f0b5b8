"""Cells with the formulas of cuDNN: `CudnnCompatibleGRUCell`, `CudnnCompatibleLSTMCell`."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.block import LSTMBlockCell
from tangraph_layers.rnn.cell import input_depth
from tangraph_layers.rnn.gru import GRUCell


@export("contrib.cudnn_rnn.CudnnCompatibleGRUCell")
class CudnnCompatibleGRUCell(GRUCell):
    """A GRU that resets after the product with the state, as cuDNN's does.

    Args:
      num_units: the size of state and output.
      reuse: whether to share the variables that are in the scope.
      kernel_initializer: how the kernels start.
    """

    def __init__(self, num_units: int, reuse: Any = None, kernel_initializer: Any = None) -> None:
        super().__init__(num_units, activation=None, reuse=reuse, kernel_initializer=kernel_initializer)

    def build(self, inputs_shape: Any) -> None:
        """Makes kernels and biases: the candidate has two of each, for inputs and state."""
        depth, units = input_depth(inputs_shape), self._num_units
        gates = tf.constant_initializer(1.0, dtype=self.dtype) if self._bias_initializer is None else None
        zeros = tf.zeros_initializer(dtype=self.dtype) if self._bias_initializer is None else None
        start = self._kernel_initializer
        self._gate_kernel = self.add_weight("gates/kernel", [depth + units, 2 * units], initializer=start)
        self._gate_bias = self.add_weight("gates/bias", [2 * units], initializer=gates or self._bias_initializer)
        sides = {"input": depth, "hidden": units}
        self._kernels = [
            self.add_weight(f"candidate/{side}_projection/kernel", [size, units], initializer=start)
            for side, size in sides.items()
        ]
        self._biases = [
            self.add_weight(f"candidate/{side}_projection/bias", [units], initializer=zeros or self._bias_initializer)
            for side in sides
        ]
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output, twice."""
        mixed = tf.matmul(tf.concat([inputs, state], 1), self._gate_kernel)
        gates = tf.sigmoid(tf.nn.bias_add(mixed, self._gate_bias))
        r, u = tf.split(value=gates, num_or_size_splits=2, axis=1)
        of_inputs, of_state = [
            tf.nn.bias_add(tf.matmul(value, kernel), bias)
            for value, kernel, bias in zip((inputs, state), self._kernels, self._biases, strict=True)
        ]
        candidate = self._activation(of_inputs + r * of_state)
        output = (1 - u) * candidate + u * state
        return output, output


@export("contrib.cudnn_rnn.CudnnCompatibleLSTMCell")
class CudnnCompatibleLSTMCell(LSTMBlockCell):
    """An `LSTMBlockCell` without forget bias, as cuDNN's LSTM.

    Args:
      num_units: the sizes of output, `c` and `h`.
      reuse: whether to share the variables that are in the scope.
    """

    def __init__(self, num_units: int, reuse: Any = None) -> None:
        super().__init__(
            num_units,
            forget_bias=0,
            cell_clip=None,
            use_peephole=False,
            reuse=reuse,
            name="cudnn_compatible_lstm_cell",
        )
