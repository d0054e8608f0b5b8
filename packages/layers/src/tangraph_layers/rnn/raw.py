"""`tf.nn.raw_rnn`: a loop in which a function decides on inputs, states and ends."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import assert_like_rnncell
from tangraph_layers.rnn.states import joined_shape
from tangraph_layers.rnn.steps import cache_variables


@export("nn.raw_rnn")
def raw_rnn(
    cell: Any, loop_fn: Any, parallel_iterations: int | None = None, swap_memory: bool = False, scope: Any = None
) -> Any:
    """Runs a cell in a loop that a function controls.

    Args:
      cell: the cell.
      loop_fn: a function of `time`, the cell's output, its state and the loop state that returns
        `(finished, next_input, next_state, emit_output, next_loop_state)`; it is called with None for all but the time
        before the first step.
      parallel_iterations: recorded in the graph; 32 when None.
      swap_memory: recorded in the graph.
      scope: the variable scope, or its name; "rnn" when None.

    Returns:
      The TensorArrays of what was emitted, the final state and the final loop state.

    Raises:
      TypeError: `cell` is no cell, or `loop_fn` cannot be called.
    """
    assert_like_rnncell("cell", cell)
    if not callable(loop_fn):
        raise TypeError("loop_fn must be a callable")
    with tf.variable_scope(scope or "rnn") as varscope:
        cache_variables(varscope)
        time = tf.constant(0, dtype=tf.int32)
        finished, first_input, state, emitted, init_loop_state = loop_fn(time, None, None, None)
        loop_state = tf.constant(0, dtype=tf.int32) if init_loop_state is None else init_loop_state
        flat_input = tf.nest.flatten(first_input)
        batch = flat_input[0].shape.dims[0]
        for one in flat_input:
            batch = batch.merge_with(one.shape.dims[0])
        batch_size = tf.shape(flat_input[0])[0] if batch.value is None else batch.value
        tf.nest.assert_same_structure(state, cell.state_size)
        state = tf.nest.map_structure(tf.convert_to_tensor, state)
        structure, sizes, dtypes = _emitted(cell, emitted, tf.nest.flatten(state)[0].dtype)
        arrays = [
            tf.TensorArray(
                dtype=dtype,
                dynamic_size=True,
                element_shape=tf.TensorShape([batch.value]).concatenate(_known(size)),
                size=0,
                name=f"rnn_output_{i}",
            )
            for i, (dtype, size) in enumerate(zip(dtypes, sizes, strict=True))
        ]
        zeros = [tf.zeros(joined_shape(batch_size, s), d) for s, d in zip(sizes, dtypes, strict=True)]
        body = _Body(cell, loop_fn, tf.nest.pack_sequence_as(structure, zeros))
        result = tf.while_loop(
            lambda time, finished, *_: tf.logical_not(tf.reduce_all(finished)),
            body,
            loop_vars=[
                time,
                finished,
                first_input,
                tf.nest.pack_sequence_as(structure, arrays),
                state,
                loop_state,
            ],
            parallel_iterations=parallel_iterations or 32,
            swap_memory=swap_memory,
        )
    arrays, final_state, final_loop_state = result[-3:]
    return arrays, final_state, None if init_loop_state is None else final_loop_state


def _emitted(cell: Any, emitted: Any, dtype: Any) -> tuple[Any, list[Any], list[Any]]:
    """Returns structure, sizes and types of what is emitted."""
    if emitted is None:
        sizes = tf.nest.flatten(cell.output_size)
        return cell.output_size, sizes, [dtype] * len(sizes)
    flat = tf.nest.flatten(emitted)
    sizes = [one.shape if one.shape.is_fully_defined() else tf.shape(one) for one in flat]
    return emitted, sizes, [one.dtype for one in flat]


def _known(size: Any) -> Any:
    """Returns a size as a static shape."""
    if tf.contrib.framework.is_tensor(size):
        return tf.contrib.util.constant_value_as_shape(size)
    return tf.TensorShape(size)


class _Body:
    """One step."""

    def __init__(self, cell: Any, loop_fn: Any, zeros: Any) -> None:
        self.cell, self.loop_fn, self.zeros = cell, loop_fn, zeros

    def __call__(self, time: Any, finished: Any, inputs: Any, arrays: Any, state: Any, loop_state: Any) -> Any:
        output, cell_state = self.cell(inputs, state)
        tf.nest.assert_same_structure(state, cell_state)
        tf.nest.assert_same_structure(self.cell.output_size, output)
        next_time = time + 1
        next_finished, next_input, next_state, emitted, next_loop_state = self.loop_fn(
            next_time, output, cell_state, loop_state
        )
        tf.nest.assert_same_structure(state, next_state)
        tf.nest.assert_same_structure(inputs, next_input)
        tf.nest.assert_same_structure(arrays, emitted)

        def choose(old: Any, new: Any) -> Any:
            if isinstance(old, tf.TensorArray) or old.shape.ndims == 0:
                return new
            with tf.colocate_with(new):
                return tf.where(finished, old, new)

        emitted = tf.nest.map_structure(choose, self.zeros, emitted)
        next_state = tf.nest.map_structure(choose, state, next_state)
        arrays = tf.nest.map_structure(lambda array, one: array.write(time, one), arrays, emitted)
        finished = tf.logical_or(finished, next_finished)
        loop_state = loop_state if next_loop_state is None else next_loop_state
        return next_time, finished, next_input, arrays, next_state, loop_state
