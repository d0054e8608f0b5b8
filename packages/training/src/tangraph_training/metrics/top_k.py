"""Metrics of the k best predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph_training.metrics.variables import finish, metric_variable
from tangraph_training.weights import assert_broadcastable, broadcast_weights

if TYPE_CHECKING:
    from collections.abc import Callable


def _name(name: str, k: int | None, class_id: Any = None) -> str:
    name = f"{name}_at_k" if k is None else "%s_at_%d" % (name, k)  # noqa: UP031 - a tensor is a TypeError, as in TensorFlow
    return name if class_id is None else "%s_class%d" % (name, class_id)  # noqa: UP031


def _with_last_axis(labels: Any, predictions: Any) -> Any:
    """Gives labels an axis of size 1 at the end when they have one less than the predictions."""
    with tf.name_scope(None, "expand_labels", (labels, predictions)) as scope:
        labels = tf.convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, tf.SparseTensor):
            return tf.cond(
                tf.equal(tf.rank(predictions), tf.size(labels.dense_shape) + 1),
                lambda: tf.sparse_reshape(labels, shape=tf.concat((labels.dense_shape, (1,)), 0), name=scope),
                lambda: labels,
            )
        rank, predictions_rank = labels.get_shape().ndims, predictions.get_shape().ndims
        if rank is not None and predictions_rank is not None:
            if predictions_rank == rank:
                return labels
            if predictions_rank == rank + 1:
                return tf.expand_dims(labels, -1, name=scope)
            raise ValueError(
                f"Unexpected labels shape {labels.get_shape()} for predictions shape {predictions.get_shape()}."
            )
        return tf.cond(
            tf.equal(tf.rank(predictions), tf.rank(labels) + 1),
            lambda: tf.expand_dims(labels, -1, name=scope),
            lambda: labels,
        )


def _only_class(ids: Any, class_id: Any) -> Any:
    """Returns a SparseTensor of the ids that are a class's."""
    ids = tf.convert_to_tensor_or_sparse_tensor(ids)
    if isinstance(ids, tf.SparseTensor):
        return tf.sparse_retain(ids, tf.equal(ids.values, class_id))
    from tangraph.ops.math.reduction_gradients import reduced_shape

    shape = tf.shape(ids, out_type=tf.int64)
    last = tf.size(shape) - 1
    filled = tf.fill(reduced_shape(shape, tf.reshape(last, [1])), tf.cast(class_id, tf.int64))
    found = tf.sets.intersection(filled, ids)
    return tf.SparseTensor(indices=found.indices, values=found.values, dense_shape=shape)


def _counted(
    name: str | None,
    default_name: str,
    combine: Callable[[Any, Any], Any],
    labels: Any,
    predictions: Any,
    class_id: Any,
    weights: Any,
) -> Any:
    """Returns how many elements a set made of predictions and labels has, as float64, weighted."""
    with tf.name_scope(name, default_name, (predictions, labels, weights)):
        if class_id is not None:
            labels, predictions = _only_class(labels, class_id), _only_class(predictions, class_id)
        number = tf.cast(tf.sets.size(combine(predictions, labels)), tf.float64)
        if weights is None:
            return number
        with tf.control_dependencies((assert_broadcastable(weights, number),)):
            return tf.multiply(number, tf.cast(weights, tf.float64))


def _true_positives(labels: Any, predictions: Any, class_id: Any = None, weights: Any = None, name: Any = None) -> Any:
    combine = tf.sets.intersection
    return _counted(name, "true_positives", combine, labels, predictions, class_id, weights)


def _false_negatives(labels: Any, predictions: Any, class_id: Any, weights: Any) -> Any:
    def missed(p: Any, y: Any) -> Any:
        return tf.sets.difference(p, y, aminusb=False)

    return _counted(None, "false_negatives", missed, labels, predictions, class_id, weights)


def _false_positives(labels: Any, predictions: Any, class_id: Any, weights: Any) -> Any:
    def wrong(p: Any, y: Any) -> Any:
        return tf.sets.difference(p, y, aminusb=True)

    return _counted(None, "false_positives", wrong, labels, predictions, class_id, weights)


def _streaming(
    kind: str, count: Any, labels: Any, predictions: Any, k: int | None, class_id: Any, weights: Any
) -> tuple[Any, Any]:
    """Returns a count over many steps and its update."""
    with tf.name_scope(None, _name(kind, k, class_id), (predictions, labels, weights)) as scope:
        batch = tf.cast(tf.reduce_sum(count(labels, predictions, class_id, weights)), tf.float64)
        total = metric_variable([], tf.float64, name=scope)
        return total, tf.assign_add(total, batch, name="update")


def _share_at_top_k(
    name: str | None,
    metric: str,
    other: tuple[str, Any],
    labels: Any,
    predictions_idx: Any,
    k: int | None,
    class_id: Any,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
) -> tuple[Any, Any]:
    """Returns true positives divided by them and another count, over many steps."""
    with tf.name_scope(name, _name(metric, k, class_id), (predictions_idx, labels, weights)) as scope:
        labels = _with_last_axis(labels, predictions_idx)
        best = tf.cast(predictions_idx, tf.int64)
        right, update_right = _streaming("true_positive", _true_positives, labels, best, k, class_id, weights)
        rest, update_rest = _streaming(*other, labels, best, k, class_id, weights)
        value = tf.div(right, tf.add(right, rest), name=scope)
        update = tf.div(update_right, tf.add(update_right, update_rest), name="update")
        return finish(value, update, metrics_collections, updates_collections)


@export("metrics.recall_at_top_k")
def recall_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: Any = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the share of the labels that are among the predicted classes.

    Args:
      labels: int64 [batch, labels], or [batch], or a SparseTensor.
      predictions_idx: int64 [batch, k], the predicted classes.
      k: their number, for names only.
      class_id: the one class to look at; all when None.
      weights, metrics_collections, updates_collections, name: see `tf.metrics.mean`.

    Returns:
      The share, a float64 scalar, and the update; see `tf.metrics.mean`.
    """
    other = "false_negative", _false_negatives
    more = k, class_id, weights, metrics_collections, updates_collections
    return _share_at_top_k(name, "recall", other, labels, predictions_idx, *more)


@export("metrics.recall_at_k")
def recall_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: Any = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the share of the labels that are among the `k` classes with the greatest predictions.

    Args:
      predictions: [batch, classes], floats.
      labels, k, class_id, weights, metrics_collections, updates_collections, name: see `recall_at_top_k`.
    """
    with tf.name_scope(name, _name("recall", k, class_id), (predictions, labels, weights)) as scope:
        _, best = tf.nn.top_k(predictions, k)
        more = class_id, weights, metrics_collections, updates_collections
        return recall_at_top_k(labels, best, k, *more, name=scope)


@export("metrics.precision_at_top_k")
def precision_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: Any = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the share of the predicted classes that are among the labels; see `recall_at_top_k`."""
    other = "false_positive", _false_positives
    more = k, class_id, weights, metrics_collections, updates_collections
    return _share_at_top_k(name, "precision", other, labels, predictions_idx, *more)


@export("metrics.precision_at_k", "metrics.sparse_precision_at_k")
def precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: Any = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the share of the `k` classes with the greatest predictions that are among the labels.

    Args:
      predictions: [batch, classes], floats.
      labels, k, class_id, weights, metrics_collections, updates_collections, name: see `recall_at_top_k`.
    """
    with tf.name_scope(name, _name("precision", k, class_id), (predictions, labels, weights)) as scope:
        _, best = tf.nn.top_k(predictions, k)
        more = class_id, weights, metrics_collections, updates_collections
        return precision_at_top_k(labels, best, k, *more, name=scope)


# -- average precision ---------------------------------------------------------------------------------------------


@export("metrics.average_precision_at_k", "metrics.sparse_average_precision_at_k")
def average_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the mean of the precisions at each place up to `k` where a label stands.

    Args:
      labels, predictions, k, weights, metrics_collections, updates_collections, name: see `recall_at_k`.

    Raises:
      ValueError: `k` is less than 1.
    """
    if k < 1:
        raise ValueError(f"Invalid k={k}.")
    with tf.name_scope(name, _name("average_precision", k), (predictions, labels, weights)) as scope:
        _, best = tf.nn.top_k(predictions, k)
        labels = _in_range(labels, tf.cast(tf.shape(predictions)[-1], tf.int64))
        return streaming_average(labels, best, weights, metrics_collections, updates_collections, scope)


def _in_range(labels: Any, num_classes: Any) -> Any:
    """Puts -1 where labels are no class."""
    sparse = isinstance(labels, tf.SparseTensor | tf.SparseTensorValue)

    def cut(values: Any) -> Any:
        return tf.where_v2(tf.greater_equal(values, num_classes), -1 * tf.ones_like(values), values)

    def clean() -> Any:
        if not sparse:
            return cut(labels)
        return type(labels)(indices=labels.indices, values=cut(labels.values), dense_shape=labels.dense_shape)

    greatest = tf.reduce_max(labels.values if sparse else labels)
    return tf.cond(tf.greater_equal(greatest, num_classes), clean, lambda: labels)


def _average_precision(labels: Any, best: Any) -> Any:
    with tf.name_scope(None, "average_precision", (best, labels)) as scope:
        best = tf.cast(best, tf.int64, name="predictions_idx")
        if best.get_shape().ndims == 0:
            raise ValueError("The rank of predictions_idx must be at least 1.")
        k = best.get_shape().as_list()[-1]
        if k is None:
            raise ValueError("The last dimension of predictions_idx must be set.")
        labels = _with_last_axis(labels, best)
        at_places = tf.expand_dims(best, -1, name="predictions_idx_per_k")
        relevant = _true_positives(_repeated(labels, k), at_places, name="relevant_per_k")
        right = tf.cumsum(relevant, axis=-1, name="tp_per_k")
        retrieved = tf.cumsum(tf.ones_like(relevant), axis=-1, name="retrieved_per_k")
        precision = tf.div(tf.cast(right, tf.float64), tf.cast(retrieved, tf.float64), name="precision_per_k")
        relevant_precision = tf.multiply(precision, tf.cast(relevant, tf.float64), name="relevant_precision_per_k")
        total = tf.reduce_sum(relevant_precision, axis=(-1,), name="precision_sum")
        return tf.div(total, tf.cast(_number_relevant(labels, k), tf.float64), name=scope)


def _repeated(labels: Any, k: int) -> Any:
    """Returns the labels k times, along a new axis before the last."""
    with tf.name_scope("labels_per_k", "expand_and_tile", (labels, k, -1)) as scope:
        labels = tf.convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, tf.SparseTensor):
            place = tf.reshape(tf.size(labels.dense_shape) + -1, [1])
            sizes = (
                tf.slice(labels.dense_shape, [0], place),
                [1],
                tf.slice(labels.dense_shape, place, [-1]),
            )
            shape = tf.concat(sizes, 0, name="expanded_shape")
            expanded = tf.sparse_reshape(labels, shape=shape, name="expand")
            return expanded if k == 1 else tf.sparse_concat(-2, [expanded] * k, name=scope)
        expanded = tf.expand_dims(labels, -2, name="expand")
        if k == 1:
            return expanded
        ones = tf.ones_like(tf.shape(labels))
        multiples = tf.concat((ones[:-1], (k,), ones[-1:]), 0, name="multiples")
        return tf.tile(expanded, multiples, name=scope)


def _number_relevant(labels: Any, k: int) -> Any:
    with tf.name_scope(None, "num_relevant", (labels,)) as scope:
        labels = tf.convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, tf.SparseTensor):
            return tf.minimum(tf.sets.size(labels), k, name=scope)
        is_label = tf.greater_equal(labels, 0)
        number = tf.reduce_sum(tf.where_v2(is_label, tf.ones_like(labels), tf.zeros_like(labels)), axis=-1)
        return tf.minimum(number, k, name=scope)


def streaming_average(
    labels: Any, best: Any, weights: Any, metrics_collections: Any, updates_collections: Any, name: str | None
) -> tuple[Any, Any]:
    """Returns the mean average precision of classes that are chosen already, and the update."""
    with tf.name_scope(name, "average_precision_at_top_k", (best, labels, weights)) as scope:
        average = _average_precision(labels, best)
        if weights is not None:
            weights = broadcast_weights(tf.cast(weights, tf.float64), average)
            average = tf.multiply(average, weights)
        with tf.name_scope(None, "max", (average,)) as max_scope:
            greatest = metric_variable([], tf.float64, name=max_scope)
            if weights is None:
                batch = tf.cast(tf.size(average, name="batch_max"), tf.float64)
            else:
                batch = tf.reduce_sum(weights, name="batch_max")
            update_greatest = tf.assign_add(greatest, batch, name="update")
        with tf.name_scope(None, "total", (average,)) as total_scope:
            total = metric_variable([], tf.float64, name=total_scope)
            batch = tf.reduce_sum(average, name="batch_total")
            update_total = tf.assign_add(total, batch, name="update")
        value = tf.div_no_nan(total, greatest, name="mean")
        update = tf.div_no_nan(update_total, update_greatest, name=scope)
        return finish(value, update, metrics_collections, updates_collections)
