"""Products of matrices that several threads share, against NumPy's."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tangraph as tf
from tangraph_backend_cpu import blas, products, threads

SHAPES = [(200, 300, 100), (100, 784, 512), (17, 900, 301), (513, 100, 90), (1, 3000, 1500), (1500, 3000, 1), (5, 7, 3)]


@pytest.fixture(params=[1, 2, 5])
def cores(request, monkeypatch):
    """A machine with some number of processors."""
    monkeypatch.setattr(threads, "cores", lambda: request.param)
    monkeypatch.setattr(blas, "threads", lambda: None)
    return request.param


def _matrix(rng, rows, columns, dtype, layout):
    values = rng.standard_normal((rows, columns)).astype(dtype)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * values[::-1]
    if layout == "transposed":
        return np.ascontiguousarray(values.T).T
    if layout == "strided":
        wide = np.zeros((2 * rows, 3 * columns), dtype)
        wide[::2, ::3] = values
        return wide[::2, ::3]
    if layout == "reversed":
        return np.ascontiguousarray(values[::-1])[::-1]
    return values


@pytest.mark.parametrize("layouts", ["plain plain", "transposed plain", "plain transposed", "strided reversed"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "int32"])
@pytest.mark.parametrize("shape", SHAPES)
def test_products_of_all_shapes(cores, shape, dtype, layouts):
    rng = np.random.default_rng(0)
    rows, inner, columns = shape
    if dtype == "int32":
        rows, inner, columns = min(rows, 60), min(inner, 60), min(columns, 60)
    first, second = layouts.split()
    a, b = _matrix(rng, rows, inner, dtype, first), _matrix(rng, inner, columns, dtype, second)
    found = products.product(dtype)(a, b)
    assert found.dtype == a.dtype
    assert found.flags.c_contiguous
    wide = np.result_type(dtype, np.float64)
    np.testing.assert_allclose(found, a.astype(wide) @ b.astype(wide), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "complex128"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((8, 90, 80), (8, 80, 90)),
        ((3, 4, 70, 100), (3, 4, 100, 50)),
        ((1, 500, 100), (1, 100, 300)),
        ((500, 100), (6, 100, 70)),
        ((5, 1, 90, 100), (4, 100, 90)),
        ((0, 90, 80), (0, 80, 90)),
        ((300, 200), (200, 300)),
    ],
)
def test_stacks_of_matrices(cores, first, second, dtype, turned):
    rng = np.random.default_rng(0)
    a, b = (rng.integers(-9, 9, shape).astype(dtype) for shape in (first, second))
    if turned:
        b = np.ascontiguousarray(b.swapaxes(-1, -2)).swapaxes(-1, -2)
    found = products.stacked(dtype)(a, b)
    assert found.dtype == a.dtype
    np.testing.assert_array_equal(found, np.matmul(a, b))


def test_a_product_is_equal_to_itself(cores):
    """Whoever computes the pieces: with one core nobody helps the caller."""
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((400, 300), np.float32), rng.standard_normal((300, 500), np.float32)
    multiply = products.product("float32")
    first = multiply(a, b)
    assert all(np.array_equal(multiply(a, b), first) for _ in range(20))


def test_threads_multiply_at_the_same_time(cores):
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((300, 300), np.float32), rng.standard_normal((300, 300), np.float32)
    multiply = products.product("float32")
    first, equal = multiply(a, b), []

    def many():
        equal.extend(np.array_equal(multiply(a, b), first) for _ in range(20))

    users = [threading.Thread(target=many) for _ in range(6)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert equal == [True] * 120


def test_without_openblas_the_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(blas, "control", lambda: None)
    assert products.product("float32") is np.dot
    with tf.Graph().as_default(), tf.Session() as session:
        found = session.run(tf.matmul(tf.ones([300, 200]), tf.ones([200, 300])))
    assert (found == 200).all()


@pytest.mark.parametrize(
    ("inputs", "output", "large"),
    [
        ([(10, 10), (10, 10)], (10, 10), False),
        ([(1000, 1000), (1000, 1000)], (1000, 1000), True),
        ([(None, 10), (10, 10)], (None, 10), True),
        ([None, (10, 10)], None, True),
        ([(0, 10), (10, 10)], (0, 10), False),
    ],
)
def test_which_products_may_be_large(inputs, output, large):
    assert products.is_large(inputs, output) is large


@pytest.mark.parametrize("transpose_a", [True, False])
@pytest.mark.parametrize("transpose_b", [True, False])
@pytest.mark.parametrize("known", [True, False])
def test_matmul(cores, transpose_a, transpose_b, known):
    rng = np.random.default_rng(0)
    a = rng.standard_normal((300, 200) if transpose_a else (200, 300), np.float32)
    b = rng.standard_normal((150, 300) if transpose_b else (300, 150), np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = (tf.placeholder_with_default(v, v.shape if known else None) for v in (a, b))
        found = session.run(tf.matmul(x, y, transpose_a=transpose_a, transpose_b=transpose_b))
    expected = (a.T if transpose_a else a).astype(float) @ (b.T if transpose_b else b)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_one_thread_for_an_operation(monkeypatch):
    """`intra_op_parallelism_threads` is the session's."""
    monkeypatch.setattr(threads, "cores", lambda: 4)
    monkeypatch.setattr(blas, "threads", lambda: None)
    counts = []
    monkeypatch.setattr(threads, "run", lambda tasks, count: (counts.append(count), [task() for task in tasks]))
    for wanted in (1, 2, 0):
        config = tf.ConfigProto(intra_op_parallelism_threads=wanted)
        with tf.Graph().as_default(), tf.Session(config=config) as session:
            x = tf.placeholder(tf.float32, [None, None])
            session.run(tf.matmul(x, x), {x: np.ones((400, 400), np.float32)})
    assert counts == ([1, 2, 4] if blas.control() is not None else [])


def _told(*fetches, feed=None, initializer=()):
    """Says whether OpenBLAS is kept to one thread while fetches are computed."""
    from tangraph.plan import compile as compiler

    contexts = []
    real = compiler._inside
    compiler._inside = lambda context, function: (contexts.append(context), real(context, function))[1]
    try:
        with tf.Session() as session:
            session.run(initializer)
            session.run(fetches, feed)
    finally:
        compiler._inside = real
    return contexts == [blas.one_thread()]


@pytest.mark.skipif(blas.control() is None, reason="another BLAS is left alone")
def test_which_plans_keep_openblas_to_one_thread():
    with tf.Graph().as_default():
        large, small = tf.placeholder(tf.float32, [200, 200]), tf.placeholder(tf.float32, [20, 20])
        row = tf.placeholder(tf.float32, [1, 200])
        some = {large: np.ones((200, 200)), small: np.ones((20, 20)), row: np.ones((1, 200))}
        product = tf.matmul(large, large)
        assert _told(product, feed=some)
        assert _told(tf.matmul(row, large), feed=some)
        assert not _told(tf.matmul(small, small), feed=some)
        assert not _told(tf.add(large, large), feed=some)
        assert not _told(product, tf.py_func(lambda: np.float32(1), [], tf.float32), feed=some)
        assert not _told(product, tf.linalg.inv(small + 20 * tf.eye(20)), feed=some)
        queue = tf.FIFOQueue(3, tf.float32)
        assert not _told(product, queue.dequeue(), queue.enqueue(1.0), feed=some)


@pytest.mark.skipif(blas.control() is None, reason="another BLAS is left alone")
def test_recurrent_networks_keep_openblas_to_one_thread():
    """Their products are steps of our own, a matrix and a row each: OpenBLAS' threads would spin between them."""
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [1, 5, 28])
        outputs, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.BasicLSTMCell(100), x, dtype=tf.float32)
        gradients = tf.gradients(outputs, tf.trainable_variables())
        given = {"feed": {x: np.ones((1, 5, 28))}, "initializer": tf.global_variables_initializer()}
        assert _told(outputs, **given)
        assert _told(outputs, *gradients, **given)
