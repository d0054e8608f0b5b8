"""A whole LSTM in one operation: `LSTMBlockFusedCell`, and what cells like it share."""

from __future__ import annotations

import abc
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.ops.nn.rnn_block import BLOCK_LSTM
from tangraph_layers.base import Layer
from tangraph_layers.input_spec import InputSpec
from tangraph_layers.rnn.states import LSTMStateTuple


@export("contrib.rnn.LSTMBlockWrapper")
class LSTMBlockWrapper(Layer, abc.ABC):
    """Masks and states around an LSTM that takes all time steps at once.

    Subclasses define `num_units` and `_call_cell(inputs, initial_cell_state, initial_output, dtype, sequence_length)`,
    which returns cell states and outputs, both of shape [time, batch, units].
    """

    @property
    @abc.abstractmethod
    def num_units(self) -> int:
        """The size of outputs and states."""

    @abc.abstractmethod
    def _call_cell(
        self, inputs: Any, initial_cell_state: Any, initial_output: Any, dtype: Any, sequence_length: Any
    ) -> tuple[Any, Any]:
        """Returns the cell states and the outputs of all steps."""

    def call(self, inputs: Any, initial_state: Any = None, dtype: Any = None, sequence_length: Any = None) -> Any:
        """Returns the outputs of all steps, and the state after the last.

        Args:
          inputs: a tensor of shape [time, batch, size], or a list of tensors [batch, size].
          initial_state: a pair of tensors [batch, units]; zeros when None, and then `dtype` is needed.
          dtype: the element type of the state.
          sequence_length: the length of each sequence, an integer vector; outputs beyond it are zero.

        Returns:
          The outputs, [time, batch, units] or a list as the inputs are, and an `LSTMStateTuple`.

        Raises:
          ValueError: the inputs' size is not known, or the state is neither given nor typed, or no pair.
        """
        is_list = isinstance(inputs, list)
        if is_list:
            inputs = tf.stack(inputs)
        shape = inputs.shape.with_rank(3)
        if not shape[2]:
            raise ValueError(f"Expecting inputs_shape[2] to be set: {shape}")
        batch_size = tf.shape(inputs)[1] if shape.dims[1].value is None else shape.dims[1].value
        time_len = tf.shape(inputs)[0] if shape.dims[0].value is None else shape.dims[0].value
        cell_state, output, dtype = self._first_state(initial_state, batch_size, dtype)
        if sequence_length is not None:
            sequence_length = tf.convert_to_tensor(sequence_length)
        cell_states, outputs = self._call_cell(inputs, cell_state, output, dtype, sequence_length)
        if sequence_length is None:
            final = LSTMStateTuple(cell_states[-1], outputs[-1])
        else:
            outputs *= self._mask(sequence_length, time_len, dtype)
            all_states = tf.concat([tf.expand_dims(cell_state, [0]), cell_states], 0)
            all_outputs = tf.concat([tf.expand_dims(output, [0]), outputs], 0)
            states = [_at_lengths(values, sequence_length, batch_size) for values in (all_states, all_outputs)]
            final = LSTMStateTuple(*states)
        return tf.unstack(outputs) if is_list else outputs, final

    def _first_state(self, initial_state: Any, batch_size: Any, dtype: Any) -> tuple[Any, Any, Any]:
        """Returns the state that is given, or zeros, and its type."""
        if initial_state is None:
            if dtype is None:
                raise ValueError("Either initial_state or dtype needs to be specified")
            zeros = tf.zeros(tf.stack([batch_size, self.num_units]), dtype=dtype)
            return zeros, zeros, dtype
        if len(initial_state) != 2:
            raise ValueError("Expecting initial_state to be a tuple with length 2 or None")
        return *initial_state, initial_state[0].dtype if dtype is None else dtype

    def _mask(self, lengths: Any, time_len: Any, dtype: Any) -> Any:
        """Returns ones where a sequence has a step, [time, batch, units]."""
        mask = tf.transpose(tf.sequence_mask(lengths, time_len, dtype=dtype), [1, 0])
        return tf.tile(tf.expand_dims(mask, [-1]), [1, 1, self.num_units])


def _at_lengths(values: Any, lengths: Any, batch_size: Any) -> Any:
    """Returns what each sequence has at its length."""
    return tf.gather_nd(values, tf.stack([lengths, tf.range(batch_size)], axis=1))


@export("contrib.rnn.LSTMBlockFusedCell")
class LSTMBlockFusedCell(LSTMBlockWrapper):
    """An LSTM over all time steps in one operation (Zaremba et al. 2014, arXiv:1409.2329).

    Args:
      num_units: the sizes of output, `c` and `h`.
      forget_bias: what is added to the forget gates.
      cell_clip: the bound of `c`'s magnitude; None for none.
      use_peephole: whether the gates see `c`, through diagonal matrices.
      reuse: whether to share the variables that are in the scope.
      dtype: the element type of the variables; the inputs' when None.
      name: the layer's name.

    >>> with tf.Graph().as_default():
    ...     outputs, state = tf.contrib.rnn.LSTMBlockFusedCell(3)(tf.ones([5, 2, 4]), dtype=tf.float32)
    ...     outputs
    <tf.Tensor 'lstm_fused_cell/BlockLSTM:6' shape=(5, 2, 3) dtype=float32>
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: Any = None,
        use_peephole: bool = False,
        reuse: Any = None,
        dtype: Any = None,
        name: Any = "lstm_fused_cell",
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._cell_clip = -1 if cell_clip is None else cell_clip
        self._use_peephole = use_peephole
        self.input_spec = InputSpec(ndim=3)

    @property
    def num_units(self) -> int:
        """The size of outputs and states."""
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias, and the peepholes' diagonals."""
        depth, units = input_shape.dims[2].value, self._num_units
        self._kernel = self.add_weight("kernel", [depth + units, 4 * units])
        self._bias = self.add_weight("bias", [4 * units], initializer=tf.constant_initializer(0.0))
        if self._use_peephole:
            self._diagonals = [self.add_weight(f"w_{gate}_diag", [units]) for gate in "ifo"]
        self.built = True

    def _call_cell(
        self,
        inputs: Any,
        initial_cell_state: Any = None,
        initial_output: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
    ) -> tuple[Any, Any]:
        time_len = inputs.shape.with_rank(3).dims[0].value
        if time_len is None:
            time_len = tf.shape(inputs)[0]
        diagonals = self._diagonals if self._use_peephole else [tf.zeros([self._num_units], dtype=dtype)] * 3
        steps = time_len if sequence_length is None else tf.reduce_max(sequence_length)
        made = make_op(
            BLOCK_LSTM,
            tf.cast(steps, tf.int64),
            inputs,
            initial_cell_state,
            initial_output,
            self._kernel,
            *diagonals,
            self._bias,
            forget_bias=self._forget_bias,
            cell_clip=self._cell_clip,
            use_peephole=self._use_peephole,
        )
        return made[1], made[6]
