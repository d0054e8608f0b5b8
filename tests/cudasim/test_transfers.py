"""What a run moves, to the number: feeds in, fetches out, and nothing between."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf


def moved(transfers, session, fetches, feeds=None, runs=2):
    """Returns the last run's values and (to_device, to_host, reads); the first run moves the plan's constants."""
    for _ in range(runs):
        with transfers.counted() as found:
            values = session.run(fetches, feeds)
    return values, (found.to_device, found.to_host, found.reads)


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: tf.train.GradientDescentOptimizer(0.1),
        lambda: tf.train.MomentumOptimizer(0.1, 0.9),
        lambda: tf.train.AdamOptimizer(0.01),
        lambda: tf.train.RMSPropOptimizer(0.01),
        lambda: tf.train.AdagradOptimizer(0.1),
    ],
)
def test_a_training_step_moves_its_feeds_and_fetches(transfers, use_resource, sparse, optimizer):
    x = tf.placeholder(tf.float32, [None, 20])
    labels = tf.placeholder(tf.int32, [None] if sparse else [None, 5])
    with tf.variable_scope("mlp", use_resource=use_resource):
        w1 = tf.get_variable("w1", [20, 32], initializer=tf.truncated_normal_initializer(stddev=0.1, seed=1))
        b1 = tf.get_variable("b1", [32], initializer=tf.zeros_initializer())
        w2 = tf.get_variable("w2", [32, 5], initializer=tf.truncated_normal_initializer(stddev=0.1, seed=2))
        b2 = tf.get_variable("b2", [5], initializer=tf.zeros_initializer())
    hidden = tf.nn.relu(tf.matmul(x, w1) + b1)
    logits = tf.nn.bias_add(tf.matmul(hidden, w2), b2)
    if sparse:
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    else:
        losses = tf.nn.softmax_cross_entropy_with_logits(labels=tf.cast(labels, tf.float32), logits=logits)
    loss = tf.reduce_mean(losses)
    step = optimizer().minimize(loss)
    rng = np.random.default_rng(0)
    feeds = {x: rng.standard_normal((16, 20)), labels: np.arange(16) % 5 if sparse else np.eye(5)[np.arange(16) % 5]}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first = session.run(loss, feeds)
        (last, _), counts = moved(transfers, session, [loss, step], feeds, runs=10)
        assert counts == (2, 1, 0)
        assert last < first
        session.run(step, feeds)
        with transfers.counted() as found:
            session.run(step, feeds)
        assert (found.bytes_to_device, found.bytes_to_host) == (16 * 20 * 4 + (16 if sparse else 80) * 4, 0)


def test_variables_live_on_the_device(transfers):
    from tangraph_backend_cuda.simulated.array import DeviceArray

    v = tf.Variable(tf.ones([3]), name="v")
    double = tf.assign(v, v * 2.0).op
    with tf.Session() as session:
        session.run(v.initializer)
        assert moved(transfers, session, double)[1] == (0, 0, 0)
        cell = session._resources.variable("", "v")
        assert isinstance(cell.value, DeviceArray)
        value, counts = moved(transfers, session, v)
        assert counts == (0, 1, 0)
        assert value.tolist() == [4.0, 4.0, 4.0]


def test_a_value_is_moved_once_for_all_its_users(transfers):
    x = tf.placeholder(tf.float32, [4])
    y = tf.exp(x)
    with tf.device("/cpu:0"):
        z = [tf.sin(y), tf.cos(y), tf.tan(y)]
    with tf.Session() as session:
        values, counts = moved(transfers, session, [x * 2.0, tf.sqrt(x), *z], {x: np.ones(4)})
        assert counts == (1, 3, 0)  # x in; exp(x) and the two results out
        np.testing.assert_allclose(values[2], np.sin(np.exp(np.ones(4))), rtol=1e-6)


def test_shapes_are_computed_on_the_host(transfers):
    x = tf.placeholder(tf.float32)
    rows = tf.shape(x)[0] * 2
    y = tf.reshape(x, tf.stack([rows, -1]))
    with tf.Session() as session:
        value, counts = moved(transfers, session, [y, rows], {x: np.ones((2, 6))})
        assert counts == (1, 1, 0)
        assert value[0].shape == (4, 3)


def test_a_loop_stays_on_the_device_and_counts_on_the_host(transfers):
    x = tf.placeholder(tf.float32, [3])
    _, total = tf.while_loop(lambda i, _: i < 5, lambda i, t: (i + 1, t + tf.sin(x)), [0, tf.zeros([3])])
    with tf.Session() as session:
        value, counts = moved(transfers, session, total, {x: np.ones(3)})
        assert counts == (1, 1, 0)
        np.testing.assert_allclose(value, 5 * np.sin(np.ones(3)), rtol=1e-6)


def test_a_float_condition_is_read_once_an_iteration(transfers):
    x = tf.placeholder(tf.float32, [])
    result = tf.while_loop(lambda t: t < 8.0, lambda t: t * 2.0, [x])
    with tf.Session() as session:
        value, counts = moved(transfers, session, result, {x: 1.0})
        assert value == 8.0
        assert counts == (1, 5, 0)  # four conditions and the result


def test_the_branch_that_is_not_taken_moves_nothing(transfers):
    x, flag = tf.placeholder(tf.float32, [3]), tf.placeholder(tf.bool, [])

    def on_the_host():
        with tf.device("/cpu:0"):
            return tf.sin(x * 3.0)

    y = tf.cond(flag, on_the_host, lambda: tf.exp(x))
    with tf.Session() as session:
        for value in (True, False):
            result, _ = moved(transfers, session, y, {x: np.ones(3), flag: value})
            np.testing.assert_allclose(result, np.sin(np.full(3, 3.0)) if value else np.exp(np.ones(3)), rtol=1e-6)
        assert moved(transfers, session, y, {x: np.ones(3), flag: False})[1][1] == 1


def test_gradients_of_loops(transfers):
    x = tf.placeholder(tf.float32, [3])
    y = tf.while_loop(lambda i, _: i < 3, lambda i, t: (i + 1, t * x), [0, x])[1]
    with tf.Session() as session:
        np.testing.assert_allclose(session.run(tf.gradients(y, x)[0], {x: [1, 2, 3]}), [4.0, 32.0, 108.0])


def test_a_reference_is_read_on_the_host_when_its_reader_runs():
    v = tf.Variable([1.0, 2.0], name="v")
    add = tf.assign_add(v, [10.0, 10.0])
    with tf.control_dependencies([add]), tf.device("/cpu:0"):
        after = tf.py_func(lambda a: a * 1, [v._ref()], tf.float32)
    with tf.Session() as session:
        session.run(v.initializer)
        assert session.run(after).tolist() == [11.0, 12.0]


def test_python_functions_get_host_arrays():
    seen = []

    def look(a):
        seen.append(type(a))
        return a + 1

    y = tf.py_func(look, [tf.exp(tf.placeholder_with_default(tf.zeros([2]), [2]))], tf.float32)
    with tf.Session() as session:
        assert session.run(y * 2.0).tolist() == [4.0, 4.0]
    assert seen == [np.ndarray]


def test_large_results_go_in_place_on_the_device():
    x = tf.placeholder(tf.float32, [100, 100])
    y = tf.sin(tf.exp(x) + 1.0)
    with tf.Session() as session:
        value = np.full((100, 100), 0.5, np.float32)
        np.testing.assert_allclose(session.run(y, {x: value}), np.sin(np.exp(value) + 1), rtol=1e-5)
        assert (value == 0.5).all()


def test_arrays_of_tensors_stay_on_the_device(transfers):
    x = tf.placeholder(tf.float32, [5, 3])
    y = tf.scan(lambda a, b: a * 0.5 + tf.sin(b), x)
    gradient = tf.gradients(y, x)[0]
    with tf.Session() as session:
        value, _ = moved(transfers, session, [y, gradient], {x: np.ones((5, 3))})
        with transfers.counted() as found:
            session.run([y, gradient], {x: np.ones((5, 3))})
        # Beyond x and the two results only scalars cross: conditions, and what orders the arrays.
        assert found.bytes_to_device < 60 + 48
        assert found.bytes_to_host < 120 + 32
        np.testing.assert_allclose(value[0][1], 0.5 + np.sin(np.ones(3)), rtol=1e-6)
