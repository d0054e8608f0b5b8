"""Counts of true and false positives and negatives, and precision and recall."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_training.metrics.variables import both, finish, metric_variable, squeezed


def _count(condition: Any, weights: Any, metrics_collections: Any, updates_collections: Any) -> tuple[Any, Any]:
    """Counts how often a condition holds, over many steps."""
    tf.assert_type(condition, tf.bool)
    count = metric_variable([], tf.float32, name="count")
    values = tf.cast(condition, tf.float32)
    if weights is not None:
        with tf.control_dependencies((tf.assert_rank_in(weights, (0, tf.rank(values))),)):
            values = tf.multiply(values, tf.cast(weights, tf.float32))
    value = tf.identity(count)
    return finish(value, tf.assign_add(count, tf.reduce_sum(values)), metrics_collections, updates_collections)


def _bools(predictions: Any, labels: Any, weights: Any) -> tuple[Any, Any, Any]:
    return squeezed(tf.cast(predictions, dtype=tf.bool), tf.cast(labels, dtype=tf.bool), weights)


def _count_of(
    default_name: str,
    label: bool,
    prediction: bool,
    labels: Any,
    predictions: Any,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Any, Any]:
    with tf.variable_scope(name, default_name, (predictions, labels, weights)):
        predictions, labels, weights = _bools(predictions, labels, weights)
        condition = tf.logical_and(tf.equal(labels, label), tf.equal(predictions, prediction))
        return _count(condition, weights, metrics_collections, updates_collections)


@export("metrics.true_positives")
def true_positives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the weighted number of true predictions of true labels.

    Args:
      labels: a tensor, whose elements count as bools.
      predictions: a tensor of the same shape.
      weights: how much each element counts; 1 when None.
      metrics_collections: collections for the number.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The number, and the update; see `tf.metrics.mean`.
    """
    return _count_of(
        "true_positives", True, True, labels, predictions, weights, metrics_collections, updates_collections, name
    )


@export("metrics.true_negatives")
def true_negatives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the weighted number of false predictions of false labels; see `true_positives`."""
    return _count_of(
        "true_negatives", False, False, labels, predictions, weights, metrics_collections, updates_collections, name
    )


@export("metrics.false_positives")
def false_positives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the weighted number of true predictions of false labels; see `true_positives`."""
    return _count_of(
        "false_positives", False, True, labels, predictions, weights, metrics_collections, updates_collections, name
    )


@export("metrics.false_negatives")
def false_negatives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the weighted number of false predictions of true labels; see `true_positives`."""
    return _count_of(
        "false_negatives", True, False, labels, predictions, weights, metrics_collections, updates_collections, name
    )


def _share(part: Any, rest: Any, name: str) -> Any:
    return tf.where(tf.greater(part + rest, 0), tf.div(part, part + rest), 0, name)


@export("metrics.precision")
def precision(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the share of the true predictions whose labels are true; see `true_positives`."""
    with tf.variable_scope(name, "precision", (predictions, labels, weights)):
        predictions, labels, weights = _bools(predictions, labels, weights)
        right, update_right = true_positives(labels, predictions, weights)
        wrong, update_wrong = false_positives(labels, predictions, weights)
        updates = update_right, update_wrong
        return both(_share, (right, wrong), updates, metrics_collections, updates_collections)


@export("metrics.recall")
def recall(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the share of the true labels whose predictions are true; see `true_positives`."""
    with tf.variable_scope(name, "recall", (predictions, labels, weights)):
        predictions, labels, weights = _bools(predictions, labels, weights)
        right, update_right = true_positives(labels, predictions, weights)
        missed, update_missed = false_negatives(labels, predictions, weights)
        updates = update_right, update_missed
        return both(_share, (right, missed), updates, metrics_collections, updates_collections)
