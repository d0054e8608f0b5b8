"""The area under a curve."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_training.metrics.thresholds import EPSILON, confusion_at_thresholds, even_thresholds
from tangraph_training.metrics.variables import both


@export("metrics.auc")
def auc(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
    summation_method: str = "trapezoidal",
    thresholds: Any = None,
) -> tuple[Any, Any]:
    """Returns the area under a curve, from a Riemann sum over thresholds.

    Args:
      labels: a tensor, whose elements count as bools.
      predictions: a tensor of the same shape, in [0, 1].
      weights: how much each element counts; 1 when None.
      num_thresholds: the number of thresholds.
      metrics_collections: collections for the area.
      updates_collections: collections for the update.
      curve: "ROC", recall over the rate of false positives, or "PR", precision over recall.
      name: the variable scope.
      summation_method: "trapezoidal", "minoring", "majoring", or "careful_interpolation" (Davis and Goadrich, 2006).
      thresholds: the thresholds besides 0 and 1; evenly distributed when None.

    Returns:
      The area, and the update; see `tf.metrics.mean`.

    Raises:
      ValueError: an unknown curve or method.
    """
    with tf.variable_scope(name, "auc", (labels, predictions, weights)):
        if curve not in {"ROC", "PR"}:
            raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
        if thresholds is not None:
            num_thresholds = len(thresholds) + 2
            points = [0.0 - EPSILON, *sorted(thresholds), 1.0 + EPSILON]
        else:
            points = even_thresholds(num_thresholds)
        values, updates = confusion_at_thresholds(labels, predictions, points, weights)

        def compute(tp: Any, fn: Any, tn: Any, fp: Any, name: str) -> Any:
            if curve == "PR" and summation_method == "careful_interpolation":
                return _interpolated(tp, fp, fn, num_thresholds)
            if curve == "PR" and summation_method == "trapezoidal":
                tf.logging.warning(
                    "Trapezoidal rule is known to produce incorrect PR-AUCs; please switch to "
                    '"careful_interpolation" instead.'
                )
            x, y = _points(curve, tp, fn, tn, fp)
            return _area(x, y, num_thresholds, summation_method, name)

        return both(compute, values.values(), updates.values(), metrics_collections, updates_collections)


def _points(curve: str, tp: Any, fn: Any, tn: Any, fp: Any) -> tuple[Any, Any]:
    epsilon = 1.0e-6
    recall = tf.div(tp + epsilon, tp + fn + epsilon)
    if curve == "ROC":
        return tf.div(fp, fp + tn + epsilon), recall
    return recall, tf.div(tp + epsilon, tp + fp + epsilon)


def _area(x: Any, y: Any, number: int, method: str, name: str) -> Any:
    heights = {
        "trapezoidal": lambda a, b: (a + b) / 2.0,
        "careful_interpolation": lambda a, b: (a + b) / 2.0,
        "minoring": tf.minimum,
        "majoring": tf.maximum,
    }
    if method not in heights:
        raise ValueError(f"Invalid summation_method: {method}")
    widths = x[: number - 1] - x[1:]
    return tf.reduce_sum(tf.multiply(widths, heights[method](y[: number - 1], y[1:])), name=name)


def _interpolated(tp: Any, fp: Any, fn: Any, number: int) -> Any:
    """The area under precision over recall, where precision between thresholds is that of true positives in between."""
    gained = tp[: number - 1] - tp[1:]
    p = tp + fp
    slope = tf.div_no_nan(gained, tf.maximum(p[: number - 1] - p[1:], 0), name="prec_slope")
    intercept = tp[1:] - tf.multiply(slope, p[1:])
    safe = tf.where(
        tf.logical_and(p[: number - 1] > 0, p[1:] > 0),
        tf.div_no_nan(p[: number - 1], tf.maximum(p[1:], 0), name="recall_relative_ratio"),
        tf.ones_like(p[1:]),
    )
    increments = tf.div_no_nan(
        slope * (gained + intercept * tf.log(safe)), tf.maximum(tp[1:] + fn[1:], 0), name="pr_auc_increment"
    )
    return tf.reduce_sum(increments, name="interpolate_pr_auc")
