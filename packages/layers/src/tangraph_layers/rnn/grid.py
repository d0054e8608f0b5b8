"""LSTMs in a grid of times and frequencies: `GridLSTMCell`, `BidirectionalGridLSTMCell`."""

from __future__ import annotations

import collections
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import RNNCell
from tangraph_layers.rnn.lstm import warn_of_joined_states
from tangraph_layers.rnn.sharded import joined_variable


class _Direction:
    """One of the two LSTMs of a grid: its weights and its formulas."""

    def __init__(self, cell: GridLSTMCell, kernel: Any, bias: Any) -> None:
        self.cell, self.kernel, self.bias = cell, kernel, bias
        self.diagonals: dict[str, list[Any]] = {}

    def make_diagonals(self, name: str, block: int, dtype: Any) -> None:
        """Makes the peepholes' variables, two for each gate: for `c` along the frequencies and along time."""
        gates = "IO" if self.cell.couples else "FIO"
        for gate in gates:
            self.diagonals[gate] = [
                tf.get_variable(f"W_{gate}_diag_{name}{axis}_{block}", shape=[self.cell.num_units], dtype=dtype)
                for axis in "ft"
            ]

    def gates(self, inputs: Any) -> list[Any]:
        """Returns i, j, f and o before their functions; f is None when it is coupled to i."""
        matrix = tf.nn.bias_add(tf.matmul(inputs, self.kernel), self.bias)
        parts = tf.split(value=matrix, num_or_size_splits=3 if self.cell.couples else 4, axis=1)
        return [*parts[:2], None, parts[2]] if self.cell.couples else parts

    def _peeped(self, gate: str, value: Any, c_freq: Any, c_time: Any) -> Any:
        if gate not in self.diagonals:
            return value
        of_freq, of_time = self.diagonals[gate]
        return value + of_freq * c_freq + of_time * c_time

    def new_c(self, gates: list[Any], c_freq: Any, c_time: Any, own: Any) -> Any:
        """Returns the next `c`, of which `own` was the last one."""
        i, j, f, _ = gates
        i = tf.sigmoid(self._peeped("I", i, c_freq, c_time))
        f = 1.0 - i if f is None else tf.sigmoid(self._peeped("F", f + self.cell.forget_bias, c_freq, c_time))
        c = f * own + i * tf.tanh(j)
        clip = self.cell.clip
        return c if clip is None else tf.clip_by_value(c, -clip, clip)

    def new_m(self, gates: list[Any], c_freq: Any, c_time: Any, own: Any) -> Any:
        """Returns the output for the `c` that is its own."""
        return tf.sigmoid(self._peeped("O", gates[3], c_freq, c_time)) * tf.tanh(own)


@export("contrib.rnn.GridLSTMCell")
class GridLSTMCell(RNNCell):
    """An LSTM along time and one along the frequencies of a step (Kalchbrenner et al. 2016, arXiv:1507.01526).

    Args:
      num_units: the size of each LSTM.
      use_peepholes: whether the gates see `c` of both directions.
      share_time_frequency_weights: whether both directions have the same weights.
      cell_clip: the bound of `c`'s magnitude; None for none.
      initializer: accepted; TensorFlow ignores it, too.
      num_unit_shards: in how many variables a kernel is kept.
      forget_bias: what is added to the forget gates.
      feature_size: the size of a window of the inputs.
      frequency_skip: how far the next window is.
      num_frequency_blocks: how many windows each block has; a block has weights of its own.
      start_freqindex_list: where each block begins; one block of everything when None.
      end_freqindex_list: where it ends.
      couple_input_forget_gates: whether the forget gate is one minus the input gate.
      state_is_tuple: whether the state is a named tuple, or one tensor.
      reuse: whether to share the variables that are in the scope.

    Raises:
      ValueError: `num_frequency_blocks` is None.

    >>> with tf.Graph().as_default():
    ...     cell = tf.contrib.rnn.GridLSTMCell(
    ...         2, feature_size=2, frequency_skip=1, num_frequency_blocks=[3]
    ...     )
    ...     cell(tf.ones([1, 4]), cell.zero_state(1, tf.float32))[0].shape
    TensorShape([Dimension(1), Dimension(12)])
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        share_time_frequency_weights: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_unit_shards: int = 1,
        forget_bias: float = 1.0,
        feature_size: Any = None,
        frequency_skip: Any = None,
        num_frequency_blocks: list[int] | None = None,
        start_freqindex_list: list[int] | None = None,
        end_freqindex_list: list[int] | None = None,
        couple_input_forget_gates: bool = False,
        state_is_tuple: bool = True,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        if not state_is_tuple:
            warn_of_joined_states(self)
        if num_frequency_blocks is None:
            raise ValueError("Must specify num_frequency_blocks")
        self.num_units, self.clip, self.forget_bias = num_units, cell_clip, forget_bias
        self.couples = couple_input_forget_gates
        self._use_peepholes = use_peepholes
        self._shared = share_time_frequency_weights
        self._kernel_start = initializer
        self._num_unit_shards = num_unit_shards
        self._feature_size, self._frequency_skip = feature_size, frequency_skip
        self._blocks = [int(count) for count in num_frequency_blocks]
        self._starts, self._ends = start_freqindex_list, end_freqindex_list
        self._state_tuple_type: Any = self._tuple_type("GridLSTMStateTuple", ["state"]) if state_is_tuple else None
        self._state_size: Any = num_units * sum(self._blocks) * 2
        if self._state_tuple_type is not None:
            self._state_size = self._state_tuple_type(*[num_units] * (2 * sum(self._blocks)))
        self._output_size = num_units * sum(self._blocks) * 2

    def _tuple_type(self, name: str, prefixes: list[str]) -> Any:
        fields = [
            f"{prefix}_f{n:02d}_b{block:02d}_{part}"
            for prefix in prefixes
            for block, count in enumerate(self._blocks)
            for n in range(count)
            for part in "cm"
        ]
        return collections.namedtuple(name, fields)  # noqa: PYI024  the fields are known at run time only

    @property
    def output_size(self) -> int:
        """The units of both directions in all windows."""
        return self._output_size

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `m` of all windows."""
        return self._state_size

    @property
    def state_tuple_type(self) -> Any:
        """The type of the state, None where it is one tensor."""
        return self._state_tuple_type

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the outputs of all windows, concatenated, and their states.

        Raises:
          ValueError: the size of the inputs is not known, or does not fit the blocks.
        """
        batch_size = inputs.shape.dims[0].value or tf.shape(inputs)[0]
        outputs, states = self._run_blocks(self._windows(inputs), state, batch_size, "state")
        new_state = tf.concat(states, 1) if self._state_tuple_type is None else self._state_tuple_type(*states)
        return tf.concat(outputs, 1), new_state

    def _run_blocks(self, blocks: Any, state: Any, batch_size: Any, prefix: str) -> tuple[list[Any], list[Any]]:
        """Returns the outputs and states of all windows of all blocks."""
        outputs: list[Any] = []
        states: list[Any] = []
        for block, windows in enumerate(blocks):
            made = self._run_block(windows, block, state, batch_size, prefix)
            outputs.extend(made[0])
            states.extend(made[1])
        return outputs, states

    def _run_block(
        self, windows: list[Any], block: int, state: Any, batch_size: Any, prefix: str
    ) -> tuple[list[Any], list[Any]]:
        dtype, units = windows[0].dtype, self.num_units
        along_freq, along_time = self._directions(block, windows[0].shape.as_list()[1], dtype)
        m_freq = tf.zeros([batch_size, units], dtype)
        c_freq = tf.zeros([batch_size, units], dtype)
        outputs: list[Any] = []
        states: list[Any] = []
        for n, window in enumerate(windows):
            c_time, m_time = self._state_of(state, prefix, block, n)
            joined = tf.concat([window, m_time, m_freq], 1)
            gates = along_freq.gates(joined)
            time_gates = gates if self._shared else along_time.gates(joined)
            new_c_freq = along_freq.new_c(gates, c_freq, c_time, c_freq)
            c_time = along_time.new_c(time_gates, c_freq, c_time, c_time)
            c_freq = new_c_freq
            m_freq = along_freq.new_m(gates, c_freq, c_time, c_freq)
            m_time = along_time.new_m(time_gates, c_freq, c_time, c_time)
            states += [c_time, m_time]
            outputs += [m_time, m_freq]
        return outputs, states

    def _directions(self, block: int, depth: int, dtype: Any) -> tuple[_Direction, _Direction]:
        """Returns the LSTMs of a block: along the frequencies, and along time."""
        width = (3 if self.couples else 4) * self.num_units
        made = []
        for axis in "f" if self._shared else "ft":
            shape = [depth + 2 * self.num_units, width]
            kernel = joined_variable(f"W_{axis}_{block}", shape, dtype, self._num_unit_shards)
            bias = tf.get_variable(f"B_{axis}_{block}", shape=[width], initializer=tf.zeros_initializer(), dtype=dtype)
            made.append(_Direction(self, kernel, bias))
        if self._use_peepholes:
            for direction, name in zip(made, ("freq", "time"), strict=False):
                direction.make_diagonals(name, block, dtype)
        return made[0], made[-1]

    def _state_of(self, state: Any, prefix: str, block: int, n: int) -> tuple[Any, Any]:
        """Returns `c` and `m` of a window in the step before."""
        if self._state_tuple_type is not None:
            name = f"{prefix}_f{n:02d}_b{block:02d}"
            return getattr(state, f"{name}_c"), getattr(state, f"{name}_m")
        c, m = [tf.slice(state, [0, k * self.num_units], [-1, self.num_units]) for k in (2 * n, 2 * n + 1)]
        return c, m

    def _windows(self, inputs: Any, offset: int = 0) -> list[list[Any]]:
        """Returns the windows of each block, moved by an offset over the inputs, which zeros continue.

        Raises:
          ValueError: the size of the inputs is not known, or does not fit the blocks.
        """
        size = inputs.shape.with_rank(2).dims[-1].value
        if size is None:
            raise ValueError("Cannot infer input_size from static shape inference.")
        if offset:
            around = [0, 0, 0, offset] if offset > 0 else [0, 0, -offset, 0]
            inputs = tf.pad(inputs, tf.constant(around, shape=[2, 2], dtype=tf.int32), "CONSTANT")
        width, skip = self._feature_size, self._frequency_skip
        windows = []
        for (start, end), count in zip(self._borders(size), self._blocks, strict=True):
            fitting = int((end - start - width) / skip) + 1
            if fitting != count:
                raise ValueError(
                    f"Invalid num_frequency_blocks, requires {count} but gets {fitting}, please check the input size and "
                    "filter config are correct."
                )
            first = start + max(offset, 0)
            windows.append([tf.slice(inputs, [0, first + n * skip], [-1, width]) for n in range(count)])
        return windows

    def _borders(self, size: int) -> list[tuple[int, int]]:
        """Returns where the blocks begin and end."""
        starts, ends, count = self._starts, self._ends, len(self._blocks)
        if not starts:
            if count != 1:
                raise ValueError(f"Length of num_frequency_blocks is not 1, but instead is {count}")
            return [(0, size)]
        if len(starts) != len(ends or ()):
            raise ValueError(f"Length of start and end freqindex_list does not match {len(starts)} {len(ends or ())}")
        if count != len(starts):
            raise ValueError(
                f"Length of num_frequency_blocks is not equal to start_freqindex_list {count} {len(starts)}"
            )
        return list(zip(starts, ends or (), strict=True))


@export("contrib.rnn.BidirectionalGridLSTMCell")
class BidirectionalGridLSTMCell(GridLSTMCell):
    """A `GridLSTMCell` that goes over the frequencies both ways, with weights for each.

    Args:
      num_units: see `tf.contrib.rnn.GridLSTMCell`, and so for the others.
      use_peepholes: see there.
      share_time_frequency_weights: see there.
      cell_clip: see there.
      initializer: see there.
      num_unit_shards: see there.
      forget_bias: see there.
      feature_size: see there.
      frequency_skip: see there.
      num_frequency_blocks: see there.
      start_freqindex_list: see there.
      end_freqindex_list: see there.
      couple_input_forget_gates: see there.
      backward_slice_offset: how far the windows of the way back are moved.
      reuse: see there.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        share_time_frequency_weights: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_unit_shards: int = 1,
        forget_bias: float = 1.0,
        feature_size: Any = None,
        frequency_skip: Any = None,
        num_frequency_blocks: list[int] | None = None,
        start_freqindex_list: list[int] | None = None,
        end_freqindex_list: list[int] | None = None,
        couple_input_forget_gates: bool = False,
        backward_slice_offset: int = 0,
        reuse: Any = None,
    ) -> None:
        super().__init__(
            num_units,
            use_peepholes=use_peepholes,
            share_time_frequency_weights=share_time_frequency_weights,
            cell_clip=cell_clip,
            initializer=initializer,
            num_unit_shards=num_unit_shards,
            forget_bias=forget_bias,
            feature_size=feature_size,
            frequency_skip=frequency_skip,
            num_frequency_blocks=num_frequency_blocks,
            start_freqindex_list=start_freqindex_list,
            end_freqindex_list=end_freqindex_list,
            couple_input_forget_gates=couple_input_forget_gates,
            reuse=reuse,
        )
        self._backward_slice_offset = int(backward_slice_offset)
        tuple_type = self._tuple_type("BidirectionalGridLSTMStateTuple", ["fwd_state", "bwd_state"])
        self._state_tuple_type = tuple_type
        self._state_size = tuple_type(*[num_units] * (4 * sum(self._blocks)))
        self._output_size *= 2

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the outputs of both ways, concatenated, and the states.

        Raises:
          ValueError: the size of the inputs is not known, or does not fit the blocks.
        """
        batch_size = inputs.shape.dims[0].value or tf.shape(inputs)[0]
        forward = backward = self._windows(inputs)
        if self._backward_slice_offset:
            backward = self._windows(inputs, self._backward_slice_offset)
        with tf.variable_scope("fwd"):
            outputs, states = self._run_blocks(forward, state, batch_size, "fwd_state")
        with tf.variable_scope("bwd"):
            turned = [windows[::-1] for windows in backward]
            more_outputs, more_states = self._run_blocks(turned, state, batch_size, "bwd_state")
        return tf.concat(outputs + more_outputs, 1), self._state_tuple_type(*states, *more_states)
