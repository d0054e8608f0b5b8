"""Cross entropies, of probabilities or of logits."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.settings import epsilon


def _logits(output: Any, op_type: str) -> Any:
    """Returns the input of the softmax or sigmoid that made the output; None when it was made otherwise."""
    if isinstance(output, tf.Tensor) and hasattr(output, "op") and output.op.type == op_type:
        return output.op.inputs[0]
    return None


@export("keras.backend.categorical_crossentropy")
def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """Returns the cross entropies of classes.

    Args:
      target: the probabilities of the classes, usually a one and zeros, of the shape of the output.
      output: probabilities, which are divided by their sum; or logits.
      from_logits: whether the output are logits. What a softmax made is taken back to them anyway.
      axis: that of the classes.

    Returns:
      A tensor of the shape of the output without the axis.
    """
    if not from_logits:
        logits = _logits(output, "Softmax")
        if logits is None:
            output = output / tf.reduce_sum(output, axis, True)
            tiny = tf.constant(epsilon(), output.dtype.base_dtype)
            output = tf.clip_by_value(output, tiny, 1.0 - tiny)
            return -tf.reduce_sum(target * tf.log(output), axis)
        output = logits
    return tf.nn.softmax_cross_entropy_with_logits_v2(labels=target, logits=output, axis=axis)


@export("keras.backend.sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """Returns the cross entropies of classes that are given by their numbers.

    Args:
      target: the numbers of the classes.
      output: probabilities, or logits.
      from_logits: whether the output are logits. What a softmax made is taken back to them anyway.
      axis: that of the classes in the output.

    Returns:
      A tensor of the shape of the output without the axis.

    Raises:
      ValueError: an axis other than the last one in an output of unknown rank.
    """
    if not from_logits:
        logits = _logits(output, "Softmax")
        if logits is None:
            tiny = tf.constant(epsilon(), output.dtype.base_dtype)
            output = tf.log(tf.clip_by_value(output, tiny, 1 - tiny))
        else:
            output = logits
    output = _classes_last(output, axis)
    rank = output.shape.ndims
    target = tf.cast(target, "int64")
    shape = tf.shape(output)
    flatten = target.shape.ndims is not None and rank is not None and target.shape.ndims != rank - 1
    if flatten:
        target = tf.reshape(target, [-1])
        output = tf.reshape(output, [-1, shape[-1]])
    result = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=target, logits=output)
    return tf.reshape(result, shape[:-1]) if flatten and rank >= 3 else result


def _classes_last(output: Any, axis: int) -> Any:
    rank = output.shape.ndims
    if rank is None:
        if axis != -1:
            raise ValueError(
                f"Cannot compute sparse categorical crossentropy with `axis={axis}` on an output tensor with unknown rank"
            )
        return output
    axis %= rank
    if axis == rank - 1:
        return output
    return tf.transpose(output, perm=[*(i for i in range(rank) if i != axis), axis])


@export("keras.backend.binary_crossentropy")
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """Returns the cross entropies of choices between two.

    Args:
      target: the probabilities, usually 0 or 1, of the shape of the output.
      output: probabilities, or logits.
      from_logits: whether the output are logits. What a sigmoid made is taken back to them anyway.
    """
    if not from_logits:
        logits = _logits(output, "Sigmoid")
        if logits is None:
            tiny = tf.constant(epsilon(), output.dtype.base_dtype)
            output = tf.clip_by_value(output, tiny, 1.0 - tiny)
            entropy = target * tf.log(output + epsilon())
            entropy += (1 - target) * tf.log(1 - output + epsilon())
            return -entropy
        output = logits
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=output)
