"""Means over many steps."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph.ops.math.confusion import remove_squeezable_dimensions
from tangraph_training.metrics.variables import both, finish, metric_variable, ratio, squeezed
from tangraph_training.weights import broadcast_weights


@export("metrics.mean")
def mean(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the weighted mean of all values since the local variables were initialized.

    Args:
      values: a tensor.
      weights: how much each value counts: a tensor of that rank with sizes 1 or equal; 1 when None.
      metrics_collections: collections for the mean.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The mean, a float32 scalar; and the update: a tensor that adds the present values, and is the mean then.

    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     x = tf.placeholder(tf.float32, [None])
    ...     value, update = tf.metrics.mean(x)
    ...     session.run(tf.local_variables_initializer())
    ...     for batch in ([1.0, 2.0], [6.0]):
    ...         _ = session.run(update, {x: batch})
    ...     float(session.run(value))
    3.0
    """
    with tf.variable_scope(name, "mean", (values, weights)):
        values = tf.cast(values, tf.float32)
        total = metric_variable([], tf.float32, name="total")
        count = metric_variable([], tf.float32, name="count")
        if weights is None:
            number = tf.cast(tf.size(values), tf.float32)
        else:
            values, _, weights = squeezed(values, None, weights)
            weights = broadcast_weights(tf.cast(weights, tf.float32), values)
            values = tf.multiply(values, weights)
            number = tf.reduce_sum(weights)
        update_total = tf.assign_add(total, tf.reduce_sum(values))
        with tf.control_dependencies([values]):
            update_count = tf.assign_add(count, number)
        updates = update_total, update_count
        return both(ratio, (total, count), updates, metrics_collections, updates_collections)


@export("metrics.mean_tensor")
def mean_tensor(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the weighted mean of a tensor, element by element; see `mean`."""
    with tf.variable_scope(name, "mean", (values, weights)):
        values = tf.cast(values, tf.float32)
        total = metric_variable(values.get_shape(), tf.float32, name="total_tensor")
        count = metric_variable(values.get_shape(), tf.float32, name="count_tensor")
        number = tf.ones_like(values)
        if weights is not None:
            values, _, weights = squeezed(values, None, weights)
            weights = broadcast_weights(tf.cast(weights, tf.float32), values)
            values = tf.multiply(values, weights)
            number = tf.multiply(number, weights)
        update_total = tf.assign_add(total, values)
        with tf.control_dependencies([values]):
            update_count = tf.assign_add(count, number)
        updates = update_total, update_count
        return both(ratio, (total, count), updates, metrics_collections, updates_collections)


@export("metrics.accuracy")
def accuracy(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns how often predictions are equal to labels; see `mean`.

    Raises:
      ValueError: labels and predictions do not fit.
    """
    predictions, labels, weights = squeezed(predictions, labels, weights)
    if labels.dtype != predictions.dtype:
        predictions = tf.cast(predictions, labels.dtype)
    right = tf.cast(tf.equal(predictions, labels), tf.float32)
    return mean(right, weights, metrics_collections, updates_collections, name or "accuracy")


@export("metrics.mean_absolute_error")
def mean_absolute_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the mean of ``abs(predictions - labels)``; see `mean`."""
    predictions, labels, weights = squeezed(predictions, labels, weights)
    errors = tf.abs(predictions - labels)
    return mean(errors, weights, metrics_collections, updates_collections, name or "mean_absolute_error")


@export("metrics.mean_squared_error")
def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the mean of ``(predictions - labels) ** 2``; see `mean`."""
    predictions, labels, weights = squeezed(predictions, labels, weights)
    errors = tf.squared_difference(labels, predictions)
    return mean(errors, weights, metrics_collections, updates_collections, name or "mean_squared_error")


@export("metrics.root_mean_squared_error")
def root_mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the square root of `mean_squared_error`."""
    predictions, labels, weights = squeezed(predictions, labels, weights)
    value, update = mean_squared_error(labels, predictions, weights, None, None, name or "root_mean_squared_error")
    root = tf.sqrt(value)
    return finish(root, tf.sqrt(update), metrics_collections, updates_collections)


@export("metrics.mean_relative_error")
def mean_relative_error(
    labels: Any,
    predictions: Any,
    normalizer: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the mean of ``abs(predictions - labels) / normalizer``, 0 where that is 0; see `mean`."""
    predictions, labels, weights = squeezed(predictions, labels, weights)
    predictions, normalizer = remove_squeezable_dimensions(predictions, normalizer)
    predictions.get_shape().assert_is_compatible_with(normalizer.get_shape())
    errors = tf.where(
        tf.equal(normalizer, 0.0), tf.zeros_like(labels), tf.div(tf.abs(labels - predictions), normalizer)
    )
    return mean(errors, weights, metrics_collections, updates_collections, name or "mean_relative_error")


@export("metrics.mean_cosine_distance")
def mean_cosine_distance(
    labels: Any,
    predictions: Any,
    dim: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the mean of 1 - the inner products along the axis `dim`, of vectors of length 1; see `mean`."""
    predictions, labels, weights = squeezed(predictions, labels, weights)
    products = tf.reduce_sum(tf.multiply(predictions, labels), axis=[dim], keepdims=True)
    value, update = mean(products, weights, None, None, name or "mean_cosine_distance")
    distance = tf.subtract(1.0, value)
    return finish(distance, tf.subtract(1.0, update), metrics_collections, updates_collections)


@export("metrics.percentage_below")
def percentage_below(
    values: Any,
    threshold: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the share of the values that are below a threshold; see `mean`."""
    below = tf.cast(tf.less(values, threshold), tf.float32)
    return mean(below, weights, metrics_collections, updates_collections, name or "percentage_below_threshold")
