"""Cells with one matrix: `BasicRNNCell`."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.input_spec import InputSpec
from tangraph_layers.rnn.cell import LayerRNNCell, activation_name, check_input_dtypes, input_depth


@export("nn.rnn_cell.BasicRNNCell", "contrib.rnn.BasicRNNCell")
class BasicRNNCell(LayerRNNCell):
    """output = new state = activation([inputs, state] · kernel + bias).

    Args:
      num_units: the size of state and output.
      activation: a function, or its name; tanh when None.
      reuse: whether to share the variables that are in the scope.
      name: the cell's name.
      dtype: the element type of the variables; the inputs' when None.
      **kwargs: see `tf.layers.Layer`.

    >>> with tf.Graph().as_default():
    ...     cell = tf.nn.rnn_cell.BasicRNNCell(3)
    ...     cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))[0]
    <tf.Tensor 'basic_rnn_cell/Tanh:0' shape=(2, 3) dtype=float32>
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        name: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        check_supported_dtype(self.dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = settings.activation(activation) if activation else tf.tanh

    @property
    def state_size(self) -> int:
        """The number of units."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias."""
        depth = input_depth(input_shape)
        check_supported_dtype(self.dtype)
        self._kernel = self.add_weight("kernel", shape=[depth + self._num_units, self._num_units])
        self._bias = self.add_weight(
            "bias", shape=[self._num_units], initializer=tf.zeros_initializer(dtype=self.dtype)
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output, twice."""
        check_input_dtypes([inputs, state])
        gate_inputs = tf.nn.bias_add(tf.matmul(tf.concat([inputs, state], 1), self._kernel), self._bias)
        output = self._activation(gate_inputs)
        return output, output

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the cell."""
        config = {
            "num_units": self._num_units,
            "activation": activation_name(self._activation),
            "reuse": self._reuse,
        }
        return {**super().get_config(), **config}


def check_supported_dtype(dtype: Any) -> None:
    """Raises ValueError for a type that cells do not compute with."""
    if dtype is not None:
        dtype = tf.as_dtype(dtype)
        if not (dtype.is_floating or dtype.is_complex):
            raise ValueError(f"RNN cell only supports floating point inputs, but saw dtype: {dtype}")
