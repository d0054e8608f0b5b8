"""Metrics of classes given by numbers."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_training.metrics.variables import finish, metric_variable, ratio


def _flat(tensor: Any) -> Any:
    return tf.reshape(tensor, [-1]) if tensor is not None and tensor.get_shape().ndims > 1 else tensor


@export("metrics.mean_per_class_accuracy")
def mean_per_class_accuracy(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the mean over the classes of how often their elements are predicted right.

    Args:
      labels: whole numbers below `num_classes`.
      predictions: a tensor of the same shape.
      num_classes: the number of classes.
      weights, metrics_collections, updates_collections, name: see `tf.metrics.mean`.

    Returns:
      The mean; and the update, which is the accuracy of each class.
    """
    with tf.variable_scope(name, "mean_accuracy", (predictions, labels, weights)):
        labels = _flat(tf.cast(labels, tf.int64))
        predictions = _flat(predictions)
        predictions.get_shape().assert_is_compatible_with(labels.get_shape())
        total = metric_variable([num_classes], tf.float32, name="total")
        count = metric_variable([num_classes], tf.float32, name="count")
        ones = tf.ones([tf.size(labels)], tf.float32)
        if labels.dtype != predictions.dtype:
            predictions = tf.cast(predictions, labels.dtype)
        right = tf.cast(tf.equal(predictions, labels), tf.float32)
        if weights is not None:
            weights = tf.cast(_flat(weights), tf.float32)
            right *= weights
            ones *= weights
        update_total = tf.scatter_add(total, labels, ones)
        update_count = tf.scatter_add(count, labels, right)
        value = tf.reduce_mean(ratio(count, total, None), name="mean_accuracy")
        update = ratio(update_count, update_total, "update_op")
        return finish(value, update, metrics_collections, updates_collections)


@export("metrics.mean_iou")
def mean_iou(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the mean over the classes of intersection over union of labels and predictions.

    Args:
      labels: whole numbers below `num_classes`.
      predictions: a tensor of the same shape.
      num_classes: the number of classes.
      weights, metrics_collections, updates_collections, name: see `tf.metrics.mean`.

    Returns:
      The mean; and the update, which is the confusion matrix.
    """
    with tf.variable_scope(name, "mean_iou", (predictions, labels, weights)):
        predictions.get_shape().assert_is_compatible_with(labels.get_shape())
        matrix, update = _confusion(labels, predictions, num_classes, weights)
        rows = tf.cast(tf.reduce_sum(matrix, 0), tf.float32)
        columns = tf.cast(tf.reduce_sum(matrix, 1), tf.float32)
        both = tf.cast(tf.diag_part(matrix), tf.float32)
        union = rows + columns - both
        number = tf.reduce_sum(tf.cast(tf.not_equal(union, 0), dtype=tf.float32))
        union = tf.where(tf.greater(union, 0), union, tf.ones_like(union))
        iou = tf.div(both, union)
        value = tf.where(tf.greater(number, 0), tf.reduce_sum(iou, name="mean_iou") / number, 0)
        return finish(value, update, metrics_collections, updates_collections)


def _confusion(labels: Any, predictions: Any, num_classes: int, weights: Any) -> tuple[Any, Any]:
    total = metric_variable([num_classes, num_classes], tf.float64, name="total_confusion_matrix")
    predictions, labels = tf.cast(predictions, tf.int64), tf.cast(labels, tf.int64)
    classes = tf.cast(num_classes, tf.int64)
    predictions, labels, weights = _flat(predictions), _flat(labels), _flat(weights)
    current = tf.confusion_matrix(labels, predictions, classes, weights=weights, dtype=tf.float64)
    return total, tf.assign_add(total, current)
