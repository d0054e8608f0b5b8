"""`tf.contrib.metrics` of numbers and classes: counts, concatenation, covariance, correlation, agreement."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_training.metrics.variables import both, finish, metric_variable, squeezed
from tangraph_training.weights import broadcast_weights


@export("contrib.metrics.count")
def count(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns how many values there were, or the sum of their weights, and the update; see `tf.metrics.mean`."""
    with tf.variable_scope(name, "count", (values, weights)):
        total = metric_variable([], tf.float32, name="count")
        if weights is None:
            number = tf.cast(tf.size(values), tf.float32)
        else:
            values, _, weights = squeezed(tf.cast(values, tf.float32), None, weights)
            weights = broadcast_weights(tf.cast(weights, tf.float32), values)
            number = tf.reduce_sum(weights)
        with tf.control_dependencies([values]):
            update = tf.assign_add(total, number)
        return finish(tf.identity(total), update, metrics_collections, updates_collections)


def _moved(mean: Any, total: Any, number: Any, new_number: Any) -> tuple[Any, Any, Any]:
    """Returns the mean of a batch, that of all after it, and that of all before it."""
    batch_mean = tf.div_no_nan(tf.reduce_sum(total), number)
    delta = tf.div_no_nan((batch_mean - mean) * number, new_number)
    update = tf.assign_add(mean, delta)
    return batch_mean, update, update - delta


@export("contrib.metrics.streaming_covariance")
def streaming_covariance(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the sample covariance, NaN for less than two pairs, and the update; see `tf.metrics.mean`.

    Args:
      predictions: a tensor of floats.
      labels: a tensor of the same shape.
      weights: how much each element counts.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.
    """
    with tf.variable_scope(name, "covariance", (predictions, labels, weights)):
        predictions, labels, weights = squeezed(predictions, labels, weights)
        predictions.shape.assert_is_compatible_with(labels.shape)
        names = ("count", "mean_prediction", "mean_label", "comoment")
        number, prediction, label, comoment = [metric_variable([], tf.float32, name=one) for one in names]
        if weights is None:
            batch = tf.cast(tf.size(labels), tf.float32)
            totals = predictions, labels
        else:
            weights = broadcast_weights(weights, labels)
            batch = tf.reduce_sum(weights)
            totals = tf.multiply(predictions, weights), tf.multiply(labels, weights)
        new_number = tf.assign_add(number, batch)
        old_number = new_number - batch
        of_batch, _, before = _moved(prediction, totals[0], batch, new_number)
        label_of_batch, _, label_before = _moved(label, totals[1], batch, new_number)
        residuals = (predictions - of_batch) * (labels - label_of_batch)
        batch_comoment = tf.reduce_sum(residuals if weights is None else residuals * weights)
        delta = batch_comoment + (before - of_batch) * (label_before - label_of_batch) * (
            old_number * batch / new_number
        )
        update_comoment = tf.assign_add(comoment, delta)

        def value(name: str) -> Any:
            return tf.where(tf.less_equal(number, 1.0), float("nan"), tf.truediv(comoment, number - 1), name=name)

        covariance = value("covariance")
        with tf.control_dependencies([update_comoment]):
            update = value("update_op")
    return finish(covariance, update, metrics_collections, updates_collections)


@export("contrib.metrics.streaming_pearson_correlation")
def streaming_pearson_correlation(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns Pearson's correlation coefficient, and the update; see `streaming_covariance`."""
    with tf.variable_scope(name, "pearson_r", (predictions, labels, weights)):
        predictions, labels, weights = squeezed(predictions, labels, weights)
        predictions.shape.assert_is_compatible_with(labels.shape)
        if weights is not None:
            weights = broadcast_weights(weights, labels)
        pairs = {
            "covariance": (predictions, labels),
            "variance_predictions": (predictions, predictions),
            "variance_labels": (labels, labels),
        }
        made = [streaming_covariance(*pair, weights=weights, name=one) for one, pair in pairs.items()]
        results = [
            tf.truediv(covariance, tf.multiply(tf.sqrt(first), tf.sqrt(second)), name=one)
            for one, (covariance, first, second) in zip(
                ("pearson_r", "update_op"), zip(*made, strict=True), strict=True
            )
        ]
    return finish(results[0], results[1], metrics_collections, updates_collections)


def _grown_size(needed: Any, factor: float = 1.5) -> Any:
    """Returns the least power of a factor that is as large as needed."""
    logarithm = tf.log(tf.cast(needed, tf.float32)) / tf.log(tf.cast(factor, tf.float32))
    return tf.cast(tf.ceil(factor ** tf.ceil(logarithm)), tf.int32)


@export("contrib.metrics.streaming_concat")
def streaming_concat(
    values: Any,
    axis: int = 0,
    max_size: int | None = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns all values so far, concatenated, and the update.

    Args:
      values: a tensor of known rank, whose sizes are known but along `axis`.
      axis: the axis along which they are concatenated.
      max_size: how many are kept; those that come later are dropped. None for all.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Raises:
      ValueError: rank or sizes are not known, or there is no such axis.
    """
    with tf.variable_scope(name, "streaming_concat", (values,)):
        shape = values.shape
        if shape.dims is None:
            raise ValueError("`values` must have known statically known rank")
        rank = len(shape)
        axis = axis + rank if axis < 0 else axis
        if not 0 <= axis < rank:
            raise ValueError(f"axis = {axis!r} not in [0, {rank!r})")
        fixed = [dim.value for n, dim in enumerate(shape) if n != axis]
        if any(size is None for size in fixed):
            raise ValueError(
                "all dimensions of `values` other than the dimension to concatenate along must have statically known size"
            )
        first = [0 if max_size is None else max_size, *fixed]
        array = metric_variable(first, values.dtype, validate_shape=False, name="array")
        size = metric_variable([], tf.int32, name="size")
        valid = array[:size]
        valid.set_shape([None, *fixed])
        back = [0 if n == axis else n + 1 if n < axis else n for n in range(rank)]
        value = tf.transpose(valid, back, name="concat")
        number = tf.shape(values)[axis]
        if max_size is not None:
            number = tf.minimum(number, max_size - size)
        batch = tf.transpose(values, [axis, *[n for n in range(rank) if n != axis]])[:number]
        update = _append(array, size, batch, number, fixed)
        return finish(value, update, metrics_collections, updates_collections)


def _append(array: Any, size: Any, batch: Any, number: Any, fixed: list[int]) -> Any:
    """Puts a batch behind what an array holds, which is made larger where it must be; returns the new size."""
    new_size = size + number

    def reallocate() -> Any:
        larger = tf.zeros(tf.stack([_grown_size(new_size), *fixed]), dtype=array.dtype.base_dtype)
        old = array.value()
        with tf.control_dependencies([old]):
            assigned = tf.assign(array, larger, validate_shape=False)
        with tf.control_dependencies([assigned]):
            copied = array[:size].assign(old[:size])
        with tf.control_dependencies([copied]):
            return tf.no_op()

    capacity = _dynamic_shape(array)[0]
    ready = tf.cond(new_size > capacity, reallocate, tf.no_op)
    with tf.control_dependencies([ready]):
        appended = array[size:new_size].assign(batch)
    with tf.control_dependencies([appended]):
        return size.assign(new_size)


def _dynamic_shape(tensor: Any) -> Any:
    """Returns a shape in the graph, though it is known statically."""
    from tangraph.framework.make_op import make_op

    with tf.name_scope(None, "Shape", [tensor]) as name:
        return make_op("Shape", tensor, out_type=tf.int32, name=name)


@export("contrib.metrics.cohen_kappa")
def cohen_kappa(
    labels: Any,
    predictions_idx: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns Cohen's kappa, how far labels and predictions agree beyond chance, and the update.

    Args:
      labels: classes, an int tensor [batch] or [batch, 1].
      predictions_idx: the predicted classes.
      num_classes: their number.
      weights: how much each element counts.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Raises:
      ValueError: there are less than two classes.
    """
    if num_classes < 2:
        raise ValueError(f"`num_classes` must be >= 2.Found: {num_classes}")
    with tf.variable_scope(name, "cohen_kappa", (labels, predictions_idx, weights)):
        labels.shape.with_rank_at_most(2)
        if labels.shape.ndims == 2:
            labels = tf.squeeze(labels, axis=[-1])
        predictions, labels, weights = squeezed(predictions_idx, labels, weights)
        predictions.shape.assert_is_compatible_with(labels.shape)
        kind = tf.int64 if weights is None or weights.dtype.is_integer else tf.float32
        totals = [metric_variable((num_classes,), kind, name=one) for one in ("po", "pe_row", "pe_col")]
        table = tf.confusion_matrix(
            labels, predictions, num_classes=num_classes, weights=weights, dtype=kind, name="counts_in_table"
        )
        batch = [tf.diag_part(table), tf.reduce_sum(table, axis=0), tf.reduce_sum(table, axis=1)]
        updates = [tf.assign_add(total, one) for total, one in zip(totals, batch, strict=True)]
        return both(_kappa, totals, updates, metrics_collections, updates_collections)


def _kappa(agreed: Any, rows: Any, columns: Any, name: str) -> Any:
    observed = tf.reduce_sum(agreed)
    total = tf.reduce_sum(rows)
    by_chance = tf.reduce_sum(tf.div_no_nan(tf.cast(rows * columns, tf.float64), tf.cast(total, tf.float64)))
    observed, by_chance, total = [tf.cast(one, tf.float64) for one in (observed, by_chance, total)]
    return tf.div_no_nan(observed - by_chance, total - by_chance, name=name)
