"""Sparse tensors: each operation against the same one on dense arrays, and the gradients of their values."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf

A = np.array([[0.0, 2.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0], [3.0, 0.0, -4.0, 0.0]], np.float32)
B = np.array([[5.0, -2.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.5]], np.float32)


def sparse(array):
    return tf.SparseTensor(np.argwhere(array), array[np.nonzero(array)], array.shape)


def dense(value):
    return tf.sparse_tensor_to_dense(value, validate_indices=False)


def stored_softmax(array):
    shifted = np.where(array != 0, np.exp(array), 0.0)
    return shifted / np.maximum(shifted.sum(-1, keepdims=True), 1e-30)


CASES = {
    "SparseAdd": (lambda: dense(tf.sparse_add(sparse(A), sparse(B))), A + B),
    "SparseConcat": (lambda: dense(tf.sparse_concat(1, [sparse(A), sparse(B)])), np.concatenate([A, B], 1)),
    "SparseReduceMax": (lambda: tf.sparse_reduce_max(sparse(np.abs(A)), 1), np.abs(A).max(1)),
    "SparseReduceMaxSparse": (lambda: dense(tf.sparse_reduce_max_sparse(sparse(np.abs(A)), 1)), np.abs(A).max(1)),
    "SparseReduceSum": (lambda: tf.sparse_reduce_sum(sparse(A), 0), A.sum(0)),
    "SparseReduceSumSparse": (lambda: dense(tf.sparse_reduce_sum_sparse(sparse(A), 1)), A.sum(1)),
    "SparseReorder": (
        lambda: dense(tf.sparse_reorder(tf.SparseTensor([[2, 0], [0, 1]], [1.0, 2.0], [3, 4]))),
        np.array([[0, 2, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]], np.float32),
    ),
    "SparseReshape": (lambda: dense(tf.sparse_reshape(sparse(A), [4, -1])), A.reshape(4, 3)),
    "SparseSoftmax": (lambda: dense(tf.sparse_softmax(sparse(A))), stored_softmax(A)),
    "SparseSparseMaximum": (lambda: dense(tf.sparse_maximum(sparse(A), sparse(B))), np.maximum(A, B)),
    "SparseSparseMinimum": (lambda: dense(tf.sparse_minimum(sparse(A), sparse(B))), np.minimum(A, B)),
    "SparseSplit": (lambda: dense(tf.sparse_split(sp_input=sparse(A), num_split=2, axis=1)[1]), A[:, 2:]),
    "SparseFillEmptyRows": (
        lambda: dense(tf.sparse_fill_empty_rows(sparse(A), 9.0)[0]),
        np.where([[False] * 4, [True, False, False, False], [False] * 4], 9.0, A).astype(np.float32),
    ),
}


@pytest.mark.parametrize("op_type", CASES)
def test_it_does_what_the_dense_one_does(op_type):
    build, expected = CASES[op_type]
    result = build()
    assert op_type in {op.type for op in tf.get_default_graph().get_operations()}
    with tf.Session() as session:
        np.testing.assert_allclose(session.run(result), expected, rtol=1e-6)


#: Op type of the gradient -> a function of two vectors of values, and the gradient of its sum of squares.
GRADIENTS = {
    "SparseAddGrad": (
        lambda a, b: (
            tf.sparse_add(
                tf.SparseTensor(np.argwhere(A), a, A.shape), tf.SparseTensor(np.argwhere(B), b, B.shape)
            ).values
        ),
        lambda a, b: (2 * (A + B)[np.nonzero(A)], 2 * (A + B)[np.nonzero(B)]),
    ),
    "SparseFillEmptyRowsGrad": (
        lambda a, b: (
            tf.sparse_fill_empty_rows(tf.SparseTensor(np.argwhere(A), a, A.shape), tf.reduce_sum(b) * 0.0 + 9.0)[
                0
            ].values
        ),
        lambda a, b: (2 * a, 0 * b),
    ),
}


@pytest.mark.parametrize("op_type", GRADIENTS)
def test_gradients_of_the_values(op_type):
    function, expected = GRADIENTS[op_type]
    values = A[np.nonzero(A)], B[np.nonzero(B)]
    a, b = tf.constant(values[0]), tf.constant(values[1])
    gradients = tf.gradients(tf.reduce_sum(tf.square(function(a, b))), [a, b])
    assert op_type in {op.type for op in tf.get_default_graph().get_operations()}
    with tf.Session() as session:
        for got, wanted in zip(session.run(gradients), expected(*values), strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-6)
