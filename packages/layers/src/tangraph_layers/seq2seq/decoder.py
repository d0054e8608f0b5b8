"""`tf.contrib.seq2seq.dynamic_decode` and `BasicDecoder`."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import assert_like_rnncell
from tangraph_layers.rnn.states import zero_state_tensors
from tangraph_layers.rnn.steps import cache_variables, transpose_batch_time


@export("contrib.seq2seq.Decoder")
class Decoder:
    """What `dynamic_decode` runs."""

    @property
    def batch_size(self) -> Any:
        """The batch size, a scalar tensor."""
        raise NotImplementedError

    @property
    def output_size(self) -> Any:
        """The shapes of the outputs, without the batch."""
        raise NotImplementedError

    @property
    def output_dtype(self) -> Any:
        """Their element types."""
        raise NotImplementedError

    def initialize(self, name: str | None = None) -> Any:
        """Returns `(finished, first inputs, initial state)`."""
        raise NotImplementedError

    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> Any:
        """Returns `(outputs, next state, next inputs, finished)`."""
        raise NotImplementedError

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> Any:
        """Returns the outputs and the final state as they are handed to the user."""
        raise NotImplementedError

    @property
    def tracks_own_finished(self) -> bool:
        """Whether sequences that are finished may go on later, as beams do that change places."""
        return False


@export("contrib.seq2seq.BasicDecoderOutput")
class BasicDecoderOutput(NamedTuple):
    """The outputs of a `BasicDecoder`."""

    rnn_output: Any
    sample_id: Any


@export("contrib.seq2seq.BasicDecoder")
class BasicDecoder(Decoder):
    """A cell, a helper that makes its inputs, and a layer on its outputs.

    Args:
      cell: the cell.
      helper: the helper.
      initial_state: the state before the first step.
      output_layer: a layer, such as `tf.layers.Dense`; None for none.

    Raises:
      TypeError: an argument is not what it should be.
    """

    def __init__(self, cell: Any, helper: Any, initial_state: Any, output_layer: Any = None) -> None:
        from tangraph_layers.seq2seq.helpers import Helper

        assert_like_rnncell("cell", cell)
        if not isinstance(helper, Helper):
            raise TypeError(f"helper must be a Helper, received: {type(helper)}")
        if output_layer is not None and not isinstance(output_layer, tf.layers.Layer):
            raise TypeError(f"output_layer must be a Layer, received: {type(output_layer)}")
        self._cell = cell
        self._helper = helper
        self._initial_state = initial_state
        self._output_layer = output_layer

    @property
    def batch_size(self) -> Any:
        """The helper's batch size."""
        return self._helper.batch_size

    def _rnn_output_size(self) -> Any:
        size = self._cell.output_size
        if self._output_layer is None:
            return size
        shapes = tf.nest.map_structure(lambda s: tf.TensorShape([None]).concatenate(s), size)
        return tf.nest.map_structure(lambda s: s[1:], self._output_layer.compute_output_shape(shapes))

    @property
    def output_size(self) -> Any:
        """The sizes of outputs and samples."""
        return BasicDecoderOutput(self._rnn_output_size(), self._helper.sample_ids_shape)

    @property
    def output_dtype(self) -> Any:
        """The types of outputs and samples."""
        dtype = tf.nest.flatten(self._initial_state)[0].dtype
        outputs = tf.nest.map_structure(lambda _: dtype, self._rnn_output_size())
        return BasicDecoderOutput(outputs, self._helper.sample_ids_dtype)

    def initialize(self, name: str | None = None) -> Any:
        """Returns `(finished, first inputs, initial state)`."""
        return (*self._helper.initialize(), self._initial_state)

    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> Any:
        """Returns `(outputs, next state, next inputs, finished)`."""
        with tf.name_scope(name, "BasicDecoderStep", (time, inputs, state)):
            outputs, cell_state = self._cell(inputs, state)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            sample_ids = self._helper.sample(time=time, outputs=outputs, state=cell_state)
            finished, next_inputs, next_state = self._helper.next_inputs(
                time=time, outputs=outputs, state=cell_state, sample_ids=sample_ids
            )
        return BasicDecoderOutput(outputs, sample_ids), next_state, next_inputs, finished


@export("contrib.seq2seq.dynamic_decode")
def dynamic_decode(
    decoder: Any,
    output_time_major: bool = False,
    impute_finished: bool = False,
    maximum_iterations: Any = None,
    parallel_iterations: int = 32,
    swap_memory: bool = False,
    scope: Any = None,
    **kwargs: Any,
) -> Any:
    """Runs a decoder until all sequences are finished.

    Args:
      decoder: the decoder.
      output_time_major: whether the outputs have the time first.
      impute_finished: whether finished sequences put out zeros and keep their state.
      maximum_iterations: an int32 scalar after which decoding ends in any case.
      parallel_iterations: recorded in the graph.
      swap_memory: recorded in the graph.
      scope: the variable scope, or its name; "decoder" when None.
      **kwargs: none are known here.

    Returns:
      The outputs, the final state and the lengths of the sequences.

    Raises:
      TypeError: `decoder` is no decoder.
      ValueError: `maximum_iterations` is no scalar.
    """
    if not isinstance(decoder, Decoder):
        raise TypeError(f"Expected decoder to be type Decoder, but saw: {type(decoder)}")
    with tf.variable_scope(scope, "decoder") as varscope:
        cache_variables(varscope)
        if maximum_iterations is not None:
            maximum_iterations = tf.convert_to_tensor(maximum_iterations, dtype=tf.int32, name="maximum_iterations")
            if maximum_iterations.shape.ndims != 0:
                raise ValueError("maximum_iterations must be a scalar")
        finished, inputs, state = decoder.initialize()
        zero_outputs = tf.nest.map_structure(
            lambda size, dtype: zero_state_tensors(size, decoder.batch_size, dtype),
            decoder.output_size,
            decoder.output_dtype,
        )
        if maximum_iterations is not None:
            finished = tf.logical_or(finished, maximum_iterations <= 0)
        lengths = tf.zeros_like(finished, dtype=tf.int32)
        time = tf.constant(0, dtype=tf.int32)
        arrays = tf.nest.map_structure(
            lambda size, dtype: _array(decoder.batch_size, size, dtype), decoder.output_size, decoder.output_dtype
        )
        result = tf.while_loop(
            lambda time, arrays, state, inputs, finished, lengths: tf.logical_not(tf.reduce_all(finished)),
            _Body(decoder, zero_outputs, impute_finished),
            loop_vars=(time, arrays, state, inputs, finished, lengths),
            parallel_iterations=parallel_iterations,
            maximum_iterations=maximum_iterations,
            swap_memory=swap_memory,
        )
        outputs, final_state, lengths = result[1], result[2], result[5]
        outputs = tf.nest.map_structure(lambda array: array.stack(), outputs)
        with suppress(NotImplementedError):
            outputs, final_state = decoder.finalize(outputs, final_state, lengths)
        if not output_time_major:
            outputs = tf.nest.map_structure(transpose_batch_time, outputs)
    return outputs, final_state, lengths


def _array(batch_size: Any, size: Any, dtype: Any) -> Any:
    shape = None
    if isinstance(size, tf.TensorShape) and size.ndims != 0:
        known = tf.contrib.util.constant_value(tf.convert_to_tensor(batch_size, name="batch_size"))
        shape = tf.TensorShape([None if known is None else int(known)]).concatenate(size)
    return tf.TensorArray(dtype=dtype, size=0, dynamic_size=True, element_shape=shape)


class _Body:
    """One step of decoding."""

    def __init__(self, decoder: Any, zero_outputs: Any, impute_finished: bool) -> None:
        self.decoder, self.zero_outputs, self.impute_finished = decoder, zero_outputs, impute_finished

    def __call__(self, time: Any, arrays: Any, state: Any, inputs: Any, finished: Any, lengths: Any) -> Any:
        outputs, next_state, next_inputs, next_finished = self.decoder.step(time, inputs, state)
        if not self.decoder.tracks_own_finished:
            next_finished = tf.logical_or(next_finished, finished)
        going = tf.logical_not(finished)
        next_lengths = tf.where(going, tf.fill(tf.shape(lengths), time + 1), lengths)
        tf.nest.assert_same_structure(state, next_state)
        tf.nest.assert_same_structure(arrays, outputs)
        tf.nest.assert_same_structure(inputs, next_inputs)
        if self.impute_finished:
            outputs = tf.nest.map_structure(lambda out, zero: tf.where(finished, zero, out), outputs, self.zero_outputs)
            next_state = tf.nest.map_structure(lambda new, old: _kept(finished, old, new), next_state, state)
        arrays = tf.nest.map_structure(lambda array, out: array.write(time, out), arrays, outputs)
        return time + 1, arrays, next_state, next_inputs, next_finished, next_lengths


def _kept(finished: Any, old: Any, new: Any) -> Any:
    """Returns the old state of finished sequences, the new one of the others."""
    if isinstance(old, tf.TensorArray):
        return new
    new.set_shape(old.shape)
    return new if new.shape.ndims == 0 else tf.where(finished, old, new)
