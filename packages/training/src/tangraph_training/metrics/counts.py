"""Counts of true and false positives and negatives, and precision and recall."""

from __future__ import annotations

from typing import Any, Final

import tangraph as tf
from tangraph.export import export, named
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


def _count_of(public: str, label: bool, prediction: bool, doc: str) -> Any:
    def count_of(
        labels: Any,
        predictions: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> tuple[Any, Any]:
        with tf.variable_scope(name, public, (predictions, labels, weights)):
            predictions, labels, weights = _bools(predictions, labels, weights)
            condition = tf.logical_and(tf.equal(labels, label), tf.equal(predictions, prediction))
            return _count(condition, weights, metrics_collections, updates_collections)

    return export(f"metrics.{public}")(named(public, doc)(count_of))


true_positives = _count_of(
    "true_positives",
    True,
    True,
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
""",
)
_LIKE: Final = "see `tf.metrics.true_positives`"
true_negatives = _count_of(
    "true_negatives", False, False, f"Returns the weighted number of false predictions of false labels; {_LIKE}."
)
false_positives = _count_of(
    "false_positives", False, True, f"Returns the weighted number of true predictions of false labels; {_LIKE}."
)
false_negatives = _count_of(
    "false_negatives", True, False, f"Returns the weighted number of false predictions of true labels; {_LIKE}."
)


def _share(part: Any, rest: Any, name: str) -> Any:
    return tf.where(tf.greater(part + rest, 0), tf.div(part, part + rest), 0, name)


def _share_of(public: str, others: Any, doc: str) -> Any:
    """Returns the metric of the share that the true positives have among themselves and the `others`."""

    def share_of(
        labels: Any,
        predictions: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> tuple[Any, Any]:
        with tf.variable_scope(name, public, (predictions, labels, weights)):
            predictions, labels, weights = _bools(predictions, labels, weights)
            right, update_right = true_positives(labels, predictions, weights)
            rest, update_rest = others(labels, predictions, weights)
            updates = update_right, update_rest
            return both(_share, (right, rest), updates, metrics_collections, updates_collections)

    return export(f"metrics.{public}")(named(public, doc)(share_of))


precision = _share_of(
    "precision", false_positives, f"Returns the share of the true predictions whose labels are true; {_LIKE}."
)
recall = _share_of(
    "recall", false_negatives, f"Returns the share of the true labels whose predictions are true; {_LIKE}."
)
