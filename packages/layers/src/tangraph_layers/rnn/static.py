"""`tf.nn.static_rnn`: cells once for each step, without a loop."""

from __future__ import annotations

from functools import partial
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import assert_like_rnncell
from tangraph_layers.rnn.states import joined_shape, joined_static_shape
from tangraph_layers.rnn.steps import Lengths, cache_variables, rnn_step, run_cell, start_state, state_dtype


@export("nn.static_rnn", "contrib.rnn.static_rnn")
def static_rnn(
    cell: Any,
    inputs: Any,
    initial_state: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> Any:
    """Runs a cell over a list of inputs.

    Args:
      cell: the cell.
      inputs: a list with a tensor of shape [batch, depth], or a nested structure of them, for each step.
      initial_state: the state before the first step; the cell's zero state of type `dtype` when None.
      dtype: the element type of state and outputs; needed without an initial state.
      sequence_length: the length of each sequence, an integer vector; what follows puts out zeros and keeps the state.
      scope: the variable scope, or its name; "rnn" when None.

    Returns:
      The list of outputs and the state after the last step.

    Raises:
      TypeError: `cell` is no cell, or `inputs` no list.
      ValueError: `inputs` is empty, or does not tell its sizes; there is neither a state nor a type.

    >>> with tf.Graph().as_default():
    ...     outputs, state = tf.nn.static_rnn(
    ...         tf.nn.rnn_cell.GRUCell(3), [tf.ones([2, 4])] * 5, dtype=tf.float32
    ...     )
    ...     len(outputs), state
    (5, <tf.Tensor 'rnn/gru_cell/add_4:0' shape=(2, 3) dtype=float32>)
    """
    assert_like_rnncell("cell", cell)
    if not tf.nest.is_nested(inputs):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")
    outputs = []
    with tf.variable_scope(scope or "rnn") as varscope:
        cache_variables(varscope)
        first = inputs
        while tf.nest.is_nested(first):
            first = first[0]
        static_batch = _static_batch(first, inputs)
        batch_size = static_batch or tf.shape(first)[0]
        if initial_state is None and not dtype:
            raise ValueError("If no initial_state is provided, dtype must be specified")
        state = start_state(cell, initial_state, batch_size, dtype)
        lengths, zero_output = None, None
        if sequence_length is not None:
            sequence_length = tf.convert_to_tensor(sequence_length, name="sequence_length")
            if sequence_length.shape.ndims not in {None, 1}:
                raise ValueError("sequence_length must be a vector of length batch_size")
            zero_output = _zero_output(cell.output_size, batch_size, static_batch, state_dtype(dtype, state))
            lengths = Lengths(tf.to_int32(sequence_length) if sequence_length.dtype != tf.int32 else sequence_length)
        for time, one in enumerate(inputs):
            if time > 0:
                varscope.reuse_variables()
            if lengths is None:
                output, state = run_cell(cell, one, state)
            else:
                output, state = rnn_step(time, lengths, zero_output, state, partial(run_cell, cell, one, state))
            outputs.append(output)
        return outputs, state


def _static_batch(first: Any, inputs: Any) -> Any:
    """Returns the batch size if it is known; checks that the inputs tell their sizes."""
    if first.shape.ndims == 1:
        return first.shape.dims[0].value
    batch = first.shape.with_rank_at_least(2).dims[0]
    for one in tf.nest.flatten(inputs):
        shape = one.shape.with_rank_at_least(2)
        batch.merge_with(shape.dims[0])
        for i, size in enumerate(shape.dims[1:]):
            if size.value is None:
                raise ValueError(
                    f"Input size (dimension {i} of inputs) must be accessible via shape inference, but saw value None."
                )
    return batch.value


def _zero_output(output_size: Any, batch_size: Any, static_batch: Any, dtype: Any) -> Any:
    def zeros(size: Any) -> Any:
        made = tf.zeros(joined_shape(batch_size, size), dtype)
        made.set_shape(tf.TensorShape(joined_static_shape(static_batch, size)))
        return made

    return tf.nest.map_structure(zeros, output_size)


@export("nn.static_state_saving_rnn", "contrib.rnn.static_state_saving_rnn")
def static_state_saving_rnn(
    cell: Any, inputs: Any, state_saver: Any, state_name: Any, sequence_length: Any = None, scope: Any = None
) -> Any:
    """Runs a cell over a list of inputs, from a state that is kept elsewhere and put back there.

    Args:
      cell: the cell.
      inputs: a list of tensors of shape [batch, depth].
      state_saver: an object with `state(name)` and `save_state(name, value)`.
      state_name: the name of the state, or names in the structure of the cell's `state_size`.
      sequence_length: the length of each sequence, an integer vector.
      scope: the variable scope, or its name.

    Returns:
      The list of outputs and the state after the last step.

    Raises:
      ValueError: the names do not fit the cell's state.
    """
    state_size = cell.state_size
    nested = tf.nest.is_nested(state_size)
    if nested != tf.nest.is_nested(state_name):
        raise ValueError(
            "state_name should be the same type as cell.state_size.  state_name: "
            f"{state_name}, cell.state_size: {state_size}"
        )
    if nested:
        names = tf.nest.flatten(state_name)
        sizes = tf.nest.flatten(state_size)
        if len(names) != len(sizes):
            raise ValueError(f"#elems(state_name) != #elems(state_size): {len(names)} vs. {len(sizes)}")
        start = tf.nest.pack_sequence_as(state_size, [state_saver.state(name) for name in names])
    else:
        start = state_saver.state(state_name)
    outputs, state = static_rnn(cell, inputs, initial_state=start, sequence_length=sequence_length, scope=scope)
    if nested:
        saves = [state_saver.save_state(name, part) for name, part in zip(names, tf.nest.flatten(state), strict=True)]
    else:
        saves = [state_saver.save_state(state_name, state)]
    with tf.control_dependencies(saves):
        flat = [tf.identity(one) for one in tf.nest.flatten(outputs[-1])]
        outputs[-1] = tf.nest.pack_sequence_as(outputs[-1], flat)
        state = tf.nest.map_structure(tf.identity, state) if nested else tf.identity(state)
    return outputs, state
