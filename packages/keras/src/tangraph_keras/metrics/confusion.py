"""Right and wrong positives and negatives, at thresholds."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

import tangraph as tf
from tangraph_keras.losses.weighting import squeeze_or_expand_dimensions
from tangraph_keras.metrics.ragged import flat_values
from tangraph_training.weights import broadcast_weights

NEG_INF: Final = -1e10


class ConfusionMatrix(Enum):
    """What a prediction can be."""

    TRUE_POSITIVES = "tp"
    FALSE_POSITIVES = "fp"
    TRUE_NEGATIVES = "tn"
    FALSE_NEGATIVES = "fn"


def thresholds_of(thresholds: Any, default: float = 0.5) -> list[float]:
    """Returns a threshold, or several, as a list.

    Raises:
      ValueError: one that is not within 0 and 1.
    """
    if thresholds is None:
        return [default]
    found = thresholds if isinstance(thresholds, list) else [thresholds]
    several = [t for one in found for t in (one if isinstance(one, tuple) else [one])]
    wrong = [t for t in several if t is None or t < 0 or t > 1]
    if wrong:
        raise ValueError(f"Threshold values must be in [0, 1]. Invalid values: {wrong}")
    return found


def update_confusion_matrix(
    variables: dict[ConfusionMatrix, Any],
    y_true: Any,
    y_pred: Any,
    thresholds: Any,
    top_k: int | None = None,
    class_id: int | None = None,
    sample_weight: Any = None,
) -> Any:
    """Returns the operation that counts a batch in variables.

    Args:
      variables: what to count, and where: vectors, an element for each threshold.
      y_true: 0 and 1, or bools.
      y_pred: probabilities of the same shape.
      thresholds: above which a probability is a positive.
      top_k: how many of the largest predictions of an example are looked at; all when None.
      class_id: which class is looked at; all when None.
      sample_weight: the weights of examples.
    """
    y_true, y_pred = tf.cast(y_true, dtype=tf.float32), tf.cast(y_pred, dtype=tf.float32)
    [y_pred, y_true], _ = flat_values([y_pred, y_true], sample_weight)
    y_pred.shape.assert_is_compatible_with(y_true.shape)
    with tf.control_dependencies(
        [
            tf.assert_greater_equal(y_pred, tf.cast(0.0, dtype=y_pred.dtype), message="predictions must be >= 0"),
            tf.assert_less_equal(y_pred, tf.cast(1.0, dtype=y_pred.dtype), message="predictions must be <= 1"),
        ]
    ):
        y_pred, y_true, *weights = squeeze_or_expand_dimensions(y_pred, y_true, sample_weight)
    if top_k is not None:
        y_pred = _largest(y_pred, top_k)
    if class_id is not None:
        y_true, y_pred = y_true[..., class_id], y_pred[..., class_id]
    thresholds = thresholds if isinstance(thresholds, list) else [thresholds]
    count = len(thresholds)
    size = tf.size(y_pred)
    predictions = tf.reshape(y_pred, [1, -1])
    labels = tf.reshape(tf.cast(y_true, dtype=tf.bool), [1, -1])
    limits = tf.tile(tf.expand_dims(tf.constant(thresholds), 1), tf.stack([1, size]))
    positive = tf.greater(tf.tile(predictions, [count, 1]), limits)
    true = tf.tile(labels, [count, 1])
    spread = _spread_weights(weights[0], y_pred, count) if weights else None
    return tf.group([_count(variables[kind], *pair, spread) for kind, pair in _pairs(variables, true, positive)])


def _pairs(variables: Any, true: Any, positive: Any) -> list[tuple[ConfusionMatrix, tuple[Any, Any]]]:
    """Returns, for each kind that is counted, what the labels and what the predictions must be."""
    kinds = ConfusionMatrix
    found = {kinds.TRUE_POSITIVES: (true, positive)}
    counts_negatives = kinds.TRUE_NEGATIVES in variables
    if kinds.FALSE_NEGATIVES in variables or counts_negatives:
        negative = tf.logical_not(positive)
        found[kinds.FALSE_NEGATIVES] = (true, negative)
    if kinds.FALSE_POSITIVES in variables or counts_negatives:
        false = tf.logical_not(true)
        found[kinds.FALSE_POSITIVES] = (false, positive)
        if counts_negatives:
            found[kinds.TRUE_NEGATIVES] = (false, negative)
    return [(kind, pair) for kind, pair in found.items() if kind in variables]


def _spread_weights(weight: Any, y_pred: Any, count: int) -> Any:
    weights = broadcast_weights(tf.cast(weight, dtype=tf.float32), y_pred)
    return tf.tile(tf.reshape(weights, [1, -1]), [count, 1])


def _count(variable: Any, label: Any, prediction: Any, weights: Any) -> Any:
    both = tf.cast(tf.logical_and(label, prediction), dtype=tf.float32)
    if weights is not None:
        both *= weights
    return variable.assign_add(tf.reduce_sum(both, 1))


def _largest(x: Any, k: int) -> Any:
    """Returns predictions with all but the k largest of each example far below any threshold."""
    _, indices = tf.nn.top_k(x, k, sorted=False)
    mask = tf.reduce_sum(tf.one_hot(indices, x.shape[-1], axis=-1), axis=-2)
    return x * mask + NEG_INF * (1 - mask)
