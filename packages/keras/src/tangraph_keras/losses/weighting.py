"""How the losses of examples become one: weights, and the ways to reduce them."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.ops.math.confusion import remove_squeezable_dimensions
from tangraph_training.weights import broadcast_weights


class Reduction:
    """How losses are made one number.

    AUTO is SUM_OVER_BATCH_SIZE, the mean of the losses; SUM adds them up; NONE leaves them as they are.
    """

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """Returns all of them."""
        return (cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE)

    @classmethod
    def validate(cls, key: Any) -> None:
        """Raises ValueError when it is none of them."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}.")


def compute_weighted_loss(
    losses: Any, sample_weight: Any = None, reduction: str = Reduction.SUM_OVER_BATCH_SIZE, name: str | None = None
) -> Any:
    """Returns losses, weighted and made one number.

    Args:
      losses: a tensor.
      sample_weight: a number, or a tensor that fits the losses but for the last axis.
      reduction: how they are made one.
      name: the name scope.

    Raises:
      ValueError: an unknown reduction, weights that do not fit.
    """
    Reduction.validate(reduction)
    if reduction == Reduction.AUTO:
        reduction = Reduction.SUM_OVER_BATCH_SIZE
    if sample_weight is None:
        sample_weight = 1.0
    with tf.name_scope(name or "weighted_loss"):
        losses = tf.convert_to_tensor(losses)
        weighted = _scaled(losses, sample_weight)
        return tf.cast(reduce_weighted_loss(weighted, reduction), losses.dtype)


def reduce_weighted_loss(weighted: Any, reduction: str = Reduction.SUM_OVER_BATCH_SIZE) -> Any:
    """Returns weighted losses made one number."""
    if reduction == Reduction.NONE:
        return weighted
    total = tf.reduce_sum(weighted)
    if reduction != Reduction.SUM_OVER_BATCH_SIZE:
        return total
    with tf.name_scope("num_elements") as scope:
        count = tf.cast(tf.size(weighted, name=scope), dtype=weighted.dtype)
    return tf.div_no_nan(tf.reduce_sum(total), count, name="value")


def _scaled(losses: Any, weight: Any) -> Any:
    losses, weight = tf.cast(losses, tf.float32), tf.cast(weight, tf.float32)
    losses, _, weight = squeeze_or_expand_dimensions(losses, None, weight)
    return tf.multiply(losses, broadcast_weights(weight, losses))


def squeeze_or_expand_dimensions(y_pred: Any, y_true: Any = None, sample_weight: Any = None) -> tuple[Any, ...]:
    """Returns predictions, labels and weights of equal ranks, with last axes of size 1 removed or put in.

    Args:
      y_pred: the predictions.
      y_true: the labels, or None.
      sample_weight: the weights, or None.

    Returns:
      Predictions and labels; and weights, when there are any.
    """
    rank = y_pred.shape.ndims
    if y_true is not None:
        y_pred, y_true = _squeezed(y_pred, y_true)
    if sample_weight is None:
        return y_pred, y_true
    sample_weight = tf.convert_to_tensor(sample_weight)
    weight_rank = sample_weight.shape.ndims
    if weight_rank == 0:
        return y_pred, y_true, sample_weight
    if rank is not None and weight_rank is not None:
        if weight_rank - rank == 1:
            sample_weight = tf.squeeze(sample_weight, [-1])
        elif rank - weight_rank == 1:
            sample_weight = tf.expand_dims(sample_weight, [-1])
        return y_pred, y_true, sample_weight
    return y_pred, y_true, _fitted(sample_weight, y_pred)


def _squeezed(y_pred: Any, y_true: Any) -> tuple[Any, Any]:
    rank, true_rank = y_pred.shape.ndims, y_true.shape.ndims
    if true_rank is not None and rank is not None:
        if rank - true_rank != 1 or y_pred.shape[-1] == 1:
            y_true, y_pred = remove_squeezable_dimensions(y_true, y_pred)
        return y_pred, y_true
    difference = tf.rank(y_pred) - tf.rank(y_true)

    def squeeze() -> Any:
        return remove_squeezable_dimensions(y_true, y_pred)

    is_one = tf.equal(1, tf.shape(y_pred)[-1])
    y_true, y_pred = tf.cond(
        tf.equal(1, difference), lambda: tf.cond(is_one, squeeze, lambda: (y_true, y_pred)), squeeze
    )
    return y_pred, y_true


def _fitted(weight: Any, y_pred: Any) -> Any:
    """Returns weights of a rank that is only known when they are computed."""
    rank = tf.rank(weight)
    difference = rank - tf.rank(y_pred)

    def maybe_expand() -> Any:
        return tf.cond(tf.equal(difference, -1), lambda: tf.expand_dims(weight, [-1]), lambda: weight)

    def adjust() -> Any:
        return tf.cond(tf.equal(difference, 1), lambda: tf.squeeze(weight, [-1]), maybe_expand)

    return tf.cond(tf.equal(rank, 0), lambda: weight, adjust)
