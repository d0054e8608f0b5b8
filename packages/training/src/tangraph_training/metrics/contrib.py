"""`tf.contrib.metrics`."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_training.metrics.means import mean
from tangraph_training.metrics.thresholds import EPSILON, confusion_at_thresholds, even_thresholds
from tangraph_training.metrics.top_k import streaming_average
from tangraph_training.metrics.variables import finish, squeezed


@export("contrib.metrics.accuracy")
def accuracy(predictions: Any, labels: Any, weights: Any = None, name: str | None = None) -> Any:
    """Returns how often predictions are equal to labels, in one step.

    Args:
      predictions: a tensor.
      labels: a tensor of the same shape and type: bools, integers or strings.
      weights: how much each element counts; 1 when None.
      name: the name scope.

    Raises:
      ValueError: types that are others, or not the same.
    """
    if not (labels.dtype.is_integer or labels.dtype in {tf.bool, tf.string}):
        raise ValueError(f"Labels should have bool, integer, or string dtype, not {labels.dtype!r}")
    if not labels.dtype.is_compatible_with(predictions.dtype):
        raise ValueError(
            "Dtypes of predictions and labels should match. Given: predictions "
            f"({predictions.dtype!r}) and labels ({labels.dtype!r})"
        )
    with tf.name_scope(name, "accuracy", values=[predictions, labels]):
        right = tf.cast(tf.equal(predictions, labels), tf.float32)
        if weights is None:
            return tf.reduce_mean(right)
        right = tf.multiply(right, weights)
        number = tf.multiply(weights, tf.ones_like(right))
        return tf.div(tf.reduce_sum(right), tf.reduce_sum(number))


@export("contrib.metrics.f1_score")
def f1_score(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the greatest F1 score at any threshold, over many steps; see `tf.metrics.auc`."""
    with tf.variable_scope(name, "f1", (labels, predictions, weights)):
        predictions, labels, weights = squeezed(predictions, labels, weights)
        thresholds = even_thresholds(num_thresholds)
        values, updates = confusion_at_thresholds(labels, predictions, thresholds, weights, ("tp", "fp", "fn"))

        def compute(tp: Any, fn: Any, fp: Any, name: str) -> Any:
            precision = tf.div(tp, EPSILON + tp + fp, name=f"precision_{name}")
            recall = tf.div(tp, EPSILON + tp + fn, name=f"recall_{name}")
            return tf.reduce_max(2.0 * precision * recall / (precision + recall + EPSILON))

        value = compute(values["tp"], values["fn"], values["fp"], "value")
        update = compute(updates["tp"], updates["fn"], updates["fp"], "update")
        return finish(value, update, metrics_collections, updates_collections)


@export("contrib.metrics.aggregate_metrics")
def aggregate_metrics(*value_update_tuples: Any) -> tuple[list[Any], list[Any]]:
    """Returns the values and the updates of metrics, as two lists.

    Raises:
      ValueError: there are no metrics.
    """
    if not value_update_tuples:
        raise ValueError("Expected at least one value_tensor/update_op pair")
    values, updates = zip(*value_update_tuples, strict=True)
    return list(values), list(updates)


@export("contrib.metrics.aggregate_metric_map")
def aggregate_metric_map(names_to_tuples: dict[str, tuple[Any, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns the values and the updates of named metrics, as two dictionaries."""
    values = {name: value for name, (value, _) in names_to_tuples.items()}
    return values, {name: update for name, (_, update) in names_to_tuples.items()}


@export("contrib.metrics.confusion_matrix")
def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    dtype: Any = tf.int32,
    name: str | None = None,
    weights: Any = None,
) -> Any:
    """`tf.confusion_matrix`."""
    return tf.confusion_matrix(labels, predictions, num_classes, dtype, name, weights)


def _predictions_first(metric: Any) -> Any:
    """Returns a metric that takes predictions before labels."""

    def streaming(predictions: Any, labels: Any, *args: Any, **kwargs: Any) -> Any:
        return metric(labels, predictions, *args, **kwargs)

    streaming.__name__ = streaming.__qualname__ = f"streaming_{metric.__name__}"
    streaming.__doc__ = f"`tf.metrics.{metric.__name__}` with predictions before labels."
    return streaming


streaming_mean = tf.metrics.mean
streaming_mean_tensor = tf.metrics.mean_tensor
streaming_accuracy = _predictions_first(tf.metrics.accuracy)
streaming_auc = _predictions_first(tf.metrics.auc)
streaming_precision = _predictions_first(tf.metrics.precision)
streaming_recall = _predictions_first(tf.metrics.recall)
streaming_true_positives = _predictions_first(tf.metrics.true_positives)
streaming_true_negatives = _predictions_first(tf.metrics.true_negatives)
streaming_false_positives = _predictions_first(tf.metrics.false_positives)
streaming_false_negatives = _predictions_first(tf.metrics.false_negatives)
streaming_mean_absolute_error = _predictions_first(tf.metrics.mean_absolute_error)
streaming_mean_squared_error = _predictions_first(tf.metrics.mean_squared_error)
streaming_root_mean_squared_error = _predictions_first(tf.metrics.root_mean_squared_error)
streaming_mean_relative_error = _predictions_first(tf.metrics.mean_relative_error)
streaming_mean_cosine_distance = _predictions_first(tf.metrics.mean_cosine_distance)
streaming_mean_iou = _predictions_first(tf.metrics.mean_iou)
streaming_precision_at_thresholds = _predictions_first(tf.metrics.precision_at_thresholds)
streaming_recall_at_thresholds = _predictions_first(tf.metrics.recall_at_thresholds)
streaming_sensitivity_at_specificity = _predictions_first(tf.metrics.sensitivity_at_specificity)
streaming_specificity_at_sensitivity = _predictions_first(tf.metrics.specificity_at_sensitivity)
streaming_sparse_recall_at_k = _predictions_first(tf.metrics.recall_at_k)
streaming_sparse_precision_at_k = _predictions_first(tf.metrics.precision_at_k)
streaming_sparse_average_precision_at_k = _predictions_first(tf.metrics.average_precision_at_k)
set_difference = tf.sets.difference
set_intersection = tf.sets.intersection
set_size = tf.sets.size
set_union = tf.sets.union
streaming_percentage_less = tf.metrics.percentage_below

__tf_values__ = {
    f"contrib.metrics.{name}": value
    for name, value in list(globals().items())
    if name.startswith(("streaming_", "set_")) and name != "streaming_average"
}


def _at_k_name(name: str, k: int | None = None, class_id: int | None = None) -> str:
    name = f"{name}_at_k" if k is None else f"{name}_at_{k}"
    return name if class_id is None else f"{name}_class{class_id}"


@export("contrib.metrics.streaming_recall_at_k")
def streaming_recall_at_k(
    predictions: Any,
    labels: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns how often the label, one for each row, is among the k best, and the update; see `tf.metrics.mean`."""
    hits = tf.cast(tf.nn.in_top_k(predictions, labels, k), tf.float32)
    return mean(hits, weights, metrics_collections, updates_collections, name or _at_k_name("recall", k))


def _of_best(
    metric: Any, default: str, class_id: Any, name: Any, labels: Any, best: Any, *more: Any
) -> tuple[Any, Any]:
    with tf.name_scope(name, _at_k_name(default, class_id=class_id), (best, labels, more[0])) as scope:
        value, update = metric(labels, best, None, class_id, *more, name=scope)
        return value, update


@export("contrib.metrics.streaming_sparse_precision_at_top_k")
def streaming_sparse_precision_at_top_k(
    top_k_predictions: Any,
    labels: Any,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """`tf.metrics.precision_at_top_k` with predictions before labels."""
    more = weights, metrics_collections, updates_collections
    return _of_best(tf.metrics.precision_at_top_k, "precision", class_id, name, labels, top_k_predictions, *more)


@export("contrib.metrics.sparse_recall_at_top_k")
def sparse_recall_at_top_k(
    labels: Any,
    top_k_predictions: Any,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """`tf.metrics.recall_at_top_k`."""
    more = weights, metrics_collections, updates_collections
    return _of_best(tf.metrics.recall_at_top_k, "recall", class_id, name, labels, top_k_predictions, *more)


@export("contrib.metrics.streaming_sparse_average_precision_at_top_k")
def streaming_sparse_average_precision_at_top_k(
    top_k_predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """`tf.metrics.average_precision_at_k` of classes that are chosen already."""
    return streaming_average(labels, top_k_predictions, weights, metrics_collections, updates_collections, name)
