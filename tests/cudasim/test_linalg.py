"""Linear algebra on the device's own arrays: the host's results, its errors where TensorFlow's GPU kernels have them."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing.sessions import session_on

RNG = np.random.default_rng(3)


def on_both(make, *values):
    """Returns what the host and the device make of fed arrays."""
    found = []
    for backend in ("cpu", "cuda"):
        with tf.Graph().as_default(), session_on(backend) as session:
            inputs = [tf.placeholder(v.dtype, v.shape) for v in values]
            found.append(session.run(make(*inputs), dict(zip(inputs, values, strict=True))))
    return found


def square(*shape, dtype="float64"):
    """Returns matrices that are far from singular."""
    x = RNG.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * RNG.standard_normal(shape)
    return (x + 3 * np.eye(shape[-1])).astype(dtype)


def definite(x):
    return tf.matmul(x, x, adjoint_b=True)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("batch", [(), (2,), (2, 3), (0,)])
@pytest.mark.parametrize(
    "make",
    [
        lambda x: tf.cholesky(definite(x)),
        tf.matrix_inverse,
        lambda x: tf.matrix_inverse(x, adjoint=True),
        tf.matrix_determinant,
        lambda x: list(tf.linalg.slogdet(x)),
        lambda x: tf.matrix_solve(x, x[..., :2] + 1, adjoint=True),
        lambda x: tf.matrix_triangular_solve(x, x[..., :2] + 1),
        lambda x: tf.matrix_triangular_solve(x, x[..., :2] + 1, lower=False, adjoint=True),
        lambda x: list(tf.linalg.lu(x)),
        lambda x: tf.self_adjoint_eigvals(definite(x)),
    ],
)
def test_as_on_the_host(make, batch, dtype):
    host, device = on_both(make, square(*batch, 4, 4, dtype=dtype))
    for mine, theirs in zip(*[x if isinstance(x, list) else [x] for x in (host, device)], strict=True):
        assert mine.dtype == theirs.dtype
        np.testing.assert_allclose(theirs, mine, rtol=2e-4 if dtype in {"float32", "complex64"} else 1e-10, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (2, 4, 3), (2, 3, 4), (0, 3, 2)])
@pytest.mark.parametrize("full", [False, True])
def test_factors_multiply_to_what_they_came_from(shape, full, dtype):
    value = RNG.standard_normal(shape).astype(dtype)

    def make(x):
        s, u, v = tf.svd(x, full_matrices=full)
        q, r = tf.qr(x, full_matrices=full)
        k = min(shape[-2:])
        return [q @ r, tf.matmul(u[..., :k] * s[..., None, :], v[..., :k], transpose_b=True), s, q, r]

    host, device = on_both(make, value)
    for product in device[:2]:
        np.testing.assert_allclose(product, value, atol=1e-5)
    for mine, theirs in zip(host[2:], device[2:], strict=True):
        np.testing.assert_allclose(theirs, mine, atol=1e-5)


def test_eigenvectors():
    value = square(2, 4, 4)

    def make(x):
        e, v = tf.self_adjoint_eig(definite(x))
        return [tf.matmul(v * e[..., None, :], v, transpose_b=True), definite(x), e]

    host, device = on_both(make, value)
    np.testing.assert_allclose(device[0], device[1])
    np.testing.assert_allclose(device[2], host[2])


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("batch", [(), (2,), (2, 2)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_tridiagonal_systems_that_need_rows_exchanged(size, batch, dtype):
    diagonals = (
        square(*batch, 3, size, dtype=dtype) if size == 3 else RNG.standard_normal((*batch, 3, size)).astype(dtype)
    )
    diagonals[..., 1, ::2] *= 1e-3 if size > 1 else 1
    rhs = RNG.standard_normal((*batch, size, 2)).astype(dtype)
    host, device = on_both(lambda d, b: make_op("TridiagonalSolve", d, b), diagonals, rhs)
    np.testing.assert_allclose(device, host, rtol=1e-3 if dtype == "float32" else 1e-9)


def test_tridiagonal_products_and_empty_systems():
    rhs = RNG.standard_normal((2, 4, 3))
    parts = [RNG.standard_normal((2, 1, 4)) for _ in range(3)]
    host, device = on_both(lambda a, m, b, x: make_op("TridiagonalMatMul", a, m, b, x), *parts, rhs)
    np.testing.assert_allclose(device, host)
    for name in ("MatrixSolve", "MatrixTriangularSolve"):
        _, device = on_both(lambda a, b, name=name: make_op(name, a, b), square(2, 3, 3), np.zeros((2, 3, 0)))
        assert device.shape == (2, 3, 0)
    _, device = on_both(lambda d, b: make_op("TridiagonalSolve", d, b), np.ones((3, 4)), np.zeros((4, 0)))
    assert device.shape == (4, 0)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda x: tf.cholesky(-tf.matmul(x, x, transpose_b=True) - 1), "Cholesky decomposition was not successful"),
        (tf.matrix_inverse, "Input is not invertible."),
        (lambda x: tf.matrix_solve(x, x), "Input matrix is not invertible."),
        (lambda x: list(tf.linalg.lu(x)), "Input is not invertible."),
        (lambda x: tf.svd(x * np.nan)[0], "The decomposition was not successful."),
    ],
)
@pytest.mark.parametrize("batch", [(), (2,)])
def test_what_cannot_be_is_an_error(make, text, batch):
    x = tf.placeholder(tf.float32, [*batch, 2, 2])
    y = make(x)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match=text):
        session.run(y, {x: np.ones((*batch, 2, 2))})


def test_triangular_and_tridiagonal_systems_that_are_singular_make_no_error(transfers):
    """To see that they are, TensorFlow's GPU kernels would have to look; so would ours."""
    a, d = tf.placeholder(tf.float32, [2, 2]), tf.placeholder(tf.float32, [3, 2])
    x = [tf.matrix_triangular_solve(a, tf.ones([2, 1])), make_op("TridiagonalSolve", d, tf.ones([2, 1]))]
    with tf.Session() as session:
        feeds = {a: [[0.0, 0.0], [0.0, 1.0]], d: np.zeros((3, 2))}
        session.run(x, feeds)
        with transfers.counted() as found:
            values = session.run(x, feeds)
    assert found.reads == 0
    assert not np.isfinite(values[0][0, 0])
    assert not np.isfinite(values[1]).any()


def test_determinants_need_not_be_waited_for(transfers):
    x = tf.placeholder(tf.float32, [2, 2])
    y = [tf.matrix_determinant(x), *tf.linalg.slogdet(x)]
    with tf.Session() as session:
        session.run(y, {x: np.ones((2, 2))})
        with transfers.counted() as found:
            values = session.run(y, {x: np.ones((2, 2))})
    assert (found.reads, found.uploads) == (0, 0)
    assert values == [0, 0, -np.inf]
