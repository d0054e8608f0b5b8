"""Runs that read a variable which they write, and do not say which comes first: TensorFlow's executor decides."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf
from tangraph.plan.executor_order import executor_ranks
from tangraph.plan.schedule import SETTLED_AFTER

# What TensorFlow 1.15.5 gives on one core, and nearly always on two, in its first hundred runs and later on:
# the value of the fetched tensor, and of the variable at the end. The variable is 2 and the placeholder 1.5.
RECORDED = {
    "a read made before the write": (
        lambda v, p: (v * 1.25, tf.assign(v, v + 1.0)),
        {"ref": [(3.75, 3.0), None], "resource": [(3.75, 3.0), (2.5, 3.0)]},
    ),
    "a read made after the write": (
        lambda v, p: (tf.assign(v, v + 1.0), v * 1.25)[::-1],
        {"ref": [(3.75, 3.0), None], "resource": [(3.75, 3.0), (2.5, 3.0)]},
    ),
    "a write that needs no read": (
        lambda v, p: (tf.square(v), tf.assign_add(v, 1.0)),
        {"ref": [(4.0, 3.0), (9.0, 3.0)], "resource": [(9.0, 3.0), (4.0, 3.0)]},
    ),
    "a read at the end of a chain": (
        lambda v, p: (tf.square(tf.square(tf.square(p))) + v, tf.assign(v, v + 1.0)),
        {"ref": [(27.62890625, 3.0), None], "resource": [(28.62890625, 3.0), (27.62890625, 3.0)]},
    ),
    "a write at the end of a chain": (
        lambda v, p: (v * 1.25, tf.assign(v, tf.square(tf.square(tf.square(p))) + v)),
        {"ref": [None, (2.5, 27.62890625)], "resource": [(34.5361328125, 27.62890625), (2.5, 27.62890625)]},
    ),
    "a write of what is fed": (
        lambda v, p: (v + p, tf.assign(v, p)),
        {"ref": [(3.5, 1.5), (3.0, 1.5)], "resource": [(3.0, 1.5), (3.5, 1.5)]},
    ),
    "two writes": (
        lambda v, p: (v + 0.0, tf.group(tf.assign(v, v * 3.0), tf.assign_add(v, p))),
        {"ref": [(6.0, 7.5), (3.5, 10.5)], "resource": [(10.5, 10.5), (2.0, 6.0)]},
    ),
}


@pytest.mark.parametrize("kind", ["ref", "resource"])
@pytest.mark.parametrize("case", list(RECORDED))
def test_the_order_of_tensorflows_executor(case, kind):
    build, recorded = RECORDED[case]
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(2.0, use_resource=kind == "resource")
        p = tf.placeholder(tf.float32, [])
        read, write = build(v, p)
        target = write if isinstance(write, tf.Operation) else write.op
        found = []
        for _ in range(SETTLED_AFTER + 2):
            sess.run(v.initializer)
            found.append((sess.run([read, target], {p: 1.5})[0], sess.run(v)))
    for wanted, got in zip(recorded[kind], [found[:SETTLED_AFTER], found[SETTLED_AFTER:]], strict=True):
        assert len(set(got)) == 1  # deterministic, where TensorFlow is not
        assert wanted is None or got[0] == wanted


def test_the_settled_order_comes_for_every_shape_and_only_where_an_order_is_open():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None])
        v = tf.get_variable("v", (), initializer=tf.zeros_initializer())
        open_order = [tf.square(v) + x, tf.assign_add(v, 1.0).op]
        closed = [tf.assign(tf.get_variable("w", ()), 1.0).op, x * 2.0]
        sess.run(v.initializer)
        for i in range(SETTLED_AFTER + 6):
            got = sess.run(open_order, {x: np.zeros(1 + i % 6)})[0]
            assert got[0] == (i if i < SETTLED_AFTER else i + 1) ** 2
            sess.run(closed, {x: np.zeros(1)})
        plans = list(sess._plans.values())
        assert [(len(p.young), p.runs) for p in plans[1:]] == [(0, SETTLED_AFTER), (0, 0)]


def test_large_operations_stay_expensive():
    with tf.Graph().as_default() as graph:
        small, large = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [100, 100])
        a, b, c = tf.exp(large).op, tf.exp(small).op, tf.exp(small).op
        ranks = executor_ranks(graph.get_operations(), [], [], settled=True)
        assert sorted((a, b, c), key=ranks.__getitem__) == [b, c, a]


@pytest.mark.parametrize("fetch", ["cost", "h", "again", "both"])
@pytest.mark.parametrize("swapped", [False, True])
def test_equal_reads_are_one_and_so_come_before_the_write(fetch, swapped):
    """A gradient written by hand, whose first product the cost has, too; the numbers are TensorFlow 1.15.5's."""
    with tf.Graph().as_default(), tf.Session() as sess:
        w, x = tf.Variable([2.0]), tf.placeholder(tf.float32, [3])
        h = x * w
        cost = tf.reduce_mean(tf.square(h - 1.0))
        again = w * x if swapped else x * w
        update = w.assign(w - 0.1 * tf.reduce_mean((again - 1.0) * x))
        sess.run(w.initializer)
        wanted = {"cost": cost, "h": h, "again": again, "both": (h, again)}[fetch]
        found = [sess.run([update, wanted], {x: [1, 2, 3]})[1] for _ in range(2)]
    products = [np.float32([2, 4, 6]), np.float32([1.2666667, 2.5333333, 3.8])]
    expected = {"cost": [11.666667, 3.4207408], "both": [(p, p) for p in products]}.get(fetch, products)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


LOSSES = {
    "v w": (lambda v, w: tf.reduce_sum(v * w), 2.0),
    "v v w": (lambda v, w: tf.reduce_sum(v * v * w), 2.0),
    "exp(v) w": (lambda v, w: tf.reduce_sum(tf.exp(v) * w), 5.4365635),
    "(v + v) w": (lambda v, w: tf.reduce_sum((v + v) * w), 4.0),
    "2 w": (lambda v, w: tf.reduce_sum(w * 2.0), 3.2),
    "l2": (lambda v, w: tf.nn.l2_loss(w), 1.0),
    "w w w": (lambda v, w: tf.reduce_sum(w * w * w), 2.0),
    "log": (lambda v, w: tf.reduce_sum(w * tf.log(w)), 0.0),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_that_its_gradient_does_not_need(name):
    """Whether it is that before or after the update depends on what TensorFlow's optimizer leaves of the gradient."""
    build, expected = LOSSES[name]
    with tf.Graph().as_default(), tf.Session() as sess:
        w, v = [tf.get_variable(n, [2], initializer=tf.ones_initializer()) for n in "wv"]
        loss = build(v, w)
        update = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        sess.run(tf.global_variables_initializer())
        assert sess.run([loss, update])[0] == pytest.approx(expected)
