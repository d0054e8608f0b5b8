"""Cells that are one operation: `LSTMBlockCell`, `GRUBlockCell`."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.ops.nn.rnn_block import GRU_BLOCK_CELL, LSTM_BLOCK_CELL
from tangraph_layers.input_spec import InputSpec
from tangraph_layers.rnn.cell import LayerRNNCell
from tangraph_layers.rnn.states import LSTMStateTuple


@export("contrib.rnn.LSTMBlockCell")
class LSTMBlockCell(LayerRNNCell):
    """An LSTM whose step is one operation.

    Args:
      num_units: the sizes of output, `c` and `h`.
      forget_bias: what is added to the forget gates.
      cell_clip: the bound of `c`'s magnitude; None for none.
      use_peephole: whether the gates see `c`, through diagonal matrices.
      dtype: the element type of the variables; the inputs' when None.
      reuse: whether to share the variables that are in the scope.
      name: the cell's name.

    >>> with tf.Graph().as_default():
    ...     cell = tf.contrib.rnn.LSTMBlockCell(3)
    ...     cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))[0]
    <tf.Tensor 'lstm_cell/LSTMBlockCell:6' shape=(2, 3) dtype=float32>
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: Any = None,
        use_peephole: bool = False,
        dtype: Any = None,
        reuse: Any = None,
        name: Any = "lstm_cell",
    ) -> None:
        super().__init__(_reuse=reuse, dtype=dtype, name=name)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._use_peephole = use_peephole
        self._cell_clip = -1 if cell_clip is None else cell_clip
        self.input_spec = InputSpec(ndim=2)

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Makes kernel and bias, and the peepholes' diagonals."""
        depth = inputs_shape.dims[1].value
        if not depth:
            raise ValueError(f"Expecting inputs_shape[1] to be set: {inputs_shape}")
        units = self._num_units
        self._kernel = self.add_weight("kernel", [depth + units, 4 * units])
        self._bias = self.add_weight("bias", [4 * units], initializer=tf.constant_initializer(0.0))
        if self._use_peephole:
            self._diagonals = [self.add_weight(f"w_{gate}_diag", [units]) for gate in "ifo"]
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output and the new state.

        Raises:
          ValueError: the state is no pair.
        """
        if len(state) != 2:
            raise ValueError("Expecting state to be a tuple with length 2.")
        diagonals = self._diagonals if self._use_peephole else [tf.zeros([self._num_units])] * 3
        made = make_op(
            LSTM_BLOCK_CELL,
            inputs,
            *state,
            self._kernel,
            *diagonals,
            self._bias,
            forget_bias=self._forget_bias,
            cell_clip=self._cell_clip,
            use_peephole=self._use_peephole,
        )
        return made[6], LSTMStateTuple(made[1], made[6])


@export("contrib.rnn.GRUBlockCell")
class GRUBlockCell(LayerRNNCell):
    """A GRU whose step is one operation.

    Args:
      num_units: the size of state and output.
      cell_size: its deprecated name.
      reuse: whether to share the variables that are in the scope.
      name: the cell's name.

    Raises:
      ValueError: both names are used, or none.
    """

    _names = ("w_ru", "b_ru", "w_c", "b_c")

    def __init__(
        self, num_units: int | None = None, cell_size: int | None = None, reuse: Any = None, name: Any = "gru_cell"
    ) -> None:
        super().__init__(_reuse=reuse, name=name)
        if (cell_size is None) == (num_units is None):
            raise ValueError("Exactly one of num_units or cell_size must be provided.")
        self._cell_size: int = num_units if cell_size is None else cell_size  # type: ignore[assignment]
        self.input_spec = InputSpec(ndim=2)

    @property
    def state_size(self) -> Any:
        """The number of units."""
        return self._cell_size

    @property
    def output_size(self) -> Any:
        """The number of units."""
        return self._cell_size

    def build(self, input_shape: Any) -> None:
        """Makes the kernels and biases of gates and candidate."""
        depth, units = input_shape.dims[1].value, self._cell_size
        if depth is None:
            raise ValueError(f"Expecting input_shape[1] to be set: {input_shape}")
        w_ru, b_ru, w_c, b_c = self._names
        self._gate_kernel = self.add_weight(w_ru, [depth + units, 2 * units])
        self._gate_bias = self.add_weight(b_ru, [2 * units], initializer=tf.constant_initializer(1.0))
        self._candidate_kernel = self.add_weight(w_c, [depth + units, units])
        self._candidate_bias = self.add_weight(b_c, [units], initializer=tf.constant_initializer(0.0))
        self.built = True

    def call(self, inputs: Any, h_prev: Any) -> Any:
        """Returns the output, twice."""
        h = make_op(
            GRU_BLOCK_CELL,
            inputs,
            h_prev,
            self._gate_kernel,
            self._candidate_kernel,
            self._gate_bias,
            self._candidate_bias,
        )[3]
        return h, h


@export("contrib.rnn.GRUBlockCellV2")
class GRUBlockCellV2(GRUBlockCell):
    """The same with the variables of `tf.nn.rnn_cell.GRUCell`, so that checkpoints fit both."""

    _names = ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")
