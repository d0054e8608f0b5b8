"""`tf.contrib.seq2seq.sequence_loss`."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export


@export("contrib.seq2seq.sequence_loss")
def sequence_loss(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    sum_over_timesteps: bool = False,
    sum_over_batch: bool = False,
    softmax_loss_function: Any = None,
    name: str | None = None,
) -> Any:
    """Returns the weighted cross entropy of sequences.

    Args:
      logits: a tensor of shape [batch, time, classes].
      targets: the classes, integers of shape [batch, time].
      weights: the weights of the steps, of shape [batch, time]; 0 for padding.
      average_across_timesteps: whether to divide by the sum of weights along the time.
      average_across_batch: whether to divide by the sum of weights along the batch.
      sum_over_timesteps: whether to divide by the number of weights that are not 0, along the time.
      sum_over_batch: the same along the batch.
      softmax_loss_function: a function of `labels` and `logits` that replaces the sparse softmax cross entropy.
      name: the name scope.

    Returns:
      A scalar; a tensor of shape [batch], [time] or [batch, time] where less is added up.

    Raises:
      ValueError: a rank is wrong, or averages and sums are asked for together.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     loss = tf.contrib.seq2seq.sequence_loss(
    ...         tf.zeros([1, 2, 4]), tf.constant([[1, 3]]), tf.ones([1, 2])
    ...     )
    ...     round(float(sess.run(loss)), 4)
    1.3863
    """
    if len(logits.get_shape()) != 3:
        raise ValueError("Logits must be a [batch_size x sequence_length x logits] tensor")
    if len(targets.get_shape()) != 2:
        raise ValueError("Targets must be a [batch_size x sequence_length] tensor")
    if len(weights.get_shape()) != 2:
        raise ValueError("Weights must be a [batch_size x sequence_length] tensor")
    if average_across_timesteps and sum_over_timesteps:
        raise ValueError("average_across_timesteps and sum_over_timesteps cannot be set to True at same time.")
    if average_across_batch and sum_over_batch:
        raise ValueError("average_across_batch and sum_over_batch cannot be set to True at same time.")
    with tf.name_scope(name, "sequence_loss", [logits, targets, weights]):
        classes = tf.shape(logits)[2]
        flat_logits = tf.reshape(logits, [-1, classes])
        targets = tf.reshape(targets, [-1])
        if softmax_loss_function is None:
            crossent = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=flat_logits)
        else:
            crossent = softmax_loss_function(labels=targets, logits=flat_logits)
        crossent *= tf.reshape(weights, [-1])
        if average_across_timesteps and average_across_batch:
            return tf.div_no_nan(tf.reduce_sum(crossent), tf.reduce_sum(weights))
        if sum_over_timesteps and sum_over_batch:
            total = tf.reduce_sum(crossent)
            return tf.div_no_nan(total, tf.cast(tf.count_nonzero(weights), crossent.dtype))
        crossent = tf.reshape(crossent, tf.shape(logits)[0:2])
        if average_across_timesteps or average_across_batch:
            axis = [0] if average_across_batch else [1]
            return tf.div_no_nan(tf.reduce_sum(crossent, axis=axis), tf.reduce_sum(weights, axis=axis))
        if sum_over_timesteps or sum_over_batch:
            axis = [0] if sum_over_batch else [1]
            total = tf.reduce_sum(crossent, axis=axis)
            return tf.div_no_nan(total, tf.cast(tf.count_nonzero(weights, axis=axis), dtype=crossent.dtype))
        return crossent
