"""Cells that run over sequences in both directions."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import assert_like_rnncell
from tangraph_layers.rnn.dynamic import dynamic_rnn
from tangraph_layers.rnn.static import static_rnn


@export("nn.bidirectional_dynamic_rnn")
def bidirectional_dynamic_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> Any:
    """Runs one cell forward and another backward over sequences.

    Args:
      cell_fw: the cell that runs forward.
      cell_bw: the cell that runs backward, from each sequence's end.
      initial_state_fw, initial_state_bw: the states before their first steps.
      inputs, sequence_length, dtype, parallel_iterations, swap_memory, time_major: see `tf.nn.dynamic_rnn`.
      scope: the variable scope, or its name; "bidirectional_rnn" when None.

    Returns:
      The pair of outputs (forward, backward), both in the order of the inputs, and the pair of final states.

    Raises:
      TypeError: what should be a cell is none.

    >>> with tf.Graph().as_default():
    ...     cells = [tf.nn.rnn_cell.GRUCell(3), tf.nn.rnn_cell.GRUCell(3)]
    ...     outputs, _ = tf.nn.bidirectional_dynamic_rnn(*cells, tf.ones([2, 5, 4]), dtype=tf.float32)
    ...     tf.concat(outputs, 2).shape.as_list()
    [2, 5, 6]
    """
    assert_like_rnncell("cell_fw", cell_fw)
    assert_like_rnncell("cell_bw", cell_bw)
    options = {
        "sequence_length": sequence_length,
        "dtype": dtype,
        "parallel_iterations": parallel_iterations,
        "swap_memory": swap_memory,
        "time_major": time_major,
    }
    time_axis, batch_axis = (0, 1) if time_major else (1, 0)

    def reverse(x: Any) -> Any:
        if sequence_length is None:
            return tf.reverse(x, axis=[time_axis])
        return tf.reverse_sequence(input=x, seq_lengths=sequence_length, seq_axis=time_axis, batch_axis=batch_axis)

    with tf.variable_scope(scope or "bidirectional_rnn"):
        with tf.variable_scope("fw") as fw_scope:
            output_fw, state_fw = dynamic_rnn(
                cell_fw, inputs, initial_state=initial_state_fw, scope=fw_scope, **options
            )
        with tf.variable_scope("bw") as bw_scope:
            reversed_inputs = tf.nest.map_structure(reverse, inputs)
            backward, state_bw = dynamic_rnn(
                cell_bw, reversed_inputs, initial_state=initial_state_bw, scope=bw_scope, **options
            )
    output_bw = tf.nest.map_structure(reverse, backward)
    return (output_fw, output_bw), (state_fw, state_bw)


@export("nn.static_bidirectional_rnn", "contrib.rnn.static_bidirectional_rnn")
def static_bidirectional_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> Any:
    """Runs one cell forward and another backward over a list of inputs.

    Args:
      cell_fw: the cell that runs forward.
      cell_bw: the cell that runs backward.
      initial_state_fw, initial_state_bw: the states before their first steps.
      inputs, dtype, sequence_length: see `tf.nn.static_rnn`.
      scope: the variable scope, or its name; "bidirectional_rnn" when None.

    Returns:
      The list of outputs, forward and backward side by side, and both final states.

    Raises:
      TypeError: what should be a cell is none, or `inputs` is no list.
      ValueError: `inputs` is empty.
    """
    assert_like_rnncell("cell_fw", cell_fw)
    assert_like_rnncell("cell_bw", cell_bw)
    if not tf.nest.is_nested(inputs):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")
    with tf.variable_scope(scope or "bidirectional_rnn"):
        with tf.variable_scope("fw") as fw_scope:
            output_fw, state_fw = static_rnn(cell_fw, inputs, initial_state_fw, dtype, sequence_length, scope=fw_scope)
        with tf.variable_scope("bw") as bw_scope:
            reversed_inputs = _reversed(inputs, sequence_length)
            backward, state_bw = static_rnn(
                cell_bw, reversed_inputs, initial_state_bw, dtype, sequence_length, scope=bw_scope
            )
    output_bw = _reversed(backward, sequence_length)
    flat_bw = tf.nest.flatten(output_bw)
    flat = [tf.concat([fw, bw], 1) for fw, bw in zip(tf.nest.flatten(output_fw), flat_bw, strict=True)]
    return tf.nest.pack_sequence_as(output_fw, flat), state_fw, state_bw


def _reversed(sequence: Any, lengths: Any) -> list[Any]:
    """Returns a list of inputs backward, each sequence up to its own length."""
    if lengths is None:
        return list(reversed(sequence))
    columns = []
    for column in zip(*[tf.nest.flatten(one) for one in sequence], strict=True):
        shape = tf.TensorShape([None] * column[0].shape.ndims if column[0].shape.ndims is not None else None)
        for one in column:
            shape = shape.merge_with(one.shape)
            one.set_shape(shape)
        backward = tf.unstack(tf.reverse_sequence(tf.stack(column), lengths, 0, 1))
        for one in backward:
            one.set_shape(shape)
        columns.append(backward)
    return [
        tf.nest.pack_sequence_as(structure, list(flat))
        for structure, flat in zip(sequence, zip(*columns, strict=True), strict=True)
    ]


@export("contrib.rnn.stack_bidirectional_rnn")
def stack_bidirectional_rnn(
    cells_fw: Any,
    cells_bw: Any,
    inputs: Any,
    initial_states_fw: Any = None,
    initial_states_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> Any:
    """Runs layers of cells in both directions over a list of inputs; each layer sees both directions of the one before.

    Args:
      cells_fw: the cells that run forward, one a layer.
      cells_bw: the cells that run backward, one a layer.
      initial_states_fw, initial_states_bw: lists of their states before the first step.
      inputs, dtype, sequence_length: see `tf.nn.static_rnn`.
      scope: the variable scope, or its name; "stack_bidirectional_rnn" when None.

    Returns:
      The list of outputs, and the tuples of the final states forward and backward.

    Raises:
      ValueError: the lists are not of one length, or empty.
    """
    _check_stacks(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states_fw, states_bw = [], []
    layer = inputs
    with tf.variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (cell_fw, cell_bw) in enumerate(zip(cells_fw, cells_bw, strict=True)):
            with tf.variable_scope(f"cell_{i}") as cell_scope:
                layer, state_fw, state_bw = static_bidirectional_rnn(
                    cell_fw,
                    cell_bw,
                    layer,
                    initial_state_fw=initial_states_fw[i] if initial_states_fw else None,
                    initial_state_bw=initial_states_bw[i] if initial_states_bw else None,
                    sequence_length=sequence_length,
                    dtype=dtype,
                    scope=cell_scope,
                )
                states_fw.append(state_fw)
                states_bw.append(state_bw)
    return layer, tuple(states_fw), tuple(states_bw)


@export("contrib.rnn.stack_bidirectional_dynamic_rnn")
def stack_bidirectional_dynamic_rnn(
    cells_fw: Any,
    cells_bw: Any,
    inputs: Any,
    initial_states_fw: Any = None,
    initial_states_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    parallel_iterations: int | None = None,
    time_major: bool = False,
    scope: Any = None,
    swap_memory: bool = False,
) -> Any:
    """Runs layers of cells in both directions over sequences; each layer sees both directions of the one before.

    Args:
      cells_fw: the cells that run forward, one a layer.
      cells_bw: the cells that run backward, one a layer.
      initial_states_fw, initial_states_bw: lists of their states before the first step.
      inputs, dtype, sequence_length, parallel_iterations, time_major, swap_memory: see `tf.nn.dynamic_rnn`.
      scope: the variable scope, or its name; "stack_bidirectional_rnn" when None.

    Returns:
      The outputs, forward and backward side by side, and the tuples of the final states forward and backward.

    Raises:
      ValueError: the lists are not of one length, or empty.
    """
    _check_stacks(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states_fw, states_bw = [], []
    layer = inputs
    with tf.variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (cell_fw, cell_bw) in enumerate(zip(cells_fw, cells_bw, strict=True)):
            with tf.variable_scope(f"cell_{i}"):
                outputs, (state_fw, state_bw) = bidirectional_dynamic_rnn(
                    cell_fw,
                    cell_bw,
                    layer,
                    initial_state_fw=initial_states_fw[i] if initial_states_fw else None,
                    initial_state_bw=initial_states_bw[i] if initial_states_bw else None,
                    sequence_length=sequence_length,
                    parallel_iterations=parallel_iterations,
                    dtype=dtype,
                    swap_memory=swap_memory,
                    time_major=time_major,
                )
                layer = tf.concat(outputs, 2)
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return layer, tuple(states_fw), tuple(states_bw)


def _check_stacks(cells_fw: Any, cells_bw: Any, initial_states_fw: Any, initial_states_bw: Any) -> None:
    if not cells_fw:
        raise ValueError("Must specify at least one fw cell for BidirectionalRNN.")
    if not cells_bw:
        raise ValueError("Must specify at least one bw cell for BidirectionalRNN.")
    if not isinstance(cells_fw, list):
        raise ValueError("cells_fw must be a list of RNNCells (one per layer).")
    if not isinstance(cells_bw, list):
        raise ValueError("cells_bw must be a list of RNNCells (one per layer).")
    if len(cells_fw) != len(cells_bw):
        raise ValueError("Forward and Backward cells must have the same depth.")
    for states, where in ((initial_states_fw, "fw"), (initial_states_bw, "bw")):
        if states is not None and (not isinstance(states, list) or len(states) != len(cells_fw)):
            raise ValueError(f"initial_states_{where} must be a list of state tensors (one per layer).")
