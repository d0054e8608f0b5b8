"""The phased LSTM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import RNNCell
from tangraph_layers.rnn.linear import Linear
from tangraph_layers.rnn.states import LSTMStateTuple

if TYPE_CHECKING:
    from collections.abc import Callable


def _log_uniform(low: Any, high: Any) -> Callable[..., Any]:
    """Returns an initializer whose logarithm is uniform."""

    def initializer(shape: Any, dtype: Any = tf.float32, partition_info: Any = None) -> Any:
        return tf.exp(tf.random_uniform(shape, tf.log(low), tf.log(high), dtype))

    return initializer


def _mod(x: Any, y: Any) -> Any:
    """Returns the remainder, whose gradient with respect to `x` is one."""
    return tf.stop_gradient(tf.mod(x, y) - x) + x


@export("contrib.rnn.PhasedLSTMCell")
class PhasedLSTMCell(RNNCell):
    """An LSTM whose units are open for a part of a period of their own (Neil et al. 2016, arXiv:1610.09513).

    Args:
      num_units: the sizes of output, `c` and `h`.
      use_peepholes: whether the gates see `c`.
      leak: how much a closed unit lets through.
      ratio_on: the part of its period in which a unit is open, at the start.
      trainable_ratio_on: whether that part is trained.
      period_init_min: the least period at the start; the periods' logarithms are uniform.
      period_init_max: the greatest.
      reuse: whether to share the variables that are in the scope.

    >>> with tf.Graph().as_default():
    ...     cell = tf.contrib.rnn.PhasedLSTMCell(3)
    ...     cell((tf.ones([2, 1]), tf.ones([2, 4])), cell.zero_state(2, tf.float32))[0].shape
    TensorShape([Dimension(2), Dimension(3)])
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        leak: Any = 0.001,
        ratio_on: Any = 0.1,
        trainable_ratio_on: bool = True,
        period_init_min: Any = 1.0,
        period_init_max: Any = 1000.0,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._leak = leak
        self._ratio_on = ratio_on
        self._trainable_ratio_on = trainable_ratio_on
        self._period_init_min = period_init_min
        self._period_init_max = period_init_max
        self._maps: dict[str, Linear] = {}

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def _linear(self, name: str, inputs: list[Any], size: int) -> Any:
        if name not in self._maps:
            self._maps[name] = Linear(inputs, size, True)
        return self._maps[name](inputs)

    def _lstm(self, x: Any, c_before: Any, h_before: Any) -> tuple[Any, Any]:
        """Returns what `c` and `h` become in units that are open."""
        units = self._num_units
        seen = [x, h_before]
        with tf.variable_scope("mask_gates"):
            masks = tf.sigmoid(self._linear("mask", [*seen, c_before] if self._use_peepholes else seen, 2 * units))
            input_gate, forget_gate = tf.split(axis=1, num_or_size_splits=2, value=masks)
        with tf.variable_scope("new_input"):
            candidate = tf.tanh(self._linear("new", seen, units))
        c = c_before * forget_gate + input_gate * candidate
        with tf.variable_scope("output_gate"):
            output_gate = tf.sigmoid(self._linear("output", [*seen, c] if self._use_peepholes else seen, units))
        return c, tf.tanh(c) * output_gate

    def _openness(self, time: Any) -> Any:
        """Returns how open the units are at a time, [batch, units]."""
        size = [self._num_units]
        period = tf.get_variable("period", size, initializer=_log_uniform(self._period_init_min, self._period_init_max))
        start = tf.random_uniform_initializer(0.0, period.initial_value)
        phase = tf.get_variable("phase", size, initializer=start)
        ratio_on = tf.get_variable(
            "ratio_on",
            size,
            initializer=tf.constant_initializer(self._ratio_on),
            trainable=self._trainable_ratio_on,
        )
        phase = tf.cast(phase, dtype=time.dtype)
        period = tf.cast(period, dtype=time.dtype)
        shifted = time - phase
        ratio = tf.cast(_mod(shifted, period) / period, dtype=tf.float32)
        rising = 2 * ratio / ratio_on
        falling = 2 - rising
        closed = self._leak * ratio
        openness = tf.where(ratio < ratio_on, falling, closed)
        return tf.where(ratio < 0.5 * ratio_on, rising, openness)

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output and the new state.

        Args:
          inputs: a pair: the time, [batch, 1], float32 or float64, and the features, [batch, size], float32.
          state: an `LSTMStateTuple`.
        """
        c_before, h_before = state
        time, x = inputs
        c, h = self._lstm(x, c_before, h_before)
        openness = self._openness(time)
        c = openness * c + (1 - openness) * c_before
        h = openness * h + (1 - openness) * h_before
        return h, LSTMStateTuple(c, h)
