"""The contract of `tangraph.testing`, and what this backend adds to it."""

from __future__ import annotations

import numpy as np
import pytest
from example_backend.backend import TYPES

import tangraph as tf
from tangraph.plugin import registry
from tangraph.testing import BackendContract, check_op, session_on
from tangraph.testing.basic_cases import BASIC

#: What of the basic list has no kernel here, and runs on the host.
ON_THE_HOST = (
    "Add Equal FloorDiv GatherV2 Maximum Minimum NotEqual OneHot Pad Pow Range SparseSoftmaxCrossEntropyWithLogits "
    "Split StridedSlice"
)


class TestStrict(BackendContract):
    backend = "strict"
    types = TYPES
    leave_out = frozenset(ON_THE_HOST.split())


class TestOnTheHost(BackendContract):
    """What the backend has no kernel for comes out right all the same."""

    backend = "strict"
    types = "float32"

    def cases(self):
        return [case for case in BASIC if case.op in TestStrict.leave_out]

    def test_op(self, contract_case):
        assert registry.kernel_factory("strict", contract_case.op) is None
        check_op(contract_case, "strict")


@pytest.fixture
def digits():
    """Three clouds of points, one a class."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    points = rng.normal(size=(60, 2)) * 0.3 + np.array([[0, 2], [2, -1], [-2, -1]])[labels]
    return points.astype(np.float32), np.eye(3, dtype=np.float32)[labels]


def test_softmax_regression_trains_as_on_the_cpu(digits):
    points, labels = digits
    with tf.Graph().as_default():
        x, y = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32, [None, 3])
        logits = tf.matmul(x, tf.Variable(tf.zeros([2, 3]))) + tf.Variable(tf.zeros([3]))
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits))
        right = tf.equal(tf.argmax(logits, 1), tf.argmax(y, 1))
        accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
        step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
        losses = {}
        for backend in ("strict", "cpu"):
            with session_on(backend) as session:
                session.run(tf.global_variables_initializer())
                feeds = {x: points, y: labels}
                losses[backend] = [session.run([loss, step], feeds)[0] for _ in range(20)]
                assert session.run(accuracy, feeds) > 0.95
        np.testing.assert_allclose(losses["strict"], losses["cpu"], rtol=1e-4)


def test_a_device_can_be_asked_for():
    with tf.Graph().as_default():
        with tf.device("/device:STRICT:0"):
            there = tf.constant([1.0, 2.0]) * 2.0
        here = tf.nn.top_k(there + tf.placeholder_with_default([1.0, 0.0], [2]), 1).values
        with tf.Session() as session:
            assert any("STRICT" in device.name for device in session.list_devices())
            assert session.run([there, here])[0].tolist() == [2.0, 4.0]
            assert session.run(here).tolist() == [4.0]


def test_a_variable_keeps_its_value_when_a_fetched_one_changes():
    with tf.Graph().as_default():
        v = tf.Variable([1.0, 2.0])
        with session_on("strict") as session:
            session.run(v.initializer)
            session.run(v)[:] = 7.0
            assert session.run(v).tolist() == [1.0, 2.0]
