"""SparseTensors against the dense arrays that they stand for."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf

A = np.array([[0, 1, 0, 2], [0, 0, 0, 0], [3, 0, -4, 0]], np.float32)
B = np.array([[0, -1, 5, 0], [0, 0, 0, 0], [2, 0, -4, 1]], np.float32)
CUBE = np.arange(24, dtype=np.float32).reshape(2, 3, 4) * (np.arange(24).reshape(2, 3, 4) % 5 == 0)


def _run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


def _sparse(array, static=True):
    indices = np.argwhere(array)
    parts = [indices, array[tuple(indices.T)], np.array(array.shape)]
    if static:
        return tf.SparseTensor(*parts)
    shapes = ([None, array.ndim], [None], [array.ndim])
    return tf.SparseTensor(*[tf.placeholder_with_default(p, s) for p, s in zip(parts, shapes, strict=True)])


def _dense(value):
    out = np.zeros(value.dense_shape, value.values.dtype)
    out[tuple(value.indices.T)] = value.values
    order = np.lexsort(value.indices.T[::-1])
    assert order.tolist() == list(range(len(order))), "not in row-major order"
    return out


CASES = {
    "add": (lambda a, b: tf.sparse.add(a, b), lambda a, b: a + b),
    "maximum": (lambda a, b: tf.sparse.maximum(a, b), np.maximum),
    "minimum": (lambda a, b: tf.sparse.minimum(a, b), np.minimum),
    "concat rows": (lambda a, b: tf.sparse.concat(0, [a, b]), lambda a, b: np.concatenate([a, b])),
    "concat columns": (lambda a, b: tf.sparse.concat(-1, [a, b]), lambda a, b: np.concatenate([a, b], 1)),
    "transpose": (lambda a, _: tf.sparse.transpose(a), lambda a, _: a.T),
    "reshape": (lambda a, _: tf.sparse.reshape(a, [2, -1]), lambda a, _: a.reshape(2, 6)),
    "expand_dims": (lambda a, _: tf.sparse.expand_dims(a, 1), lambda a, _: a[:, None]),
    "slice": (lambda a, _: tf.sparse.slice(a, [1, 1], [2, 3]), lambda a, _: a[1:, 1:]),
    "reset_shape": (lambda a, _: tf.sparse.reset_shape(a), lambda a, _: a),
    "larger shape": (lambda a, _: tf.sparse.reset_shape(a, [4, 5]), lambda a, _: np.pad(a, ((0, 1), (0, 1)))),
    "sum": (lambda a, _: tf.sparse.reduce_sum_sparse(a, 1), lambda a, _: a.sum(1)),
    "retain": (lambda a, _: tf.sparse.retain(a, a.values > 0), lambda a, _: np.maximum(a, 0)),
    "fill": (
        lambda a, _: tf.sparse.fill_empty_rows(a, 9.0)[0],
        lambda a, _: np.where(a.any(1)[:, None] | (np.arange(4) > 0), a, 9),
    ),
}


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_as_dense(name, static):
    build, expected = CASES[name]
    with tf.Graph().as_default():
        np.testing.assert_array_equal(_dense(_run(build(_sparse(A, static), _sparse(B, static)))), expected(A, B))


@pytest.mark.parametrize("axis", [None, 0, -1, [0, 2], [1, 2, 0]])
@pytest.mark.parametrize("keep", [True, False])
def test_reductions(axis, keep):
    axes = tuple(axis) if isinstance(axis, list) else axis
    with tf.Graph().as_default():
        x = _sparse(CUBE)
        total, largest = tf.sparse.reduce_sum(x, axis, keep), tf.sparse.reduce_max(x, axis, keep)
        expected = CUBE.sum(axes, keepdims=keep)
        assert total.shape.as_list() == list(expected.shape)
        a, b, grad = _run([total, largest, tf.gradients(total * total, x.values)[0]])
    np.testing.assert_array_equal(a, expected)
    np.testing.assert_array_equal(b, CUBE.max(axes, keepdims=keep))
    wide = np.broadcast_to(2 * CUBE.sum(axes, keepdims=True), CUBE.shape)
    np.testing.assert_array_equal(grad, wide[CUBE != 0])


def test_split_parts_differ_by_one_at_most():
    with tf.Graph().as_default():
        parts = _run(tf.sparse.split(sp_input=_sparse(A), num_split=3, axis=1))
    for part, expected in zip(parts, (A[:, :2], A[:, 2:3], A[:, 3:]), strict=True):
        np.testing.assert_array_equal(_dense(part), expected)


def test_small_sums_are_left_out():
    with tf.Graph().as_default():
        value = _run(tf.sparse.add(_sparse(A), _sparse(B), threshold=1.5))
    np.testing.assert_array_equal(_dense(value), np.where(abs(A + B) >= 1.5, A + B, 0))


def test_sums_with_dense_tensors():
    with tf.Graph().as_default():
        x, d = _sparse(A), tf.constant(B)
        total = tf.sparse.add(d, x)
        value, dx, dd = _run([total, *tf.gradients(total * total, [x.values, d])])
    np.testing.assert_array_equal(value, A + B)
    np.testing.assert_array_equal(dx, 2 * (A + B)[A != 0])
    np.testing.assert_array_equal(dd, 2 * (A + B))


def test_gradients_of_sums_go_where_an_element_stood():
    with tf.Graph().as_default():
        a, b = _sparse(A), _sparse(B)
        total = tf.sparse.add(a, b)
        da, db = _run(tf.gradients(total.values * total.values, [a.values, b.values]))
    np.testing.assert_array_equal(da, 2 * (A + B)[A != 0])
    np.testing.assert_array_equal(db, 2 * (A + B)[B != 0])


def test_softmax_of_the_elements_of_each_row():
    with tf.Graph().as_default():
        x = _sparse(A)
        soft = tf.sparse.softmax(x)
        value, grad = _run([soft, tf.gradients(soft.values * [1.0, 2.0, 3.0, 4.0], x.values)[0]])
    expected = np.where(A != 0, np.exp(A), 0)
    expected /= np.maximum(expected.sum(1, keepdims=True), 1e-30)
    chances = expected[A != 0]
    np.testing.assert_allclose(_dense(value), expected, rtol=1e-6)
    rows, weights = np.argwhere(A)[:, 0], np.array([1.0, 2, 3, 4])
    mean = np.array([(chances * weights)[rows == r].sum() for r in rows])
    np.testing.assert_allclose(grad, chances * (weights - mean), rtol=1e-4, atol=1e-6)


def test_reorder_and_its_gradient():
    indices = np.argwhere(A)[[2, 0, 3, 1]]
    with tf.Graph().as_default():
        x = tf.SparseTensor(indices, tf.constant([3.0, 1.0, -4.0, 2.0]), [3, 4])
        ordered = tf.sparse.reorder(x)
        value, grad = _run([ordered, tf.gradients(ordered.values * [10.0, 20.0, 30.0, 40.0], x.values)[0]])
    np.testing.assert_array_equal(_dense(value), A)
    assert grad.tolist() == [30, 10, 40, 20]


def test_filled_rows():
    with tf.Graph().as_default():
        x, default = _sparse(A), tf.constant(9.0)
        filled, empty = tf.sparse.fill_empty_rows(x, default)
        where, dx, dd = _run([empty, *tf.gradients(filled.values * [1.0, 2.0, 3.0, 4.0, 5.0], [x.values, default])])
    assert where.tolist() == [False, True, False]
    assert dx.tolist() == [1, 2, 4, 5]
    assert dd == 3


def test_ids():
    with tf.Graph().as_default():
        ids = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], tf.constant([2, 0, 1], tf.int64), [3, 2])
        there = tf.sparse.to_indicator(ids, 4)
        merged = tf.sparse.merge(ids, tf.SparseTensor(ids.indices, [0.5, 0.25, 0.125], [3, 2]), 4)
        a, b = _run([there, merged])
    assert a.astype(int).tolist() == [[0, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    assert _dense(b).tolist() == [[0, 0, 0.5, 0], [0.25, 0.125, 0, 0], [0, 0, 0, 0]]


def test_from_dense_and_eye():
    with tf.Graph().as_default():
        a, b = _run([tf.sparse.from_dense(A), tf.sparse.eye(2, 3)])
    np.testing.assert_array_equal(_dense(a), A)
    np.testing.assert_array_equal(_dense(b), np.eye(2, 3))


# The texts are TensorFlow's.
ERRORS = [
    (lambda a, b: tf.sparse.add(a, tf.sparse.reshape(b, [4, 3])), "shapes do not match: got 3 and 4 for dimension 0"),
    (lambda a, b: tf.sparse.concat(0, [a, tf.sparse.transpose(b)]), "expected 4 for dimension 1 but got 3 at position 1"),
    (lambda a, _: tf.sparse.concat(2, [a, a]), "Concat dimension must be in range [-2, 2), got 2"),
    (lambda a, _: tf.sparse.reduce_sum(a, 2), "Invalid reduction dimension 2, for input with 2 dimensions."),
    (lambda a, _: tf.sparse.reshape(a, [5, 4]), "12 dense values, but the requested shape has 20."),
    (lambda a, _: tf.sparse.reshape(a, [5, -1]), "requires a multiple of 5. input_shape=[3,4] output_shape=[5,1]"),
    (lambda a, _: tf.sparse.split(sp_input=a, num_split=5, axis=1), "dimension size (4), got 5"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "text"), ERRORS)
def test_errors(build, text):
    with tf.Graph().as_default():
        fetches = build(_sparse(A, False), _sparse(B, False))
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            _run(fetches)
    assert text in str(caught.value)
