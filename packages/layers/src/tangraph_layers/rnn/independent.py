"""Cells whose units see of the state only their own part: `IndRNNCell`, `IndyGRUCell`, `IndyLSTMCell`."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.input_spec import InputSpec
from tangraph_layers.rnn.cell import LayerRNNCell, input_depth
from tangraph_layers.rnn.states import LSTMStateTuple


class _IndependentCell(LayerRNNCell):
    """What the three share: inputs times a matrix plus state times a row."""

    def __init__(self, num_units: int, activation: Any, reuse: Any, name: Any, dtype: Any) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation or tf.tanh

    @property
    def state_size(self) -> Any:
        """The number of units."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def _mixed(self, inputs: Any, state: Any, matrix: Any, row: Any, bias: Any) -> Any:
        return tf.nn.bias_add(tf.matmul(inputs, matrix) + state * row, bias)


@export("contrib.rnn.IndRNNCell")
class IndRNNCell(_IndependentCell):
    """output = new state = activation(inputs · W + state * u + b) (Li et al. 2018, arXiv:1803.04831).

    Args:
      num_units: the size of state and output.
      activation: a function; tanh when None.
      reuse: whether to share the variables that are in the scope.
      name: the cell's name.
      dtype: the element type of the variables; the inputs' when None.
    """

    def __init__(
        self, num_units: int, activation: Any = None, reuse: Any = None, name: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype)

    def build(self, inputs_shape: Any) -> None:
        """Makes the matrix, the row and the bias."""
        depth, units = input_depth(inputs_shape), self._num_units
        self._kernel_w = self.add_weight("kernel_w", shape=[depth, units])
        row = tf.random_uniform_initializer(minval=-1, maxval=1, dtype=self.dtype)
        self._kernel_u = self.add_weight("kernel_u", shape=[1, units], initializer=row)
        self._bias = self.add_weight("bias", shape=[units], initializer=tf.zeros_initializer(dtype=self.dtype))
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output, twice."""
        output = self._activation(self._mixed(inputs, state, self._kernel_w, self._kernel_u, self._bias))
        return output, output


@export("contrib.rnn.IndyGRUCell")
class IndyGRUCell(_IndependentCell):
    """A gated recurrent unit with independent states.

    Args:
      num_units: the size of state and output.
      activation: the function of the candidate; tanh when None.
      reuse: whether to share the variables that are in the scope.
      kernel_initializer: how the matrices start.
      bias_initializer: how the biases start; 1 for the gates and 0 for the candidate when None.
      name: the cell's name.
      dtype: the element type of the variables; the inputs' when None.
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
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype)
        self._start, self._bias_start = kernel_initializer, bias_initializer

    def build(self, inputs_shape: Any) -> None:
        """Makes matrices, rows and biases of gates and candidate."""
        depth, units = input_depth(inputs_shape), self._num_units
        bound = tf.random_uniform_initializer(minval=-1, maxval=1, dtype=self.dtype)
        biases = {
            "gates": tf.constant_initializer(1.0, dtype=self.dtype),
            "candidate": tf.zeros_initializer(dtype=self.dtype),
        }
        self._parts = {}
        for part, matrix, width in (("gates", "kernel_w", 2 * units), ("candidate", "kernel", units)):
            start = biases[part] if self._bias_start is None else self._bias_start
            self._parts[part] = (
                self.add_weight(f"{part}/{matrix}", shape=[depth, width], initializer=self._start),
                self.add_weight(f"{part}/kernel_u", shape=[1, width], initializer=bound),
                self.add_weight(f"{part}/bias", shape=[width], initializer=start),
            )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output, twice."""
        matrix, row, bias = self._parts["gates"]
        product = tf.matmul(inputs, matrix)
        gates = tf.sigmoid(tf.nn.bias_add(product + tf.tile(state, [1, 2]) * row, bias))
        r, u = tf.split(value=gates, num_or_size_splits=2, axis=1)
        kept = r * state
        candidate = self._activation(self._mixed(inputs, kept, *self._parts["candidate"]))
        output = u * state + (1 - u) * candidate
        return output, output


@export("contrib.rnn.IndyLSTMCell")
class IndyLSTMCell(_IndependentCell):
    """An LSTM with independent states.

    Args:
      num_units: the sizes of output, `c` and `h`.
      forget_bias: what is added to the forget gates.
      activation, reuse, kernel_initializer, bias_initializer, name, dtype: see `IndyGRUCell`.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        activation: Any = None,
        reuse: Any = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype)
        self._forget_bias = forget_bias
        self._start, self._bias_start = kernel_initializer, bias_initializer

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`."""
        return LSTMStateTuple(self._num_units, self._num_units)

    def build(self, inputs_shape: Any) -> None:
        """Makes the matrix, the row and the bias."""
        depth, units = input_depth(inputs_shape), self._num_units
        row = tf.random_uniform_initializer(minval=-1, maxval=1, dtype=self.dtype)
        bias = tf.zeros_initializer(dtype=self.dtype) if self._bias_start is None else self._bias_start
        self._kernel_w = self.add_weight("kernel_w", shape=[depth, 4 * units], initializer=self._start)
        self._kernel_u = self.add_weight("kernel_u", shape=[1, 4 * units], initializer=row)
        self._bias = self.add_weight("bias", shape=[4 * units], initializer=bias)
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output and the new state."""
        axis = tf.constant(1, dtype=tf.int32)
        c, h = state
        product = tf.matmul(inputs, self._kernel_w)
        gates = tf.nn.bias_add(product + tf.tile(h, [1, 4]) * self._kernel_u, self._bias)
        i, j, f, o = tf.split(value=gates, num_or_size_splits=4, axis=axis)
        bias = tf.constant(self._forget_bias, dtype=f.dtype)
        kept = tf.multiply(c, tf.sigmoid(tf.add(f, bias)))
        new_c = tf.add(kept, tf.multiply(tf.sigmoid(i), self._activation(j)))
        new_h = tf.multiply(self._activation(new_c), tf.sigmoid(o))
        return new_h, LSTMStateTuple(new_c, new_h)


@export("contrib.rnn.SRUCell")
class SRUCell(LayerRNNCell):
    """A simple recurrent unit, whose one product does not wait for the state (Lei et al. 2017, arXiv:1709.02755).

    Args:
      num_units: the size of state and output.
      activation: a function, or its name; tanh when None.
      reuse: whether to share the variables that are in the scope.
      name: the cell's name.
      **kwargs: see `tf.layers.Layer`.
    """

    def __init__(
        self, num_units: int, activation: Any = None, reuse: Any = None, name: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(_reuse=reuse, name=name, **kwargs)
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

    def build(self, inputs_shape: Any) -> None:
        """Makes kernel and bias."""
        depth, units = input_depth(inputs_shape), self._num_units
        self._kernel = self.add_weight("kernel", shape=[depth, 4 * units])
        zeros = tf.zeros_initializer(dtype=self.dtype)
        self._bias = self.add_weight("bias", shape=[2 * units], initializer=zeros)
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output and the new state."""
        product = tf.matmul(inputs, self._kernel)
        candidate, f, r, bypass = tf.split(value=product, num_or_size_splits=4, axis=1)
        gates = tf.sigmoid(tf.nn.bias_add(tf.concat([f, r], 1), self._bias))
        f, r = tf.split(value=gates, num_or_size_splits=2, axis=1)
        c = f * state + (1.0 - f) * candidate
        h = r * self._activation(c) + (1.0 - r) * bypass
        return h, c
