"""Metrics of predicted probabilities, at many thresholds at once."""

from __future__ import annotations

from typing import Any, Final

import tangraph as tf
from tangraph.export import export, named
from tangraph_training.metrics.variables import both, finish, metric_variable, squeezed
from tangraph_training.weights import broadcast_weights

EPSILON: Final = 1e-7
_KINDS: Final = {
    "tp": ("true_positives", True, True),
    "fn": ("false_negatives", True, False),
    "tn": ("true_negatives", False, False),
    "fp": ("false_positives", False, True),
}


def even_thresholds(number: int, end: float = 1.0 + EPSILON) -> list[float]:
    """Returns so many thresholds from a little below 0 to `end`."""
    return [0.0 - EPSILON, *[(i + 1) * 1.0 / (number - 1) for i in range(number - 2)], end]


def confusion_at_thresholds(
    labels: Any, predictions: Any, thresholds: Any, weights: Any = None, includes: Any = tuple(_KINDS)
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Counts true and false positives and negatives at thresholds, over many steps.

    Args:
      labels: a tensor, whose elements count as bools.
      predictions: a tensor of the same shape, in [0, 1].
      thresholds: a list of numbers.
      weights: how much each element counts.
      includes: what to count: some of "tp", "fn", "tn" and "fp".

    Returns:
      The variables and the updates, by these names.
    """
    zero, one = "predictions must be in [0, 1]", "predictions must be in [0, 1]"
    with tf.control_dependencies(
        [
            tf.assert_greater_equal(predictions, tf.cast(0.0, dtype=predictions.dtype), message=zero),
            tf.assert_less_equal(predictions, tf.cast(1.0, dtype=predictions.dtype), message=one),
        ]
    ):
        predictions, labels, weights = squeezed(
            tf.cast(predictions, tf.float32), tf.cast(labels, dtype=tf.bool), weights
        )
    return counts_at_thresholds(labels, predictions, thresholds, weights, includes)


def counts_at_thresholds(
    labels: Any, predictions: Any, thresholds: Any, weights: Any, includes: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """`confusion_at_thresholds` of what is checked and squeezed already."""
    number = len(thresholds)
    column = tf.reshape(predictions, [-1, 1])
    row = tf.reshape(tf.cast(labels, dtype=tf.bool), [1, -1])
    count = column.get_shape().as_list()[0]
    if count is None:
        count = tf.shape(column)[0]
    tiled = tf.tile(tf.expand_dims(tf.constant(thresholds), [1]), tf.stack([1, count]))
    positive = {True: tf.greater(tf.tile(tf.transpose(column), [number, 1]), tiled)}
    if "fn" in includes or "tn" in includes:
        positive[False] = tf.logical_not(positive[True])
    label = {True: tf.tile(row, [number, 1])}
    if "fp" in includes or "tn" in includes:
        label[False] = tf.logical_not(label[True])
    if weights is not None:
        weights = broadcast_weights(tf.cast(weights, tf.float32), predictions)
        weights = tf.tile(tf.reshape(weights, [1, -1]), [number, 1])
        tiled.get_shape().assert_is_compatible_with(weights.get_shape())
    values, updates = {}, {}
    for kind, (name, of_label, of_prediction) in _KINDS.items():
        if kind in includes:
            values[kind] = metric_variable([number], tf.float32, name=name)
            here = tf.cast(tf.logical_and(label[of_label], positive[of_prediction]), tf.float32)
            here = here if weights is None else here * weights
            updates[kind] = tf.assign_add(values[kind], tf.reduce_sum(here, 1))
    return values, updates


def _counts_at_thresholds(kind: str, doc: str) -> Any:
    name_of_count = _KINDS[kind][0]

    def counts(
        labels: Any,
        predictions: Any,
        thresholds: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> tuple[Any, Any]:
        with tf.variable_scope(name, name_of_count, (predictions, labels, weights)):
            values, updates = confusion_at_thresholds(labels, predictions, thresholds, weights, (kind,))
            return finish(tf.identity(values[kind]), updates[kind], metrics_collections, updates_collections)

    public = f"{name_of_count}_at_thresholds"
    return export(f"metrics.{public}")(named(public, doc)(counts))


true_positives_at_thresholds = _counts_at_thresholds(
    "tp",
    """Returns the weighted numbers of predictions above each threshold whose labels are true.

Args:
  labels: a tensor, whose elements count as bools.
  predictions: a tensor of the same shape, in [0, 1].
  thresholds: a list of numbers.
  weights, metrics_collections, updates_collections, name: see `tf.metrics.true_positives`.
""",
)
_LIKE: Final = "; see `tf.metrics.true_positives_at_thresholds`"
false_negatives_at_thresholds = _counts_at_thresholds(
    "fn", f"Returns the numbers of predictions not above, whose labels are true{_LIKE}."
)
true_negatives_at_thresholds = _counts_at_thresholds(
    "tn", f"Returns the numbers of predictions not above, whose labels are false{_LIKE}."
)
false_positives_at_thresholds = _counts_at_thresholds(
    "fp", f"Returns the numbers of predictions above, whose labels are false{_LIKE}."
)


def _share_at_thresholds(share: str, other: str) -> Any:
    """Returns the metric of the share that the true positives have among themselves and the `other` kind."""

    def shares(
        labels: Any,
        predictions: Any,
        thresholds: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> tuple[Any, Any]:
        with tf.variable_scope(name, f"{share}_at_thresholds", (predictions, labels, weights)):
            values, updates = confusion_at_thresholds(labels, predictions, thresholds, weights, ("tp", other))

            def compute(tp: Any, wrong: Any, name: str) -> Any:
                return tf.div(tp, EPSILON + tp + wrong, name=f"{share}_{name}")

            return both(compute, values.values(), updates.values(), metrics_collections, updates_collections)

    public = f"{share}_at_thresholds"
    doc = f"Returns the {share} at each threshold{_LIKE} and `tf.metrics.{share}`."
    return export(f"metrics.{public}")(named(public, doc)(shares))


precision_at_thresholds = _share_at_thresholds("precision", "fp")
recall_at_thresholds = _share_at_thresholds("recall", "fn")


@export("metrics.sensitivity_at_specificity")
def sensitivity_at_specificity(
    labels: Any,
    predictions: Any,
    specificity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the recall at the threshold where the share of true negatives is nearest to `specificity`.

    Args:
      labels: a tensor, whose elements count as bools.
      predictions: a tensor of the same shape, in [0, 1].
      specificity: a number in [0, 1].
      num_thresholds: how many thresholds to look at.
      weights, metrics_collections, updates_collections, name: see `tf.metrics.true_positives`.

    Raises:
      ValueError: `specificity` is not in [0, 1].
    """
    if specificity < 0 or specificity > 1:
        raise ValueError("`specificity` must be in the range [0, 1].")
    with tf.variable_scope(name, "sensitivity_at_specificity", (predictions, labels, weights)):
        values, updates = confusion_at_thresholds(labels, predictions, even_thresholds(num_thresholds), weights)

        def compute(tp: Any, fn: Any, tn: Any, fp: Any, name: str) -> Any:
            specificities = tf.div(tn, tn + fp + EPSILON)
            place = tf.cast(tf.argmin(tf.abs(specificities - specificity), 0), tf.int32)
            return tf.div(tp[place], tp[place] + fn[place] + EPSILON, name)

        return both(compute, values.values(), updates.values(), metrics_collections, updates_collections)


@export("metrics.specificity_at_sensitivity")
def specificity_at_sensitivity(
    labels: Any,
    predictions: Any,
    sensitivity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the share of true negatives at the threshold where the recall is nearest to `sensitivity`.

    Args:
      sensitivity: a number in [0, 1].
      labels, predictions, weights, num_thresholds, metrics_collections, updates_collections, name: see
        `sensitivity_at_specificity`.

    Raises:
      ValueError: `sensitivity` is not in [0, 1].
    """
    if sensitivity < 0 or sensitivity > 1:
        raise ValueError("`sensitivity` must be in the range [0, 1].")
    with tf.variable_scope(name, "specificity_at_sensitivity", (predictions, labels, weights)):
        thresholds = even_thresholds(num_thresholds, end=1.0 - EPSILON)
        values, updates = confusion_at_thresholds(labels, predictions, thresholds, weights)

        def compute(tp: Any, fn: Any, tn: Any, fp: Any, name: str) -> Any:
            sensitivities = tf.div(tp, tp + fn + EPSILON)
            least = tf.reduce_min(tf.abs(sensitivities - sensitivity))
            nearest = tf.equal(tf.abs(sensitivities - sensitivity), least)
            # The last of the nearest: where their running count is greatest first.
            place = tf.cast(tf.argmax(tf.cumsum(tf.cast(nearest, tf.int64)), 0), tf.int32)
            return tf.div(tn[place], tn[place] + fp[place] + EPSILON, name)

        return both(compute, values.values(), updates.values(), metrics_collections, updates_collections)
