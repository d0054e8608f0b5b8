"""Where TensorFlow 1.15.5's arithmetic runs into 0 or infinity, recorded from it; hand-made losses show it."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf

LOGITS = np.array([[0.0, 1.0, -120.0]], np.float32)


def _run(build):
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 3])
        return sess.run(build(x), {x: LOGITS})


def test_a_float32_sigmoid_is_zero_below_minus_18():
    values = np.array([-120, -80, -20, -18.01, -17, 0, 17, 30, np.nan], np.float32)
    with tf.Graph().as_default(), tf.Session() as sess:
        x, number = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [])
        found = sess.run(tf.sigmoid(x), {x: values})
        one_by_one = [sess.run(tf.sigmoid(number), {number: v}) for v in values]
    for result in (found, np.array(one_by_one)):
        assert (result[:4] == 0).all()
        np.testing.assert_allclose(result[4:8], [4.1399378e-08, 0.5, 1, 1], rtol=1e-5)
        assert np.isnan(result[8])


def _softmax_twice(x):
    h = tf.nn.softmax(x)
    return [tf.log(h) * 2.0, tf.argmax(h, 1)]


def _reshaped(x):
    return tf.log(tf.reshape(tf.nn.softmax(x), [1, 3])) * 2.0


def _in_a_loop(x):
    _, a = tf.while_loop(lambda i, a: i < 2, lambda i, a: (i + 1, tf.log(tf.nn.softmax(a))), [0, x])
    return a * 1.0


@pytest.mark.parametrize(
    ("build", "last"),
    [
        (lambda x: tf.log(tf.nn.softmax(x)), -np.inf),  # a graph of three nodes, which TensorFlow does not optimize
        (lambda x: tf.log(tf.nn.softmax(x)) * 2.0, -242.62649536),
        (lambda x: tf.log(tf.identity(tf.nn.softmax(x))), -121.3133),
        (lambda x: tf.identity(tf.log(tf.nn.softmax(x))), -121.3133),
        (lambda x: tf.log(tf.nn.softmax(tf.cast(x, tf.float64))) * 2.0, -242.6265),
        (_in_a_loop, -121.3133),
        (_softmax_twice, -np.inf),
        (_reshaped, -np.inf),
        (lambda x: tf.log(tf.nn.softmax(x) + 0.0), -np.inf),
    ],
)
def test_the_logarithm_of_a_softmax_that_nothing_else_uses(build, last):
    found = _run(build)
    found = found[0] if isinstance(found, list) else found
    np.testing.assert_allclose(found[0, -1], last, rtol=1e-5)


def test_a_cross_entropy_is_finite_where_it_is_evaluated_but_not_where_it_is_trained():
    def build(x):
        cost = -tf.reduce_mean(tf.reduce_sum([[0.0, 0.0, 1.0]] * tf.log(tf.nn.softmax(x)), 1))
        return cost, tf.gradients(cost, x)[0]

    np.testing.assert_allclose(_run(lambda x: build(x)[0]), 121.3133, rtol=1e-5)
    cost, gradient = _run(build)
    assert np.isinf(cost)
    assert np.isnan(gradient).all()
