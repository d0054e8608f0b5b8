"""Products with the inputs of a loop that are made before it: when they are, and that the numbers stay."""

import numpy as np
import pytest

import tangraph as tf
from tangraph.plan import compile as compiling

STEPS, ROWS, INPUTS, UNITS = 5, 2, 4, 3
DATA = np.random.default_rng(0).normal(size=(STEPS, ROWS, INPUTS))


@pytest.fixture
def sources(monkeypatch):
    """The sources of the plans that a test compiles."""
    found = []
    plan = compiling.compile_plan

    def keep(*args, **kwargs):
        result = plan(*args, **kwargs)
        found.append(result.source)
        return result

    monkeypatch.setattr("tangraph.client.session.compile_plan", keep)
    return found


def weights(use_resource=False):
    rng = np.random.default_rng(1)
    options = {"use_resource": use_resource, "dtype": tf.float64}
    w = tf.get_variable("w", initializer=rng.normal(size=(INPUTS + UNITS, UNITS)) * 0.5, **options)
    return w, tf.get_variable("b", initializer=rng.normal(size=UNITS), **options)


def cell(x, h, w, b):
    return tf.tanh(tf.nn.bias_add(tf.matmul(tf.concat([x, h], 1), w), b))


def loop(x, step, steps=STEPS):
    """h of `h = step(x, h, i)` after some steps."""
    array = tf.TensorArray(tf.float64, STEPS).unstack(x)

    def body(i, h):
        return [i + 1, step(array.read(i), h, i)]

    return tf.while_loop(lambda i, _: i < steps, body, [0, tf.zeros([ROWS, UNITS], tf.float64)])[1]


def unrolled(x, step, steps=STEPS):
    h = tf.zeros([ROWS, UNITS], tf.float64)
    for i in range(steps):
        h = step(x[i], h, i)
    return h


def assert_same(x, step, variables, steps=STEPS, feeds=None):
    """Compares the loop's result and gradients with those of the same steps outside of a loop."""
    found = loop(x, step, steps)
    expected = unrolled(x, step, steps)
    wanted = [*variables, x]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        one = sess.run([found, tf.gradients(found, wanted)], feeds)
        other = sess.run([expected, tf.gradients(expected, wanted)], feeds)
    np.testing.assert_allclose(one[0], other[0], rtol=1e-12)
    for a, b in zip(one[1], other[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("steps", [STEPS, 3])
def test_values_and_gradients(sources, steps, use_resource):
    w, b = weights(use_resource)
    assert_same(tf.constant(DATA), lambda x, h, _: cell(x, h, w, b), [w, b], steps)
    body = next(s for s in sources if "while True" in s)
    assert "_LiftedProduct_1(" in body
    assert "_LiftedBias_1(" in body
    assert "ConcatV2" not in body
    assert "TensorArrayReadV3_1(" not in body


def test_two_products_with_one_input(sources):
    w, b = weights()
    u = tf.Variable(np.random.default_rng(2).normal(size=(INPUTS + UNITS, UNITS)))
    assert_same(tf.constant(DATA), lambda x, h, _: cell(x, cell(x, h, u, b) * h, w, b) + h, [w, u, b])
    assert "_LiftedProduct_2(" in next(s for s in sources if "while True" in s)


def test_inputs_that_are_used_elsewhere_too(sources):
    w, b = weights()
    assert_same(tf.constant(DATA), lambda x, h, _: cell(x, h, w, b) + x[:, :UNITS], [w, b])
    body = next(s for s in sources if "while True" in s)
    assert "_LiftedProduct_1(" in body
    assert "TensorArrayReadV3_1(" in body


def test_inputs_that_are_fed_have_gradients_too(sources):
    w, b = weights()
    x = tf.placeholder(tf.float64, [STEPS, ROWS, INPUTS])
    assert_same(x, lambda x, h, _: cell(x, h, w, b), [w, b], feeds={x: DATA})
    assert "_LiftedProduct_1(" in next(s for s in sources if "while True" in s)


def test_steps_in_another_order_than_that_of_the_inputs():
    w, b = weights()
    x = tf.constant(DATA)
    array = tf.TensorArray(tf.float64, STEPS, clear_after_read=False).unstack(x)
    order = tf.constant([3, 0, 3, 1])

    def body(i, h):
        return [i + 1, cell(array.read(order[i]), h, w, b)]

    found = tf.while_loop(lambda i, _: i < 4, body, [0, tf.zeros([ROWS, UNITS], tf.float64)])[1]
    expected = tf.zeros([ROWS, UNITS], tf.float64)
    for i in (3, 0, 3, 1):
        expected = cell(x[i], expected, w, b)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        one = sess.run([found, tf.gradients(found, w)[0]])
        other = sess.run([expected, tf.gradients(expected, w)[0]])
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11)


@pytest.mark.parametrize("use_resource", [False, True])
def test_a_matrix_that_changes_in_the_loop_stays_there(sources, use_resource):
    w, b = weights(use_resource)

    def step(x, h, _):
        following = cell(x, h, w, b)
        with tf.control_dependencies([following]), tf.control_dependencies([w.assign(w * 0.5)]):
            return tf.identity(following)

    h = loop(tf.constant(DATA), step)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        matrix, bias = sess.run([w, b])
        found = sess.run(h)
    expected = np.zeros((ROWS, UNITS))
    for x in DATA:
        expected = np.tanh(np.concatenate([x, expected], 1) @ matrix + bias)
        matrix = matrix * 0.5
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert "_LiftedProduct" not in sources[-1]


def test_a_matrix_of_the_loop_stays_there(sources):
    w, b = weights()
    h = loop(tf.constant(DATA), lambda x, h, i: cell(x, h, w * tf.cast(i, tf.float64), b))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        matrix, bias, found = sess.run([w, b, h])
    expected = np.zeros((ROWS, UNITS))
    for i, x in enumerate(DATA):
        expected = np.tanh(np.concatenate([x, expected], 1) @ (matrix * i) + bias)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert "_LiftedProduct" not in sources[-1]


def test_training_follows_the_variables():
    w, b = weights()
    x = tf.placeholder(tf.float64, [STEPS, ROWS, INPUTS])
    losses = []
    for h in (loop(x, lambda x, h, _: cell(x, h, w, b)), unrolled(x, lambda x, h, _: cell(x, h, w, b))):
        loss = tf.reduce_mean(tf.square(h - 0.3))
        train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            losses.append([sess.run([loss, train], {x: DATA})[0] for _ in range(20)])
    np.testing.assert_allclose(*losses, rtol=1e-10)
    assert losses[0][-1] < losses[0][0] / 2
