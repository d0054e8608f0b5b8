"""`tf.nn.dynamic_rnn`: cells in a loop."""

from __future__ import annotations

from functools import partial
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import assert_like_rnncell
from tangraph_layers.rnn.states import joined_shape
from tangraph_layers.rnn.steps import (
    Lengths,
    best_effort_input_batch_size,
    cache_variables,
    rnn_step,
    run_cell,
    set_known_shape,
    start_state,
    state_dtype,
    transpose_batch_time,
)


@export("nn.dynamic_rnn")
def dynamic_rnn(
    cell: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> Any:
    """Runs a cell over sequences, in a loop.

    Args:
      cell: the cell.
      inputs: a tensor of shape [batch, time, ...], or a nested structure of them; [time, batch, ...] if `time_major`.
      sequence_length: the length of each sequence, an integer vector; what follows puts out zeros and keeps the state.
      initial_state: the state before the first step; the cell's zero state of type `dtype` when None.
      dtype: the element type of state and outputs; needed without an initial state.
      parallel_iterations: recorded in the graph; 32 when None.
      swap_memory: recorded in the graph.
      time_major: whether inputs and outputs have the time first, which saves two transpositions.
      scope: the variable scope, or its name; "rnn" when None.

    Returns:
      The outputs, of shape [batch, time, ...size] or [time, batch, ...size], and the state after the last step.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: there is neither a state nor a type; the inputs do not tell their sizes.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     outputs, state = tf.nn.dynamic_rnn(
    ...         tf.nn.rnn_cell.BasicRNNCell(3), tf.ones([2, 4, 5]), dtype=tf.float32
    ...     )
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(outputs)[:, -1].tolist() == sess.run(state).tolist()
    True
    """
    assert_like_rnncell("cell", cell)
    with tf.variable_scope(scope or "rnn") as varscope:
        cache_variables(varscope)
        flat_input = tf.nest.flatten(inputs)
        if not time_major:
            flat_input = [tf.convert_to_tensor(one) for one in flat_input]
            flat_input = [transpose_batch_time(one) for one in flat_input]
        lengths = None if sequence_length is None else _lengths(sequence_length)
        batch_size = best_effort_input_batch_size(flat_input)
        state = start_state(cell, initial_state, batch_size, dtype)
        if lengths is not None:
            with tf.control_dependencies([_assert_has_shape(lengths, [batch_size])]):
                lengths = tf.identity(lengths, name="CheckSeqLen")
        packed = tf.nest.pack_sequence_as(inputs, flat_input)
        loop = _Loop(cell, packed, state, lengths, dtype)
        outputs, final_state = loop.run(parallel_iterations or 32, swap_memory)
        if not time_major:
            outputs = tf.nest.map_structure(transpose_batch_time, outputs)
        return outputs, final_state


def _lengths(sequence_length: Any) -> Any:
    lengths = tf.cast(sequence_length, tf.int32)
    if lengths.shape.ndims not in {None, 1}:
        raise ValueError(f"sequence_length must be a vector of length batch_size, but saw shape: {lengths.shape}")
    return tf.identity(lengths, name="sequence_length")


def _assert_has_shape(x: Any, shape: list[Any]) -> Any:
    actual, wanted = tf.shape(x), tf.stack(shape)
    return tf.Assert(
        tf.reduce_all(tf.equal(actual, wanted)),
        [f"Expected shape for Tensor {x.name} is ", wanted, " but saw shape: ", actual],
    )


def _check_inputs(flat_input: list[Any]) -> list[Any]:
    """Returns the static shapes of the inputs, [time, batch, ...]; raises ValueError if they contradict each other."""
    shapes = [one.shape.with_rank_at_least(3) for one in flat_input]
    steps, batch = shapes[0].as_list()[:2]
    for shape in shapes:
        if not shape[2:].is_fully_defined():
            raise ValueError("Input size (depth of inputs) must be accessible via shape inference, but saw value None.")
        if shape.as_list()[0] != steps:
            raise ValueError("Time steps is not the same for all the elements in the input in a batch.")
        if shape.as_list()[1] != batch:
            raise ValueError("Batch_size is not the same for all the elements in the input.")
    return shapes


class _Loop:
    """The loop over time: what it needs is made here, in TensorFlow's order."""

    def __init__(self, cell: Any, inputs: Any, state: Any, lengths: Any, dtype: Any) -> None:
        self.cell, self.inputs, self.state = cell, inputs, state
        self.flat_input = tf.nest.flatten(inputs)
        self.sizes = tf.nest.flatten(cell.output_size)
        self.steps = tf.shape(self.flat_input[0])[0]
        batch_size = best_effort_input_batch_size(self.flat_input)
        self.shapes = _check_inputs(self.flat_input)
        self.dtype = state_dtype(dtype, state) if self.sizes else dtype
        zeros = [tf.zeros(joined_shape(batch_size, size), self.dtype) for size in self.sizes]
        self.zero_output = tf.nest.pack_sequence_as(cell.output_size, zeros)
        self.lengths = None if lengths is None else Lengths(lengths)

    def run(self, parallel_iterations: int, swap_memory: bool) -> Any:
        """Builds the loop; returns the outputs with the time first, and the final state."""
        time = tf.constant(0, dtype=tf.int32, name="time")
        with tf.name_scope("dynamic_rnn") as base_name:
            pass
        steps, batch = self.shapes[0].as_list()[:2]
        arrays = tuple(
            self._array(f"{base_name}output_{i}", tf.TensorShape([batch]).concatenate(_known(size)), self.dtype)
            for i, size in enumerate(self.sizes)
        )
        made = [self._array(f"{base_name}input_{i}", one.shape[1:], one.dtype) for i, one in enumerate(self.flat_input)]
        self.input_arrays = [array.unstack(one) for array, one in zip(made, self.flat_input, strict=True)]
        longest = self.steps if self.lengths is None else self.lengths.greatest
        bound = tf.minimum(self.steps, tf.maximum(1, longest))
        _, arrays, state = tf.while_loop(
            cond=lambda time, *_: time < bound,
            body=self._step,
            loop_vars=(time, arrays, self.state),
            parallel_iterations=parallel_iterations,
            maximum_iterations=self.steps,
            swap_memory=swap_memory,
        )
        outputs = [array.stack() for array in arrays]
        for output, size in zip(outputs, self.sizes, strict=True):
            set_known_shape(output, [steps, batch], size)
        return tf.nest.pack_sequence_as(self.cell.output_size, outputs), state

    def _array(self, name: str, element_shape: Any, dtype: Any) -> Any:
        return tf.TensorArray(dtype=dtype, size=self.steps, element_shape=element_shape, tensor_array_name=name)

    def _step(self, time: Any, arrays: Any, state: Any) -> Any:
        read = [array.read(time) for array in self.input_arrays]
        for one, shape in zip(read, self.shapes, strict=True):
            one.set_shape(shape[1:])
        inputs = tf.nest.pack_sequence_as(self.inputs, read)
        if self.lengths is None:
            output, new_state = run_cell(self.cell, inputs, state)
        else:
            call = partial(run_cell, self.cell, inputs, state)
            output, new_state = rnn_step(time, self.lengths, self.zero_output, state, call, skip_conditionals=True)
        written = tuple(array.write(time, one) for array, one in zip(arrays, tf.nest.flatten(output), strict=True))
        return time + 1, written, new_state


def _known(size: Any) -> Any:
    """Returns a cell's size as a static shape."""
    if tf.contrib.framework.is_tensor(size):
        return tf.TensorShape(tf.contrib.util.constant_value(size))
    return tf.TensorShape(size)
