"""LSTMs with layer normalization."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import RNNCell
from tangraph_layers.rnn.states import LSTMStateTuple


@export("contrib.rnn.LayerNormBasicLSTMCell")
class LayerNormBasicLSTMCell(RNNCell):
    """An LSTM whose gates are normalized (arXiv:1607.06450), with dropout of the cell inputs (arXiv:1603.05118).

    Args:
      num_units: the sizes of output, `c` and `h`.
      forget_bias: what is added to the forget gates.
      input_size: not used.
      activation: the function of cell inputs and outputs.
      layer_norm: whether gates and `c` are normalized; with a bias otherwise.
      norm_gain: the start value of the normalizations' factors.
      norm_shift: the start value of what they add.
      dropout_keep_prob: the probability to keep an element of the cell inputs, a number or a scalar tensor.
      dropout_prob_seed: the seed of the dropout.
      reuse: whether to share the variables that are in the scope.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        input_size: Any = None,
        activation: Any = tf.tanh,
        layer_norm: bool = True,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
        dropout_keep_prob: Any = 1.0,
        dropout_prob_seed: int | None = None,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        if input_size is not None:
            tf.logging.warn("%s: The input_size parameter is deprecated.", self)
        self._num_units = num_units
        self._activation = activation
        self._forget_bias = forget_bias
        self._keep_prob = dropout_keep_prob
        self._seed = dropout_prob_seed
        self._layer_norm = layer_norm
        self._norm_gain = norm_gain
        self._norm_shift = norm_shift

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def _norm(self, values: Any, scope: str, dtype: Any) -> Any:
        shape = values.shape[-1:]
        with tf.variable_scope(scope):  # made here for their start values, then shared
            tf.get_variable("gamma", shape=shape, initializer=tf.constant_initializer(self._norm_gain), dtype=dtype)
            tf.get_variable("beta", shape=shape, initializer=tf.constant_initializer(self._norm_shift), dtype=dtype)
        return tf.contrib.layers.layer_norm(values, reuse=True, scope=scope)

    def _linear(self, args: Any) -> Any:
        dtype = args.dtype
        kernel = tf.get_variable("kernel", [args.shape[-1], 4 * self._num_units], dtype=dtype)
        out = tf.matmul(args, kernel)
        if not self._layer_norm:
            out = tf.nn.bias_add(out, tf.get_variable("bias", [4 * self._num_units], dtype=dtype))
        return out

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output and the new state."""
        c, h = state
        args = tf.concat([inputs, h], 1)
        i, j, f, o = tf.split(value=self._linear(args), num_or_size_splits=4, axis=1)
        if self._layer_norm:
            i = self._norm(i, "input", args.dtype)
            j = self._norm(j, "transform", args.dtype)
            f = self._norm(f, "forget", args.dtype)
            o = self._norm(o, "output", args.dtype)
        g = self._activation(j)
        if not isinstance(self._keep_prob, float) or self._keep_prob < 1:
            g = tf.nn.dropout(g, self._keep_prob, seed=self._seed)
        new_c = c * tf.sigmoid(f + self._forget_bias) + tf.sigmoid(i) * g
        if self._layer_norm:
            new_c = self._norm(new_c, "state", args.dtype)
        new_h = self._activation(new_c) * tf.sigmoid(o)
        return new_h, LSTMStateTuple(new_c, new_h)
