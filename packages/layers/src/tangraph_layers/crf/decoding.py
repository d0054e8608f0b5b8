"""The best sequence of tags (Viterbi, 1967)."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_layers.crf.cells import CrfDecodeBackwardRnnCell, CrfDecodeForwardRnnCell
from tangraph_layers.crf.scores import by_length


@export("contrib.crf.viterbi_decode")
def viterbi_decode(score: Any, transition_params: Any) -> tuple[list[Any], Any]:
    """Returns the best tags for one sequence of arrays, without a graph.

    Args:
      score: the scores of each tag at each place, an array ``[length, tags]``.
      transition_params: the scores of one tag after another, an array ``[tags, tags]``.

    Returns:
      The tags, a list of integers, and their score.

    >>> tags, score = tf.contrib.crf.viterbi_decode(np.array([[1.0, 0.0], [0.0, 2.0]]), np.zeros([2, 2]))
    >>> [int(tag) for tag in tags], float(score)
    ([0, 1], 3.0)
    """
    best = np.zeros_like(score)
    came_from = np.zeros_like(score, dtype=np.int32)
    best[0] = score[0]
    for place in range(1, score.shape[0]):
        reached = np.expand_dims(best[place - 1], 1) + transition_params
        best[place] = score[place] + np.max(reached, 0)
        came_from[place] = np.argmax(reached, 0)
    tags: list[Any] = [np.argmax(best[-1])]
    for came in reversed(came_from[1:]):
        tags.append(came[tags[-1]])
    return tags[::-1], np.max(best[-1])


@export("contrib.crf.crf_decode")
def crf_decode(potentials: Any, transition_params: Any, sequence_length: Any) -> tuple[Any, Any]:
    """Returns the best tags of each sequence.

    Args:
      potentials: the scores of each tag at each place, ``[batch, length, tags]``.
      transition_params: the scores of one tag after another, ``[tags, tags]``.
      sequence_length: how many of the places count, integers of shape ``[batch]``.

    Returns:
      The tags, int32 of shape ``[batch, length]`` (0 after a sequence's end), and their scores, ``[batch]``.
    """

    def single() -> Any:
        only_place = tf.squeeze(potentials, [1])
        tags = tf.expand_dims(tf.argmax(only_place, axis=1), 1)
        score = tf.reduce_max(only_place, axis=1)
        return tf.cast(tags, tf.int32), score

    def several() -> Any:
        forward = CrfDecodeForwardRnnCell(transition_params)
        first = tf.squeeze(tf.slice(potentials, [0, 0, 0], [-1, 1, -1]), axis=[1])
        rest = tf.slice(potentials, [0, 1, 0], [-1, -1, -1])
        steps = tf.maximum(tf.constant(0, dtype=sequence_length.dtype), sequence_length - 1)
        came_from, last = tf.nn.dynamic_rnn(
            forward, rest, sequence_length=steps, initial_state=first, time_major=False, dtype=tf.int32
        )
        came_from = tf.reverse_sequence(came_from, steps, seq_dim=1)
        backward = CrfDecodeBackwardRnnCell(potentials.raw_shape[2])
        last_tag = tf.expand_dims(tf.cast(tf.argmax(last, axis=1), tf.int32), axis=-1)
        tags, _ = tf.nn.dynamic_rnn(
            backward, came_from, sequence_length=steps, initial_state=last_tag, time_major=False, dtype=tf.int32
        )
        tags = tf.concat([last_tag, tf.squeeze(tags, axis=[2])], axis=1)
        return tf.reverse_sequence(tags, sequence_length, seq_dim=1), tf.reduce_max(last, axis=1)

    tags, score = by_length(potentials, single, several)
    return tags, score
