"""The cell that neural architecture search found."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.input_spec import InputSpec
from tangraph_layers.rnn.cell import LayerRNNCell
from tangraph_layers.rnn.states import LSTMStateTuple


@export("contrib.rnn.NASCell")
class NASCell(LayerRNNCell):
    """The recurrent cell of Zoph and Le 2016 (arXiv:1611.01578).

    Args:
      num_units: the size of `c`.
      num_proj: the size of `h` and of the output, which are projected to it; None for no projection.
      use_bias: whether there is a bias.
      reuse: whether to share the variables that are in the scope.
      **kwargs: see `tf.layers.Layer`.

    Raises:
      ValueError: the last axis of the inputs has no known size.
    """

    def __init__(
        self, num_units: int, num_proj: int | None = None, use_bias: bool = False, reuse: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(_reuse=reuse, **kwargs)
        self._num_units = num_units
        self._num_proj = num_proj
        self._use_bias = use_bias
        self.input_spec = InputSpec(ndim=2)

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`."""
        return LSTMStateTuple(self._num_units, self.output_size)

    @property
    def output_size(self) -> int:
        """The number of units, or the size of the projection."""
        return self._num_units if self._num_proj is None else self._num_proj

    def build(self, inputs_shape: Any) -> None:
        """Makes the kernels of state and inputs, the bias and the projection."""
        depth = tf.TensorShape(inputs_shape)[-1].value
        if depth is None:
            raise ValueError("Could not infer input size from inputs.get_shape()[-1]")
        self._recurrent_kernel = self.add_weight("recurrent_kernel", shape=[self.output_size, 8 * self._num_units])
        self._kernel = self.add_weight("kernel", shape=[depth, 8 * self._num_units])
        if self._use_bias:
            self._bias = self.add_weight(
                "bias", shape=[8 * self._num_units], initializer=tf.zeros_initializer(dtype=self.dtype)
            )
        if self._num_proj is not None:
            self._projection_weights = self.add_weight("projection_weights", [self._num_units, self._num_proj])
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output and the new state."""
        c_prev, m_prev = state
        from_state = tf.matmul(m_prev, self._recurrent_kernel)
        from_inputs = tf.matmul(inputs, self._kernel)
        if self._use_bias:
            from_state = tf.nn.bias_add(from_state, self._bias)
        m = tf.split(axis=1, num_or_size_splits=8, value=from_state)
        x = tf.split(axis=1, num_or_size_splits=8, value=from_inputs)
        first = [
            tf.sigmoid(x[0] + m[0]),
            tf.nn.relu(x[1] + m[1]),
            tf.sigmoid(x[2] + m[2]),
            tf.nn.relu(x[3] * m[3]),
            tf.tanh(x[4] + m[4]),
            tf.sigmoid(x[5] + m[5]),
            tf.tanh(x[6] + m[6]),
            tf.sigmoid(x[7] + m[7]),
        ]
        second = [
            tf.tanh(first[0] * first[1]),
            tf.tanh(first[2] + first[3]),
            tf.tanh(first[4] * first[5]),
            tf.sigmoid(first[6] + first[7]),
        ]
        new_c = tf.tanh(second[0] + c_prev) * second[1]
        new_m = tf.tanh(new_c * tf.tanh(second[2] + second[3]))
        if self._num_proj is not None:
            new_m = tf.matmul(new_m, self._projection_weights)
        return new_m, LSTMStateTuple(new_c, new_m)
