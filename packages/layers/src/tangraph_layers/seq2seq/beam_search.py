"""Beam search."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import assert_like_rnncell
from tangraph_layers.seq2seq.beam_arrays import reordered
from tangraph_layers.seq2seq.beam_penalties import attention_probabilities
from tangraph_layers.seq2seq.beam_step import (
    BeamSearchDecoderOutput,
    BeamSearchDecoderState,
    beam_search_step,
    has_rank,
)
from tangraph_layers.seq2seq.decoder import Decoder


@export("contrib.seq2seq.FinalBeamSearchDecoderOutput")
class FinalBeamSearchDecoderOutput(NamedTuple):
    """The tokens of each beam, followed back from its end, and the outputs of the steps."""

    predicted_ids: Any
    beam_search_decoder_output: Any


@export("contrib.seq2seq.tile_batch")
def tile_batch(t: Any, multiplier: int, name: str | None = None) -> Any:
    """Repeats each entry of a batch.

    Args:
      t: a tensor of shape [batch, ...], or a nested structure of them.
      multiplier: how many times.
      name: the name scope.

    Returns:
      Tensors of shape [batch * multiplier, ...].

    Raises:
      ValueError: a tensor has no known rank, or rank 0.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(tf.contrib.seq2seq.tile_batch(tf.constant([1, 2]), 2)).tolist()
    [1, 1, 2, 2]
    """
    with tf.name_scope(name, "tile_batch", [*tf.nest.flatten(t), multiplier]):
        return tf.nest.map_structure(lambda one: _tiled(one, multiplier), t)


def _tiled(t: Any, multiplier: int) -> Any:
    t = tf.convert_to_tensor(t, name="t")
    shape = tf.shape(t)
    if not t.shape.ndims:
        raise ValueError("t must have statically known rank")
    tiled = tf.tile(tf.expand_dims(t, 1), [1, multiplier] + [1] * (t.shape.ndims - 1))
    tiled = tf.reshape(tiled, tf.concat(([shape[0] * multiplier], shape[1:]), 0))
    known = t.shape[0].value
    tiled.set_shape(tf.TensorShape([None if known is None else known * multiplier]).concatenate(t.shape[1:]))
    return tiled


@export("contrib.seq2seq.BeamSearchDecoder")
class BeamSearchDecoder(Decoder):
    """Keeps the most probable sequences of each batch entry.

    Args:
      cell: the cell.
      embedding: a matrix of shape [tokens, size], or a function of int32 tokens that returns their inputs.
      start_tokens: the tokens before the first step, an int32 vector of the batch size.
      end_token: the token that ends a sequence, an int32 scalar.
      initial_state: the cell's state, of batch size batch * beam_width: see `tile_batch`.
      beam_width: the number of sequences.
      output_layer: a layer on the cell's outputs; None for none.
      length_penalty_weight: 0 for none; see Wu et al. 2016 (arXiv:1609.08144), equation 14.
      coverage_penalty_weight: 0 for none; see the same, equation 14: attention shall have been everywhere.
      reorder_tensor_arrays: whether TensorArrays in the cell's state (the history of alignments) are put in the order of
        the beams that came out at the end.

    Raises:
      TypeError: `cell` is no cell, or `output_layer` no layer.
      ValueError: `start_tokens` is no vector, or `end_token` no scalar.
    """

    def __init__(
        self,
        cell: Any,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        initial_state: Any,
        beam_width: int,
        output_layer: Any = None,
        length_penalty_weight: float = 0.0,
        coverage_penalty_weight: float = 0.0,
        reorder_tensor_arrays: bool = True,
    ) -> None:
        assert_like_rnncell("cell", cell)
        if output_layer is not None and not isinstance(output_layer, tf.layers.Layer):
            raise TypeError(f"output_layer must be a Layer, received: {type(output_layer)}")
        self._cell = cell
        self._output_layer = output_layer
        self._reorder_tensor_arrays = reorder_tensor_arrays
        self._embed = embedding if callable(embedding) else lambda ids: tf.nn.embedding_lookup(embedding, ids)
        self._start_tokens = tf.convert_to_tensor(start_tokens, dtype=tf.int32, name="start_tokens")
        if self._start_tokens.shape.ndims != 1:
            raise ValueError("start_tokens must be a vector")
        self._end_token = tf.convert_to_tensor(end_token, dtype=tf.int32, name="end_token")
        if self._end_token.shape.ndims != 0:
            raise ValueError("end_token must be a scalar")
        self._batch_size = tf.size(start_tokens)
        self._beam_width = beam_width
        self._length_penalty_weight = length_penalty_weight
        self._coverage_penalty_weight = coverage_penalty_weight
        self._initial_cell_state = tf.nest.map_structure(self._maybe_split, initial_state, cell.state_size)
        self._start_tokens = tf.tile(tf.expand_dims(self._start_tokens, 1), [1, beam_width])
        self._start_inputs = self._embed(self._start_tokens)
        self._finished = tf.one_hot(
            tf.zeros([self._batch_size], dtype=tf.int32),
            depth=beam_width,
            on_value=False,
            off_value=True,
            dtype=tf.bool,
        )

    @property
    def batch_size(self) -> Any:
        """The batch size, without the beams."""
        return self._batch_size

    @property
    def tracks_own_finished(self) -> bool:
        """True: a beam may go on from another that is not finished."""
        return True

    @property
    def output_size(self) -> Any:
        """The number of beams, three times."""
        return BeamSearchDecoderOutput(*[tf.TensorShape([self._beam_width])] * 3)

    @property
    def output_dtype(self) -> Any:
        """The types of scores, tokens and beams."""
        dtype = tf.nest.flatten(self._initial_cell_state)[0].dtype
        return BeamSearchDecoderOutput(dtype, tf.int32, tf.int32)

    def _static_batch(self) -> int | None:
        known = tf.contrib.util.constant_value(self._batch_size)
        return None if known is None else int(known)

    def _split(self, t: Any, size: Any) -> Any:
        """[batch * beams, ...] -> [batch, beams, ...]."""
        size = tf.TensorShape([size]) if isinstance(size, int) else tf.TensorShape(size)
        shape = tf.shape(t)
        split = tf.reshape(t, tf.concat(([self._batch_size, self._beam_width], shape[1:]), 0))
        expected = tf.TensorShape([self._static_batch(), self._beam_width]).concatenate(size)
        if not split.shape.is_compatible_with(expected):
            raise ValueError(
                "Unexpected behavior when reshaping between beam width and batch size. The reshaped tensor should have "
                f"the shape (batch_size, beam_width, depth) == {expected}. Perhaps you forgot to create a zero_state "
                f"with batch_size=encoder_batch_size * beam_width? Received: {split.shape}"
            )
        split.set_shape(expected)
        return split

    def _merge(self, t: Any, size: Any) -> Any:
        """[batch, beams, ...] -> [batch * beams, ...]."""
        size = tf.TensorShape([size]) if isinstance(size, int) else tf.TensorShape(size)
        shape = tf.shape(t)
        merged = tf.reshape(t, tf.concat(([self._batch_size * self._beam_width], shape[2:]), 0))
        batch = self._static_batch()
        merged.set_shape(tf.TensorShape([None if batch is None else batch * self._beam_width]).concatenate(size))
        return merged

    def _maybe_split(self, t: Any, size: Any) -> Any:
        return self._split(t, size) if has_rank(t, 1) else t

    def _maybe_merge(self, t: Any, size: Any) -> Any:
        return self._merge(t, size) if has_rank(t, 2) else t

    def initialize(self, name: str | None = None) -> Any:
        """Returns `(finished, first inputs, initial state)`: only the first beam of each entry is probable."""
        dtype = tf.nest.flatten(self._initial_cell_state)[0].dtype
        first = tf.zeros([self._batch_size], dtype=tf.int32)
        log_probs = tf.one_hot(
            first,
            depth=self._beam_width,
            on_value=tf.constant(0.0, dtype=dtype),
            off_value=tf.constant(-np.inf, dtype=dtype),
            dtype=dtype,
        )
        attention = attention_probabilities(self._initial_cell_state, self._coverage_penalty_weight)
        lengths = tf.zeros([self._batch_size, self._beam_width], dtype=tf.int64)
        state = BeamSearchDecoderState(
            self._initial_cell_state, log_probs, self._finished, lengths, () if attention is None else attention
        )
        return self._finished, self._start_inputs, state

    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> Any:
        """Returns `(outputs, next state, next inputs, finished)`."""
        with tf.name_scope(name, "BeamSearchDecoderStep", (time, inputs, state)):
            inputs = tf.nest.map_structure(lambda one: self._merge(one, one.shape[2:]), inputs)
            cell_state = tf.nest.map_structure(self._maybe_merge, state.cell_state, self._cell.state_size)
            outputs, next_cell_state = self._cell(inputs, cell_state)
            outputs = tf.nest.map_structure(lambda out: self._split(out, out.shape[1:]), outputs)
            next_cell_state = tf.nest.map_structure(self._maybe_split, next_cell_state, self._cell.state_size)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            output, next_state = beam_search_step(
                time,
                outputs,
                next_cell_state,
                state,
                batch_size=self._batch_size,
                beam_width=self._beam_width,
                end_token=self._end_token,
                length_penalty_weight=self._length_penalty_weight,
                coverage_penalty_weight=self._coverage_penalty_weight,
            )
            inputs = tf.cond(
                tf.reduce_all(next_state.finished),
                lambda: self._start_inputs,
                lambda: self._embed(output.predicted_ids),
            )
        return output, next_state, inputs, next_state.finished

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> Any:
        """Returns the beams' tokens with the outputs, and the final state."""
        longest = tf.cast(tf.reduce_max(final_state.lengths, axis=1), tf.int32)
        ids = tf.contrib.seq2seq.gather_tree(
            outputs.predicted_ids, outputs.parent_ids, max_sequence_lengths=longest, end_token=self._end_token
        )
        if self._reorder_tensor_arrays:
            state = tf.nest.map_structure(
                lambda one: reordered(
                    one, outputs.parent_ids, final_state.lengths, batch_size=self._batch_size, beams=self._beam_width
                ),
                final_state.cell_state,
            )
            final_state = final_state._replace(cell_state=state)
        return FinalBeamSearchDecoderOutput(ids, outputs), final_state
