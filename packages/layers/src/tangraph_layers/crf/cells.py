"""Recurrent cells that walk along a chain of tags."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import RNNCell


class _TransitionCell(RNNCell):
    """A cell whose state is a score for each tag."""

    def __init__(self, transition_params: Any) -> None:
        self._transition_params = tf.expand_dims(transition_params, 0)
        self._num_tags = transition_params.shape.as_list()[0]

    @property
    def state_size(self) -> Any:
        """The number of tags."""
        return self._num_tags

    @property
    def output_size(self) -> Any:
        """The number of tags."""
        return self._num_tags

    def _transitions(self, state: Any) -> Any:
        """Returns the scores of coming from each tag (axis 1) to each other (axis 2)."""
        return tf.expand_dims(state, 2) + self._transition_params


@export("contrib.crf.CrfForwardRnnCell")
class CrfForwardRnnCell(_TransitionCell):
    """The forward algorithm: the state is the log-sum of the scores of all ways to each tag.

    Args:
      transition_params: the scores of one tag after another, ``[tags, tags]``.
    """

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> tuple[Any, Any]:
        """Returns the scores after one more place, as output and as state."""
        alphas = inputs + tf.reduce_logsumexp(self._transitions(state), [1])
        return alphas, alphas


@export("contrib.crf.CrfDecodeForwardRnnCell")
class CrfDecodeForwardRnnCell(_TransitionCell):
    """Viterbi's algorithm, forwards: the state is the best score of each tag, the output which tag it came from.

    Args:
      transition_params: the scores of one tag after another, ``[tags, tags]``.
    """

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> tuple[Any, Any]:
        """Returns which tag each came from, and the best scores."""
        scores = self._transitions(state)
        best = inputs + tf.reduce_max(scores, [1])
        came_from = tf.cast(tf.argmax(scores, 1), tf.int32)
        return came_from, best


@export("contrib.crf.CrfDecodeBackwardRnnCell")
class CrfDecodeBackwardRnnCell(RNNCell):
    """Viterbi's algorithm, backwards: the state and the output are the tag, ``[batch, 1]``.

    Args:
      num_tags: the number of tags.
    """

    def __init__(self, num_tags: int) -> None:
        self._num_tags = num_tags

    @property
    def state_size(self) -> Any:
        """One: the tag."""
        return 1

    @property
    def output_size(self) -> Any:
        """One: the tag."""
        return 1

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> tuple[Any, Any]:
        """Returns the tag before, as output and as state."""
        tag = tf.squeeze(state, axis=[1])
        rows = tf.range(tf.shape(inputs)[0])
        before = tf.expand_dims(tf.gather_nd(inputs, tf.stack([rows, tag], axis=1)), axis=-1)
        return before, before
