"""How likely a sequence of tags is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph.ops.control_flow.cond import smart_cond
from tangraph_layers.crf.cells import CrfForwardRnnCell

if TYPE_CHECKING:
    from collections.abc import Callable


def by_length(inputs: Any, single: Callable[[], Any], several: Callable[[], Any]) -> Any:
    """Returns what one of two functions builds: sequences of one tag have no transitions.

    Where the length is not known, both are built, and the run decides.
    """
    length = inputs.raw_shape[1] if inputs.raw_shape is not None else None
    return smart_cond(tf.equal(length or tf.shape(inputs)[1], 1), single, several)


def _zero_where_empty(scores: Any, sequence_lengths: Any) -> Any:
    return tf.where(tf.less_equal(sequence_lengths, 0), tf.zeros_like(scores), scores)


@export("contrib.crf.crf_sequence_score")
def crf_sequence_score(inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any) -> Any:
    """Returns the unnormalised score of each sequence of tags.

    Args:
      inputs: the scores of each tag at each place, ``[batch, length, tags]``.
      tag_indices: the tags, integers of shape ``[batch, length]``.
      sequence_lengths: how many of the places count, integers of shape ``[batch]``.
      transition_params: the scores of one tag after another, ``[tags, tags]``.

    Returns:
      A vector ``[batch]``.
    """

    def single() -> Any:
        batch = tf.shape(inputs, out_type=tag_indices.dtype)[0]
        rows = tf.reshape(tf.range(batch, dtype=tag_indices.dtype), [-1, 1])
        only_place = tf.squeeze(inputs, [1])
        return _zero_where_empty(tf.gather_nd(only_place, tf.concat([rows, tag_indices], axis=1)), sequence_lengths)

    def several() -> Any:
        unary = crf_unary_score(tag_indices, sequence_lengths, inputs)
        return unary + crf_binary_score(tag_indices, sequence_lengths, transition_params)

    return by_length(inputs, single, several)


@export("contrib.crf.crf_multitag_sequence_score")
def crf_multitag_sequence_score(inputs: Any, tag_bitmap: Any, sequence_lengths: Any, transition_params: Any) -> Any:
    """Returns the unnormalised score of all sequences that have one of the allowed tags at each place.

    Args:
      inputs: the scores of each tag at each place, ``[batch, length, tags]``.
      tag_bitmap: which tags are allowed, bools of the same shape.
      sequence_lengths: how many of the places count, ``[batch]``.
      transition_params: the scores of one tag after another, ``[tags, tags]``.

    Returns:
      A vector ``[batch]``, the logarithm of the summed exponentials.
    """

    def allowed() -> Any:
        return tf.where(tag_bitmap, inputs, tf.fill(tf.shape(inputs), float("-inf")))

    return by_length(
        inputs,
        lambda: tf.reduce_logsumexp(allowed(), axis=[1, 2], keepdims=False),
        lambda: crf_log_norm(allowed(), sequence_lengths, transition_params),
    )


@export("contrib.crf.crf_log_norm")
def crf_log_norm(inputs: Any, sequence_lengths: Any, transition_params: Any) -> Any:
    """Returns the logarithm of the normaliser: of the summed exponentials of all sequences' scores.

    Args:
      inputs: the scores of each tag at each place, ``[batch, length, tags]``.
      sequence_lengths: how many of the places count, ``[batch]``.
      transition_params: the scores of one tag after another, ``[tags, tags]``.

    Returns:
      A vector ``[batch]``.
    """
    first = tf.squeeze(tf.slice(inputs, [0, 0, 0], [-1, 1, -1]), [1])

    def single() -> Any:
        return _zero_where_empty(tf.reduce_logsumexp(first, [1]), sequence_lengths)

    def several() -> Any:
        rest = tf.slice(inputs, [0, 1, 0], [-1, -1, -1])
        cell = CrfForwardRnnCell(transition_params)
        steps = tf.maximum(tf.constant(0, dtype=sequence_lengths.dtype), sequence_lengths - 1)
        _, alphas = tf.nn.dynamic_rnn(cell, rest, sequence_length=steps, initial_state=first, dtype=tf.float32)
        return _zero_where_empty(tf.reduce_logsumexp(alphas, [1]), sequence_lengths)

    return by_length(inputs, single, several)


@export("contrib.crf.crf_log_likelihood")
def crf_log_likelihood(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any = None
) -> tuple[Any, Any]:
    """Returns the log-likelihood of tags, which training maximises.

    Args:
      inputs: the scores of each tag at each place, ``[batch, length, tags]``.
      tag_indices: the tags, integers of shape ``[batch, length]``.
      sequence_lengths: how many of the places count, ``[batch]``.
      transition_params: the scores of one tag after another, ``[tags, tags]``; a variable "transitions" when None.

    Returns:
      A vector ``[batch]``, and the transition scores.

    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     likelihood, _ = tf.contrib.crf.crf_log_likelihood(
    ...         tf.zeros([1, 2, 3]), tf.constant([[0, 1]]), tf.constant([2]), tf.zeros([3, 3])
    ...     )
    ...     session.run(tf.exp(-likelihood)).round().tolist()
    [9.0]
    """
    tags = inputs.raw_shape[2]
    if transition_params is None:
        transition_params = tf.get_variable("transitions", [tags, tags])
    scores = crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params)
    return scores - crf_log_norm(inputs, sequence_lengths, transition_params), transition_params


@export("contrib.crf.crf_unary_score")
def crf_unary_score(tag_indices: Any, sequence_lengths: Any, inputs: Any) -> Any:
    """Returns the sum of the scores of the tags at their places; arguments as for `crf_sequence_score`."""
    batch, length, tags = tf.shape(inputs)[0], tf.shape(inputs)[1], tf.shape(inputs)[2]
    flat = tf.reshape(inputs, [-1])
    offsets = tf.expand_dims(tf.range(batch) * length * tags, 1)
    offsets += tf.expand_dims(tf.range(length) * tags, 0)
    if tag_indices.dtype == tf.int64:
        offsets = tf.cast(offsets, tf.int64)
    places = tf.reshape(offsets + tag_indices, [-1])
    scores = tf.reshape(tf.gather(flat, places), [batch, length])
    mask = tf.sequence_mask(sequence_lengths, maxlen=tf.shape(tag_indices)[1], dtype=tf.float32)
    return tf.reduce_sum(scores * mask, 1)


@export("contrib.crf.crf_binary_score")
def crf_binary_score(tag_indices: Any, sequence_lengths: Any, transition_params: Any) -> Any:
    """Returns the sum of the scores of the transitions; arguments as for `crf_sequence_score`."""
    tags = transition_params.get_shape()[0]
    transitions = tf.shape(tag_indices)[1] - 1
    before = tf.slice(tag_indices, [0, 0], [-1, transitions])
    after = tf.slice(tag_indices, [0, 1], [-1, transitions])
    places = before * tags + after
    scores = tf.gather(tf.reshape(transition_params, [-1]), places)
    mask = tf.sequence_mask(sequence_lengths, maxlen=tf.shape(tag_indices)[1], dtype=tf.float32)
    return tf.reduce_sum(scores * tf.slice(mask, [0, 1], [-1, -1]), 1)
