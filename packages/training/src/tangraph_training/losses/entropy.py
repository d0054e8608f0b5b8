"""Cross-entropy losses of logits."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph.ops.math.confusion import remove_squeezable_dimensions
from tangraph_training.losses.differences import check_given
from tangraph_training.losses.reduction import Reduction, compute_weighted_loss


@export("losses.sigmoid_cross_entropy")
def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: Any = 0,
    scope: str | None = None,
    loss_collection: Any = tf.GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """Returns the cross entropy loss of classes that do not exclude one another.

    Args:
      multi_class_labels: [batch, classes], 0 or 1.
      logits: a tensor of the same shape, of floats.
      weights: a number, or a tensor of that rank with sizes 1 or equal.
      label_smoothing: how far to move the labels towards 1/2.
      scope: the name scope.
      loss_collection: the collection that the loss goes to; None for none.
      reduction: how it is made one number; see `tf.losses.Reduction`.

    Raises:
      ValueError: shapes that do not fit, labels or logits that are None.
    """
    check_given(multi_class_labels=multi_class_labels, logits=logits)
    with tf.name_scope(scope, "sigmoid_cross_entropy_loss", (logits, multi_class_labels, weights)) as full_name:
        logits = tf.convert_to_tensor(logits)
        labels = tf.cast(multi_class_labels, logits.dtype)
        logits.get_shape().assert_is_compatible_with(labels.get_shape())
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, full_name, loss_collection, reduction=reduction)


@export("losses.softmax_cross_entropy")
def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: Any = 0,
    scope: str | None = None,
    loss_collection: Any = tf.GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """Returns the cross entropy loss of classes of which one is right.

    Args:
      onehot_labels: [batch, classes], the probabilities of the classes; gradients stop at them.
      logits: a tensor of the same shape, of floats.
      weights: a number, or a tensor [batch].
      label_smoothing: how far to move the labels towards 1 / classes.
      scope: the name scope.
      loss_collection: the collection that the loss goes to; None for none.
      reduction: how it is made one number; see `tf.losses.Reduction`.

    Raises:
      ValueError: shapes that do not fit, labels or logits that are None.
    """
    check_given(onehot_labels=onehot_labels, logits=logits)
    with tf.name_scope(scope, "softmax_cross_entropy_loss", (logits, onehot_labels, weights)) as full_name:
        logits = tf.convert_to_tensor(logits)
        labels = tf.cast(onehot_labels, logits.dtype)
        logits.get_shape().assert_is_compatible_with(labels.get_shape())
        if label_smoothing > 0:
            classes = tf.cast(tf.shape(labels)[-1], logits.dtype)
            others = label_smoothing / classes
            labels = labels * (1.0 - label_smoothing) + others
        labels = tf.stop_gradient(labels, name="labels_stop_gradient")
        losses = tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, full_name, loss_collection, reduction=reduction)


@export("losses.sparse_softmax_cross_entropy")
def sparse_softmax_cross_entropy(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = tf.GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """Returns the cross entropy loss of classes of which one is right, given by its number.

    Args:
      labels: [batch] or [batch, 1], whole numbers.
      logits: [batch, classes], floats.
      weights: a number, or a tensor [batch] or [batch, 1].
      scope: the name scope.
      loss_collection: the collection that the loss goes to; None for none.
      reduction: how it is made one number; see `tf.losses.Reduction`.

    Raises:
      ValueError: shapes that do not fit, labels or logits that are None.

    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     loss = tf.losses.sparse_softmax_cross_entropy([0], tf.constant([[0.0, 0.0]]))
    ...     round(float(session.run(loss)), 4)
    0.6931
    """
    check_given(labels=labels, logits=logits)
    with tf.name_scope(scope, "sparse_softmax_cross_entropy_loss", (logits, labels, weights)) as full_name:
        labels, logits, weights = _squeezed(labels, logits, weights)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, full_name, loss_collection, reduction=reduction)


def _squeezed(labels: Any, logits: Any, weights: Any) -> tuple[Any, Any, Any]:
    """Drops last axes of size 1 that labels or weights have and should not."""
    labels, logits = remove_squeezable_dimensions(labels, logits, expected_rank_diff=1)
    if weights is None:
        return labels, logits, None
    weights = tf.convert_to_tensor(weights)
    rank, weights_rank = labels.get_shape().ndims, weights.get_shape().ndims
    if rank is not None and weights_rank is not None:
        return labels, logits, tf.squeeze(weights, [-1]) if weights_rank - rank == 1 else weights
    difference = tf.rank(weights) - tf.rank(labels)
    if weights_rank is None or (weights_rank > 0 and weights.get_shape()[-1].is_compatible_with(1)):
        given = weights
        weights = tf.cond(tf.equal(1, difference), lambda: tf.squeeze(given, [-1]), lambda: given)
    return labels, logits, weights
