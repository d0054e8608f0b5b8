"""How losses are made one number, and the collection that they go to."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_training.weights import assert_broadcastable, broadcast_weights


@export("losses.Reduction")
class Reduction:
    """How weighted losses are made one number.

    NONE leaves them as they are, SUM adds them up, MEAN divides that by the sum of the weights, SUM_OVER_BATCH_SIZE by
    the number of losses, and SUM_BY_NONZERO_WEIGHTS by the number of those whose weight is not 0.
    """

    NONE = "none"
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    MEAN = "weighted_mean"
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """Returns all of them."""
        return (
            cls.NONE,
            cls.SUM,
            cls.MEAN,
            cls.SUM_OVER_BATCH_SIZE,
            cls.SUM_OVER_NONZERO_WEIGHTS,
            cls.SUM_BY_NONZERO_WEIGHTS,
        )

    @classmethod
    def validate(cls, key: Any) -> None:
        """Raises ValueError when it is none of them."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}.")


@export("losses.compute_weighted_loss")
def compute_weighted_loss(
    losses: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = tf.GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """Returns losses, weighted and made one number, which also goes to a collection.

    Args:
      losses: a tensor.
      weights: a number, or a tensor of the losses' rank with sizes 1 or equal to theirs.
      scope: the name scope.
      loss_collection: the collection; None for none.
      reduction: see `tf.losses.Reduction`.

    Returns:
      A scalar of the type of the losses; for NONE a tensor of their shape.

    Raises:
      ValueError: weights that do not fit, an unknown reduction.

    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     loss = tf.losses.compute_weighted_loss(tf.constant([1.0, 2.0, 3.0]), weights=[1.0, 0.0, 1.0])
    ...     float(session.run(loss))
    2.0
    """
    Reduction.validate(reduction)
    with (
        tf.name_scope(scope, "weighted_loss", (losses, weights)),
        tf.control_dependencies((assert_broadcastable(weights, losses),)),
    ):
        losses = tf.convert_to_tensor(losses)
        dtype = losses.dtype
        losses = tf.cast(losses, dtype=tf.float32)
        weights = tf.cast(weights, dtype=tf.float32)
        loss = tf.multiply(losses, weights)
        if reduction != Reduction.NONE:
            loss = tf.reduce_sum(loss)
            if reduction == Reduction.MEAN:
                loss = _divided(loss, tf.reduce_sum(tf.ones_like(losses) * weights))
            elif reduction == Reduction.SUM_BY_NONZERO_WEIGHTS:
                loss = _divided(loss, number_present(losses, weights))
            elif reduction == Reduction.SUM_OVER_BATCH_SIZE:
                loss = _divided(loss, _number(losses))
        loss = tf.cast(loss, dtype)
        add_loss(loss, loss_collection)
        return loss


def _divided(total: Any, number: Any) -> Any:
    return tf.div_no_nan(tf.reduce_sum(total), number, name="value")


def _number(losses: Any) -> Any:
    with tf.name_scope(None, "num_elements", values=[losses]) as scope:
        return tf.cast(tf.size(losses, name=scope), dtype=losses.dtype)


def number_present(losses: Any, weights: Any, per_batch: bool = False) -> Any:
    """Returns how many losses have a weight that is not 0, as a float32 scalar.

    Args:
      losses: a tensor.
      weights: a number or a tensor that fits it.
      per_batch: whether to count for each element of the batch, in a tensor of the losses' rank.
    """
    if isinstance(weights, float) and weights != 0.0:
        return _number(losses)
    with tf.name_scope(None, "num_present", (losses, weights)) as scope:
        weights = tf.cast(weights, dtype=tf.float32)
        present = tf.where(tf.equal(weights, 0.0), tf.zeros_like(weights), tf.ones_like(weights))
        present = broadcast_weights(present, losses)
        if not per_batch:
            return tf.reduce_sum(present, name=scope)
        axes = tf.range(1, tf.rank(present))
        return tf.reduce_sum(present, axis=axes, keepdims=True, name=scope)


@export("losses.add_loss")
def add_loss(loss: Any, loss_collection: Any = tf.GraphKeys.LOSSES) -> None:
    """Adds a loss to a collection; to none when that is None."""
    if loss_collection:
        tf.add_to_collection(loss_collection, loss)


@export("losses.get_losses")
def get_losses(scope: str | None = None, loss_collection: Any = tf.GraphKeys.LOSSES) -> list[Any]:
    """Returns the losses of a collection whose names begin with `scope`."""
    return list(tf.get_collection(loss_collection, scope))


@export("losses.get_regularization_losses")
def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """Returns the regularization losses whose names begin with `scope`."""
    return list(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES, scope))


@export("losses.get_regularization_loss")
def get_regularization_loss(scope: str | None = None, name: str = "total_regularization_loss") -> Any:
    """Returns the sum of the regularization losses; 0 when there are none."""
    losses = get_regularization_losses(scope)
    return tf.add_n(losses, name=name) if losses else tf.constant(0.0)


@export("losses.get_total_loss")
def get_total_loss(add_regularization_losses: bool = True, name: str = "total_loss", scope: str | None = None) -> Any:
    """Returns the sum of all losses.

    Args:
      add_regularization_losses: whether those are added too.
      name: the name of the sum.
      scope: what the names of the losses must begin with.
    """
    losses = get_losses(scope=scope)
    if add_regularization_losses:
        losses += get_regularization_losses(scope=scope)
    return tf.add_n(losses, name=name)
