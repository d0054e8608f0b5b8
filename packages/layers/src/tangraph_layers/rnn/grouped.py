"""An LSTM of several small ones side by side."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import RNNCell
from tangraph_layers.rnn.linear import Linear
from tangraph_layers.rnn.states import LSTMStateTuple


@export("contrib.rnn.GLSTMCell")
class GLSTMCell(RNNCell):
    """An LSTM for each of several groups of inputs and units (Kuchaiev and Ginsburg 2017, arXiv:1703.10722).

    Args:
      num_units: the size of `c`.
      initializer: how the kernels start.
      num_proj: the size of the output, when it is a linear map of `h`.
      number_of_groups: how many groups inputs and units are cut into.
      forget_bias: what is added to the forget gates.
      activation: the function of `c` in the output.
      reuse: whether to share the variables that are in the scope.

    Raises:
      ValueError: units or outputs cannot be cut into groups of the same size.

    >>> with tf.Graph().as_default():
    ...     cell = tf.contrib.rnn.GLSTMCell(4, number_of_groups=2)
    ...     cell(tf.ones([2, 6]), cell.zero_state(2, tf.float32))[0].shape
    TensorShape([Dimension(2), Dimension(4)])
    """

    def __init__(
        self,
        num_units: int,
        initializer: Any = None,
        num_proj: int | None = None,
        number_of_groups: int = 1,
        forget_bias: float = 1.0,
        activation: Any = tf.tanh,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._kernel_start = initializer
        self._num_proj = num_proj
        self._forget_bias = forget_bias
        self._activation = activation
        self._number_of_groups = number_of_groups
        for name, size in (("num_units", num_units), ("num_proj", num_proj)):
            if size and size % number_of_groups:
                raise ValueError(f"{name} must be divisible by number_of_groups")
        self._maps: dict[Any, Linear] = {}

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`."""
        return LSTMStateTuple(self._num_units, self.output_size)

    @property
    def output_size(self) -> int:
        """The size of the projection, or the number of units."""
        return self._num_proj or self._num_units

    def _linear(self, key: Any, inputs: Any, size: int) -> Any:
        if key not in self._maps:
            self._maps[key] = Linear(inputs, size, False)
        return self._maps[key](inputs)

    def _input_size(self, inputs: Any) -> int:
        """Returns the size of a group of inputs."""
        size, count = inputs.shape.dims[1].value, self._number_of_groups
        if size is None:
            raise ValueError("input size must be statically known")
        if size % count:
            raise ValueError(f"input size ({size}) must be divisible by number_of_groups ({count})")
        return int(size) // count

    def _gates(self, inputs: Any, h: Any, batch_size: Any) -> list[Any]:
        """Returns i, j, f and o before their functions."""
        size, dtype = self._input_size(inputs), inputs.dtype
        count = self._number_of_groups
        of_groups = []
        for group in range(count):
            with tf.variable_scope(f"group{group}"):
                parts = [
                    tf.slice(
                        input_=value,
                        begin=[0, group * width],
                        size=[batch_size, width],
                        name=f"GLSTM_group{group}_input_generation",
                    )
                    for value, width in ((inputs, size), (h, self.output_size // count))
                ]
                mixed = self._linear(group, tf.concat(parts, axis=1), 4 * (self._num_units // count))
                of_groups.append(tf.split(mixed, 4, 1))
        biases = [
            tf.get_variable(
                name=f"bias_{gate}",
                shape=[self._num_units],
                dtype=dtype,
                initializer=tf.constant_initializer(0.0, dtype=dtype),
            )
            for gate in "ijfo"
        ]
        return [
            tf.nn.bias_add(tf.concat(parts, axis=1), bias)
            for parts, bias in zip(zip(*of_groups, strict=True), biases, strict=True)
        ]

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output and the new state.

        Raises:
          ValueError: the size of the inputs is not known, or cannot be cut into groups of the same size.
        """
        c, h = state
        batch_size = inputs.shape.dims[0].value or tf.shape(inputs)[0]
        with tf.variable_scope(tf.get_variable_scope(), initializer=self._kernel_start):
            i, j, f, o = self._gates(inputs, h, batch_size)
        c = tf.sigmoid(f + self._forget_bias) * c + tf.sigmoid(i) * tf.tanh(j)
        h = tf.sigmoid(o) * self._activation(c)
        if self._num_proj is not None:
            with tf.variable_scope("projection"):
                h = self._linear("projection", h, self._num_proj)
        return h, LSTMStateTuple(c, h)
