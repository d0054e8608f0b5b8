"""Moving averages, and the global step."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf
from tangraph_training.global_step import (
    GLOBAL_STEP_READ_KEY,
    get_or_create_global_step_read,
    increment_global_step,
)
from tangraph_training.moving_averages import assign_moving_average


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def session_of(graph):
    session = tf.Session(graph=graph)
    session.run(tf.global_variables_initializer())
    return session


# -- averages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
def test_of_a_variable(graph, use_resource):
    v = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=use_resource)
    ema = tf.train.ExponentialMovingAverage(0.9)
    update = ema.apply([v])
    average = ema.average(v)
    assert average.name == "v/ExponentialMovingAverage:0"
    assert ema.average_name(v) == "v/ExponentialMovingAverage"
    assert tf.moving_average_variables() == [v]
    assert average not in tf.trainable_variables()
    with session_of(graph) as session:
        assert session.run(average).tolist() == [1.0, 2.0]
        session.run(v.assign([2.0, 4.0]))
        session.run(update)
        np.testing.assert_allclose(session.run(average), [1.1, 2.2], rtol=1e-6)


def test_the_nodes(graph):
    v = tf.Variable(1.0, name="v")
    update = tf.train.ExponentialMovingAverage(0.9).apply([v])
    names = [op.name for op in graph.get_operations() if op.name.startswith("ExponentialMovingAverage")]
    assert names == [
        "ExponentialMovingAverage/decay",
        "ExponentialMovingAverage/AssignMovingAvg/sub/x",
        "ExponentialMovingAverage/AssignMovingAvg/sub",
        "ExponentialMovingAverage/AssignMovingAvg/sub_1",
        "ExponentialMovingAverage/AssignMovingAvg/mul",
        "ExponentialMovingAverage/AssignMovingAvg",
        "ExponentialMovingAverage",
    ]
    assert (update.name, update.type) == ("ExponentialMovingAverage", "NoOp")


def test_of_a_tensor_starts_with_zeros(graph):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = x * 2.0
    ema = tf.train.ExponentialMovingAverage(0.5)
    update = ema.apply([y])
    with session_of(graph) as session:
        session.run(update, {x: [1.0, 2.0]})
        assert session.run(ema.average(y)).tolist() == [1.0, 2.0]
        session.run(update, {x: [3.0, 3.0]})
        assert session.run(ema.average(y)).tolist() == [3.5, 4.0]


def test_zero_debias(graph):
    x = tf.placeholder(tf.float32, [], name="x")
    y = x * 2.0
    ema = tf.train.ExponentialMovingAverage(0.9, zero_debias=True)
    update = ema.apply([y])
    assert [v.op.name for v in tf.global_variables()] == [
        "mul/ExponentialMovingAverage",
        "mul/ExponentialMovingAverage/biased",
        "mul/ExponentialMovingAverage/local_step",
    ]
    with session_of(graph) as session:
        session.run(update, {x: 2.0})
        np.testing.assert_allclose(session.run(ema.average(y)), 4.0, rtol=1e-6)
        session.run(update, {x: 1.0})
        np.testing.assert_allclose(session.run(ema.average(y)), (0.09 * 4 + 0.1 * 2) / 0.19, rtol=1e-5)


def test_the_decay_grows_with_the_updates(graph):
    v = tf.Variable(0.0)
    ema = tf.train.ExponentialMovingAverage(0.99, num_updates=8)
    update = ema.apply([v])
    with session_of(graph) as session:
        session.run(v.assign(1.0))
        session.run(update)
        np.testing.assert_allclose(session.run(ema.average(v)), 1 - 9 / 18, rtol=1e-6)


def test_all_trainable_variables_by_default(graph):
    a, b = tf.Variable(1.0, name="a"), tf.Variable(1.0, name="b", trainable=False)
    ema = tf.train.ExponentialMovingAverage(0.9, name="avg")
    ema.apply()
    assert ema.name == "avg"
    assert ema.average(a).op.name == "a/avg"
    assert ema.average(b) is None
    assert ema.average_name(b) == "b/avg"


def test_variables_to_restore(graph):
    a, b = tf.Variable(1.0, name="a"), tf.Variable(1.0, name="b", trainable=False)
    ema = tf.train.ExponentialMovingAverage(0.9)
    assert ema.variables_to_restore() == {"a/ExponentialMovingAverage": a, "b": b}
    ema.apply([a])
    # As in TensorFlow: the average itself stands under its own name when that is free.
    assert ema.variables_to_restore() == {"a/ExponentialMovingAverage": a, "b": b}
    assert ema.variables_to_restore([])["a"] is a


def test_integers_are_refused(graph):
    with pytest.raises(TypeError, match="The variables must be half, float, or double: Variable:0"):
        tf.train.ExponentialMovingAverage(0.9).apply([tf.Variable(1)])


def test_assign_moving_average(graph):
    v = tf.Variable(tf.zeros([2], tf.float64), name="v")
    moved = assign_moving_average(v, tf.constant([1.0, 2.0], tf.float64), 0.75, zero_debias=False)
    assert moved.name == "AssignMovingAvg:0"
    with session_of(graph) as session:
        np.testing.assert_allclose(session.run(moved), [0.25, 0.5])


# -- the global step ------------------------------------------------------------------------------------------------


def test_a_global_step(graph):
    assert tf.train.get_global_step() is None
    step = tf.train.create_global_step()
    assert (step.name, step.dtype.base_dtype) == ("global_step:0", tf.int64)
    assert tf.train.get_global_step() is tf.train.get_or_create_global_step() is step
    assert step not in tf.trainable_variables()
    with pytest.raises(ValueError, match='"global_step" already exists.'):
        tf.train.create_global_step()
    with session_of(graph) as session:
        session.run(tf.assign_add(step, 3))
        assert tf.train.global_step(session, step) == 3


def test_a_global_step_of_another_graph(graph):
    other = tf.Graph()
    step = tf.train.create_global_step(other)
    assert step.graph is other
    assert tf.train.get_global_step() is None
    assert tf.train.get_global_step(other) is step


def test_a_global_step_in_a_variable_scope(graph):
    with tf.variable_scope("x"):
        assert tf.train.get_or_create_global_step().name == "x/global_step:0"


def test_a_global_step_by_name(graph):
    tf.Variable(0, name="global_step")
    assert tf.train.get_global_step() is graph.get_tensor_by_name("global_step:0")


def test_two_global_steps(graph, caplog):
    v = tf.Variable(0)
    for _ in range(2):
        tf.add_to_collection(tf.GraphKeys.GLOBAL_STEP, v)
    assert tf.train.get_global_step() is None
    assert "Multiple tensors in global_step collection." in caplog.text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (lambda: 5, 'Existing "global_step" must be a Variable or Tensor: 5.'),
        (
            lambda: tf.Variable(0.0),
            "Existing \"global_step\" does not have integer type: <dtype: 'float32_ref'>",
        ),
        (lambda: tf.Variable([0, 1]), 'Existing "global_step" is not scalar: (2,)'),
    ],
)
def test_what_is_no_global_step(value, text):
    with pytest.raises(TypeError) as raised:
        tf.train.assert_global_step(value())
    assert text in str(raised.value)


def test_reads_and_increments(graph):
    assert get_or_create_global_step_read() is None
    with pytest.raises(ValueError, match="get_or_create_global_step"):
        increment_global_step(1)
    step = tf.train.create_global_step()
    read, increment = get_or_create_global_step_read(), increment_global_step(2)
    assert read is get_or_create_global_step_read()
    assert (read.name, increment.name) == ("global_step/add:0", "global_step/AssignAdd:0")
    assert tf.get_collection(GLOBAL_STEP_READ_KEY) == [read]
    with session_of(graph) as session:
        assert session.run([read, increment]) == [0, 2]
        assert session.run([read, step]) == [2, 2]
    tf.add_to_collection(GLOBAL_STEP_READ_KEY, read)
    with pytest.raises(RuntimeError, match="There should be only one"):
        get_or_create_global_step_read()
