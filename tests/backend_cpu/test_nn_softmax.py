"""Softmax and the cross entropies."""

from __future__ import annotations

import re

import numpy as np
import pytest

import tangraph as tf

LOGITS = np.array([[[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]], [[2.0, 2.0, 2.0], [-1.0, 0.0, 9.0]]])


def _softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def _run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("axis", [-1, 0, 1, 2, -2, -3])
def test_softmax_along_every_axis(axis, dtype):
    with tf.Graph().as_default():
        x = tf.constant(LOGITS.astype(dtype))
        soft, log = _run([tf.nn.softmax(x, axis=axis), tf.nn.log_softmax(x, dim=axis)])
    tolerance = 1e-2 if dtype == np.float16 else 1e-5
    assert soft.dtype == log.dtype == dtype
    np.testing.assert_allclose(soft, _softmax(LOGITS, axis), rtol=tolerance, atol=1e-4)
    np.testing.assert_allclose(log, np.log(_softmax(LOGITS, axis)), rtol=tolerance, atol=1e-4)


@pytest.mark.parametrize("function", [tf.nn.softmax, tf.nn.log_softmax])
def test_softmax_of_what_is_fed(function):
    """Written into no input, of any shape."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float64)
        y, doubled = function(x), x * 2.0
        z = function(doubled)
        for shape in [(3,), (2, 3), (0, 3), (2, 0), (1, 2, 3)]:
            value = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
            fetched = session.run([y, doubled, z], {x: value})
            np.testing.assert_array_equal(fetched[1], value * 2)
            if value.size:
                expected = _softmax(value) if function is tf.nn.softmax else np.log(_softmax(value))
                np.testing.assert_allclose(fetched[0], expected)
            assert fetched[2].shape == shape
        with pytest.raises(tf.errors.InvalidArgumentError, match="logits must have >= 1 dimension, got \\[\\]"):
            session.run(y, {x: 1.0})


def test_softmax_of_infinities():
    inf, nan = np.inf, np.nan
    with tf.Graph().as_default():
        x = tf.constant([[inf, 1.0], [nan, 1.0], [-inf, -inf], [-inf, 2.0]])
        soft, log = _run([tf.nn.softmax(x), tf.nn.log_softmax(x)])
    np.testing.assert_array_equal(soft, [[nan, nan], [nan, nan], [nan, nan], [0, 1]])
    np.testing.assert_array_equal(log, [[nan, nan], [nan, nan], [nan, nan], [-inf, 0]])


def test_axis_errors():
    with tf.Graph().as_default():
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"Dimension \(2\) must be in the range \[-2, 2\)"):
            tf.nn.softmax([[1.0]], axis=2)
        with pytest.raises(ValueError, match="Cannot specify both 'dim' and 'axis'"):
            tf.nn.softmax([[1.0]], axis=1, dim=1)
        with pytest.raises(ValueError, match="Shape must be at least rank 1 but is rank 0"):
            tf.nn.softmax(1.0)


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_cross_entropy(axis):
    labels = _softmax(LOGITS[::-1] * 2, axis)
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = tf.constant(LOGITS), tf.constant(labels)
        loss = tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=x, axis=axis)
        old = tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=x, dim=axis)
        by_logits, by_labels = tf.gradients(loss, [x, y])
        (by_logits_old,) = tf.gradients(old, [x])
        assert tf.gradients(old, [y]) == [None]
        found = session.run([loss, old, by_logits, by_labels, by_logits_old])
    log = np.log(_softmax(LOGITS, axis))
    expected = -(labels * log).sum(axis)
    np.testing.assert_allclose(found[0], expected)
    np.testing.assert_allclose(found[1], expected)
    np.testing.assert_allclose(found[2], _softmax(LOGITS, axis) - labels, atol=1e-12)
    np.testing.assert_allclose(found[3], -log)
    np.testing.assert_allclose(found[4], found[2])


def test_second_derivative_of_cross_entropy():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float64, [1, 3])
        loss = tf.nn.softmax_cross_entropy_with_logits_v2(labels=[[0.2, 0.3, 0.5]], logits=x)
        (slope,) = tf.gradients(loss, x)
        (curvature,) = tf.gradients(slope * [[1.0, 2.0, 3.0]], x)
        found = session.run(curvature, {x: LOGITS[0, :1]})
    p = _softmax(LOGITS[0, 0])
    hessian = np.diag(p) - np.outer(p, p)
    np.testing.assert_allclose(found[0], hessian @ [1, 2, 3])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize("label_dtype", [np.int32, np.int64])
def test_sparse_cross_entropy(dtype, static, label_dtype):
    labels = np.array([[0, 2], [1, 2]], label_dtype)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder_with_default(LOGITS.astype(dtype), LOGITS.shape if static else None)
        y = tf.placeholder_with_default(labels, labels.shape if static else None)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x)
        (slope,) = tf.gradients(loss, x)
        found, gradient = session.run([loss, slope])
    log = np.log(_softmax(LOGITS))
    tolerance = 1e-2 if dtype == np.float16 else 1e-5
    expected = -np.take_along_axis(log, labels[..., None].astype(np.int64), -1)[..., 0]
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=1e-3)
    np.testing.assert_allclose(gradient, np.exp(log) - np.eye(3)[labels], rtol=tolerance, atol=1e-3)


def test_sparse_cross_entropy_has_no_second_derivative():
    with tf.Graph().as_default():
        x = tf.constant([[1.0, 2.0]])
        (slope,) = tf.gradients(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0], logits=x), x)
        with pytest.raises(LookupError, match="Gradient explicitly disabled"):
            tf.gradients(slope, x)


BUILD_ERRORS = [
    ("tf.nn.softmax_cross_entropy_with_logits([[1.0]], [[1.0]])", "Only call `softmax_cross_entropy_with_logits` with"),
    ("tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0])", "Both labels and logits must be provided."),
    ("tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0], logits=1.0)", "Logits cannot be scalars"),
    ("tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[[0]], logits=[[1.0]])", "Rank mismatch: Rank of labels"),
    ("tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 1], logits=[[1.0]])", "Shape mismatch: The shape of"),
    ("tf.nn.softmax_cross_entropy_with_logits_v2([[1.0, 0.0]], [[1.0, 2.0, 3.0]])", "Dimensions must be equal, but"),
    ("tf.nn.sigmoid_cross_entropy_with_logits([1.0], [1.0])", "Only call `sigmoid_cross_entropy_with_logits` with"),
    (
        "tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0], logits=[1.0, 2.0])",
        "logits and labels must have the same shape ((2,) vs (1,))",
    ),
    ("tf.nn.log_poisson_loss([1.0, 2.0], [1.0])", "log_input and targets must have the same shape ((1,) vs (2,))"),
]


@pytest.mark.parametrize(("call", "text"), BUILD_ERRORS, ids=[e[0] for e in BUILD_ERRORS])
def test_build_errors(call, text):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=re.escape(text)):
        eval(call)


#: (op, logits, labels, part of the error), for shapes that are known in the step only.
RUN_ERRORS = [
    ("Sparse", [[1.0, 2.0]], [5], "Received a label value of 5 which is outside the valid range of [0, 2)"),
    ("Sparse", [[1.0, 2.0], [3.0, 4.0]], [0, -1], "Label values: 0 -1"),
    ("Sparse", [[1.0, 2.0], [3.0, 4.0]], [0], "logits and labels must have the same first dimension, got logits shape"),
    ("Sparse", [[1.0, 2.0]], [[0]], "labels must be 1-D, but got shape [1,1]"),
    ("Sparse", [1.0, 2.0], [0], "logits must be 2-D, but got shape [2]"),
    (
        "Dense",
        [[1.0, 2.0], [3.0, 4.0]],
        [[0.0, 1.0, 2.0]],
        "logits and labels must be broadcastable: logits_size=[2,2]",
    ),
    ("Dense", [1.0, 2.0], [0.0, 1.0], "either 2-dimensional, or broadcasted to be 2-dimensional"),
]


@pytest.mark.parametrize(("kind", "logits", "labels", "text"), RUN_ERRORS)
def test_run_errors(kind, logits, labels, text):
    from tangraph.framework.make_op import make_op

    sparse = kind == "Sparse"
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder_with_default(np.array(logits, np.float32), None)
        y = tf.placeholder_with_default(np.array(labels, np.int32 if sparse else np.float32), None)
        loss, _ = make_op(("SparseSoftmax" if sparse else "Softmax") + "CrossEntropyWithLogits", x, y)
        with pytest.raises(tf.errors.InvalidArgumentError) as raised:
            session.run(loss)
    assert text in str(raised.value)


def test_labels_are_broadcast():
    from tangraph.framework.make_op import make_op

    with tf.Graph().as_default():
        loss, slope = make_op("SoftmaxCrossEntropyWithLogits", [[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0]])
        assert loss.shape.as_list() == [2]
        found = _run([loss, slope])
    np.testing.assert_allclose(found[0], [0.31326166, 0.31326166], rtol=1e-6)
    np.testing.assert_allclose(found[1], [[0.26894143, -0.2689414]] * 2, rtol=1e-6)


def test_logistic_losses():
    x, z = np.array([-50.0, -1.0, 0.0, 2.0, 50.0]), np.array([0.0, 1.0, 0.25, 0.0, 1.0])
    with tf.Graph().as_default():
        logits, labels = tf.constant(x), tf.constant(z)
        found = _run(
            [
                tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits),
                tf.nn.weighted_cross_entropy_with_logits(targets=labels, logits=logits, pos_weight=3.0),
                tf.nn.log_poisson_loss(labels, logits / 50),
                tf.nn.log_poisson_loss(labels * 4, logits / 50, compute_full_loss=True),
            ]
        )
    positive, negative = np.logaddexp(0, -x), np.logaddexp(0, x)
    np.testing.assert_allclose(found[0], z * positive + (1 - z) * negative, atol=1e-12)
    np.testing.assert_allclose(found[1], 3 * z * positive + (1 - z) * negative, atol=1e-12)
    np.testing.assert_allclose(found[2], np.exp(x / 50) - z * x / 50)
    counts = z * 4
    with np.errstate(all="ignore"):
        stirling = np.where(counts > 1, counts * np.log(counts) - counts + 0.5 * np.log(2 * np.pi * counts), 0)
    np.testing.assert_allclose(found[3], np.exp(x / 50) - counts * x / 50 + stirling)
