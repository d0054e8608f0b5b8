"""Runs that read a variable which they write, and do not say which comes first: TensorFlow's executor decides."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf
from tangraph.plan.executor_order import executor_ranks
from tangraph.plan.prune import prune
from tangraph.plan.schedule import SETTLED_AFTER
from tangraph.plan.simplified import Simplified

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
        {"ref": [(6.0, 7.5), (3.5, 10.5)], "resource": [(3.5, 10.5), (2.0, 6.0)]},
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
        ranks = executor_ranks(graph.get_operations(), [], [a, b, c], settled=True)[0]
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


# A variable of 2.5, its loss fetched together with the step that minimizes it (rate 0.1): the first two values. Where
# TensorFlow's are not the same in every process (Adam's run has more than eight sources), they are those of most.
MINIMIZED = {
    "square": (tf.square, {"GradientDescent": (4.0, 2.56), "Adam": (6.25, 5.76)}),
    "square of a difference": (lambda x: tf.square(x - 3.0), {"GradientDescent": (0.25, 0.16), "Adam": (0.25, 0.16)}),
    "cos": (tf.cos, {"GradientDescent": (-0.8355048, -0.864417), "Adam": (-0.8011436, -0.8568887)}),
    "abs": (lambda x: tf.abs(x - 3.0), {"GradientDescent": (0.5, 0.4), "Adam": (0.5, 0.4)}),
    "l2_loss": (tf.nn.l2_loss, {"GradientDescent": (3.125, 2.53125), "Adam": (3.125, 2.88)}),
    "log": (lambda x: x * tf.log(x), {"GradientDescent": (2.290727, 1.931049), "Adam": (2.290727, 2.101125)}),
}


@pytest.mark.parametrize("optimizer", ["GradientDescent", "Adam"])
@pytest.mark.parametrize("name", MINIMIZED)
def test_a_loss_beside_its_minimization(name, optimizer):
    build, expected = MINIMIZED[name]
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.get_variable("x", initializer=2.5)
        loss = build(x)
        update = getattr(tf.train, f"{optimizer}Optimizer")(0.1).minimize(loss)
        sess.run(tf.global_variables_initializer())
        found = [sess.run([loss, update])[0] for _ in range(2)]
    assert found == pytest.approx(expected[optimizer], rel=1e-5)


def _cos(x):
    return tf.cos(x), tf.train.AdamOptimizer(0.1)


def _difference(x):
    return tf.square(x - 3.0), tf.train.GradientDescentOptimizer(0.1)


def _product(x):
    y = tf.get_variable("y", initializer=2.5)
    return tf.cos(x) * tf.sin(y), tf.train.GradientDescentOptimizer(0.1)


# The graph of TensorFlow 1.15.5's executor (`RunOptions(output_partition_graphs=True)`).
EXECUTED = {
    _cos: "x Adam/learning_rate beta1_power Adam/beta1 Adam/beta2 beta2_power Adam/epsilon x/Adam x/Adam_1 "
    "gradients/Cos_grad/Neg x/read beta1_power/read beta2_power/read Cos gradients/Cos_grad/Sin gradients/Cos_grad/mul "
    "Adam/update_x/ApplyAdam Adam/mul Adam/mul_1 Adam/Assign Adam/Assign_1 Adam",
    _difference: "GradientDescent/learning_rate x sub/y gradients/Square_grad/Const x/read sub Square "
    "gradients/Square_grad/Mul gradients/Square_grad/Mul_1 GradientDescent/update_x/ApplyGradientDescent GradientDescent",
    _product: "GradientDescent/learning_rate x y x/read y/read Cos Sin gradients/mul_grad/Mul_1 mul "
    "gradients/mul_grad/Mul gradients/mul_grad/tuple/group_deps gradients/Cos_grad/Neg gradients/Cos_grad/Sin "
    "gradients/Sin_grad/Cos gradients/Cos_grad/mul gradients/Sin_grad/mul "
    "GradientDescent/update_x/ApplyGradientDescent GradientDescent/update_y/ApplyGradientDescent GradientDescent",
}


@pytest.mark.parametrize("build", EXECUTED)
def test_the_graph_that_the_executor_gets(build):
    with tf.Graph().as_default() as graph:
        x = tf.get_variable("x", initializer=2.5)
        loss, optimizer = build(x)
        update = optimizer.minimize(loss)
        tf.global_variables_initializer()
        program = prune(graph, [loss], [update], [])
    simplified = Simplified(program.operations, [], program.ends)
    assert " ".join(op.name for op in simplified.links) == EXECUTED[build]
