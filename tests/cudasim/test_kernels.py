"""Kernels that are the device's own: the host's numbers, and TensorFlow's answers to indices that do not exist."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf
from tangraph.testing.sessions import session_on


def on_both(make, feeds=None):
    """Returns what the host and the device make of a graph."""
    results = []
    for backend in ("cpu", "cuda"):
        with tf.Graph().as_default():
            tf.set_random_seed(7)
            fetches = make()
            with session_on(backend) as session:
                results.append([session.run(fetches, feeds) for _ in range(2)])
    return results


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(
    "draw",
    [
        tf.random_uniform,
        tf.random_normal,
        tf.truncated_normal,
        lambda shape, dtype: tf.random.stateless_truncated_normal(shape, seed=[3, 4], dtype=dtype),
        lambda shape, dtype: tf.random.stateless_uniform(shape, seed=[-3, 4], dtype=dtype),
    ],
)
def test_random_numbers_are_those_of_the_host(draw, dtype):
    host, device = on_both(lambda: [draw([n], dtype=dtype) for n in (1, 7, 5000)])
    for mine, theirs in zip(host, device, strict=True):
        for a, b in zip(mine, theirs, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_random_integers_are_those_of_the_host(dtype):
    host, device = on_both(lambda: tf.random_uniform([3, 501], -5, 1000, dtype))
    np.testing.assert_array_equal(host, device)
    assert host[0].min() < 0 < host[0].max()


def test_draws_of_classes_are_those_of_the_host():
    host, device = on_both(lambda: tf.multinomial(tf.log([[0.1, 0.9, 0.0], [0.3, 0.3, 0.4]]), 200))
    np.testing.assert_array_equal(host, device)
    assert set(host[0][0]) == {0, 1}


def test_nothing_is_moved_for_random_numbers(transfers):
    x = tf.reduce_sum(tf.truncated_normal([100])) + tf.reduce_sum(tf.random_uniform([100]))
    with tf.Session() as session:
        session.run(x.op)  # which moves the constants
        with transfers.counted() as found:
            session.run(x.op)
    assert (found.to_device, found.to_host, found.reads) == (0, 0, 0)


def test_indices_that_do_not_exist_give_zeros():
    x, i = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.placeholder(tf.int64, [3])
    fetches = [tf.gather(x, i), tf.gather(x, i, axis=1), tf.gather_nd(x, tf.stack([i, i], 1))]
    with tf.Session() as session:
        rows, columns, elements = session.run(fetches, {i: [1, 2, -1]})
    assert rows.tolist() == [[3, 4], [0, 0], [0, 0]]
    assert columns.tolist() == [[2, 0, 0], [4, 0, 0]]
    assert elements.tolist() == [4, 0, 0]


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (tf.scatter_add, [11, 2, 33]),
        (tf.scatter_sub, [-9, 2, -27]),
        (tf.scatter_max, [10, 2, 30]),
        (tf.scatter_min, [1, 2, 3]),
        (tf.scatter_mul, [10, 2, 90]),
        (tf.scatter_update, [10, 2, 30]),
    ],
)
def test_updates_of_rows_that_do_not_exist_are_ignored(update, expected, use_resource):
    v = tf.get_variable("v", initializer=[1.0, 2.0, 3.0], use_resource=use_resource)
    i = tf.placeholder(tf.int32, [4])
    updated = update(v, i, [10.0, 20.0, 30.0, 40.0])
    with tf.Session() as session:
        session.run(v.initializer)
        session.run(updated, {i: [0, 3, 2, -1]})
        assert session.run(v).tolist() == expected


def test_scatter_nd_ignores_what_does_not_exist():
    i = tf.placeholder(tf.int32, [3, 1])
    with tf.Session() as session:
        assert session.run(tf.scatter_nd(i, [1.0, 2.0, 4.0], [2]), {i: [[1], [5], [1]]}).tolist() == [0, 5]
