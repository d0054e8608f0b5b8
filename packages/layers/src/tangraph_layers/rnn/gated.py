"""Cells with gates from one linear map: `UGRNNCell`, `IntersectionRNNCell`, `CoupledInputForgetGateLSTMCell`."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import RNNCell
from tangraph_layers.rnn.linear import Linear
from tangraph_layers.rnn.lstm import warn_of_joined_states
from tangraph_layers.rnn.sharded import joined_variable
from tangraph_layers.rnn.states import LSTMStateTuple


def _known_depth(inputs: Any) -> int:
    """Returns the size of the inputs; raises ValueError where it is not known."""
    depth = inputs.shape.with_rank(2).dims[1].value
    if depth is None:
        raise ValueError("Could not infer input size from inputs.get_shape()[-1]")
    return int(depth)


class _GatedCell(RNNCell):
    """A cell of as many units as its state has numbers."""

    def __init__(self, num_units: int, initializer: Any, forget_bias: float, reuse: Any) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._kernel_start = initializer
        self._forget_bias = forget_bias
        self._maps: dict[str, Linear] = {}

    @property
    def state_size(self) -> int:
        """The number of units."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def _linear(self, name: str, inputs: Any, size: int) -> Any:
        if name not in self._maps:
            self._maps[name] = Linear(inputs, size, True)
        return self._maps[name](inputs)


@export("contrib.rnn.UGRNNCell")
class UGRNNCell(_GatedCell):
    """An update gate between the state and a candidate (Collins et al. 2017, arXiv:1611.09913).

    Args:
      num_units: the size of state and output.
      initializer: how the kernel starts.
      forget_bias: what is added to the gates.
      activation: the function of the candidate.
      reuse: whether to share the variables that are in the scope.
    """

    def __init__(
        self,
        num_units: int,
        initializer: Any = None,
        forget_bias: float = 1.0,
        activation: Any = tf.tanh,
        reuse: Any = None,
    ) -> None:
        super().__init__(num_units, initializer, forget_bias, reuse)
        self._activation = activation

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output, twice."""
        _known_depth(inputs)
        with tf.variable_scope(tf.get_variable_scope(), initializer=self._kernel_start):
            joined = tf.concat([inputs, state], 1)
            gate, candidate = tf.split(self._linear("all", joined, 2 * self._num_units), 2, axis=1)
            candidate = self._activation(candidate)
            gate = tf.sigmoid(gate + self._forget_bias)
            output = gate * state + (1.0 - gate) * candidate
        return output, output


@export("contrib.rnn.IntersectionRNNCell")
class IntersectionRNNCell(_GatedCell):
    """One gate on the way through time, one on the way through the layers (Collins et al. 2017, arXiv:1611.09913).

    Args:
      num_units: the size of state and output.
      num_in_proj: where it is given, inputs of another size are mapped to `num_units` first.
      initializer: how the kernels start.
      forget_bias: what is added to the gates.
      y_activation: the function of the output's candidate.
      reuse: whether to share the variables that are in the scope.
    """

    def __init__(
        self,
        num_units: int,
        num_in_proj: int | None = None,
        initializer: Any = None,
        forget_bias: float = 1.0,
        y_activation: Any = tf.nn.relu,
        reuse: Any = None,
    ) -> None:
        super().__init__(num_units, initializer, forget_bias, reuse)
        self._num_input_proj = num_in_proj
        self._y_activation = y_activation

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output and the new state.

        Raises:
          ValueError: the inputs have another size than the units, and are not mapped.
        """
        depth, units = _known_depth(inputs), self._num_units
        with tf.variable_scope(tf.get_variable_scope(), initializer=self._kernel_start):
            if depth != units:
                if not self._num_input_proj:
                    raise ValueError(
                        "Must have input size == output size for Intersection RNN. To fix, num_in_proj should be set to "
                        "num_units at cell init."
                    )
                with tf.variable_scope("in_projection"):
                    inputs = self._linear("in", inputs, units)
            mixed = self._linear("all", tf.concat([inputs, state], 1), 4 * units)
            parts = [mixed[:, (n * units or None) : (n + 1) * units] for n in range(4)]
            along_time, candidate, along_depth, y = parts
            candidate, y = tf.tanh(candidate), self._y_activation(y)
            along_time = tf.sigmoid(along_time + self._forget_bias)
            along_depth = tf.sigmoid(along_depth + self._forget_bias)
            new_state = along_time * state + (1.0 - along_time) * candidate
            output = along_depth * inputs + (1.0 - along_depth) * y
        return output, new_state


@export("contrib.rnn.CoupledInputForgetGateLSTMCell")
class CoupledInputForgetGateLSTMCell(RNNCell):
    """An LSTM that takes in as much as it forgets (Greff et al. 2015, arXiv:1503.04069).

    Args:
      num_units: the size of `c`.
      use_peepholes: whether forget and output gates see `c`, through diagonal matrices.
      initializer: not used, as in TensorFlow.
      num_proj: the size of the projected output; None for none.
      proj_clip: the bound of the projected output's magnitude.
      num_unit_shards, num_proj_shards: into how many variables the matrices are cut.
      forget_bias: what is added to the forget gates.
      state_is_tuple: whether the state is a pair, or one tensor.
      activation: the function of candidates and outputs.
      reuse: whether to share the variables that are in the scope.
      layer_norm: whether gates and `c` are normalized; with a bias otherwise.
      norm_gain, norm_shift: the start values of the normalizations' factors and of what they add.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int = 1,
        num_proj_shards: int = 1,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = tf.tanh,
        reuse: Any = None,
        layer_norm: bool = False,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
    ) -> None:
        super().__init__(_reuse=reuse)
        if not state_is_tuple:
            warn_of_joined_states(self)
        self._num_units, self._num_proj, self._proj_clip = num_units, num_proj, proj_clip
        self._shards = num_unit_shards, num_proj_shards
        self._use_peepholes, self._forget_bias = use_peepholes, forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation
        self._layer_norm, self._norm_start = layer_norm, (norm_gain, norm_shift)

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and output, or their sum."""
        sizes = LSTMStateTuple(self._num_units, self.output_size)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> int:
        """The number of units, or the size of the projection."""
        return self._num_proj or self._num_units

    def _norm(self, values: Any, scope: str) -> Any:
        gain, shift = self._norm_start
        with tf.variable_scope(scope):
            tf.get_variable("gamma", shape=values.shape[-1:], initializer=tf.constant_initializer(gain))
            tf.get_variable("beta", shape=values.shape[-1:], initializer=tf.constant_initializer(shift))
        return tf.contrib.layers.layer_norm(values, reuse=True, scope=scope)

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output and the new state."""
        units, dtype = self._num_units, inputs.dtype
        if self._state_is_tuple:
            c_prev, m_prev = state
        else:
            c_prev = tf.slice(state, [0, 0], [-1, units])
            m_prev = tf.slice(state, [0, units], [-1, self.output_size])
        depth = _known_depth(inputs)
        matrix = joined_variable("W", [depth + self.output_size, 3 * units], dtype, self._shards[0])
        bias = tf.get_variable("B", shape=[3 * units], initializer=tf.zeros_initializer(), dtype=dtype)
        mixed = tf.matmul(tf.concat([inputs, m_prev], 1), matrix)
        if not self._layer_norm:
            mixed = tf.nn.bias_add(mixed, bias)
        j, f, o = tf.split(value=mixed, num_or_size_splits=3, axis=1)
        if self._layer_norm:
            j, f, o = self._norm(j, "transform"), self._norm(f, "forget"), self._norm(o, "output")
        if self._use_peepholes:
            of_f, of_o = [tf.get_variable(f"W_{g}_diag", shape=[units], dtype=dtype) for g in "FO"]
            f = tf.sigmoid(f + self._forget_bias + of_f * c_prev)
        else:
            f = tf.sigmoid(f + self._forget_bias)
        c = f * c_prev + (1 - f) * self._activation(j)
        if self._layer_norm:
            c = self._norm(c, "state")
        m = tf.sigmoid(o + of_o * c if self._use_peepholes else o) * self._activation(c)
        if self._num_proj is not None:
            m = tf.matmul(m, joined_variable("W_P", [units, self._num_proj], dtype, self._shards[1]))
            if self._proj_clip is not None:
                m = tf.clip_by_value(m, -self._proj_clip, self._proj_clip)
        return m, LSTMStateTuple(c, m) if self._state_is_tuple else tf.concat([c, m], 1)
