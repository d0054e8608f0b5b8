"""Metrics: values over several steps."""

import numpy as np
import pytest

import tangraph as tf

Y = np.array([1, 0, 1, 1, 0, 1], bool)
P = np.array([0.9, 0.8, 0.3, 0.6, 0.1, 0.4], np.float32)


def streamed(metric, *batches, **options):
    """Returns a metric's value after each batch has been added."""
    with tf.Graph().as_default(), tf.Session() as session:
        inputs = [tf.placeholder(np.asarray(x).dtype, [None]) for x in batches[0]]
        value, update = metric(*inputs, **options)
        session.run(tf.local_variables_initializer())
        for batch in batches:
            last = session.run(update, dict(zip(inputs, batch, strict=True)))
        result = session.run(value)
        if np.shape(result) == np.shape(last):
            np.testing.assert_allclose(last, result, rtol=1e-6)
        return result


HALVES = ((Y[:3], P[:3]), (Y[3:], P[3:]))
HARD = ((Y[:3], P[:3] > 0.5), (Y[3:], P[3:] > 0.5))
M = tf.metrics


@pytest.mark.parametrize(
    ("metric", "batches", "options", "expected"),
    [
        (M.mean, ((P[:2],), (P[2:],)), {}, P.mean()),
        (M.accuracy, HARD, {}, ((P > 0.5) == Y).mean()),
        (M.true_positives, HARD, {}, 2),
        (M.true_negatives, HARD, {}, 1),
        (M.false_positives, HARD, {}, 1),
        (M.false_negatives, HARD, {}, 2),
        (M.precision, HARD, {}, 2 / 3),
        (M.recall, HARD, {}, 1 / 2),
        (M.precision_at_thresholds, HALVES, {"thresholds": [0.35, 0.5]}, [3 / 4, 2 / 3]),
        (M.recall_at_thresholds, HALVES, {"thresholds": [0.35, 0.5]}, [3 / 4, 2 / 4]),
        (M.true_positives_at_thresholds, HALVES, {"thresholds": [0.35, 0.5]}, [3, 2]),
        (M.auc, HALVES, {}, 5 / 8),
        (M.mean_squared_error, ((P[:3], P[3:]),), {}, ((P[:3] - P[3:]) ** 2).mean()),
        (M.root_mean_squared_error, ((P[:3], P[3:]),), {}, np.sqrt(((P[:3] - P[3:]) ** 2).mean())),
        (M.mean_absolute_error, ((P[:3], P[3:]),), {}, abs(P[:3] - P[3:]).mean()),
        (M.percentage_below, ((P,),), {"threshold": 0.5}, 0.5),
        (M.mean_iou, (([0, 0, 1, 1], [0, 1, 1, 1]),), {"num_classes": 2}, (1 / 2 + 2 / 3) / 2),
        (M.mean_per_class_accuracy, (([0, 0, 1, 1], [0, 1, 1, 1]),), {"num_classes": 2}, 0.75),
    ],
)
def test_value(metric, batches, options, expected):
    np.testing.assert_allclose(streamed(metric, *batches, **options), expected, rtol=1e-3)


def test_weights_count():
    with tf.Graph().as_default(), tf.Session() as session:
        value, update = tf.metrics.mean(tf.constant([1.0, 5.0]), weights=[3.0, 1.0])
        session.run(tf.local_variables_initializer())
        session.run(update)
        assert session.run(value) == 2


def test_variables_and_collections():
    with tf.Graph().as_default():
        value, update = tf.metrics.mean([1.0], metrics_collections="values", updates_collections=["updates"])
        assert tf.get_collection("values") == [value]
        assert tf.get_collection("updates") == [update]
        assert tf.trainable_variables() == []
        assert tf.local_variables() == tf.get_collection(tf.GraphKeys.METRIC_VARIABLES)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: M.auc([True], tf.constant([0.5]), curve="X"), "curve must be either ROC or PR, X unknown"),
        (lambda: M.auc([True], tf.constant([0.5]), summation_method="X"), "Invalid summation_method: X"),
        (lambda: M.accuracy(tf.ones([2]), tf.ones([3])), "are incompatible"),
        (lambda: M.average_precision_at_k(tf.constant([[0]], tf.int64), tf.ones([1, 2]), 0), "Invalid k=0"),
        (lambda: M.sensitivity_at_specificity([True], tf.constant([0.5]), 2.0), "must be in the range"),
    ],
)
def test_errors(make, text):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=text):
        make()


def test_predictions_out_of_range_fail_in_the_graph():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None])
        _, update = tf.metrics.auc(tf.constant([1]), x)
        session.run(tf.local_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"predictions must be in \[0, 1\]"):
            session.run(update, {x: [1.5]})
