"""`tf.contrib.metrics` of predicted probabilities, at thresholds."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export, named
from tangraph_training.metrics.thresholds import EPSILON, counts_at_thresholds, even_thresholds
from tangraph_training.metrics.variables import both, finish, squeezed

_ALL = ("tp", "fn", "tn", "fp")


def _counts(
    predictions: Any, labels: Any, thresholds: Any, weights: Any = None, includes: Any = _ALL
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Counts true and false positives and negatives; unlike `tf.metrics`, predictions may have any value."""
    predictions, labels, weights = squeezed(predictions, labels, weights)
    predictions.shape.assert_is_compatible_with(labels.shape)
    return counts_at_thresholds(labels, predictions, thresholds, weights, includes)


def _count_of(kind: str, doc: str) -> Any:
    """Returns the metric that counts one kind."""
    public = f"streaming_{doc.replace(' ', '_')}_at_thresholds"

    def count(predictions: Any, labels: Any, thresholds: Any, weights: Any = None) -> tuple[Any, Any]:
        values, updates = _counts(predictions, labels, thresholds, weights, (kind,))
        return values[kind], updates[kind]

    text = f"Returns the number of {doc} at each threshold, and the update; see `tf.metrics.{doc.replace(' ', '_')}`."
    return export(f"contrib.metrics.{public}")(named(public, text)(count))


streaming_true_positives_at_thresholds = _count_of("tp", "true positives")
streaming_false_negatives_at_thresholds = _count_of("fn", "false negatives")
streaming_false_positives_at_thresholds = _count_of("fp", "false positives")
streaming_true_negatives_at_thresholds = _count_of("tn", "true negatives")


def _rate_at_thresholds(public: str, part: str, rest: str) -> Any:
    """Returns the metric of one count divided by its sum with another, at thresholds."""

    def rate(
        predictions: Any,
        labels: Any,
        thresholds: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> tuple[Any, Any]:
        with tf.variable_scope(name, f"{public}_rate_at_thresholds", (predictions, labels, weights)):
            values, updates = _counts(predictions, labels, thresholds, weights, (part, rest))

            def compute(here: Any, others: Any, name: str) -> Any:
                return tf.div(here, EPSILON + here + others, name=f"{part}r_{name}")

            arguments = [(some[part], some[rest]) for some in (values, updates)]
            return both(compute, arguments[0], arguments[1], metrics_collections, updates_collections)

    text = f"Returns the {public.replace('_', ' ')} rate at each threshold, and the update; see `tf.metrics.mean`."
    name = f"streaming_{public}_rate_at_thresholds"
    return export(f"contrib.metrics.{name}")(named(name, text)(rate))


streaming_false_positive_rate_at_thresholds = _rate_at_thresholds("false_positive", "fp", "tn")
streaming_false_negative_rate_at_thresholds = _rate_at_thresholds("false_negative", "fn", "tp")


def _rate(public: str, part: Any, rest: Any) -> Any:
    """Returns the metric of one count of bools divided by its sum with another."""

    def rate(
        predictions: Any,
        labels: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> tuple[Any, Any]:
        with tf.variable_scope(name, f"{public}_rate", (predictions, labels, weights)):
            bools = [tf.cast(one, dtype=tf.bool) for one in (predictions, labels)]
            predictions, labels, weights = squeezed(bools[0], bools[1], weights)
            here, others = [metric(labels, predictions, weights) for metric in (part, rest)]

            def compute(here: Any, others: Any, name: str) -> Any:
                total = here + others
                return tf.where(tf.greater(total, 0), tf.div(here, here + others), 0, name)

            return both(compute, (here[0], others[0]), (here[1], others[1]), metrics_collections, updates_collections)

    text = f"Returns the {public.replace('_', ' ')} rate, and the update; see `tf.metrics.mean`."
    return export(f"contrib.metrics.streaming_{public}_rate")(named(f"streaming_{public}_rate", text)(rate))


streaming_false_positive_rate = _rate("false_positive", tf.metrics.false_positives, tf.metrics.true_negatives)
streaming_false_negative_rate = _rate("false_negative", tf.metrics.false_negatives, tf.metrics.true_positives)


@export("contrib.metrics.streaming_curve_points")
def streaming_curve_points(
    labels: Any = None,
    predictions: Any = None,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the points of a curve at even thresholds, [num_thresholds, 2], and the update.

    Args:
      labels: a tensor, whose elements count as bools.
      predictions: a tensor of the same shape.
      weights: how much each element counts.
      num_thresholds: how many points.
      metrics_collections: collections for the points.
      updates_collections: collections for the update.
      curve: "ROC", false against true positive rates, or "PR", recall against precision.
      name: the variable scope.

    Raises:
      ValueError: there is no such curve.
    """
    with tf.variable_scope(name, "curve_points", (labels, predictions, weights)):
        if curve not in {"ROC", "PR"}:
            raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
        thresholds = even_thresholds(num_thresholds)
        values, updates = _counts(predictions, labels, thresholds, weights)
        tp, fn, tn, fp = [values[kind] for kind in _ALL]
        small = 1e-6
        recall = tf.div(tp + small, tp + fn + small)
        if curve == "ROC":
            points = tf.stack([tf.div(fp, fp + tn + small), recall], axis=1)
        else:
            points = tf.stack([recall, tf.div(tp + small, tp + fp + small)], axis=1)
        return finish(points, tf.group(*updates.values()), metrics_collections, updates_collections)


def _at_best(tp: Any, fp: Any, fn: Any, precision: float, name: str, strict_mode: bool) -> Any:
    """Returns the recall where the precision is nearest to one, or just above it."""
    precisions = tf.div(tp, tp + fp + EPSILON)
    if not strict_mode:
        place = tf.argmin(tf.abs(precisions - precision), 0, output_type=tf.int32)
        return tf.div(tp[place], tp[place] + fn[place] + EPSILON, name)
    place = tf.argmax(tf.div(1.0, precisions - precision + EPSILON), 0, output_type=tf.int32)

    def recall() -> Any:
        return tf.div(tp[place], tp[place] + fn[place] + EPSILON, name)

    return tf.cond(precisions[place] >= precision, recall, lambda: 0.0)


@export("contrib.metrics.recall_at_precision")
def recall_at_precision(
    labels: Any,
    predictions: Any,
    precision: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
    strict_mode: bool = False,
) -> tuple[Any, Any]:
    """Returns the recall at the threshold whose precision is nearest to one, and the update.

    Args:
      labels: a tensor, whose elements count as bools.
      predictions: a tensor of the same shape.
      precision: the precision.
      weights: how much each element counts.
      num_thresholds: how many thresholds to try.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.
      strict_mode: whether the precision must be reached; the recall is 0 where it is not.

    Raises:
      ValueError: the precision is not in [0, 1].
    """
    if not 0 <= precision <= 1:
        raise ValueError("`precision` must be in the range [0, 1].")
    with tf.variable_scope(name, "recall_at_precision", (predictions, labels, weights)):
        values, updates = _counts(predictions, labels, even_thresholds(num_thresholds), weights)

        def compute(tp: Any, fp: Any, fn: Any, name: str) -> Any:
            return _at_best(tp, fp, fn, precision, name, strict_mode)

        arguments = [(some["tp"], some["fp"], some["fn"]) for some in (values, updates)]
        return both(compute, arguments[0], arguments[1], metrics_collections, updates_collections)


@export("contrib.metrics.precision_at_recall")
def precision_at_recall(
    labels: Any,
    predictions: Any,
    target_recall: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the precision at the greatest threshold that reaches a recall, and the update.

    Args:
      labels: a tensor, whose elements count as bools.
      predictions: a tensor of the same shape.
      target_recall: the recall.
      weights: how much each element counts.
      num_thresholds: how many thresholds to try.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Raises:
      ValueError: the recall is not in [0, 1].
    """
    if not 0 <= target_recall <= 1:
        raise ValueError("`target_recall` must be in the range [0, 1].")
    with tf.variable_scope(name, "precision_at_recall", (predictions, labels, weights)):
        values, updates = _counts(predictions, labels, even_thresholds(num_thresholds), weights)

        def compute(tp: Any, fp: Any, fn: Any, name: str) -> Any:
            recalls = tf.div(tp, tp + fn + EPSILON)
            place = tf.reduce_sum(tf.cast(tf.greater_equal(recalls, target_recall), tf.int64)) - 1
            return tf.div(tp[place] + EPSILON, tp[place] + fp[place] + EPSILON, name)

        arguments = [(some["tp"], some["fp"], some["fn"]) for some in (values, updates)]
        return both(compute, arguments[0], arguments[1], metrics_collections, updates_collections)
