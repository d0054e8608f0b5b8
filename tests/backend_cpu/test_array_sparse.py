"""SparseTensor: fetches, feeds, and the sparse ops beside it."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def test_fetch_and_eval():
    x = tf.SparseTensor([[0, 1], [1, 0]], ["a", "b"], [2, 2])
    with tf.Session() as session:
        value = session.run({"x": [x]})["x"][0]
        again = x.eval()
    assert isinstance(value, tf.SparseTensorValue)
    assert isinstance(again, tf.SparseTensorValue)
    assert value.indices.tolist() == [[0, 1], [1, 0]]
    assert value.values.tolist() == [b"a", b"b"]
    assert value.dense_shape.dtype == np.int64


@pytest.mark.parametrize("shape", [None, [2, None], [2, 3]])
def test_feed(shape):
    x = tf.sparse_placeholder(tf.float32, shape, name="x")
    dense = tf.sparse_tensor_to_dense(x)
    fed = tf.SparseTensorValue([[0, 2]], [5.0], [2, 3])
    with tf.Session() as session:
        assert session.run(dense, {x: fed}).tolist() == [[0, 0, 5], [0, 0, 0]]
        assert session.run(x, {x: tuple(fed)}).values.tolist() == [5]
    assert x.values.op.name == "x/values"
    assert x.indices.shape.as_list() == [None, None if shape is None else 2]


def test_attributes(graph):
    x = tf.SparseTensor(indices=[[0, 1]], values=[1.0], dense_shape=[2, 3])
    assert (x.dtype, x.graph, x.op.name) == (tf.float32, graph, "SparseTensor/values")
    assert x.get_shape().as_list() == x.shape.as_list() == [2, 3]
    assert str(x).startswith('SparseTensor(indices=Tensor("SparseTensor/indices:0", shape=(1, 2), dtype=int64)')
    assert x.consumers() == []
    assert tf.SparseTensor.from_value(tf.SparseTensorValue([[0]], [1], [1])).dtype == tf.int32
    with pytest.raises(TypeError, match="Neither a SparseTensor nor SparseTensorValue"):
        tf.SparseTensor.from_value([1])


def test_convert_to_tensor_or_sparse_tensor():
    value = tf.SparseTensorValue([[0]], [1], [1])
    assert isinstance(tf.convert_to_tensor_or_sparse_tensor(value), tf.SparseTensor)
    assert isinstance(tf.convert_to_tensor_or_sparse_tensor([1]), tf.Tensor)
    with pytest.raises(RuntimeError, match="Sparse dtype: requested = float32, actual = int32"):
        tf.convert_to_tensor_or_sparse_tensor(value, tf.float32)


def test_shape_size_rank():
    x = tf.SparseTensor([[0, 1]], [1.0], [2, 3])
    with tf.Session() as session:
        found = session.run([tf.shape(x), tf.size(x), tf.rank(x)])
    assert [v.tolist() for v in found] == [[2, 3], 6, 2]


@pytest.mark.parametrize("adjoint_a", [False, True])
@pytest.mark.parametrize("adjoint_b", [False, True])
def test_matmul_and_gradients(adjoint_a, adjoint_b):
    rng = np.random.RandomState(0)
    a, b = rng.rand(3, 3) * (rng.rand(3, 3) > 0.4), rng.rand(3, 3)
    places = np.argwhere(a)
    with tf.Session() as session:
        values, dense = tf.constant(a[a != 0]), tf.constant(b)
        y = tf.sparse_tensor_dense_matmul(tf.SparseTensor(places, values, [3, 3]), dense, adjoint_a, adjoint_b)
        found = session.run([y, *tf.gradients(y * y, [values, dense])])
        full = tf.constant(a)
        z = tf.matmul(full, dense, transpose_a=adjoint_a, transpose_b=adjoint_b)
        product, da, db = session.run([z, *tf.gradients(z * z, [full, dense])])
    np.testing.assert_allclose(found[0], product)
    np.testing.assert_allclose(found[1], da[a != 0])
    np.testing.assert_allclose(found[2], db)


def test_slice_and_its_gradient():
    values = tf.constant([1.0, 2.0, 3.0])
    x = tf.SparseTensor([[0, 0], [1, 1], [2, 2]], values, [3, 4])
    part = tf.sparse_slice(x, [1, 1], [5, 1])
    with tf.Session() as session:
        found, grad = session.run([part, tf.gradients(part.values * 3, values)[0]])
    assert (found.indices.tolist(), found.values.tolist(), found.dense_shape.tolist()) == ([[0, 0]], [2.0], [2, 1])
    assert grad.tolist() == [0, 3, 0]


def test_to_dense_and_its_gradient():
    values, default = tf.constant([1.0, 2.0]), tf.constant(9.0)
    y = tf.sparse_to_dense([[0, 1], [1, 0]], [2, 2], values, default)
    grads = tf.gradients(y * [[1.0, 2.0], [3.0, 4.0]], [values, default])
    with tf.Session() as session:
        found = session.run([y, *grads])
    assert [v.tolist() for v in found] == [[[9, 1], [2, 9]], [2, 3], 5]


def test_sets():
    a, b = tf.constant([[1, 2, 3], [4, 4, 5]]), tf.constant([[2, 9], [4, 1]])
    sparse = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], [3, 4, 6], [2, 2])
    results = [
        tf.sets.intersection(a, b),
        tf.sets.union(a, sparse),
        tf.sets.difference(a, b),
        tf.sets.difference(sparse, a),
        tf.sets.intersection(sparse, sparse),
    ]
    with tf.Session() as session:
        found = session.run(results)
        sizes = session.run(tf.sets.size(results[1]))
    assert [v.values.tolist() for v in found] == [[2, 4], [1, 2, 3, 4, 5, 6], [1, 3, 5], [6], [3, 4, 6]]
    assert found[3].indices.tolist() == [[1, 0]]
    assert found[1].dense_shape.tolist() == [2, 3]
    assert sizes.tolist() == [3, 3]


def test_edit_distance():
    guess = tf.SparseTensor([[0, 0], [0, 1], [0, 2], [1, 0]], ["a", "b", "c", "z"], [3, 3])
    truth = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], ["a", "x", "q"], [3, 2])
    with tf.Session() as session:
        found = session.run([tf.edit_distance(guess, truth), tf.edit_distance(guess, truth, normalize=False)])
    np.testing.assert_array_equal(found, [[1, np.inf, 1], [2, 1, 1]])
