"""`tf.contrib.metrics.auc_using_histogram`."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export


@export("contrib.metrics.auc_using_histogram")
def auc_using_histogram(
    boolean_labels: Any,
    scores: Any,
    score_range: Any,
    nbins: int = 100,
    collections: Any = None,
    check_shape: bool = True,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Returns the area under the ROC curve from histograms of both classes' scores, and the update.

    Args:
      boolean_labels: a bool vector.
      scores: a vector of numbers.
      score_range: the least and the greatest score; those outside count as these.
      nbins: how many bins.
      collections: collections for the counts; LOCAL_VARIABLES when None.
      check_shape: whether to check that both are vectors.
      name: the variable scope.

    Raises:
      ValueError: the labels are no bools.
    """
    collections = [tf.GraphKeys.LOCAL_VARIABLES] if collections is None else collections
    with tf.variable_scope(name, "auc_using_histogram", [boolean_labels, scores, score_range]):
        scores, boolean_labels = tf.contrib.framework.remove_squeezable_dimensions(scores, boolean_labels)
        score_range = tf.convert_to_tensor(score_range, name="score_range")
        boolean_labels, scores = _checked(boolean_labels, scores, check_shape)
        true, false = _histograms(boolean_labels, scores, score_range, nbins)
        all_true, all_false, update = _accumulated(true, false, nbins, collections)
        return _area(all_true, all_false, nbins), update


def _checked(labels: Any, scores: Any, check_shape: bool) -> tuple[Any, Any]:
    with tf.name_scope("_check_labels_and_scores", values=[labels, scores]):
        labels = tf.convert_to_tensor(labels, name="boolean_labels")
        scores = tf.convert_to_tensor(scores, name="scores")
        if labels.dtype != tf.bool:
            raise ValueError("Argument boolean_labels should have dtype bool.  Found: %s", labels.dtype)
        if not check_shape:
            return labels, scores
        checks = [
            tf.Assert(
                tf.equal(1, tf.rank(one)),
                [f"Argument {argument} should have rank 1.  Found: ", one.name, tf.shape(one)],
            )
            for argument, one in (("boolean_labels", labels), ("scores", scores))
        ]
        with tf.control_dependencies(checks):
            return labels, scores


def _histograms(labels: Any, scores: Any, score_range: Any, nbins: int) -> tuple[Any, Any]:
    with tf.variable_scope(None, "make_auc_histograms", [labels, scores, nbins]):
        true, false = [
            tf.histogram_fixed_width(
                tf.boolean_mask(scores, labels if kind else tf.logical_not(labels)),
                score_range,
                nbins=nbins,
                dtype=tf.int64,
                name="hist_true" if kind else "hist_false",
            )
            for kind in (True, False)
        ]
        return true, false


def _accumulated(true: Any, false: Any, nbins: int, collections: Any) -> tuple[Any, Any, Any]:
    with tf.variable_scope(None, "hist_accumulate", [true, false]):
        all_true, all_false = [
            tf.get_variable(
                name,
                shape=[nbins],
                dtype=true.dtype,
                initializer=tf.zeros_initializer(),
                collections=collections,
                trainable=False,
            )
            for name in ("hist_true_acc", "hist_false_acc")
        ]
        update = tf.group(all_true.assign_add(true), all_false.assign_add(false), name="update_op")
        return all_true, all_false, update


def _area(all_true: Any, all_false: Any, nbins: int) -> Any:
    true = tf.truediv(all_true, tf.reduce_sum(all_true))
    false = tf.truediv(all_false, tf.reduce_sum(all_false))
    rises = tf.reverse(true, [0], name="delta_y_t")
    widths = tf.reverse(false, [0], name="delta_x_t")
    rises, widths = tf.cast(rises, tf.float32), tf.cast(widths, tf.float32)
    heights = _cumulative(rises, nbins)
    first = widths[0] * heights[0] / 2.0
    others = widths[1:] * (heights[1:] + heights[: nbins - 1]) / 2.0
    return tf.add(first, tf.reduce_sum(others), name="auc")


def _cumulative(tensor: Any, size: int) -> Any:
    """Returns the cumulative sums of a vector, by a convolution with ones, as TensorFlow does it."""
    with tf.name_scope("strict_1d_cumsum", values=[tensor]):
        if size == 0:
            return tf.constant([])
        x = tf.pad(tensor, [[size - 1, 0]])
        ones = tf.ones_like(x)
        with tf.name_scope("strict_conv1d", values=[x, ones]):
            x = tf.reshape(x, (1, -1, 1, 1))
            ones = tf.reshape(ones, (-1, 1, 1, 1))
            sums = tf.reshape(tf.nn.conv2d(x, ones, [1, 1, 1, 1], "SAME"), [-1])
        return sums[:size]
