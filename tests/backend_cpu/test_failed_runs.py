"""What a run that fails leaves behind: every variable as it was before the operation that failed."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tangraph as tf

BOTH = pytest.mark.parametrize("use_resource", [False, True], ids=["reference", "resource"])


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def after(operations, make):
    with tf.control_dependencies(operations):
        return make()


@BOTH
def test_what_comes_before_is_done_and_what_comes_after_is_not(sess, use_resource):
    first, second = (tf.Variable([1.0, 2.0], use_resource=use_resource) for _ in range(2))
    x = tf.placeholder(tf.float32, [2])
    write = first.assign_add([1.0, 1.0], read_value=False)
    check = after([write], lambda: tf.check_numerics(x, "bad").op)
    last = after([check], lambda: second.assign_add([1.0, 1.0], read_value=False))
    sess.run(tf.global_variables_initializer())
    for _ in range(3):
        with pytest.raises(tf.errors.InvalidArgumentError, match="bad : Tensor had NaN"):
            sess.run(last, {x: [1.0, np.nan]})
    assert sess.run(first).tolist() == [4.0, 5.0]
    assert sess.run(second).tolist() == [1.0, 2.0]
    sess.run(last, {x: [1.0, 1.0]})
    assert sess.run(second).tolist() == [2.0, 3.0]


@BOTH
def test_the_update_whose_value_fails_changes_nothing(sess, use_resource):
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]], use_resource=use_resource)
    x = tf.placeholder(tf.float32)
    writes = [
        v.assign_add(tf.matmul(v, x), read_value=False),
        v.assign(tf.check_numerics(v / x, "bad"), read_value=False),
        v.assign_sub(tf.reshape(x, [2, 2]), read_value=False),
    ]
    sess.run(v.initializer)
    for write, value in zip(writes, ([[1.0]], 0.0, [1.0, 2.0, 3.0]), strict=True):
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(write, {x: value})
        assert sess.run(v).tolist() == [[1.0, 2.0], [3.0, 4.0]]


@BOTH
def test_a_loop_that_fails_keeps_its_finished_iterations(sess, use_resource):
    v = tf.Variable(0, use_resource=use_resource)

    def body(i):
        with tf.control_dependencies([tf.assert_less(i, 3, message="enough")]):
            step = tf.identity(i)
        with tf.control_dependencies([v.assign_add(1 + 0 * step, read_value=False)]):
            return step + 1

    loop = tf.while_loop(lambda i: i < 9, body, [0])
    sess.run(v.initializer)
    with pytest.raises(tf.errors.InvalidArgumentError, match="enough"):
        sess.run(loop)
    assert sess.run(v) == 3


@BOTH
def test_a_python_function_that_raises(sess, use_resource):
    v = tf.Variable(1.0, use_resource=use_resource)

    def fail(x):
        raise KeyError("mine")

    write = v.assign_add(tf.py_func(fail, [v], tf.float32), read_value=False)
    sess.run(v.initializer)
    with pytest.raises((tf.errors.UnknownError, KeyError, tf.errors.InvalidArgumentError), match="mine"):
        sess.run(write)
    assert sess.run(v) == 1.0
    assert sess.run(v.assign_add(1.0)) == 2.0


@BOTH
def test_failures_in_one_thread_do_not_stop_the_others(sess, use_resource):
    """No lock stays taken, and every good update counts."""
    v = tf.Variable(np.zeros(3, np.float32), use_resource=use_resource)
    x = tf.placeholder(tf.float32)
    add = v.assign_add(tf.reshape(x, [3]), use_locking=True, read_value=False)
    sess.run(v.initializer)
    failures = []

    def work(bad):
        for _ in range(500):
            try:
                sess.run(add, {x: [1.0] * (2 if bad else 3)})
            except tf.errors.InvalidArgumentError:
                failures.append(bad)

    threads = [threading.Thread(target=work, args=(n % 2 == 0,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [True] * 2000
    assert sess.run(v).tolist() == [2000.0] * 3
