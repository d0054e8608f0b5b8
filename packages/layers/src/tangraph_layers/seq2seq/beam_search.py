"""Beam search."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import assert_like_rnncell
from tangraph_layers.seq2seq.decoder import Decoder


@export("contrib.seq2seq.BeamSearchDecoderState")
class BeamSearchDecoderState(NamedTuple):
    """The state of a `BeamSearchDecoder`."""

    cell_state: Any
    log_probs: Any
    finished: Any
    lengths: Any
    accumulated_attention_probs: Any


@export("contrib.seq2seq.BeamSearchDecoderOutput")
class BeamSearchDecoderOutput(NamedTuple):
    """The outputs of a step: for each beam its score, its token and the beam that it goes on from."""

    scores: Any
    predicted_ids: Any
    parent_ids: Any


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
    if t.shape.ndims is None:
        raise ValueError("t must have statically known rank")
    if t.shape.ndims == 0:
        raise ValueError("t must have rank at least 1")
    tiled = tf.tile(tf.expand_dims(t, 1), [1, multiplier] + [1] * (t.shape.ndims - 1))
    tiled = tf.reshape(tiled, tf.concat(([shape[0] * multiplier], shape[1:]), 0))
    known = t.shape[0].value
    tiled.set_shape(tf.TensorShape([None if known is None else known * multiplier]).concatenate(t.shape[1:]))
    return tiled


def _gathered(
    indices: Any, source: Any, batch_size: Any, range_size: Any, shape: list[Any], name: str | None = None
) -> Any:
    """Gathers within each batch entry: `source` is reshaped to `shape`, where an entry has `range_size` places."""
    with tf.name_scope(name, "tensor_gather_helper"):
        offsets = tf.expand_dims(tf.range(batch_size) * range_size, 1)
        flat = tf.reshape(indices + offsets, [-1])
        output = tf.gather(tf.reshape(source, shape), flat)
        final = tf.shape(source)[: 1 + len(shape)]
        known = tf.contrib.util.constant_value(batch_size)
        static = tf.TensorShape([None if known is None else int(known)]).concatenate(source.shape[1 : 1 + len(shape)])
        output = tf.reshape(output, final, name="output")
        output.set_shape(static)
        return output


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
      coverage_penalty_weight: 0, the only weight that is known here.
      reorder_tensor_arrays: not used, since nothing is kept in TensorArrays.

    Raises:
      TypeError: `cell` is no cell, or `output_layer` no layer.
      ValueError: `start_tokens` is no vector, or `end_token` no scalar.
      NotImplementedError: another `coverage_penalty_weight` than 0.
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
        if coverage_penalty_weight:
            raise NotImplementedError("coverage_penalty_weight must be 0.0.")
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
        split.set_shape(tf.TensorShape([self._static_batch(), self._beam_width]).concatenate(size))
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
        whole = isinstance(t, tf.TensorArray) or t.shape.ndims == 0
        return t if whole else self._split(t, size)

    def _maybe_merge(self, t: Any, size: Any) -> Any:
        whole = isinstance(t, tf.TensorArray) or t.shape.ndims == 0
        return t if whole else self._merge(t, size)

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
        lengths = tf.zeros([self._batch_size, self._beam_width], dtype=tf.int64)
        state = BeamSearchDecoderState(self._initial_cell_state, log_probs, self._finished, lengths, ())
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
            output, next_state = self._choose(outputs, next_cell_state, state)
            inputs = tf.cond(
                tf.reduce_all(next_state.finished),
                lambda: self._start_inputs,
                lambda: self._embed(output.predicted_ids),
            )
        return output, next_state, inputs, next_state.finished

    def _choose(self, logits: Any, next_cell_state: Any, state: Any) -> Any:
        """Returns the outputs and the state of the most probable continuations."""
        beams, batch = self._beam_width, self._batch_size
        going = tf.logical_not(state.finished)
        step_log_probs = _masked(tf.nn.log_softmax(logits), self._end_token, state.finished)
        total = tf.expand_dims(state.log_probs, 2) + step_log_probs
        words = logits.shape[-1].value or tf.shape(logits)[-1]
        longer = tf.one_hot(
            tf.fill([batch, beams], self._end_token),
            depth=words,
            on_value=tf.to_int64(0),
            off_value=tf.to_int64(1),
            dtype=tf.int64,
        )
        longer *= tf.expand_dims(tf.to_int64(going), 2)
        lengths = longer + tf.expand_dims(state.lengths, 2)
        scores = total / self._length_penalty(lengths, total.dtype)
        width = tf.convert_to_tensor(beams, dtype=tf.int32, name="beam_width")
        best_scores, places = tf.nn.top_k(tf.reshape(scores, [batch, -1]), k=width)
        static = [self._static_batch(), beams]
        best_scores.set_shape(static)
        places.set_shape(static)
        best_probs = _gathered(places, total, batch, beams * words, [-1], name="next_beam_probs")
        word_ids = tf.mod(places, words, name="next_beam_word_ids")
        parents = tf.to_int32(places / words, name="next_beam_parent_ids")
        finished = _gathered(parents, state.finished, batch, beams, [-1])
        next_finished = tf.logical_or(finished, tf.equal(word_ids, self._end_token), name="next_beam_finished")
        step = tf.to_int64(tf.logical_not(finished))
        next_lengths = _gathered(parents, state.lengths, batch, beams, [-1]) + step
        cell_state = tf.nest.map_structure(lambda one: self._follow(parents, one), next_cell_state)
        new_state = BeamSearchDecoderState(cell_state, best_probs, next_finished, next_lengths, ())
        return BeamSearchDecoderOutput(best_scores, word_ids, parents), new_state

    def _follow(self, parents: Any, value: Any) -> Any:
        if isinstance(value, tf.TensorArray) or value.shape.ndims < 2:
            return value
        return _gathered(parents, value, self._batch_size, self._beam_width, [self._batch_size * self._beam_width, -1])

    def _length_penalty(self, lengths: Any, dtype: Any) -> Any:
        weight = self._length_penalty_weight
        if not tf.contrib.framework.is_tensor(weight) and not weight:
            return tf.cast(1.0, dtype)
        return tf.div((5.0 + tf.cast(lengths, dtype)) ** weight, (5.0 + 1.0) ** weight)

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> Any:
        """Returns the beams' tokens with the outputs, and the final state."""
        longest = tf.to_int32(tf.reduce_max(final_state.lengths, axis=1))
        ids = tf.contrib.seq2seq.gather_tree(
            outputs.predicted_ids, outputs.parent_ids, max_sequence_lengths=longest, end_token=self._end_token
        )
        return FinalBeamSearchDecoderOutput(ids, outputs), final_state


def _masked(log_probs: Any, end_token: Any, finished: Any) -> Any:
    """Lets finished beams go on with the end token only."""
    words = tf.shape(log_probs)[2]
    row = tf.one_hot(end_token, words, dtype=log_probs.dtype, on_value=0.0, off_value=log_probs.dtype.min)
    rows = tf.tile(tf.reshape(row, [1, 1, -1]), tf.concat([tf.shape(finished), [1]], 0))
    mask = tf.tile(tf.expand_dims(finished, 2), [1, 1, words])
    return tf.where(mask, rows, log_probs)
