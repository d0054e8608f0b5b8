"""What metrics share: their variables, weights that fit, and collections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.ops.math.confusion import remove_squeezable_dimensions

if TYPE_CHECKING:
    from collections.abc import Callable


def metric_variable(shape: Any, dtype: Any, validate_shape: bool = True, name: str | None = None) -> Any:
    """Makes a variable of zeros in the collections LOCAL_VARIABLES and METRIC_VARIABLES."""
    return tf.Variable(
        lambda: tf.zeros(shape, dtype),
        trainable=False,
        collections=[tf.GraphKeys.LOCAL_VARIABLES, tf.GraphKeys.METRIC_VARIABLES],
        validate_shape=validate_shape,
        synchronization=tf.VariableSynchronization.ON_READ,
        aggregation=tf.VariableAggregation.SUM,
        name=name,
    )


def finish(value: Any, update: Any, metrics_collections: Any, updates_collections: Any) -> tuple[Any, Any]:
    """Adds a metric's value and update to collections, and returns them."""
    if metrics_collections:
        tf.add_to_collections(metrics_collections, value)
    if updates_collections:
        tf.add_to_collections(updates_collections, update)
    return value, update


def both(
    compute: Callable[..., Any], values: Any, updates: Any, metrics_collections: Any, updates_collections: Any
) -> tuple[Any, Any]:
    """Returns what a function of variables, and a name, gives for their values and for their updates."""
    value = compute(*values, "value")
    update = compute(*updates, "update_op")
    return finish(value, update, metrics_collections, updates_collections)


def ratio(numerator: Any, denominator: Any, name: str | None) -> Any:
    """Returns a quotient, 0 where the denominator is not positive."""
    return tf.div_no_nan(numerator, tf.maximum(denominator, 0), name=name)


def squeezed(predictions: Any, labels: Any, weights: Any) -> tuple[Any, Any, Any]:
    """Drops last axes of size 1 that one of predictions, labels and weights has and the others have not.

    Returns:
      Predictions, labels and weights; weights may get an axis more instead.

    Raises:
      ValueError: predictions and labels do not fit.
    """
    predictions = tf.convert_to_tensor(predictions)
    if labels is not None:
        labels, predictions = remove_squeezable_dimensions(labels, predictions)
        predictions.get_shape().assert_is_compatible_with(labels.get_shape())
    if weights is None:
        return predictions, labels, None
    weights = tf.convert_to_tensor(weights)
    weights_rank, rank = weights.get_shape().ndims, predictions.get_shape().ndims
    if weights_rank == 0:
        return predictions, labels, weights
    if rank is None or weights_rank is None:
        return predictions, labels, _weights_in_graph(predictions, weights)
    if weights_rank - rank == 1:
        weights = tf.squeeze(weights, [-1])
    elif rank - weights_rank == 1:
        weights = tf.expand_dims(weights, [-1])
    return predictions, labels, weights


def _weights_in_graph(predictions: Any, weights: Any) -> Any:
    shape = weights.get_shape()
    rank = tf.rank(weights)
    difference = rank - tf.rank(predictions)

    def expanded() -> Any:
        return tf.cond(tf.equal(difference, -1), lambda: tf.expand_dims(weights, [-1]), lambda: weights)

    def cut() -> Any:
        keep = shape.ndims is not None and not shape[-1].is_compatible_with(1)
        return weights if keep else tf.squeeze(weights, [-1])

    def adjusted() -> Any:
        return tf.cond(tf.equal(difference, 1), cut, expanded)

    return tf.cond(tf.equal(rank, 0), lambda: weights, adjusted)
