"""Kernels that are the device's own: the host's numbers, and TensorFlow's answers to indices that do not exist."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf
from tangraph.framework.make_op import make_op
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


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(
    ("shape", "mean", "deviation", "low", "high"),
    [
        ([1], 0, 1, -2, 2),
        ([1037], 0, 1, -2, 2),
        ([33, 100], 1, 2, -9, 2),
        ([500], 0, 1, 2, 2.5),
        ([500], 0, 1, 3, np.inf),
        ([500], 0, -1, -2, 2),
        ([4, 250], [0, 1, 2, 3], 1, [-2, 0, 4, -np.inf], [2, 1.5, np.inf, 0]),
        ([3, 0], 0, 1, -2, 2),
    ],
)
def test_normals_between_bounds_are_those_of_the_host(shape, mean, deviation, low, high, dtype):
    def make():
        parameters = [tf.constant(p, dtype) for p in (mean, deviation, low, high)]
        return make_op("ParameterizedTruncatedNormal", shape, *parameters, seed=3, seed2=5)

    if deviation == -1:
        with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="Invalid parameters"):
            session.run(make())
        return
    host, device = on_both(make)
    for mine, theirs in zip(host, device, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_bounds_that_nothing_falls_between():
    drawn = make_op("ParameterizedTruncatedNormal", [7], 0.0, 1.0, 1e-30, 2e-30)
    with tf.Session() as session:
        assert session.run(drawn).max() < 1e-29
    drawn = make_op("ParameterizedTruncatedNormal", [5000], 0.0, 1.0, -1.4, 0.0)
    with tf.Session() as session:
        assert session.run(drawn).max() <= 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_how_gamma_samples_move_is_as_on_the_host(dtype):
    alpha = np.array([[0.01], [0.5], [1.0], [3.0], [50.0], [2000.0], [-1.0]], dtype)
    sample = np.array([0.0, 1e-5, 0.3, 1.0, 4.0, 60.0, 1900.0, -2.0], dtype)
    found = []
    for backend in ("cpu", "cuda"):
        with tf.Graph().as_default(), session_on(backend) as session:
            a, x = tf.placeholder(dtype, alpha.shape), tf.placeholder(dtype, sample.shape)
            found.append(session.run(make_op("RandomGammaGrad", a, x), {a: alpha, x: sample}))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5 if dtype == "float32" else 1e-10)
    assert np.isnan(found[1][-1, 1:]).all()


@pytest.mark.parametrize(
    ("ids", "shape"),
    [
        ([0, 2, 0, 0, 4, 2, 0], [7]),
        ([0, 2, 0, 0, 4, 2, 0], [7, 2]),
        ([[0, 3], [3, 3], [-1, 9]], [3, 2, 2]),
        ([], [0, 3]),
        (list(range(5)) * 40, [200]),
    ],
)
def test_products_of_segments(ids, shape):
    ids = np.array(ids, np.int64)
    data = (1 + np.random.default_rng(1).random(shape)).astype(np.float32)
    x, i = tf.placeholder(tf.float32, shape), tf.placeholder(tf.int64, ids.shape)
    with tf.Session() as session:
        found = session.run(tf.unsorted_segment_prod(x, i, 5), {x: data, i: ids})
    rows = data.reshape(ids.size, *shape[ids.ndim :])
    expected = np.stack([rows[ids.reshape(-1) == number].prod(0) for number in range(5)])
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize(("batch", "seq"), [(0, 1), (1, 0), (0, 2), (2, 1)])
def test_reversed_sequences(batch, seq, transfers):
    value = np.arange(60.0, dtype=np.float32).reshape(3, 4, 5)
    lengths = np.arange(value.shape[batch]) % (value.shape[seq] + 1)
    x, n = tf.placeholder(tf.float32, value.shape), tf.placeholder(tf.int64, lengths.shape)
    y = tf.reverse_sequence(x, n, seq_axis=seq, batch_axis=batch)
    with session_on("cpu") as session:
        expected = session.run(y, {x: value, n: lengths})
    with tf.Session() as session:
        session.run(y, {x: value, n: lengths})
        with transfers.counted() as found:
            np.testing.assert_array_equal(session.run(y, {x: value, n: lengths}), expected)
    assert (found.to_device, found.to_host, found.reads) == (2, 1, 0)


@pytest.mark.parametrize("dtype", ["float16", "float32", "complex64", "complex128"])
@pytest.mark.parametrize("subtracts", [False, True])
def test_updates_that_repeat_in_types_that_cuda_does_not_add_in(dtype, subtracts):
    v = tf.get_variable("v", initializer=np.array([1, 2, 3], dtype))
    update = (tf.scatter_nd_sub if subtracts else tf.scatter_nd_add)(v, [[0], [2], [0]], np.array([10, 20, 30], dtype))
    with tf.Session() as session:
        session.run(v.initializer)
        session.run(update.op)
        assert session.run(v).tolist() == ([-39, 2, -17] if subtracts else [41, 2, 23])


@pytest.mark.parametrize("greatest", [True, False])
def test_halfs_are_compared(greatest):
    x = tf.placeholder(tf.float16, [3])
    segments = (tf.unsorted_segment_max if greatest else tf.unsorted_segment_min)(x, [0, 0, 2], 3)
    bound = np.finfo(np.float16).min if greatest else np.finfo(np.float16).max
    with tf.Session() as session:
        assert session.run(segments, {x: [1.5, -2.0, 3.0]}).tolist() == [1.5 if greatest else -2.0, bound, 3.0]
