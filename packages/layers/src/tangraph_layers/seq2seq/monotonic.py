"""Attention that only moves forward (Raffel et al. 2017, arXiv:1704.00784)."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_layers.seq2seq.attention import BahdanauAttention, LuongAttention


@export("contrib.seq2seq.safe_cumprod")
def safe_cumprod(x: Any, *args: Any, **kwargs: Any) -> Any:
    """Returns the products of the elements so far, as the exponential of a sum of logarithms.

    Args:
      x: numbers between 0 and 1; what is less than the smallest normal number counts as that.
      *args, **kwargs: see `tf.cumsum`.

    >>> with tf.Session() as sess:
    ...     sess.run(tf.contrib.seq2seq.safe_cumprod([0.5, 0.5, 0.5])).round(3).tolist()
    [0.5, 0.25, 0.125]
    """
    with tf.name_scope(None, "SafeCumprod", [x]):
        x = tf.convert_to_tensor(x, name="x")
        tiny = np.finfo(x.dtype.as_numpy_dtype).tiny
        return tf.exp(tf.cumsum(tf.log(tf.clip_by_value(x, tiny, 1)), *args, **kwargs))


@export("contrib.seq2seq.monotonic_attention")
def monotonic_attention(p_choose_i: Any, previous_attention: Any, mode: str) -> Any:
    """Returns the probabilities that each place is attended to.

    Args:
      p_choose_i: the probability to stop at each place, of shape [batch, places].
      previous_attention: the probabilities of the step before, of the same shape.
      mode: 'recursive' (exact, a loop), 'parallel' (quicker, less exact for long memories), or 'hard' (all probabilities
        are 0 or 1).

    Raises:
      ValueError: there is no such mode.

    >>> with tf.Session() as sess:
    ...     chosen = tf.contrib.seq2seq.monotonic_attention(
    ...         [[0.5, 1.0, 0.0]], [[1.0, 0.0, 0.0]], "recursive"
    ...     )
    ...     sess.run(chosen).tolist()
    [[0.5, 0.5, 0.0]]
    """
    p = tf.convert_to_tensor(p_choose_i, name="p_choose_i")
    previous = tf.convert_to_tensor(previous_attention, name="previous_attention")
    if mode == "recursive":
        return _recursive(p, previous)
    if mode == "parallel":
        passed = safe_cumprod(1 - p, axis=1, exclusive=True)
        return p * passed * tf.cumsum(previous / tf.clip_by_value(passed, 1e-10, 1.0), axis=1)
    if mode == "hard":
        reached = p * tf.cumsum(previous, axis=1)
        return reached * tf.cumprod(1 - reached, axis=1, exclusive=True)
    raise ValueError("mode must be 'recursive', 'parallel', or 'hard'.")


def _recursive(p: Any, previous: Any) -> Any:
    """Goes from place to place: what came that far is what stopped here before, and what passed the last place."""
    batch = p.shape[0].value or tf.shape(p)[0]
    passing = tf.concat([tf.ones((batch, 1)), 1 - p[:, :-1]], 1)
    swap = [1, 0]

    def step(arrived: Any, here: Any) -> Any:
        return tf.reshape(here[0] * arrived + here[1], (batch,))

    arrived = tf.scan(step, [tf.transpose(passing, swap), tf.transpose(previous, swap)], tf.zeros((batch,)))
    return p * tf.transpose(arrived, swap)


class _Monotonic:
    """What the two mechanisms add to their parents: scores with noise and a bias, and alignments that move forward."""

    _alignments_size: Any

    def _set(self, noise: float, seed: Any, bias: float, mode: str) -> None:
        self._noise, self._noise_seed, self._score_bias, self._mode = noise, seed, bias, mode

    def _shifted(self, score: Any, query: Any) -> Any:
        return score + tf.get_variable("attention_score_bias", dtype=query.dtype, initializer=self._score_bias)

    def _of_scores(self, score: Any, previous: Any) -> Any:
        if self._noise > 0:
            noise = tf.random_normal(tf.shape(score), dtype=score.dtype, seed=self._noise_seed)
            score = score + self._noise * noise
        chosen = tf.cast(score > 0, score.dtype) if self._mode == "hard" else tf.sigmoid(score)
        return monotonic_attention(chosen, previous, self._mode)

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Any:
        """Returns all attention on the first place."""
        first = tf.zeros((batch_size,), dtype=tf.int32)
        return tf.one_hot(first, self._alignments_size, dtype=dtype)


@export("contrib.seq2seq.LuongMonotonicAttention")
class LuongMonotonicAttention(_Monotonic, LuongAttention):
    """Monotonic attention whose scores are Luong's.

    Args:
      num_units, memory, memory_sequence_length, scale, score_mask_value, dtype, name: see `LuongAttention`.
      sigmoid_noise: the deviation of the noise that is added to the scores, so that they move away from 0.
      sigmoid_noise_seed: its seed.
      score_bias_init: the start value of what is added to the scores.
      mode: see `monotonic_attention`; 'hard' after training.
    """

    _scope = "luong_monotonic_attention"

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        score_mask_value: Any = None,
        sigmoid_noise: float = 0.0,
        sigmoid_noise_seed: Any = None,
        score_bias_init: float = 0.0,
        mode: str = "parallel",
        dtype: Any = None,
        name: str = "LuongMonotonicAttention",
    ) -> None:
        super().__init__(
            num_units,
            memory,
            memory_sequence_length=memory_sequence_length,
            scale=scale,
            score_mask_value=score_mask_value,
            dtype=dtype,
            name=name,
        )
        self._set(sigmoid_noise, sigmoid_noise_seed, score_bias_init, mode)


@export("contrib.seq2seq.BahdanauMonotonicAttention")
class BahdanauMonotonicAttention(_Monotonic, BahdanauAttention):
    """Monotonic attention whose scores are Bahdanau's.

    Args:
      num_units, memory, memory_sequence_length, normalize, score_mask_value, dtype, name: see `BahdanauAttention`.
      sigmoid_noise, sigmoid_noise_seed, score_bias_init, mode: see `LuongMonotonicAttention`.
    """

    _scope = "bahdanau_monotonic_attention"

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        score_mask_value: Any = None,
        sigmoid_noise: float = 0.0,
        sigmoid_noise_seed: Any = None,
        score_bias_init: float = 0.0,
        mode: str = "parallel",
        dtype: Any = None,
        name: str = "BahdanauMonotonicAttention",
    ) -> None:
        super().__init__(
            num_units,
            memory,
            memory_sequence_length=memory_sequence_length,
            normalize=normalize,
            score_mask_value=score_mask_value,
            dtype=dtype,
            name=name,
        )
        self._set(sigmoid_noise, sigmoid_noise_seed, score_bias_init, mode)
