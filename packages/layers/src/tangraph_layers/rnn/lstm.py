"""Long short-term memory."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.input_spec import InputSpec
from tangraph_layers.rnn.basic import check_supported_dtype
from tangraph_layers.rnn.cell import LayerRNNCell, activation_name, check_input_dtypes, input_depth
from tangraph_layers.rnn.states import LSTMStateTuple


@export("nn.rnn_cell.BasicLSTMCell", "contrib.rnn.BasicLSTMCell")
class BasicLSTMCell(LayerRNNCell):
    """An LSTM without peepholes and projection (Zaremba et al. 2014, arXiv:1409.2329).

    Args:
      num_units: the sizes of output, `c` and `h`.
      forget_bias: what is added to the bias of the forget gates; 0 for checkpoints trained elsewhere.
      state_is_tuple: whether states are `LSTMStateTuple`s; deprecated otherwise, with `c` and `h` side by side.
      activation: the function of cell inputs and outputs, or its name; tanh when None.
      reuse: whether to share the variables that are in the scope.
      name: the cell's name.
      dtype: the element type of the variables; the inputs' when None.
      **kwargs: see `tf.layers.Layer`.

    >>> with tf.Graph().as_default():
    ...     cell = tf.nn.rnn_cell.BasicLSTMCell(3)
    ...     _, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    ...     state.h, [v.shape.as_list() for v in cell.weights]
    (<tf.Tensor 'basic_lstm_cell/Mul_2:0' shape=(2, 3) dtype=float32>, [[7, 12], [12]])
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: Any = None,
        name: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        check_supported_dtype(self.dtype)
        if not state_is_tuple:
            warn_of_joined_states(self)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = settings.activation(activation) if activation else tf.tanh

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`, or their sum."""
        return LSTMStateTuple(self._num_units, self._num_units) if self._state_is_tuple else 2 * self._num_units

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias: input gates, cell inputs, forget gates, output gates."""
        depth = input_depth(input_shape)
        check_supported_dtype(self.dtype)
        self._kernel = self.add_weight("kernel", shape=[depth + self._num_units, 4 * self._num_units])
        self._bias = self.add_weight(
            "bias", shape=[4 * self._num_units], initializer=tf.zeros_initializer(dtype=self.dtype)
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output and the new state."""
        check_input_dtypes([inputs, state])
        one = tf.constant(1, dtype=tf.int32)
        c, h = state if self._state_is_tuple else tf.split(value=state, num_or_size_splits=2, axis=one)
        gate_inputs = tf.nn.bias_add(tf.matmul(tf.concat([inputs, h], 1), self._kernel), self._bias)
        i, j, f, o = tf.split(value=gate_inputs, num_or_size_splits=4, axis=one)
        forget_bias = tf.constant(self._forget_bias, dtype=f.dtype)
        kept = tf.multiply(c, tf.sigmoid(tf.add(f, forget_bias)))
        new_c = tf.add(kept, tf.multiply(tf.sigmoid(i), self._activation(j)))
        new_h = tf.multiply(self._activation(new_c), tf.sigmoid(o))
        return new_h, LSTMStateTuple(new_c, new_h) if self._state_is_tuple else tf.concat([new_c, new_h], 1)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the cell."""
        config = {
            "num_units": self._num_units,
            "forget_bias": self._forget_bias,
            "state_is_tuple": self._state_is_tuple,
            "activation": activation_name(self._activation),
            "reuse": self._reuse,
        }
        return {**super().get_config(), **config}


@export("nn.rnn_cell.LSTMCell", "contrib.rnn.LSTMCell")
class LSTMCell(LayerRNNCell):
    """An LSTM with peepholes, clipping and a projection (Sak et al. 2014, arXiv:1402.1128).

    Args:
      num_units: the size of `c`.
      use_peepholes: whether the gates see `c`, through diagonal matrices.
      cell_clip: the bound of `c`'s magnitude; None for none.
      initializer: how kernels start.
      num_proj: the size of `h` and of the output, which are projected to it; None for no projection.
      proj_clip: the bound of the projection's magnitude; None for none.
      num_unit_shards: into how many parts the kernel is cut; deprecated.
      num_proj_shards: into how many parts the projection is cut; deprecated.
      forget_bias: what is added to the bias of the forget gates.
      state_is_tuple: whether states are `LSTMStateTuple`s; deprecated otherwise, with `c` and `h` side by side.
      activation: the function of cell inputs and outputs, or its name; tanh when None.
      reuse: whether to share the variables that are in the scope.
      name: the cell's name.
      dtype: the element type of the variables; the inputs' when None.
      **kwargs: see `tf.layers.Layer`.

    >>> with tf.Graph().as_default():
    ...     cell = tf.nn.rnn_cell.LSTMCell(4, use_peepholes=True, num_proj=2)
    ...     output, _ = cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
    ...     output.shape.as_list(), cell.state_size
    ([2, 2], LSTMStateTuple(c=4, h=2))
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: Any = None,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: Any = None,
        num_unit_shards: int | None = None,
        num_proj_shards: int | None = None,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: Any = None,
        name: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        check_supported_dtype(self.dtype)
        if not state_is_tuple:
            warn_of_joined_states(self)
        if num_unit_shards is not None or num_proj_shards is not None:
            tf.logging.warn(
                "%s: The num_unit_shards and proj_unit_shards parameters are deprecated and will be removed in Jan "
                "2017.  Use a variable scope with a partitioner instead.",
                self,
            )
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._cell_clip = cell_clip
        self._initializer_of_kernels = settings.initializer(initializer)
        self._num_proj = num_proj
        self._proj_clip = proj_clip
        self._num_unit_shards = num_unit_shards
        self._num_proj_shards = num_proj_shards
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = settings.activation(activation) if activation else tf.tanh

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`, or their sum."""
        sizes = LSTMStateTuple(self._num_units, self.output_size)
        return sizes if self._state_is_tuple else sizes.c + sizes.h

    @property
    def output_size(self) -> int:
        """The number of units, or the size of the projection."""
        return self._num_proj or self._num_units

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias, the peepholes' diagonals and the projection."""
        depth = input_depth(input_shape)
        check_supported_dtype(self.dtype)
        start = self._initializer_of_kernels
        self._kernel = self.add_weight(
            "kernel",
            shape=[depth + self.output_size, 4 * self._num_units],
            initializer=start,
            partitioner=_shards(self._num_unit_shards),
        )
        zeros = tf.zeros_initializer(dtype=tf.float32 if self.dtype is None else self.dtype)
        self._bias = self.add_weight("bias", shape=[4 * self._num_units], initializer=zeros)
        if self._use_peepholes:
            self._w_f_diag = self.add_weight("w_f_diag", shape=[self._num_units], initializer=start)
            self._w_i_diag = self.add_weight("w_i_diag", shape=[self._num_units], initializer=start)
            self._w_o_diag = self.add_weight("w_o_diag", shape=[self._num_units], initializer=start)
        if self._num_proj is not None:
            self._proj_kernel = self.add_weight(
                "projection/kernel",
                shape=[self._num_units, self._num_proj],
                initializer=start,
                partitioner=_shards(self._num_proj_shards),
            )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output and the new state.

        Raises:
          ValueError: the last axis of the inputs has no known size.
        """
        check_input_dtypes([inputs, state])
        if self._state_is_tuple:
            c_prev, m_prev = state
        else:
            c_prev = tf.slice(state, [0, 0], [-1, self._num_units])
            m_prev = tf.slice(state, [0, self._num_units], [-1, self.output_size])
        if inputs.shape.with_rank(2).dims[1].value is None:
            raise ValueError("Could not infer input size from inputs.get_shape()[-1]")
        lstm = tf.nn.bias_add(tf.matmul(tf.concat([inputs, m_prev], 1), self._kernel), self._bias)
        i, j, f, o = tf.split(value=lstm, num_or_size_splits=4, axis=1)
        if self._use_peepholes:
            kept = tf.sigmoid(f + self._forget_bias + self._w_f_diag * c_prev) * c_prev
            c = kept + tf.sigmoid(i + self._w_i_diag * c_prev) * self._activation(j)
        else:
            c = tf.sigmoid(f + self._forget_bias) * c_prev + tf.sigmoid(i) * self._activation(j)
        if self._cell_clip is not None:
            c = tf.clip_by_value(c, -self._cell_clip, self._cell_clip)
        if self._use_peepholes:
            m = tf.sigmoid(o + self._w_o_diag * c) * self._activation(c)
        else:
            m = tf.sigmoid(o) * self._activation(c)
        if self._num_proj is not None:
            m = tf.matmul(m, self._proj_kernel)
            if self._proj_clip is not None:
                m = tf.clip_by_value(m, -self._proj_clip, self._proj_clip)
        return m, LSTMStateTuple(c, m) if self._state_is_tuple else tf.concat([c, m], 1)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the cell."""
        config = {
            "num_units": self._num_units,
            "use_peepholes": self._use_peepholes,
            "cell_clip": self._cell_clip,
            "initializer": self._initializer_of_kernels,
            "num_proj": self._num_proj,
            "proj_clip": self._proj_clip,
            "num_unit_shards": self._num_unit_shards,
            "num_proj_shards": self._num_proj_shards,
            "forget_bias": self._forget_bias,
            "state_is_tuple": self._state_is_tuple,
            "activation": activation_name(self._activation),
            "reuse": self._reuse,
        }
        return {**super().get_config(), **config}


def _shards(number: int | None) -> Any:
    return None if number is None else tf.fixed_size_partitioner(number)


def warn_of_joined_states(cell: Any) -> None:
    """Says that states which are one tensor are slower and will go."""
    tf.logging.warn(
        "%s: Using a concatenated state is slower and will soon be deprecated.  Use state_is_tuple=True.", cell
    )
