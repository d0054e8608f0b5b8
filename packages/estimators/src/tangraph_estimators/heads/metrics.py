"""The metrics of heads, under the names that TensorFlow's nodes have."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_training.weights import broadcast_weights


def _broadcast(weights: Any, values: Any) -> Any:
    return None if weights is None else broadcast_weights(weights, values)


def labels_mean(labels: Any, weights: Any, name: str) -> Any:
    """Returns the mean of labels that are 0 or 1."""
    with tf.name_scope(name, "labels_mean", (labels, weights)) as scope:
        labels = tf.to_float(labels, name="labels")
        return tf.metrics.mean(labels, weights=_broadcast(weights, labels), name=scope)


def accuracy_baseline(mean: Any) -> Any:
    """Returns the accuracy of always naming the class that is more frequent, of the mean of the labels."""
    with tf.name_scope(None, "accuracy_baseline", mean):
        value, update = mean
        return tf.maximum(value, 1.0 - value, name="value"), tf.maximum(update, 1 - update, name="update_op")


def predictions_mean(predictions: Any, weights: Any, name: str) -> Any:
    """Returns the mean of predictions."""
    with tf.name_scope(name, "predictions_mean", (predictions, weights)) as scope:
        predictions = tf.to_float(predictions, name="predictions")
        return tf.metrics.mean(predictions, weights=_broadcast(weights, predictions), name=scope)


def auc(labels: Any, predictions: Any, weights: Any, name: str, curve: str = "ROC") -> Any:
    """Returns the area under a curve."""
    with tf.name_scope(name, "auc", (predictions, labels, weights)) as scope:
        predictions = tf.to_float(predictions, name="predictions")
        weights = _broadcast(weights, predictions)
        return tf.metrics.auc(labels=labels, predictions=predictions, weights=weights, curve=curve, name=scope)


def accuracy_at(labels: Any, predictions: Any, weights: Any, threshold: float, name: str) -> Any:
    """Returns the accuracy where predictions at or above a threshold are 1."""
    with tf.name_scope(name, f"accuracy_at_{threshold}", (predictions, labels, weights, threshold)) as scope:
        decided = tf.to_float(tf.greater_equal(predictions, threshold))
        return tf.metrics.accuracy(labels=labels, predictions=decided, weights=weights, name=scope)


def precision_at(labels: Any, predictions: Any, weights: Any, threshold: float, name: str) -> Any:
    """Returns the precision where predictions above a threshold are 1."""
    with tf.name_scope(name, f"precision_at_{threshold}", (predictions, labels, weights, threshold)) as scope:
        value, update = tf.metrics.precision_at_thresholds(
            labels=labels, predictions=predictions, thresholds=(threshold,), weights=weights, name=scope
        )
        return tf.squeeze(value), tf.squeeze(update)


def recall_at(labels: Any, predictions: Any, weights: Any, threshold: float, name: str) -> Any:
    """Returns the recall where predictions above a threshold are 1."""
    with tf.name_scope(name, f"recall_at_{threshold}", (predictions, labels, weights, threshold)) as scope:
        value, update = tf.metrics.recall_at_thresholds(
            labels=labels, predictions=predictions, thresholds=(threshold,), weights=weights, name=scope
        )
        return tf.squeeze(value), tf.squeeze(update)
