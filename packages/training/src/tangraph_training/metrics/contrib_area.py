"""`tf.contrib.metrics` of areas under curves."""

from __future__ import annotations

from typing import Any, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_training.metrics.contrib_streaming import streaming_concat
from tangraph_training.metrics.thresholds import EPSILON
from tangraph_training.metrics.variables import finish, metric_variable, squeezed


def _zero_or_one(labels: Any) -> list[Any]:
    """Returns the assertions that labels are 0 or 1."""
    least, greatest = tf.zeros_like(labels, tf.int64), None
    first = tf.assert_greater_equal(labels, least, message="labels must be 0 or 1, at least one is <0")
    greatest = tf.ones_like(labels, tf.int64)
    return [first, tf.assert_less_equal(labels, greatest, message="labels must be 0 or 1, at least one is >1")]


# -- every distinct prediction a threshold -------------------------------------------------------------------------


@export("contrib.metrics.streaming_dynamic_auc")
def streaming_dynamic_auc(
    labels: Any,
    predictions: Any,
    curve: str = "ROC",
    metrics_collections: Any = (),
    updates_collections: Any = (),
    name: str | None = None,
    weights: Any = None,
) -> tuple[Any, Any]:
    """Returns the area under a curve that has a point for each distinct prediction, and the update.

    All predictions are kept.

    Args:
      labels: zeros and ones.
      predictions: floats of the same shape.
      curve: "ROC" or "PR".
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.
      weights: how much each element counts.

    Raises:
      ValueError: there is no such curve.
    """
    if curve not in {"PR", "ROC"}:
        raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
    with tf.variable_scope(name, default_name="dynamic_auc"):
        labels.shape.assert_is_compatible_with(predictions.shape)
        predictions = tf.reshape(tf.cast(predictions, tf.float64), [-1])
        labels = tf.reshape(tf.cast(labels, tf.int64), [-1])
        with tf.control_dependencies(_zero_or_one(labels)):
            all_predictions, update_predictions = streaming_concat(predictions, name="concat_preds")
            all_labels, update_labels = streaming_concat(labels, name="concat_labels")
            updates, all_weights = [update_labels, update_predictions], None
            if weights is not None:
                weights = tf.reshape(tf.cast(weights, tf.float64), [-1])
                all_weights, update_weights = streaming_concat(weights, name="concat_weights")
                updates.append(update_weights)
            update = tf.group(*updates)
            return finish(
                _dynamic_area(all_labels, all_predictions, curve, all_weights),
                update,
                metrics_collections,
                updates_collections,
            )


def _dynamic_area(labels: Any, predictions: Any, curve: str, weights: Any) -> Any:
    size = tf.size(predictions)
    if weights is None:
        weights = tf.ones_like(labels, dtype=tf.float64)
    labels, predictions, weights = squeezed(labels, predictions, weights)
    total = tf.reduce_sum(weights)
    positive = tf.reduce_sum(tf.where(tf.greater(labels, 0), weights, tf.zeros_like(labels, dtype=tf.float64)))

    def compute() -> Any:
        ordered, indices = tf.nn.top_k(predictions, k=size)
        ordered_labels = tf.gather(labels, indices)
        ordered_weights = tf.gather(weights, indices)
        _, _, counts = tf.unique_with_counts(ordered)
        splits = tf.cast(tf.pad(tf.cumsum(counts), paddings=[[1, 0]]), tf.int32)

        def at_splits(chosen: Any) -> Any:
            return tf.gather(tf.pad(tf.cumsum(chosen), paddings=[[1, 0]]), splits)

        def weighed(condition: Any) -> Any:
            return tf.where(condition, ordered_weights, tf.zeros_like(ordered_labels, dtype=tf.float64))

        true_positives = at_splits(weighed(tf.greater(ordered_labels, 0)))
        if curve == "ROC":
            false_positives = at_splits(weighed(tf.less(ordered_labels, 1)))
            negative = total - positive
            x = tf.truediv(false_positives, negative)
            y = tf.truediv(true_positives, positive)
        else:
            x = tf.truediv(true_positives, positive)
            positives = at_splits(ordered_weights)
            y = tf.where(
                tf.greater(splits, 0),
                tf.truediv(true_positives, positives),
                tf.ones_like(true_positives, dtype=tf.float64),
            )
        heights = tf.add(y[1:], y[:-1]) / 2.0
        widths = tf.abs(tf.subtract(x[1:], x[:-1]))
        return tf.reduce_sum(tf.multiply(heights, widths))

    trivial = tf.logical_or(tf.equal(positive, 0), tf.equal(positive, total))
    return tf.cond(trivial, true_fn=lambda: tf.constant(0, tf.float64), false_fn=compute)


# -- confidence intervals ------------------------------------------------------------------------------------------


class AucData(NamedTuple):
    """An area with the bounds of its confidence interval."""

    auc: Any
    lower: Any
    upper: Any


@export("contrib.metrics.auc_with_confidence_intervals")
def auc_with_confidence_intervals(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    alpha: float = 0.95,
    logit_transformation: bool = True,
    metrics_collections: Any = (),
    updates_collections: Any = (),
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the area under the ROC curve with a confidence interval (DeLong et al. 1988), and the update.

    Args:
      labels: zeros and ones.
      predictions: floats of the same shape.
      weights: how much each element counts.
      alpha: how sure the interval is, between 0 and 1.
      logit_transformation: whether the interval is even on the logit scale, and so within [0, 1].
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      A named tuple `auc`, `lower`, `upper`, and the update.

    Raises:
      ValueError: `alpha` is not between 0 and 1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1; currently {alpha:.02f}")
    if weights is None:
        weights = tf.ones_like(predictions)
    with tf.variable_scope(name, default_name="auc_with_confidence_intervals", values=[labels, predictions, weights]):
        predictions, labels, weights = squeezed(predictions, labels, weights)
        total = tf.reduce_sum(weights)
        weights = tf.reshape(weights, [-1])
        predictions = tf.reshape(tf.cast(predictions, tf.float64), [-1])
        labels = tf.reshape(tf.cast(labels, tf.int64), [-1])
        with tf.control_dependencies(_zero_or_one(labels)):
            all_predictions, update_predictions = streaming_concat(predictions, name="concat_preds")
            all_labels, update_labels = streaming_concat(labels, name="concat_labels")
            all_weights, update_weights = streaming_concat(weights, name="concat_weights")
            updates = tf.group(update_labels, update_predictions, update_weights)
            both_classes = tf.logical_and(tf.equal(tf.reduce_min(labels), 0), tf.equal(tf.reduce_max(labels), 1))
            enough = tf.greater_equal(total, 1.0)
            is_valid = tf.logical_and(both_classes, enough)
            update = tf.cond(enough, lambda: updates, tf.no_op)
            auc = _placement_area(all_labels, all_predictions, all_weights, alpha, logit_transformation, is_valid)
            return finish(auc, update, metrics_collections, updates_collections)


def _placement_area(
    labels: Any, predictions: Any, weights: Any, alpha: float, logit_transformation: bool, is_valid: Any
) -> AucData:
    size = tf.size(predictions, out_type=tf.int32)
    total_0 = tf.reduce_sum(tf.cast(1 - labels, weights.dtype) * weights)
    total_1 = tf.reduce_sum(tf.cast(labels, weights.dtype) * weights)
    labels, weights, placements = _placements(labels, predictions, weights, size)
    of_0 = placements * tf.cast(1 - labels, weights.dtype)
    weights_0 = weights * tf.cast(1 - labels, weights.dtype)
    of_1 = placements * tf.cast(labels, weights.dtype)
    weights_1 = weights * tf.cast(labels, weights.dtype)
    auc_0 = tf.reduce_sum(weights_0 * (1.0 - of_0)) / (total_0 + EPSILON)
    auc_1 = tf.reduce_sum(weights_1 * of_1) / (total_1 + EPSILON)
    auc = tf.where(tf.less(total_0, total_1), auc_1, auc_0)
    variance_0 = tf.reduce_sum(weights_0 * tf.square(1.0 - of_0 - auc_0)) / (total_0 - 1.0 + EPSILON)
    variance_1 = tf.reduce_sum(weights_1 * tf.squared_difference(of_1, auc_1)) / (total_1 - 1.0 + EPSILON)
    error = tf.sqrt(variance_0 / (total_0 + EPSILON) + variance_1 / (total_1 + EPSILON))
    z = tf.distributions.Normal(loc=0.0, scale=1.0).quantile((1.0 - alpha) / 2.0)
    lower, upper = _interval(auc, error, z, logit_transformation)
    bounds = []
    for bound in (lower, upper):
        extreme = tf.logical_or(tf.equal(auc, tf.ones_like(auc)), tf.equal(auc, tf.zeros_like(auc)))
        bounds.append(tf.where(extreme, auc, bound))
    trivial = tf.constant(0.0)
    return AucData(*tf.cond(is_valid, lambda: [auc, *bounds], lambda: [trivial] * 3))


def _placements(labels: Any, predictions: Any, weights: Any, size: Any) -> tuple[Any, Any, Any]:
    """Returns labels and weights in the order of predictions, and what part of the other class is before each."""
    ordered, indices = tf.nn.top_k(predictions, k=size, sorted=True)
    ordered = tf.reverse(ordered, axis=tf.zeros(1, tf.int32))
    indices = tf.reverse(indices, axis=tf.zeros(1, tf.int32))
    labels, weights = tf.gather(labels, indices), tf.gather(weights, indices)
    _, segments = tf.unique(ordered)
    is_true = tf.cast(labels, tf.float32)
    is_false = 1.0 - is_true
    of_true, of_false = weights * is_true, weights * is_false
    totals = [tf.segment_sum(of_false, segments), tf.segment_sum(of_true, segments)]
    before = [tf.cumsum(total, exclusive=True) for total in totals]
    placements = [
        (earlier + total / 2.0) / (tf.reduce_sum(total) + EPSILON)
        for earlier, total in zip(before, totals, strict=True)
    ]
    for_true, for_false = [tf.gather(one, segments) for one in placements]
    return labels, weights, for_true * is_true + for_false * is_false


def _interval(auc: Any, error: Any, z: Any, logit_transformation: bool) -> tuple[Any, Any]:
    if not logit_transformation:
        return auc + z * error, auc - z * error
    estimate = tf.log(auc / (1.0 - auc + EPSILON))
    error = error / (auc * (1.0 - auc + EPSILON))
    bounds = [estimate + z * error, estimate - z * error]
    lower, upper = [1.0 / (1.0 + tf.exp(tf.negative(bound)) + EPSILON) for bound in bounds]
    return lower, upper


# -- even thresholds, counted in buckets ---------------------------------------------------------------------------


class PrecisionRecallData(NamedTuple):
    """Counts, precision and recall at thresholds."""

    tp: Any
    fp: Any
    tn: Any
    fn: Any
    precision: Any
    recall: Any
    thresholds: Any


@export("contrib.metrics.precision_recall_at_equal_thresholds")
def precision_recall_at_equal_thresholds(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns counts, precision and recall at even thresholds, and the update; its time does not grow with them.

    Args:
      labels: a bool tensor.
      predictions: floats in [0, 1], of the same shape.
      weights: how much each element counts; 1 when None.
      num_thresholds: how many thresholds; 201 when None.
      use_locking: whether updates are exclusive; they are when None.
      name: the variable scope.

    Returns:
      A named tuple of vectors, and the update.
    """
    num_thresholds = 201 if num_thresholds is None else num_thresholds
    weights = 1.0 if weights is None else weights
    use_locking = True if use_locking is None else use_locking
    tf.assert_type(labels, tf.bool)
    with tf.variable_scope(name, "precision_recall_at_equal_thresholds", (labels, predictions, weights)):
        text = "predictions must be in [0, 1]"
        with tf.control_dependencies(
            [
                tf.assert_greater_equal(predictions, tf.cast(0.0, dtype=predictions.dtype), message=text),
                tf.assert_less_equal(predictions, tf.cast(1.0, dtype=predictions.dtype), message=text),
            ]
        ):
            predictions, labels, weights = squeezed(predictions, labels, weights)
        predictions.shape.assert_is_compatible_with(labels.shape)
        right = tf.cast(labels, tf.float64)
        weights = tf.cast(weights, tf.float64)
        true = right * weights
        false = (1.0 - right) * weights
        predictions = tf.reshape(predictions, [-1])
        true, false = tf.reshape(true, [-1]), tf.reshape(false, [-1])
        buckets = tf.cast(tf.floor(predictions * (num_thresholds - 1)), tf.int32)
        with tf.name_scope("variables"):
            counts = [metric_variable([num_thresholds], tf.float64, name=one) for one in ("tp_buckets", "fp_buckets")]
        with tf.name_scope("update_op"):
            updates = [
                tf.scatter_add(count, buckets, batch, use_locking=use_locking)
                for count, batch in zip(counts, (true, false), strict=True)
            ]
        return _from_buckets(counts[0], counts[1], num_thresholds, predictions.dtype), tf.group(*updates)


def _from_buckets(true: Any, false: Any, num_thresholds: int, dtype: Any) -> PrecisionRecallData:
    tp = tf.cumsum(true, reverse=True, name="tp")
    fp = tf.cumsum(false, reverse=True, name="fp")
    tn = fp[0] - fp
    fn = tp[0] - tp
    small = tf.convert_to_tensor(1e-7, dtype=tf.float64)
    precision = tp / tf.maximum(small, tp + fp)
    recall = tp / tf.maximum(small, tp + fn)
    values = [tf.cast(one, dtype) for one in (tp, fp, tn, fn, precision, recall)]
    values.append(tf.cast(tf.lin_space(0.0, 1.0, num_thresholds), dtype))
    return PrecisionRecallData(*values)
