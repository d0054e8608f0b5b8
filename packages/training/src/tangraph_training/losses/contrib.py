"""`tf.contrib.losses`: the older losses, which take predictions before labels."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph.framework.deprecation import deprecated_argument_lookup


@export("contrib.losses.add_loss")
def add_loss(loss: Any, loss_collection: Any = tf.GraphKeys.LOSSES) -> None:
    """Adds a loss to a collection; see `tf.losses.add_loss`."""
    tf.losses.add_loss(loss, loss_collection)


@export("contrib.losses.get_losses")
def get_losses(scope: str | None = None, loss_collection: Any = tf.GraphKeys.LOSSES) -> list[Any]:
    """Returns the losses of a collection; see `tf.losses.get_losses`."""
    return list(tf.get_collection(loss_collection, scope))


@export("contrib.losses.get_regularization_losses")
def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """Returns the regularization losses; see `tf.losses.get_regularization_losses`."""
    return list(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES, scope))


@export("contrib.losses.get_total_loss")
def get_total_loss(add_regularization_losses: bool = True, name: str = "total_loss") -> Any:
    """Returns the sum of all losses; see `tf.losses.get_total_loss`."""
    return tf.losses.get_total_loss(add_regularization_losses, name)


@export("contrib.losses.compute_weighted_loss")
def compute_weighted_loss(losses: Any, weights: Any = 1.0, scope: str | None = None) -> Any:
    """Returns the weighted mean of losses, which also goes to the collection LOSSES.

    Args:
      losses: a tensor of known rank.
      weights: a number, or a tensor of the first axes of the losses.
      scope: the name scope.

    Raises:
      ValueError: an unknown rank.
    """
    with tf.name_scope(scope, "weighted_loss", [losses, weights]):
        losses = tf.convert_to_tensor(losses)
        dtype = losses.dtype
        losses = tf.cast(losses, tf.float32)
        weights = tf.cast(tf.convert_to_tensor(weights), tf.float32)
        for what, tensor in (("losses", losses), ("weights", weights)):
            if tensor.get_shape().ndims is None:
                raise ValueError(f"{what}.get_shape().ndims cannot be None")
        shape = weights.get_shape()
        if shape.ndims > 1 and shape[-1].is_compatible_with(1):
            weights = tf.squeeze(weights, [-1])
        total = _weighted_sum(losses, weights)
        present = _number_present(losses, weights)
        mean = tf.cast(tf.div_no_nan(tf.reduce_sum(total), present, name="value"), dtype)
        add_loss(mean)
        return mean


def _weighted_sum(losses: Any, weights: Any) -> Any:
    axes = list(range(max(0, weights.get_shape().ndims), losses.get_shape().ndims))
    return tf.reduce_sum(tf.multiply(tf.reduce_sum(losses, axis=axes), weights))


def _number_present(losses: Any, weights: Any, per_batch: bool = False) -> Any:
    rank = weights.get_shape().ndims
    if rank == 0:
        batch = tf.reshape(tf.slice(tf.shape(losses), [0], [1]), [])
        number = tf.div(tf.cast(tf.size(losses), tf.float32), tf.cast(batch, tf.float32))
        number = tf.where(tf.equal(weights, 0), 0.0, number)
        number = tf.multiply(tf.ones(tf.reshape(batch, [1])), number)
        return number if per_batch else tf.reduce_sum(number)
    nonzero = tf.reduce_sum(tf.cast(tf.not_equal(weights, 0), tf.float32), axis=list(range(1, rank)))
    rest = tf.cast(tf.reduce_prod(tf.slice(tf.shape(losses), [rank], [-1])), tf.float32)
    number = tf.multiply(nonzero, rest)
    return number if per_batch else tf.reduce_sum(number)


def _floats(predictions: Any, labels: Any) -> tuple[Any, Any]:
    predictions.get_shape().assert_is_compatible_with(labels.get_shape())
    return tf.cast(predictions, tf.float32), tf.cast(labels, tf.float32)


@export("contrib.losses.absolute_difference")
def absolute_difference(predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None) -> Any:
    """Returns the loss ``abs(predictions - labels)``; see `compute_weighted_loss`."""
    with tf.name_scope(scope, "absolute_difference", [predictions, labels, weights]) as full_name:
        predictions, labels = _floats(predictions, labels)
        return compute_weighted_loss(tf.abs(tf.subtract(predictions, labels)), weights, scope=full_name)


@export("contrib.losses.mean_squared_error")
def mean_squared_error(predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None) -> Any:
    """Returns the loss ``(predictions - labels) ** 2``; see `compute_weighted_loss`."""
    with tf.name_scope(scope, "mean_squared_error", [predictions, labels, weights]) as full_name:
        predictions, labels = _floats(predictions, labels)
        return compute_weighted_loss(tf.squared_difference(predictions, labels), weights, scope=full_name)


@export("contrib.losses.log_loss")
def log_loss(
    predictions: Any, labels: Any = None, weights: Any = 1.0, epsilon: float = 1e-7, scope: str | None = None
) -> Any:
    """Returns the cross entropy of labels and predicted probabilities; see `compute_weighted_loss`."""
    with tf.name_scope(scope, "log_loss", [predictions, labels, weights]) as full_name:
        predictions, labels = _floats(predictions, labels)
        losses = -tf.multiply(labels, tf.log(predictions + epsilon))
        losses -= tf.multiply((1 - labels), tf.log(1 - predictions + epsilon))
        return compute_weighted_loss(losses, weights, scope=full_name)


@export("contrib.losses.hinge_loss")
def hinge_loss(logits: Any, labels: Any = None, scope: str | None = None) -> Any:
    """Returns ``max(0, 1 - y * logits)``, y the labels 0 and 1 as -1 and 1, of the shape of the logits."""
    with tf.name_scope(scope, "hinge_loss", [logits, labels]):
        logits.get_shape().assert_is_compatible_with(labels.get_shape())
        labels = tf.cast(labels, tf.float32)
        ones = tf.ones_like(labels)
        labels = tf.subtract(2 * labels, ones)
        return tf.nn.relu(tf.subtract(ones, tf.multiply(labels, logits)))


@export("contrib.losses.cosine_distance")
def cosine_distance(
    predictions: Any,
    labels: Any = None,
    axis: int | None = None,
    weights: Any = 1.0,
    scope: str | None = None,
    dim: int | None = None,
) -> Any:
    """Returns the loss 1 - the inner products along an axis; see `compute_weighted_loss`."""
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    with tf.name_scope(scope, "cosine_distance_loss", [predictions, labels, weights]) as full_name:
        predictions, labels = _floats(predictions, labels)
        losses = 1 - tf.reduce_sum(tf.multiply(predictions, labels), axis=[axis])
        return compute_weighted_loss(losses, weights, scope=full_name)


@export("contrib.losses.sigmoid_cross_entropy")
def sigmoid_cross_entropy(
    logits: Any, multi_class_labels: Any, weights: Any = 1.0, label_smoothing: Any = 0, scope: str | None = None
) -> Any:
    """Returns the cross entropy loss of classes that do not exclude one another; see `compute_weighted_loss`."""
    with tf.name_scope(scope, "sigmoid_cross_entropy_loss", [logits, multi_class_labels, weights]) as full_name:
        logits.get_shape().assert_is_compatible_with(multi_class_labels.get_shape())
        labels = tf.cast(multi_class_labels, logits.dtype)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope=full_name)


@export("contrib.losses.softmax_cross_entropy")
def softmax_cross_entropy(
    logits: Any, onehot_labels: Any, weights: Any = 1.0, label_smoothing: Any = 0, scope: str | None = None
) -> Any:
    """Returns the cross entropy loss of classes of which one is right; see `compute_weighted_loss`."""
    with tf.name_scope(scope, "softmax_cross_entropy_loss", [logits, onehot_labels, weights]) as full_name:
        logits.get_shape().assert_is_compatible_with(onehot_labels.get_shape())
        labels = tf.cast(onehot_labels, logits.dtype)
        if label_smoothing > 0:
            classes = tf.cast(tf.shape(labels)[1], logits.dtype)
            others = label_smoothing / classes
            labels = labels * (1.0 - label_smoothing) + others
        losses = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope=full_name)


@export("contrib.losses.sparse_softmax_cross_entropy")
def sparse_softmax_cross_entropy(logits: Any, labels: Any, weights: Any = 1.0, scope: str | None = None) -> Any:
    """Returns the cross entropy loss of classes given by their numbers; see `compute_weighted_loss`."""
    with tf.name_scope(scope, "sparse_softmax_cross_entropy_loss", [logits, labels, weights]) as full_name:
        labels = tf.reshape(labels, shape=[tf.shape(labels)[0]])
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope=full_name)


@export("contrib.losses.mean_pairwise_squared_error")
def mean_pairwise_squared_error(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Any:
    """Returns the mean squared difference of all pairs of errors of an element of the batch."""
    with tf.name_scope(scope, "mean_pairwise_squared_error", [predictions, labels, weights]):
        predictions, labels = _floats(predictions, labels)
        weights = tf.cast(tf.convert_to_tensor(weights), tf.float32)
        errors = tf.subtract(predictions, labels)
        axes = list(range(1, errors.get_shape().ndims))
        squares = tf.reduce_sum(tf.square(errors), axis=axes)
        present = _number_present(errors, weights, per_batch=True)
        first = 2.0 * tf.div_no_nan(squares, present, name="value")
        total = tf.reduce_sum(errors, axis=axes)
        second = 2.0 * tf.div_no_nan(tf.square(total), tf.square(present), name="value")
        loss = _weighted_sum(first - second, weights)
        mean = tf.where(tf.reduce_sum(present) > 0, loss, tf.zeros_like(loss), name="value")
        add_loss(mean)
        return mean
