"""Gated recurrent units."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.input_spec import InputSpec
from tangraph_layers.rnn.basic import check_supported_dtype
from tangraph_layers.rnn.cell import LayerRNNCell, activation_name, check_input_dtypes, input_depth


@export("nn.rnn_cell.GRUCell", "contrib.rnn.GRUCell")
class GRUCell(LayerRNNCell):
    """A gated recurrent unit (Cho et al. 2014, arXiv:1406.1078).

    Args:
      num_units: the size of state and output.
      activation: the function of the candidate, or its name; tanh when None.
      reuse: whether to share the variables that are in the scope.
      kernel_initializer: how both kernels start.
      bias_initializer: how both biases start; 1 for the gates and 0 for the candidate when None.
      name: the cell's name.
      dtype: the element type of the variables; the inputs' when None.
      **kwargs: see `tf.layers.Layer`.

    >>> with tf.Graph().as_default():
    ...     cell = tf.nn.rnn_cell.GRUCell(3)
    ...     outputs, state = tf.nn.dynamic_rnn(cell, tf.ones([2, 5, 4]), dtype=tf.float32)
    ...     outputs.shape.as_list(), [v.name for v in cell.weights][:2]
    ([2, 5, 3], ['rnn/gru_cell/gates/kernel:0', 'rnn/gru_cell/gates/bias:0'])
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        check_supported_dtype(self.dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = settings.activation(activation) if activation else tf.tanh
        self._kernel_initializer = settings.initializer(kernel_initializer)
        self._bias_initializer = settings.initializer(bias_initializer)

    @property
    def state_size(self) -> int:
        """The number of units."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Makes the kernels and biases of gates and candidate."""
        depth = input_depth(input_shape) + self._num_units
        check_supported_dtype(self.dtype)
        starts = {
            "gates": tf.constant_initializer(1.0, dtype=self.dtype),
            "candidate": tf.zeros_initializer(dtype=self.dtype),
        }
        made = []
        for part, units in (("gates", 2 * self._num_units), ("candidate", self._num_units)):
            made.append(self.add_weight(f"{part}/kernel", [depth, units], initializer=self._kernel_initializer))
            start = starts[part] if self._bias_initializer is None else self._bias_initializer
            made.append(self.add_weight(f"{part}/bias", [units], initializer=start))
        self._gate_kernel, self._gate_bias, self._candidate_kernel, self._candidate_bias = made
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output, twice."""
        check_input_dtypes([inputs, state])
        gate_inputs = tf.matmul(tf.concat([inputs, state], 1), self._gate_kernel)
        gates = tf.sigmoid(tf.nn.bias_add(gate_inputs, self._gate_bias))
        r, u = tf.split(value=gates, num_or_size_splits=2, axis=1)
        candidate = tf.matmul(tf.concat([inputs, r * state], 1), self._candidate_kernel)
        c = self._activation(tf.nn.bias_add(candidate, self._candidate_bias))
        output = u * state + (1 - u) * c
        return output, output

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the cell."""
        config = {
            "num_units": self._num_units,
            "kernel_initializer": self._kernel_initializer,
            "bias_initializer": self._bias_initializer,
            "activation": activation_name(self._activation),
            "reuse": self._reuse,
        }
        return {**super().get_config(), **config}
