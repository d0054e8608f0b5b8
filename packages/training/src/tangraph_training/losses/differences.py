"""Losses of the differences of predictions and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph_training.losses.reduction import Reduction, add_loss, compute_weighted_loss, number_present
from tangraph_training.weights import assert_broadcastable

if TYPE_CHECKING:
    from collections.abc import Callable


def check_given(**tensors: Any) -> None:
    """Raises ValueError for a tensor that is None."""
    for name, tensor in tensors.items():
        if tensor is None:
            raise ValueError(f"{name} must not be None.")


def as_floats(first: Any, second: Any) -> tuple[Any, Any]:
    """Returns both as float32 tensors; raises ValueError when their shapes cannot be equal."""
    first = tf.cast(first, dtype=tf.float32)
    second = tf.cast(second, dtype=tf.float32)
    first.get_shape().assert_is_compatible_with(second.get_shape())
    return first, second


def _loss(
    default_name: str,
    elementwise: Callable[[Any, Any], Any],
    labels: Any,
    predictions: Any,
    weights: Any,
    scope: str | None,
    loss_collection: Any,
    reduction: str,
) -> Any:
    """Returns the weighted loss of a function of float32 predictions and labels."""
    with tf.name_scope(scope, default_name, (predictions, labels, weights)) as full_name:
        predictions, labels = as_floats(predictions, labels)
        losses = elementwise(predictions, labels)
        return compute_weighted_loss(losses, weights, full_name, loss_collection, reduction=reduction)


@export("losses.absolute_difference")
def absolute_difference(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = tf.GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """Returns the loss ``abs(predictions - labels)``; see `mean_squared_error`."""
    check_given(labels=labels, predictions=predictions)
    return _loss(
        "absolute_difference",
        lambda p, y: tf.abs(tf.subtract(p, y)),
        labels,
        predictions,
        weights,
        scope,
        loss_collection,
        reduction,
    )


@export("losses.mean_squared_error")
def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = tf.GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """Returns the loss ``(predictions - labels) ** 2``.

    Args:
      labels: what is right.
      predictions: a tensor of the same shape.
      weights: a number, or a tensor of that rank with sizes 1 or equal.
      scope: the name scope.
      loss_collection: the collection that the loss goes to; None for none.
      reduction: how it is made one number; see `tf.losses.Reduction`.

    Returns:
      A float32 scalar; for `Reduction.NONE` a tensor of the labels' shape.

    Raises:
      ValueError: shapes that do not fit, labels or predictions that are None.

    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     float(session.run(tf.losses.mean_squared_error([1.0, 2.0], tf.constant([1.0, 4.0]))))
    2.0
    """
    check_given(labels=labels, predictions=predictions)
    return _loss(
        "mean_squared_error",
        tf.squared_difference,
        labels,
        predictions,
        weights,
        scope,
        loss_collection,
        reduction,
    )


@export("losses.cosine_distance")
def cosine_distance(
    labels: Any,
    predictions: Any,
    axis: int | None = None,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = tf.GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
    dim: int | None = None,
) -> Any:
    """Returns the loss 1 - the inner products along an axis, of vectors of length 1; see `mean_squared_error`.

    Args:
      labels, predictions, weights, scope, loss_collection, reduction: see `mean_squared_error`.
      axis: the axis of the vectors.
      dim: its old name.
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    check_given(labels=labels, predictions=predictions)
    return _loss(
        "cosine_distance_loss",
        lambda p, y: 1 - tf.reduce_sum(tf.multiply(p, y), axis=(axis,), keepdims=True),
        labels,
        predictions,
        weights,
        scope,
        loss_collection,
        reduction,
    )


@export("losses.huber_loss")
def huber_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    delta: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = tf.GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """Returns the loss that is quadratic for errors up to `delta` and linear beyond (Huber, 1964).

    Args:
      labels, predictions, weights, scope, loss_collection, reduction: see `mean_squared_error`.
      delta: where it changes.
    """
    check_given(labels=labels, predictions=predictions)

    def elementwise(p: Any, y: Any) -> Any:
        error = tf.abs(tf.subtract(p, y))
        quadratic = tf.minimum(error, delta)
        linear = tf.subtract(error, quadratic)
        half = tf.convert_to_tensor(0.5, dtype=quadratic.dtype)
        square = tf.multiply(quadratic, quadratic)
        return tf.add(tf.multiply(half, square), tf.multiply(delta, linear))

    return _loss("huber_loss", elementwise, labels, predictions, weights, scope, loss_collection, reduction)


@export("losses.log_loss")
def log_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
    loss_collection: Any = tf.GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """Returns the cross entropy of labels and predicted probabilities.

    Args:
      labels, predictions, weights, scope, loss_collection, reduction: see `mean_squared_error`.
      epsilon: what to add before taking logarithms.
    """
    check_given(labels=labels, predictions=predictions)

    def elementwise(p: Any, y: Any) -> Any:
        right = -tf.multiply(y, tf.log(p + epsilon))
        return right - tf.multiply((1 - y), tf.log(1 - p + epsilon))

    return _loss("log_loss", elementwise, labels, predictions, weights, scope, loss_collection, reduction)


@export("losses.hinge_loss")
def hinge_loss(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = tf.GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """Returns the loss ``max(0, 1 - y * logits)``, y the labels 0 and 1 as -1 and 1.

    Args:
      labels: 0 or 1.
      logits: a tensor of the same shape.
      weights, scope, loss_collection, reduction: see `mean_squared_error`.
    """
    check_given(labels=labels, logits=logits)

    def elementwise(x: Any, y: Any) -> Any:
        ones = tf.ones_like(y)
        y = tf.subtract(2 * y, ones)
        return tf.nn.relu(tf.subtract(ones, tf.multiply(y, x)))

    return _loss("hinge_loss", elementwise, labels, logits, weights, scope, loss_collection, reduction)


@export("losses.mean_pairwise_squared_error")
def mean_pairwise_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = tf.GraphKeys.LOSSES,
) -> Any:
    """Returns the mean squared difference of all pairs of errors of an element of the batch.

    Args:
      labels, predictions, weights, scope, loss_collection: see `mean_squared_error`.
    """
    check_given(labels=labels, predictions=predictions)
    with tf.name_scope(scope, "mean_pairwise_squared_error", (predictions, labels, weights)):
        weights = tf.cast(weights, dtype=tf.float32)
        labels = tf.cast(labels, dtype=tf.float32)
        with tf.control_dependencies((assert_broadcastable(weights, labels),)):
            predictions = tf.cast(predictions, dtype=tf.float32)
            predictions.get_shape().assert_is_compatible_with(labels.get_shape())
            errors = tf.subtract(predictions, labels)
            axes = tf.range(1, tf.rank(errors))
            squares = tf.reduce_sum(tf.square(errors), axis=axes, keepdims=True)
            present = number_present(errors, weights, per_batch=True)
            first = 2.0 * tf.div_no_nan(squares, tf.maximum(present - 1, 0), name="value")
            total = tf.reduce_sum(errors, axis=axes, keepdims=True)
            square = tf.square(total)
            pairs = tf.maximum(tf.multiply(present, present - 1), 0)
            second = 2.0 * tf.div_no_nan(square, pairs, name="value")
            loss = tf.reduce_sum(tf.multiply(first - second, weights))
            mean = tf.where(tf.reduce_sum(present) > 0, loss, tf.zeros_like(loss), name="value")
            add_loss(mean, loss_collection)
            return mean
