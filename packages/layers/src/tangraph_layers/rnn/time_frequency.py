"""An LSTM along the frequencies of a step."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import RNNCell
from tangraph_layers.rnn.sharded import joined_variable


@export("contrib.rnn.TimeFreqLSTMCell")
class TimeFreqLSTMCell(RNNCell):
    """An LSTM that goes over windows of the inputs, the frequencies, in every step (Sainath and Li, Interspeech 2016).

    Args:
      num_units: the size of a window's output.
      use_peepholes: whether the gates see `c`.
      cell_clip: the bound of `c`'s magnitude; None for none.
      initializer: accepted; TensorFlow ignores it, too.
      num_unit_shards: in how many variables the kernel is kept.
      forget_bias: what is added to the forget gates.
      feature_size: the size of a window.
      frequency_skip: how far the next window is.
      reuse: whether to share the variables that are in the scope.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_unit_shards: int = 1,
        forget_bias: float = 1.0,
        feature_size: int | None = None,
        frequency_skip: int = 1,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._cell_clip = cell_clip
        self._kernel_start = initializer
        self._num_unit_shards = num_unit_shards
        self._forget_bias = forget_bias
        self._feature_size = feature_size
        self._frequency_skip = frequency_skip

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    @property
    def state_size(self) -> int:
        """Twice the number of units: `c` and `m`."""
        return 2 * self._num_units

    def _windows(self, inputs: Any) -> list[Any]:
        """Returns the windows of the inputs."""
        size, width = inputs.shape.with_rank(2).dims[-1].value, self._feature_size
        if size is None:
            raise ValueError("Cannot infer input_size from static shape inference.")
        count = int((size - width) / self._frequency_skip) + 1
        return [tf.slice(inputs, [0, n * self._frequency_skip], [-1, width]) for n in range(count)]

    def _variables(self, depth: int, dtype: Any) -> tuple[Any, Any, Any]:
        """Returns kernel, bias and the diagonals of f, i and o."""
        units = self._num_units
        kernel = joined_variable("W", [depth + 2 * units, 4 * units], dtype, self._num_unit_shards)
        bias = tf.get_variable("B", shape=[4 * units], initializer=tf.zeros_initializer(), dtype=dtype)
        gates = "FIO" if self._use_peepholes else ""
        return kernel, bias, [tf.get_variable(f"W_{gate}_diag", shape=[units], dtype=dtype) for gate in gates]

    def _step(self, matrix: Any, diagonals: Any, c: Any) -> tuple[Any, Any]:
        """Returns c and m of a window."""
        i, j, f, o = tf.split(value=matrix, num_or_size_splits=4, axis=1)
        if diagonals:
            of_f, of_i, of_o = diagonals
            c = tf.sigmoid(f + self._forget_bias + of_f * c) * c + tf.sigmoid(i + of_i * c) * tf.tanh(j)
        else:
            c = tf.sigmoid(f + self._forget_bias) * c + tf.sigmoid(i) * tf.tanh(j)
        if self._cell_clip is not None:
            c = tf.clip_by_value(c, -self._cell_clip, self._cell_clip)
        return c, tf.sigmoid(o + of_o * c if diagonals else o) * tf.tanh(c)

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the outputs of all windows, and their states, both concatenated.

        Raises:
          ValueError: the size of the inputs is not known.
        """
        windows, units = self._windows(inputs), self._num_units
        kernel, bias, diagonals = self._variables(windows[0].shape.as_list()[1], inputs.dtype)
        m = tf.zeros([inputs.shape.dims[0].value or inputs.shape[0], units], inputs.dtype)
        states, outputs = None, None
        for n, window in enumerate(windows):
            c_before = tf.slice(state, [0, 2 * n * units], [-1, units])
            m_before = tf.slice(state, [0, (2 * n + 1) * units], [-1, units])
            matrix = tf.nn.bias_add(tf.matmul(tf.concat([window, m_before, m], 1), kernel), bias)
            c, m = self._step(matrix, diagonals, c_before)
            states = tf.concat([c, m] if states is None else [states, c, m], 1)
            outputs = m if outputs is None else tf.concat([outputs, m], 1)
        return outputs, states
