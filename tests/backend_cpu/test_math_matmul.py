"""Products: matmul, tensordot, einsum, cross, norms."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf


def _run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


def _values(*shape, dtype=np.float64):
    value = (np.arange(np.prod(shape)).reshape(shape) % 7 - 3).astype(dtype)
    return value + 1j * value[::-1] if np.dtype(dtype).kind == "c" else value


def _turned(value, transpose, adjoint):
    if adjoint:
        return np.conj(np.swapaxes(value, -1, -2))
    return np.swapaxes(value, -1, -2) if transpose else value


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", "int64", "complex64"])
@pytest.mark.parametrize("second", ["", "transpose", "adjoint"])
@pytest.mark.parametrize("first", ["", "transpose", "adjoint"])
@pytest.mark.parametrize("batch", [(), (5,), (2, 5)])
def test_matmul(batch, first, second, dtype, static):
    a = _values(*batch, *((4, 3) if first else (3, 4)), dtype=dtype)
    b = _values(*batch, *((2, 4) if second else (4, 2)), dtype=dtype)
    flags = {f"{first}_a": True} if first else {}
    flags |= {f"{second}_b": True} if second else {}
    expected = _turned(a, first == "transpose", first == "adjoint") @ _turned(
        b, second == "transpose", second == "adjoint"
    )
    with tf.Graph().as_default():
        x, y = (tf.placeholder_with_default(v, v.shape if static else None) for v in (a, b))
        found = _run(tf.matmul(x, y, **flags))
    assert found.dtype == a.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.mark.parametrize("transpose_a", [True, False])
@pytest.mark.parametrize("transpose_b", [True, False])
@pytest.mark.parametrize("batches", [((), ()), ((5,), (5,)), ((1,), (5,)), ((5,), ())])
def test_matmul_gradients(transpose_a, transpose_b, batches):
    a = _values(*batches[0], *((4, 3) if transpose_a else (3, 4)))
    b = _values(*batches[1], *((2, 4) if transpose_b else (4, 2)))
    with tf.Graph().as_default():
        x, y = tf.constant(a), tf.constant(b)
        product = tf.matmul(x, y, transpose_a=transpose_a, transpose_b=transpose_b)
        weights = tf.constant(_values(*product.shape.as_list()) + 1)
        found = _run(tf.gradients(tf.reduce_sum(product * weights), [x, y]))
    w = _values(*product.shape.as_list()) + 1
    left, right = _turned(a, transpose_a, False), _turned(b, transpose_b, False)
    dx, dy = w @ np.swapaxes(right, -1, -2), np.swapaxes(left, -1, -2) @ w
    for result, wanted, value, turned in ((found[0], dx, a, transpose_a), (found[1], dy, b, transpose_b)):
        wanted = _turned(wanted, turned, False)
        extra = wanted.ndim - value.ndim
        wanted = wanted.sum(tuple(range(extra))) if extra else wanted
        if value.shape != wanted.shape:
            wanted = wanted.sum(0, keepdims=True)
        np.testing.assert_allclose(result, wanted)


def test_matmul_checks():
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="Dimensions must be equal, but are 3 and 4"):
            tf.matmul(tf.zeros([2, 3]), tf.zeros([4, 5]))
        with pytest.raises(ValueError, match="Shape must be rank 2 but is rank 1"):
            tf.matmul(tf.zeros([2]), tf.zeros([2]))
        with pytest.raises(ValueError, match="Only one of transpose_a and adjoint_a"):
            tf.matmul(tf.zeros([2, 2]), tf.zeros([2, 2]), transpose_a=True, adjoint_a=True)
        x = tf.placeholder(tf.float32, [None, None])
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=r"size-incompatible: In\[0\]: \[2,3\], In\[1\]: \[2,3\]"
        ):
            _run(tf.matmul(x, x), {x: np.ones((2, 3))})
        y = tf.placeholder(tf.float32)
        with pytest.raises(tf.errors.InvalidArgumentError, match="must have compatible batch dimensions"):
            _run(tf.matmul(y, tf.ones([4, 2, 2])), {y: np.ones((3, 2, 2))})


def test_sparse_hints_and_vectors():
    a, b = _values(3, 4, dtype=np.float32), _values(4, 2, dtype=np.float32)
    with tf.Graph().as_default():
        x, y = tf.constant(a), tf.constant(b)
        hinted = tf.matmul(x, y, a_is_sparse=True)
        assert hinted.op.type == "SparseMatMul"
        gradients = tf.gradients(hinted, [x, y])
        found = _run([hinted, tf.sparse_matmul(x, y), tf.linalg.matvec(x, y[:, 0]), *gradients])
    np.testing.assert_allclose(found[0], a @ b)
    np.testing.assert_allclose(found[1], a @ b)
    np.testing.assert_allclose(found[2], a @ b[:, 0])
    np.testing.assert_allclose(found[3], np.ones((3, 2)) @ b.T)
    np.testing.assert_allclose(found[4], a.T @ np.ones((3, 2)))


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize(
    ("shape_a", "shape_b", "axes"),
    [
        ((2, 3, 4), (4, 5), 1),
        ((2, 3, 4), (3, 4, 5), 2),
        ((2, 3), (4,), 0),
        ((2, 3, 4), (4, 3, 5), [[1, 2], [1, 0]]),
        ((2, 3, 4), (4, 5), [[-1], [0]]),
        ((2, 3, 4), (5, 3), [1, 1]),
    ],
)
def test_tensordot(shape_a, shape_b, axes, static):
    a, b = _values(*shape_a), _values(*shape_b)
    with tf.Graph().as_default():
        x, y = (tf.placeholder_with_default(v, v.shape if static else [None] * v.ndim) for v in (a, b))
        found = _run(tf.tensordot(x, y, axes))
        gradient = _run(tf.gradients(tf.tensordot(x, y, axes), x)[0])
    np.testing.assert_allclose(found, np.tensordot(a, b, axes))
    assert gradient.shape == shape_a


def test_tensordot_checks():
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="'axes' must not be larger than"):
            tf.tensordot(tf.ones([2]), tf.ones([2]), 3)
        with pytest.raises(ValueError, match="must be an integer or have length 2"):
            tf.tensordot(tf.ones([2]), tf.ones([2]), [[0], [0], [0]])
        with pytest.raises(ValueError, match="Different number of contraction axes"):
            tf.tensordot(tf.ones([2, 2]), tf.ones([2, 2]), [[0, 1], [0]])


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("ij,jk", [(2, 3), (3, 4)]),
        ("ij,kj->ik", [(2, 3), (4, 3)]),
        ("ij->ji", [(2, 3)]),
        ("ij->", [(2, 3)]),
        ("i,i->", [(3,), (3,)]),
        ("i,j->ij", [(2,), (3,)]),
        ("bij,bjk->bik", [(5, 2, 3), (5, 3, 4)]),
        ("bij,jk,kl->bil", [(5, 2, 3), (3, 4), (4, 2)]),
        ("abc,cb->a", [(5, 2, 3), (3, 2)]),
        ("...ij,...jk->...ik", [(5, 2, 3), (5, 3, 4)]),
        ("b...,b->b...", [(5, 2, 3), (5,)]),
        ("i,i,i->i", [(3,), (3,), (3,)]),
        ("ii", [(3, 3)]),
    ],
)
def test_einsum(equation, shapes, static):
    values = [_values(*s) for s in shapes]
    with tf.Graph().as_default():
        tensors = [tf.placeholder_with_default(v, v.shape if static else [None] * v.ndim) for v in values]
        found = _run(tf.einsum(equation, *tensors))
    np.testing.assert_allclose(found, np.einsum(equation, *values))


@pytest.mark.parametrize("equation", ["ij,ij,ij->i", "ij,ij,kj->ki", "ij,ij,ij->", "ij,ij,ij->ij"])
def test_einsum_of_letters_that_three_inputs_share(equation):
    value = _values(2, 3)
    with tf.Graph().as_default():
        found = _run(tf.einsum(equation, *[tf.constant(value)] * 3))
    np.testing.assert_allclose(found, np.einsum(equation, value, value, value))


@pytest.mark.parametrize(
    ("equation", "count", "text"),
    [
        ("ij,jk->ik", 1, "Got 1 arguments"),
        ("ii->i", 1, "an axis appears more than once: ii"),
        ("ij1->i", 1, "Indices have incorrect format"),
        ("ij->iz", 1, "Invalid equation"),
        ("ijk,jk->i", 2, "does not match einsum reduction of length 3"),
    ],
)
def test_einsum_checks(equation, count, text):
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match=text):
            tf.einsum(equation, *[tf.ones([2, 2])] * count)
        with pytest.raises(TypeError, match="invalid keyword arguments"):
            tf.einsum("ij->ji", tf.ones([2, 2]), nam="x")


def test_cross_and_trace():
    a, b = _values(2, 3), _values(2, 3)[::-1] + 1
    with tf.Graph().as_default():
        x, y = tf.constant(a), tf.constant(b)
        product = tf.cross(x, y)
        found = _run([product, *tf.gradients(product, [x, y]), tf.trace(tf.constant(_values(4, 2, 3)))])
        with pytest.raises(ValueError, match="Dimension must be 3 but is 2"):
            tf.cross(tf.ones([2]), tf.ones([2]))
    ones = np.ones((2, 3))
    for result, wanted in zip(found, (np.cross(a, b), np.cross(b, ones), np.cross(ones, a)), strict=False):
        np.testing.assert_allclose(result, wanted)
    np.testing.assert_allclose(found[3], np.trace(_values(4, 2, 3), axis1=1, axis2=2))


@pytest.mark.parametrize(
    ("order", "axis", "numpy_order"),
    [
        ("euclidean", None, None),
        (1, 0, 1),
        (2, 1, 2),
        (np.inf, 1, np.inf),
        (3, 0, 3),
        ("fro", (0, 1), "fro"),
        (1, (0, 1), 1),
        (np.inf, [0, 1], np.inf),
    ],
)
@pytest.mark.parametrize("keep", [True, False])
def test_norm(order, axis, numpy_order, keep):
    value = _values(3, 4)
    wanted_axis = tuple(axis) if isinstance(axis, list) else axis
    if axis is None:
        expected = np.sqrt(np.sum(value**2, keepdims=keep))
    else:
        expected = np.linalg.norm(value, numpy_order, wanted_axis, keep)
    with tf.Graph().as_default():
        found = _run(tf.norm(tf.constant(value), order, axis, keepdims=keep))
    np.testing.assert_allclose(found, expected)


def test_norm_checks_and_normalize():
    with tf.Graph().as_default():
        x = tf.constant([[3.0, 4.0], [0.0, 2.0]])
        with pytest.raises(ValueError, match="'ord' must be a supported vector norm, got fro"):
            tf.norm(x, "fro")
        with pytest.raises(ValueError, match="'ord' must be a supported matrix norm"):
            tf.norm(x, 2.5, (0, 1))
        with pytest.raises(ValueError, match="'axis' must be None, an integer"):
            tf.norm(x, axis=[0, 1, 2])
        unit, length = _run(tf.linalg.normalize(x, axis=1))
    np.testing.assert_allclose(length, [[5.0], [2.0]])
    np.testing.assert_allclose(unit, [[0.6, 0.8], [0.0, 1.0]], rtol=1e-6)
