"""One step of beam search: the best continuations of all beams."""

from __future__ import annotations

from typing import Any, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_layers.seq2seq.beam_penalties import attention_probabilities, scores_of


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


def _only_end_tokens(log_probs: Any, end_token: Any, finished: Any) -> Any:
    """Lets finished beams go on with the end token only."""
    words = tf.shape(log_probs)[2]
    dtype = log_probs.dtype
    row = tf.one_hot(
        end_token, words, dtype=dtype, on_value=tf.convert_to_tensor(0.0, dtype=dtype), off_value=dtype.min
    )
    rows = tf.tile(tf.reshape(row, [1, 1, -1]), tf.concat([tf.shape(finished), [1]], 0))
    mask = tf.tile(tf.expand_dims(finished, 2), [1, 1, words])
    return tf.where(mask, rows, log_probs)


def has_rank(t: Any, rank: int) -> bool:
    """Returns whether a part of a cell's state has at least this rank; TensorArrays have none.

    Raises:
      ValueError: the rank is not known.
    """
    if isinstance(t, tf.TensorArray):
        return False
    if t.shape.ndims is None:
        raise ValueError(f"Expected a tensor of known rank. Received: {t}")
    return bool(t.shape.ndims >= rank)


def _followed(parents: Any, value: Any, batch_size: Any, beams: int, shape: list[Any]) -> Any:
    """Returns the part of a cell's state that each beam goes on from."""
    return _gathered(parents, value, batch_size, beams, shape) if has_rank(value, 2) else value


def beam_search_step(
    time: Any,
    logits: Any,
    next_cell_state: Any,
    state: Any,
    *,
    batch_size: Any,
    beam_width: int,
    end_token: Any,
    length_penalty_weight: Any,
    coverage_penalty_weight: Any,
) -> tuple[BeamSearchDecoderOutput, BeamSearchDecoderState]:
    """Returns the outputs and the state of the best continuations.

    Args:
      time: the number of the step.
      logits: of shape [batch, beams, tokens].
      next_cell_state: the cell's state after the step, its tensors of shape [batch, beams, ...].
      state: the decoder's state before the step.
      batch_size: how many entries there are, without the beams.
      beam_width: how many beams.
      end_token: the token that ends a sequence.
      length_penalty_weight: see `BeamSearchDecoder`.
      coverage_penalty_weight: see `BeamSearchDecoder`.
    """
    going = tf.logical_not(state.finished)
    log_probs = _only_end_tokens(tf.nn.log_softmax(logits), end_token, state.finished)
    total = tf.expand_dims(state.log_probs, 2) + log_probs
    words = logits.shape[-1].value or tf.shape(logits)[-1]
    longer = tf.one_hot(
        tf.fill([batch_size, beam_width], end_token),
        depth=words,
        on_value=tf.to_int64(0),
        off_value=tf.to_int64(1),
        dtype=tf.int64,
    )
    longer *= tf.expand_dims(tf.cast(going, tf.int64), 2)
    lengths = longer + tf.expand_dims(state.lengths, 2)
    attention = attention_probabilities(next_cell_state, coverage_penalty_weight)
    if attention is not None:
        attention *= tf.expand_dims(tf.cast(going, tf.float32), 2)
        attention = state.accumulated_attention_probs + attention
    scores = scores_of(total, lengths, length_penalty_weight, coverage_penalty_weight, state.finished, attention)
    tf.convert_to_tensor(time, name="time")
    flat = tf.reshape(scores, [batch_size, -1])
    width = tf.convert_to_tensor(beam_width, dtype=tf.int32, name="beam_width")
    best_scores, places = tf.nn.top_k(flat, k=width)
    known = tf.contrib.util.constant_value(batch_size)
    for best in (best_scores, places):
        best.set_shape([None if known is None else int(known), beam_width])
    best_probs = _gathered(places, total, batch_size, beam_width * words, [-1], name="next_beam_probs")
    word_ids = tf.cast(tf.mod(places, words, name="next_beam_word_ids"), tf.int32)
    parents = tf.cast(places / words, tf.int32, name="next_beam_parent_ids")
    finished = _gathered(parents, state.finished, batch_size, beam_width, [-1])
    next_finished = tf.logical_or(finished, tf.equal(word_ids, end_token), name="next_beam_finished")
    step = tf.cast(tf.logical_not(finished), tf.int64)
    next_lengths = _gathered(parents, state.lengths, batch_size, beam_width, [-1]) + step
    next_attention: Any = ()
    if attention is not None:
        shape = [batch_size * beam_width, -1]
        name = "next_accumulated_attention_probs"
        next_attention = _gathered(parents, attention, batch_size, beam_width, shape, name=name)
    # The shape is made for each part of the state anew, used or not: every node counts.
    cell_state = tf.nest.map_structure(
        lambda one: _followed(parents, one, batch_size, beam_width, [batch_size * beam_width, -1]), next_cell_state
    )
    output = BeamSearchDecoderOutput(best_scores, word_ids, parents)
    return output, BeamSearchDecoderState(cell_state, best_probs, next_finished, next_lengths, next_attention)
