"""The loop of recurrent layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tangraph as tf
from tangraph.export import export

Step = Callable[[Any, tuple[Any, ...]], tuple[Any, Any]]


@export("keras.backend.rnn")
def rnn(
    step_function: Step,
    inputs: Any,
    initial_states: Any,
    go_backwards: bool = False,
    mask: Any = None,
    constants: Any = None,
    unroll: bool = False,
    input_length: Any = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
) -> tuple[Any, Any, Any]:
    """Calls a function for each step of sequences, and hands its states on.

    Args:
      step_function: from the inputs of a step and a tuple of the states and the constants to the output and the list of
        new states.
      inputs: a tensor of sequences, time and more, or a nested structure of such.
      initial_states: the states before the first step.
      go_backwards: whether to start at the end.
      mask: a tensor of bools, sequences and time: which steps count. The others repeat the output and keep the states.
      constants: tensors that each step gets after the states.
      unroll: whether to make the operations of each step anew, instead of a loop. It needs a known number of steps.
      input_length: the number of steps to do at most.
      time_major: whether time comes before sequences, in the inputs, the mask and the outputs.
      zero_output_for_mask: whether steps that do not count put out zeros.

    Returns:
      The last output, all outputs (sequences and time first), and the last states.

    Raises:
      ValueError: unrolling without a known number of steps; a mask without states.
    """
    if not time_major:
        inputs = tf.nest.map_structure(_swap, inputs)
    flat = tf.nest.flatten(inputs)
    steps, batch = flat[0].shape[0], flat[0].shape[1]
    length = tf.shape(flat[0])[0]
    for one in flat:
        one.shape.with_rank_at_least(3)
    if mask is not None:
        mask = _prepared_mask(mask, time_major)
    constants = tuple(constants or ())
    if unroll:
        if not steps:
            raise ValueError("Unrolling requires a fixed number of timesteps.")
        unrolled = _Unrolled(step_function, inputs, constants, int(steps), go_backwards, zero_output_for_mask)
        last, outputs, states = unrolled.run(initial_states, mask)
    else:
        loop = _Loop(step_function, inputs, initial_states, constants, length, go_backwards, zero_output_for_mask)
        last, outputs, states = loop.run(mask, input_length)

    def set_shape(output: Any) -> Any:
        if isinstance(output, tf.Tensor):
            shape = output.shape.as_list()
            output.set_shape([steps, batch, *shape[2:]])
        return output

    outputs = tf.nest.map_structure(set_shape, outputs)
    if not time_major:
        outputs = tf.nest.map_structure(_swap, outputs)
    return last, outputs, states


def _swap(x: Any) -> Any:
    """Returns a tensor with its first two axes exchanged."""
    axes = list(range(len(x.shape)))
    axes[0], axes[1] = 1, 0
    return tf.transpose(x, axes)


def _prepared_mask(mask: Any, time_major: bool) -> Any:
    if mask.dtype != tf.bool:
        mask = tf.cast(mask, tf.bool)
    if len(mask.shape) == 2:
        mask = tf.expand_dims(mask, -1)
    return mask if time_major else _swap(mask)


def _spread(mask: Any, like: Any, fixed: int = 1) -> Any:
    """Returns a mask repeated to the shape of a tensor, whose first axes are the mask's."""
    for _ in range(len(like.shape) - len(mask.shape)):
        mask = tf.expand_dims(mask, -1)
    return tf.tile(mask, [1] * fixed + like.shape.as_list()[fixed:])


class _Unrolled:
    """The steps, one after the other in the graph."""

    def __init__(
        self, step: Step, inputs: Any, constants: tuple[Any, ...], steps: int, backwards: bool, zeros: bool
    ) -> None:
        self._step, self._inputs, self._constants = step, inputs, constants
        self._steps, self._backwards, self._zeros = steps, backwards, zeros
        self._unstacked = [self._in_order(x) for x in tf.nest.flatten(inputs)]

    def _in_order(self, x: Any) -> list[Any]:
        parts = list(tf.unstack(x))
        return parts[::-1] if self._backwards else parts

    def _call(self, i: int, states: Any) -> tuple[Any, Any]:
        inputs = tf.nest.pack_sequence_as(self._inputs, [parts[i] for parts in self._unstacked])
        return self._step(inputs, (*states, *self._constants))

    def run(self, initial_states: Any, mask: Any) -> tuple[Any, Any, Any]:
        states: Any = tuple(initial_states)
        outputs: list[Any] = []
        masks = None if mask is None else self._in_order(mask)
        for i in range(self._steps):
            output, new = self._call(i, states)
            if masks is not None:
                output, new = self._masked(masks[i], output, new, states, outputs)
            states = new
            outputs.append(output)
        last, stacked = outputs[-1], tf.stack(outputs)
        if masks is not None and self._zeros:
            last = tf.where(_spread(masks[-1], last), last, tf.zeros_like(last))
            stacked = tf.where(_spread(mask, stacked, fixed=2), stacked, tf.zeros_like(stacked))
        return last, stacked, states

    @staticmethod
    def _masked(mask: Any, output: Any, new: Any, states: Any, outputs: list[Any]) -> tuple[Any, Any]:
        chosen = _spread(mask, output)
        before = outputs[-1] if outputs else tf.zeros_like(output)
        output = tf.where(chosen, output, before)
        kept = [tf.where(_spread(mask, after), after, state) for state, after in zip(states, new, strict=False)]
        return output, kept


class _Loop:
    """The steps as a `tf.while_loop`."""

    def __init__(
        self,
        step: Step,
        inputs: Any,
        initial_states: Any,
        constants: tuple[Any, ...],
        length: Any,
        backwards: bool,
        zeros: bool,
    ) -> None:
        self._step, self._inputs, self._constants = step, inputs, constants
        self._initial_states, self._states = initial_states, tuple(initial_states)
        self._length, self._backwards, self._zeros = length, backwards, zeros
        flat = tf.nest.flatten(inputs)
        made = [
            tf.TensorArray(dtype=x.dtype, size=length, tensor_array_name=f"input_ta_{i}") for i, x in enumerate(flat)
        ]
        self._arrays = [
            array.unstack(tf.reverse(x, [0]) if backwards else x) for array, x in zip(made, flat, strict=True)
        ]
        first = tf.nest.pack_sequence_as(inputs, [x[0] for x in flat])
        self._first_output, _ = step(first, (*self._states, *constants))

    def run(self, mask: Any, input_length: Any) -> tuple[Any, Any, Any]:
        arrays = tuple(
            tf.TensorArray(
                dtype=out.dtype, size=self._length, element_shape=out.shape, tensor_array_name=f"output_ta_{i}"
            )
            for i, out in enumerate(tf.nest.flatten(self._first_output))
        )
        time = tf.constant(0, dtype="int32", name="time")
        options = {
            "cond": lambda time, *_: time < self._length,
            "maximum_iterations": input_length,
            "parallel_iterations": 32,
            "swap_memory": True,
        }
        if mask is None:
            results = tf.while_loop(body=self._body, loop_vars=(time, arrays, *self._states), **options)
            states = results[2:]
        else:
            results, states = self._run_masked(mask, time, arrays, options)
        outputs = [array.stack() for array in results[1]]
        last = [output[-1] for output in outputs]
        packed = tf.nest.pack_sequence_as(self._first_output, outputs)
        return tf.nest.pack_sequence_as(self._first_output, last), packed, states

    def _current(self, time: Any) -> Any:
        return tf.nest.pack_sequence_as(self._inputs, [array.read(time) for array in self._arrays])

    def _body(self, time: Any, arrays: Any, *states: Any) -> Any:
        output, new = self._step(self._current(time), (*states, *self._constants))
        flat_new = self._same_shapes(states, new)
        written = tuple(array.write(time, out) for array, out in zip(arrays, tf.nest.flatten(output), strict=True))
        return (time + 1, written, *tf.nest.pack_sequence_as(self._initial_states, flat_new))

    @staticmethod
    def _same_shapes(states: Any, new: Any) -> list[Any]:
        """Returns the new states in a list, with the shapes of the old ones."""
        flat_new: list[Any] = tf.nest.flatten(new)
        for state, after in zip(tf.nest.flatten(states), flat_new, strict=False):
            if isinstance(after, tf.Tensor):
                after.set_shape(state.shape)
        return flat_new

    def _run_masked(self, mask: Any, time: Any, arrays: Any, options: dict[str, Any]) -> tuple[Any, Any]:
        if not self._states:
            raise ValueError(
                "No initial states provided! When using masking in an RNN, you should provide initial states (and your "
                "step function should return as its first state at time `t` the output at time `t-1`)."
            )
        if self._backwards:
            mask = tf.reverse(mask, [0])
        masks = tf.TensorArray(dtype=tf.bool, size=self._length, tensor_array_name="mask_ta").unstack(mask)
        zeros = tuple(tf.zeros_like(out) for out in tf.nest.flatten(self._first_output))

        def body(time: Any, arrays: Any, before: Any, *states: Any) -> Any:
            current, here = self._current(time), masks.read(time)
            output, new = self._step(current, (*states, *self._constants))
            flat_output = tf.nest.flatten(output)
            otherwise = zeros if self._zeros else tf.nest.flatten(before)
            chosen = [_spread(here, out) for out in flat_output]
            outputs = tuple(tf.where(m, o, z) for m, o, z in zip(chosen, flat_output, otherwise, strict=True))
            flat_states, flat_new = tf.nest.flatten(states), self._same_shapes(states, new)
            chosen = [_spread(here, state) for state in flat_states]
            kept = [tf.where(m, s, p) for m, s, p in zip(chosen, flat_new, flat_states, strict=True)]
            written = tuple(array.write(time, out) for array, out in zip(arrays, outputs, strict=True))
            return (time + 1, written, outputs, *tf.nest.pack_sequence_as(new, kept))

        results = tf.while_loop(body=body, loop_vars=(time, arrays, zeros, *self._states), **options)
        return results, results[3:]
