"""Cells that take all time steps at once: the interface, an adaptor for other cells, and time backwards."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export


@export("contrib.rnn.FusedRNNCell")
class FusedRNNCell:
    """A function from the inputs of all steps, [time, batch, size], to their outputs and the last state."""

    def __call__(
        self, inputs: Any, initial_state: Any = None, dtype: Any = None, sequence_length: Any = None, scope: Any = None
    ) -> Any:
        """Returns the outputs and the last state.

        Args:
          inputs: a tensor of shape [time, batch, size], or a list of as many tensors as there are steps.
          initial_state: the state before the first step; zeros when None, and then `dtype` is needed.
          dtype: the element type of state and outputs.
          sequence_length: the length of each sequence, an integer vector.
          scope: the variable scope.
        """
        raise NotImplementedError("Abstract method")


@export("contrib.rnn.FusedRNNCellAdaptor")
class FusedRNNCellAdaptor(FusedRNNCell):
    """Runs a cell step by step behind the interface of `FusedRNNCell`.

    Args:
      cell: the cell.
      use_dynamic_rnn: whether in a loop, or unrolled.
    """

    def __init__(self, cell: Any, use_dynamic_rnn: bool = False) -> None:
        self._cell = cell
        self._use_dynamic_rnn = use_dynamic_rnn

    def __call__(
        self, inputs: Any, initial_state: Any = None, dtype: Any = None, sequence_length: Any = None, scope: Any = None
    ) -> Any:
        """Returns the outputs and the last state; see `FusedRNNCell`."""
        is_list = isinstance(inputs, list)
        options = {
            "initial_state": initial_state,
            "dtype": dtype,
            "sequence_length": sequence_length,
            "scope": scope,
        }
        if self._use_dynamic_rnn:
            if is_list:
                inputs = tf.stack(inputs)
            outputs, state = tf.nn.dynamic_rnn(self._cell, inputs, time_major=True, **options)
            return tf.unstack(outputs) if is_list else outputs, state
        if not is_list:
            inputs = tf.unstack(inputs)
        outputs, state = tf.nn.static_rnn(self._cell, inputs, **options)
        return outputs if is_list else tf.stack(outputs), state


@export("contrib.rnn.TimeReversedFusedRNN")
class TimeReversedFusedRNN(FusedRNNCell):
    """A fused cell that goes from the end to the beginning.

    Args:
      cell: a `FusedRNNCell`.
    """

    def __init__(self, cell: Any) -> None:
        self._cell = cell

    def _reverse(self, tensor: Any, lengths: Any) -> Any:
        if isinstance(tensor, list):
            return list(reversed(tensor))
        if lengths is None:
            return tf.reverse(tensor, [0])
        return tf.reverse_sequence(tensor, lengths, seq_axis=0, batch_axis=1)

    def __call__(
        self, inputs: Any, initial_state: Any = None, dtype: Any = None, sequence_length: Any = None, scope: Any = None
    ) -> Any:
        """Returns the outputs, in the order of the inputs, and the state at the beginning; see `FusedRNNCell`."""
        turned = self._reverse(inputs, sequence_length)
        outputs, state = self._cell(
            turned, initial_state=initial_state, dtype=dtype, sequence_length=sequence_length, scope=scope
        )
        return self._reverse(outputs, sequence_length), state
