"""Updates that run side by side give what they give one after the other."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.ops.state.training_ops import ops
from tangraph_backend_cpu import blas, threads
from tangraph_backend_cpu.passes import updates

OPTIMIZERS = {
    "adam": lambda: tf.train.AdamOptimizer(0.01),
    "descent": lambda: tf.train.GradientDescentOptimizer(0.1),
    "momentum": lambda: tf.train.MomentumOptimizer(0.05, 0.9, use_nesterov=True),
    "adagrad": lambda: tf.train.AdagradOptimizer(0.1),
    "rmsprop": lambda: tf.train.RMSPropOptimizer(0.01, centered=True),
    "ftrl": lambda: tf.train.FtrlOptimizer(0.1),
}
needs_openblas = pytest.mark.skipif(blas.control() is None, reason="products stay where they are with another BLAS")


@pytest.fixture(autouse=True)
def three_cores(monkeypatch):
    """Three processors, and no update too small to be joined."""
    monkeypatch.setattr(threads, "cores", lambda: 3)
    monkeypatch.setattr(blas, "threads", lambda: None)
    monkeypatch.setattr(updates, "_WORTH", 0)
    monkeypatch.setattr(updates, "BLOCK", 1000)


@pytest.fixture
def plans(monkeypatch):
    """The sources of the plans that are compiled."""
    from tangraph.plan import compile as compiler

    sources, emit = [], compiler.emit

    def remember(*args):
        emitted = emit(*args)
        sources.append(emitted.source)
        return emitted

    monkeypatch.setattr(compiler, "emit", remember)
    return sources


def _network(optimizer, use_resource=False, dtype=tf.float32):
    """Two layers; returns (feeds, training op, variables)."""
    rng = np.random.RandomState(0)
    sizes = [60, 50, 7]
    x = tf.placeholder(dtype, [20, sizes[0]])
    layer, variables = x, []
    for number, (rows, columns) in enumerate(itertools.pairwise(sizes)):
        start = rng.randn(rows, columns).astype(dtype.as_numpy_dtype) / 5
        w = tf.get_variable(f"w{number}", initializer=start, use_resource=use_resource)
        b = tf.get_variable(f"b{number}", [columns], dtype, tf.zeros_initializer(), use_resource=use_resource)
        variables += [w, b]
        layer = tf.tanh(tf.matmul(layer, w) + b)
    loss = tf.reduce_mean(tf.square(layer - 0.5))
    return {x: rng.rand(20, sizes[0])}, optimizer().minimize(loss), variables


def _trained(optimizer, *, alone=False, steps=5, **options):
    config = tf.ConfigProto(intra_op_parallelism_threads=1 if alone else 0)
    with tf.Graph().as_default(), tf.Session(config=config) as session:
        feed, train, _ = _network(optimizer, **options)
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            session.run(train, feed)
        return {v.op.name: session.run(v) for v in tf.global_variables()}


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(plans, name, dtype, use_resource):
    one_by_one = _trained(OPTIMIZERS[name], alone=True, dtype=dtype, use_resource=use_resource)
    assert not any("_Updates" in p for p in plans)
    joined = _trained(OPTIMIZERS[name], dtype=dtype, use_resource=use_resource)
    assert any("_Updates" in p for p in plans)
    for variable, expected in one_by_one.items():
        np.testing.assert_allclose(joined[variable], expected, rtol=1e-4, atol=1e-6, err_msg=variable)


def test_a_run_is_equal_to_itself():
    first = _trained(OPTIMIZERS["adam"], steps=20)
    second = _trained(OPTIMIZERS["adam"], steps=20)
    assert all(np.array_equal(first[name], second[name]) for name in first)


@needs_openblas
def test_the_products_of_gradients_wait_for_the_updates(plans):
    _trained(OPTIMIZERS["adam"])
    training = next(p for p in plans if "_Updates" in p)
    # Two layers forward, and the gradient of the first layer's output.
    assert training.count("= MatMul_") == 3


@needs_openblas
def test_a_gradient_that_is_fetched_too_is_made_once(plans):
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(np.random.RandomState(0).rand(30, 40), tf.float32)
        w = tf.Variable(tf.ones([40, 20]))
        loss = tf.reduce_sum(tf.square(tf.matmul(x, w)))
        gradient = tf.gradients(loss, w)[0]
        train = tf.train.GradientDescentOptimizer(1e-4).apply_gradients([(gradient, w)])
        session.run(tf.global_variables_initializer())
        found, _ = session.run([gradient, train])
        after = session.run(w)
    np.testing.assert_allclose(after, 1 - 1e-4 * found, rtol=1e-5)
    assert next(p for p in plans if "_Updates" in p).count("= MatMul_") == 2


def test_a_variable_that_is_updated_twice():
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable(tf.ones([3000]))
        first = tf.train.GradientDescentOptimizer(0.5).apply_gradients([(tf.ones([3000]), v)])
        with tf.control_dependencies([first]):
            second = tf.train.MomentumOptimizer(0.25, 0.9).apply_gradients([(tf.fill([3000], 2.0), v)])
        session.run(tf.global_variables_initializer())
        session.run(second)
        np.testing.assert_array_equal(session.run(v), np.zeros(3000, np.float32))


def test_a_gradient_that_is_another_variable(plans):
    """The first update reads a variable that the second one writes."""
    with tf.Graph().as_default(), tf.Session() as session:
        a, b = tf.Variable(tf.ones([3000])), tf.Variable(tf.fill([3000], 2.0))
        optimizer = tf.train.GradientDescentOptimizer(1.0)
        first = optimizer.apply_gradients([(b, a)])
        with tf.control_dependencies([first]):
            second = optimizer.apply_gradients([(tf.ones([3000]), b)])
        session.run(tf.global_variables_initializer())
        session.run(second)
        np.testing.assert_array_equal(session.run(a), np.full(3000, -1, np.float32))
        np.testing.assert_array_equal(session.run(b), np.ones(3000, np.float32))


@pytest.mark.parametrize("use_resource", [False, True])
def test_an_uninitialized_slot_is_named(use_resource):
    """Nothing is updated, and the error is that of the update that has no value."""
    with tf.Graph().as_default(), tf.Session() as session:
        feed, train, variables = _network(OPTIMIZERS["adam"], use_resource=use_resource)
        w1 = next(v for v in variables if v.op.name == "w1")
        slots = [v for v in tf.global_variables() if v.op.name.startswith("w1/Adam")]
        session.run(tf.variables_initializer([v for v in tf.global_variables() if v not in slots]))
        before = session.run(variables)
        with pytest.raises((tf.errors.FailedPreconditionError, tf.errors.NotFoundError)) as caught:
            session.run(train, feed)
        assert "w1/Adam" in str(caught.value)
        assert caught.value.op.name == "Adam/update_w1/" + ("ResourceApplyAdam" if use_resource else "ApplyAdam")
        for old, new in zip(before, session.run(variables), strict=True):
            np.testing.assert_array_equal(old, new)
        assert w1 in variables


def test_a_slot_of_another_shape_is_named():
    with tf.Graph().as_default(), tf.Session() as session:
        feed, train, _ = _network(OPTIMIZERS["momentum"])
        session.run(tf.global_variables_initializer())
        slot = next(v for v in tf.global_variables() if v.op.name == "w0/Momentum")
        session.run(tf.assign(slot, tf.ones([2, 2]), validate_shape=False))
        with pytest.raises(tf.errors.InvalidArgumentError, match="var and accum do not have the same shape") as caught:
            session.run(train, feed)
        assert caught.value.op.name == "Momentum/update_w0/ApplyMomentum"


def test_an_update_under_a_condition():
    with tf.Graph().as_default(), tf.Session() as session:
        on = tf.placeholder(tf.bool, [])
        v = tf.Variable(tf.ones([3000]))
        optimizer = tf.train.GradientDescentOptimizer(1.0)
        step = tf.cond(on, lambda: tf.group(optimizer.apply_gradients([(tf.ones([3000]), v)])), tf.no_op)
        session.run(tf.global_variables_initializer())
        session.run(step, {on: False})
        np.testing.assert_array_equal(session.run(v), np.ones(3000, np.float32))
        session.run(step, {on: True})
        np.testing.assert_array_equal(session.run(v), np.zeros(3000, np.float32))


def test_what_an_update_returns():
    """Somebody takes the reference that an update returns: the updated value."""
    with tf.Graph().as_default(), tf.Session() as session:
        v, w = tf.Variable(tf.ones([3000])), tf.Variable(tf.ones([3000]))
        one = make_op(ops["ApplyGradientDescent"], v._ref(), 1.0, tf.fill([3000], 3.0))
        other = tf.train.GradientDescentOptimizer(1.0).apply_gradients([(tf.ones([3000]), w)])
        session.run(tf.global_variables_initializer())
        found, _ = session.run([one + 1.0, other])
        np.testing.assert_array_equal(found, np.full(3000, -1, np.float32))


def test_many_threads_train_one_model():
    """Each update of a variable is whole: as many steps were taken as were run."""
    with tf.Graph().as_default(), tf.Session() as session:
        variables = [tf.Variable(tf.zeros([size])) for size in (5000, 2000, 10)]
        optimizer = tf.train.GradientDescentOptimizer(1.0)
        train = optimizer.apply_gradients([(tf.fill(v.shape, -1.0), v) for v in variables])
        session.run(tf.global_variables_initializer())
        users = [threading.Thread(target=lambda: [session.run(train) for _ in range(50)]) for _ in range(6)]
        for user in users:
            user.start()
        for user in users:
            user.join()
        for value in session.run(variables):
            np.testing.assert_array_equal(value, np.full(value.shape, 300, np.float32))
