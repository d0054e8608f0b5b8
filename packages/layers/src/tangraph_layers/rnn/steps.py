"""What the functions that run cells over sequences share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.layer import Layer
from tangraph_layers.rnn.cell import RNNCell
from tangraph_layers.rnn.states import joined_static_shape

if TYPE_CHECKING:
    from collections.abc import Callable


def cache_variables(scope: Any) -> None:
    """Lets variables made in a scope be read once a run, unless they are made inside a loop."""
    context = tf.get_default_graph()._get_control_flow_context()
    while context is not None:
        if context.IsWhileContext():
            return
        context = context.outer_context
    if scope.caching_device is None:
        scope.set_caching_device(lambda op: op.device)


@export("contrib.rnn.transpose_batch_time")
def transpose_batch_time(x: Any) -> Any:
    """Exchanges the first two axes of a tensor; one of rank below 2 stays as it is.

    >>> with tf.Graph().as_default():
    ...     transpose_batch_time(tf.ones([2, 3, 4])).shape.as_list()
    [3, 2, 4]
    """
    shape = x.shape
    if shape.ndims is not None and shape.ndims < 2:
        return x
    transposed = tf.transpose(x, tf.concat(([1, 0], tf.range(2, tf.rank(x))), axis=0))
    known = [None, None] if shape.ndims is None else [shape[1].value, shape[0].value]
    rest = tf.TensorShape(None) if shape.ndims is None else shape[2:]
    transposed.set_shape(tf.TensorShape(known).concatenate(rest) if shape.ndims is not None else rest)
    return transposed


@export("contrib.rnn.best_effort_input_batch_size")
def best_effort_input_batch_size(flat_input: Any) -> Any:
    """Returns the batch size of inputs of the shapes [time, batch, ...]: a number if it is known, else a tensor.

    Raises:
      ValueError: an input has a rank below 2.
    """
    for one in flat_input:
        shape = one.shape
        if shape.ndims is None:
            continue
        if shape.ndims < 2:
            raise ValueError(f"Expected input tensor {one} to have rank at least 2")
        if shape.dims[1].value is not None:
            return shape.dims[1].value
    return tf.shape(flat_input[0])[1]


def state_dtype(explicit: Any, state: Any) -> Any:
    """Returns the element type of what a cell computes: the one that is asked for, or that of the state.

    Raises:
      ValueError: the state holds several, or nothing.
    """
    if explicit is not None:
        return explicit
    if not tf.nest.is_nested(state):
        return state.dtype
    found = [part.dtype for part in tf.nest.flatten(state)]
    if not found:
        raise ValueError("Unable to infer dtype from empty state.")
    if any(dtype != found[0] for dtype in found):
        raise ValueError(
            "State has tensors of different inferred_dtypes. Unable to infer a single representative dtype."
        )
    return found[0]


def start_state(cell: Any, initial_state: Any, batch_size: Any, dtype: Any) -> Any:
    """Returns the state before the first step.

    Raises:
      ValueError: there is neither a state nor a type.
    """
    if initial_state is not None:
        return initial_state
    if not dtype:
        raise ValueError("If there is no initial_state, you must give a dtype.")
    if getattr(cell, "get_initial_state", None) is not None:
        return cell.get_initial_state(inputs=None, batch_size=batch_size, dtype=dtype)
    return cell.zero_state(batch_size, dtype)


def takes_list_of_states(cell: Any) -> bool:
    """Whether a cell is one of Keras': its state is a list, even of one tensor, and it has no `zero_state`."""
    return isinstance(cell, Layer) and not isinstance(cell, RNNCell) and getattr(cell, "zero_state", None) is None


def run_cell(cell: Any, inputs: Any, state: Any) -> Any:
    """Calls a cell with a state that is a tensor or a structure, whichever kind of cell it is.

    Returns:
      The output and the state after, in the structure of `state`.
    """
    if not takes_list_of_states(cell):
        return cell(inputs, state)
    output, states = cell(inputs, state if tf.nest.is_nested(state) else [state])
    return output, states[0] if len(states) == 1 else states


class Lengths:
    """The lengths of a batch's sequences, with the least and the greatest."""

    def __init__(self, lengths: Any) -> None:
        self.each = lengths
        self.least = tf.reduce_min(lengths)
        self.greatest = tf.reduce_max(lengths)


def rnn_step(
    time: Any,
    lengths: Lengths,
    zero_output: Any,
    state: Any,
    call_cell: Callable[[], Any],
    skip_conditionals: bool = False,
) -> Any:
    """Runs one step, in which sequences that have ended put out zeros and keep their state.

    Args:
      time: the number of the step, a number or a scalar tensor.
      lengths: the sequences' lengths.
      zero_output: zeros in the structure of the outputs.
      state: the state before.
      call_cell: runs the cell.
      skip_conditionals: whether the cell runs even when all sequences have ended: cheaper when that is rare.

    Returns:
      The outputs and the state after.
    """
    flat_state, flat_zeros = tf.nest.flatten(state), tf.nest.flatten(zero_output)
    ended = time >= lengths.each

    def choose(before: Any, after: Any) -> Any:
        if isinstance(before, tf.TensorArray) or before.shape.ndims == 0:
            return after
        with tf.colocate_with(after):
            return tf.where(ended, before, after)

    def choose_all(outputs: list[Any], states: list[Any]) -> list[Any]:
        chosen = [choose(zeros, output) for zeros, output in zip(flat_zeros, outputs, strict=True)]
        return chosen + [choose(old, new) for old, new in zip(flat_state, states, strict=True)]

    def call() -> tuple[list[Any], list[Any]]:
        output, new_state = call_cell()
        tf.nest.assert_same_structure(zero_output, output)
        tf.nest.assert_same_structure(state, new_state)
        return tf.nest.flatten(output), tf.nest.flatten(new_state)

    def maybe_choose() -> Any:
        outputs, states = call()
        return tf.cond(time < lengths.least, lambda: outputs + states, lambda: choose_all(outputs, states))

    if skip_conditionals:
        both = choose_all(*call())
    else:
        both = tf.cond(time >= lengths.greatest, lambda: flat_zeros + flat_state, maybe_choose)
    outputs, states = both[: len(flat_zeros)], both[len(flat_zeros) :]
    for output, zeros in zip(outputs, flat_zeros, strict=True):
        output.set_shape(zeros.shape)
    for new, old in zip(states, flat_state, strict=True):
        if not isinstance(new, tf.TensorArray):
            new.set_shape(old.shape)
    return tf.nest.pack_sequence_as(zero_output, outputs), tf.nest.pack_sequence_as(state, states)


def set_known_shape(output: Any, leading: Any, size: Any) -> None:
    """Tells a tensor its shape: leading sizes, as far as they are known, and those of a cell's output."""
    output.set_shape(joined_static_shape(leading, size))
