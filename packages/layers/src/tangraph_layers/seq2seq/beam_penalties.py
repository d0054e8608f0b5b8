"""The scores of beams: what length and coverage change (Wu et al. 2016, arXiv:1609.08144, equation 14)."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_layers.seq2seq.attention import AttentionWrapperState


def attention_probabilities(cell_state: Any, coverage_penalty_weight: Any) -> Any:
    """Returns where the beams look, [batch, beams, places]: the mean over a cell's attention mechanisms.

    Returns:
      None where coverage does not count.

    Raises:
      ValueError: coverage counts, but nothing in the state is an attention's.
    """
    if coverage_penalty_weight == 0.0:
        return None
    if isinstance(cell_state, AttentionWrapperState):
        layers = [_alignments(cell_state)]
    elif isinstance(cell_state, tuple):
        layers = [_alignments(state) for state in cell_state if isinstance(state, AttentionWrapperState)]
    else:
        layers = []
    if not layers:
        raise ValueError(
            "coverage_penalty_weight must be 0.0 if no cell is attentional. "
            f"Received: {coverage_penalty_weight} with a state of type {type(cell_state).__name__}"
        )
    if len(layers) == 1:
        return layers[0]
    return _mean(layers)


def _alignments(state: Any) -> Any:
    alignments = state.alignments
    return _mean(alignments) if isinstance(alignments, tuple) else alignments


def _mean(probabilities: Any) -> Any:
    columns = [tf.expand_dims(one, -1) for one in probabilities]
    return tf.reduce_mean(tf.concat(columns, -1), -1)


def scores_of(
    log_probs: Any, lengths: Any, length_weight: Any, coverage_weight: Any, finished: Any, attention: Any
) -> Any:
    """Returns the scores of all continuations, [batch, beams, tokens].

    Args:
      log_probs: the summed log-probabilities, [batch, beams, tokens].
      lengths: the lengths of the continuations, of the same shape.
      length_weight: how much length counts, a scalar.
      coverage_weight: how much coverage counts, a scalar.
      finished: which beams have ended, [batch, beams].
      attention: the summed attention, [batch, beams, places], or None.

    Raises:
      ValueError: a weight is no scalar.
    """
    penalty = tf.cast(_length_penalty(lengths, length_weight), log_probs.dtype)
    scores = log_probs / penalty
    coverage_weight = tf.convert_to_tensor(coverage_weight, name="coverage_penalty_weight")
    if coverage_weight.shape.ndims != 0:
        raise ValueError(f"coverage_penalty_weight should be a scalar, but saw shape: {coverage_weight.shape}")
    if tf.contrib.util.constant_value(coverage_weight) == 0.0:
        return scores
    # A place of probability 0 is behind the end of its sequence.
    attention = tf.where(tf.equal(attention, 0.0), tf.ones_like(attention), attention)
    coverage = tf.reduce_sum(tf.log(tf.minimum(attention, 1.0)), 2)
    coverage *= tf.cast(finished, tf.float32)
    weighted = coverage * coverage_weight
    return scores + tf.expand_dims(weighted, 2)


def _length_penalty(lengths: Any, weight: Any) -> Any:
    weight = tf.convert_to_tensor(weight, name="penalty_factor")
    weight.set_shape(())
    if tf.contrib.util.constant_value(weight) == 0:
        return 1.0
    return tf.div((5.0 + tf.cast(lengths, tf.float32)) ** weight, (5.0 + 1.0) ** weight)
