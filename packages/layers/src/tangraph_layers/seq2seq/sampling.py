"""Draws from Bernoulli and categorical distributions, as decoders' helpers make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf

if TYPE_CHECKING:
    from collections.abc import Callable


def _drawn(draw: Callable[[Any], Any], sample_shape: Any) -> Any:
    """Returns draws of the shape [sample_shape..., the shape of one], from a function of their number."""
    with tf.name_scope("call_sampler"):
        sample_shape = tf.convert_to_tensor(sample_shape, dtype=tf.int32, name="sample_shape")
        missing = tf.cast(tf.equal(tf.rank(sample_shape), 0), tf.int32)
        sample_shape = tf.reshape(
            sample_shape, tf.pad(tf.shape(sample_shape), paddings=[[missing, 0]], constant_values=1)
        )
        samples = draw(tf.reduce_prod(sample_shape))
        one = tf.shape(samples)[1:]
        return tf.reshape(samples, tf.concat([sample_shape, one], 0))


def bernoulli_sample(probs: Any, dtype: Any = tf.int32, sample_shape: Any = (), seed: Any = None) -> Any:
    """Returns draws that are one with the given probabilities.

    Args:
      probs: the probabilities.
      dtype: the element type of the draws.
      sample_shape: how many draws of each; no axis for one.
      seed: the seed of the operation.
    """
    probs = tf.convert_to_tensor(probs, name="probs")
    shape = tf.shape(probs)

    def draw(count: Any) -> Any:
        uniform = tf.random_uniform(tf.concat([[count], shape], 0), seed=seed, dtype=probs.dtype)
        return tf.cast(tf.less(uniform, probs), dtype)

    return _drawn(draw, sample_shape)


def categorical_sample(logits: Any, seed: Any = None) -> Any:
    """Returns int32 draws of classes.

    Args:
      logits: the unnormalised logarithms of the probabilities, [..., classes].
      seed: the seed of the operation.
    """
    logits = tf.convert_to_tensor(logits, name="logits")
    classes = tf.shape(logits)[-1]
    shape = tf.shape(logits)[:-1]

    def draw(count: Any) -> Any:
        flat = logits if logits.shape.ndims == 2 else tf.reshape(logits, [-1, classes])
        kind = tf.int64 if logits.dtype.size > 4 else tf.int32
        draws = tf.multinomial(flat, count, seed=seed, output_dtype=kind)
        draws = tf.reshape(tf.transpose(draws), tf.concat([[count], shape], 0))
        return tf.cast(draws, tf.int32)

    return _drawn(draw, ())
