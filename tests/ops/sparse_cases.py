"""Sparse tensors as (indices, values, dense shape), and sets in the last dimension."""

from __future__ import annotations

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing import OpCase, given, of
from tangraph.testing.basic_cases import NUMBERS, REALS

WIDE = "float32 float64"
INDICES = given([[0, 1], [1, 0], [2, 2]], "int64")
SHAPE = given([3, 4], "int64")


def raw(op_type, **attrs):
    return lambda *inputs: make_op(op_type, *inputs, **attrs)


def dense(indices, values, shape):
    out = np.zeros(shape, values.dtype)
    out[tuple(indices.T)] = values
    return out


def picked(indices, array):
    return array[tuple(indices.T)]


def on_stored(function):
    """The reference of an op that acts on the stored elements only."""
    return lambda i, v, s, d: function(v, picked(i, np.broadcast_to(d, s)))


FIRST = given([[1, 2, 3], [4, 5, 5]])
SECOND = given([[3, 1, 9], [4, 0, 0]])
SECOND_AS_SPARSE = (
    given([[0, 0], [0, 1], [0, 2], [1, 0], [1, 1]], "int64"),
    given([3, 1, 9, 4, 0]),
    given([2, 3], "int64"),
)
BOTH = (np.array([[0, 0], [0, 1], [1, 0]]), np.array([1, 3, 4]), np.array([2, 2]))
TYPES = "int32 int64 int16 uint8"
CASES = [
    OpCase(
        "SparseToDense",
        lambda i, v: tf.sparse_to_dense(i, [3, 4], v, 7),
        (INDICES, of(3)),
        lambda i, v: np.where(dense(i, np.ones(3), (3, 4)), dense(i, v, (3, 4)), 7),
        REALS,
        known_shape=True,
    ),
    OpCase(
        "SparseTensorDenseMatMul",
        raw("SparseTensorDenseMatMul"),
        (INDICES, of(3), SHAPE, of(4, 2)),
        lambda i, v, s, b: dense(i, v, s) @ b,
        "float32 float64 int32 complex64",
        known_shape=False,
        unknown_rank=False,
    ),
    OpCase(
        "SparseTensorDenseMatMul",
        raw("SparseTensorDenseMatMul", adjoint_a=True, adjoint_b=True),
        (INDICES, of(3), SHAPE, of(2, 3)),
        lambda i, v, s, b: dense(i, v, s).conj().T @ b.conj().T,
        "float32 float64 complex64",
        "adjoint",
        known_shape=False,
        unknown_rank=False,
    ),
    OpCase(
        "SparseTensorDenseAdd",
        raw("SparseTensorDenseAdd"),
        (INDICES, of(3), SHAPE, of(3, 4)),
        lambda i, v, s, b: dense(i, v, s) + b,
        NUMBERS,
    ),
    OpCase(
        "SparseDenseCwiseMul",
        raw("SparseDenseCwiseMul"),
        (INDICES, of(3), SHAPE, of(4)),
        on_stored(np.multiply),
        REALS,
        known_shape=False,
        gradients=0,
    ),
    OpCase(
        "SparseDenseCwiseDiv",
        raw("SparseDenseCwiseDiv"),
        (INDICES, of(3), SHAPE, of(3, 4, low=1)),
        on_stored(np.divide),
        WIDE,
        known_shape=False,
        gradients=0,
    ),
    OpCase(
        "SparseDenseCwiseAdd",
        raw("SparseDenseCwiseAdd"),
        (INDICES, of(3), SHAPE, of(3, 4)),
        on_stored(np.add),
        REALS,
        known_shape=False,
        gradients=0,
    ),
    OpCase(
        "SparseSlice",
        raw("SparseSlice"),
        (INDICES, of(3), SHAPE, given([1, 0], "int64"), given([2, 3], "int64")),
        lambda i, v, s, b, n: [i[1:] - b, v[1:], np.array([2, 3])],
        NUMBERS,
        known_shape=False,
        unknown_rank=False,
    ),
    OpCase(
        "SparseSliceGrad",
        raw("SparseSliceGrad"),
        (of(2), INDICES, given([1, 0], "int64"), given([[0, 0], [1, 2]], "int64")),
        lambda g, i, b, o: np.r_[np.zeros(1, g.dtype), g],
        NUMBERS,
    ),
    OpCase(
        "SparseCross",
        lambda i, v, j, w, s, d: make_op(
            "SparseCross",
            [i, j],
            [v, w],
            [s, s],
            [d],
            hashed_output=False,
            num_buckets=0,
            hash_key=1,
            out_type=tf.string,
            internal_type=tf.int64,
        ),
        (
            INDICES,
            given([3, 1, 9], "int64"),
            given([[0, 0], [1, 0], [1, 2]], "int64"),
            given([5, 6, 7], "int64"),
            SHAPE,
            given([[1], [2], [3]], "int64"),
        ),
        lambda *_: [
            np.array([[0, 0], [1, 0], [1, 1]]),
            np.array([b"3_X_5_X_1", b"1_X_6_X_2", b"1_X_7_X_2"], object),
            np.array([3, 2]),
        ],
        "int64",
        known_shape=False,
        unknown_rank=False,
    ),
    OpCase(
        "DenseToDenseSetOperation",
        raw("DenseToDenseSetOperation", set_operation="intersection"),
        (FIRST, SECOND),
        lambda x, y: BOTH,
        TYPES,
        known_shape=False,
    ),
    OpCase(
        "DenseToSparseSetOperation",
        raw("DenseToSparseSetOperation", set_operation="intersection"),
        (FIRST, *SECOND_AS_SPARSE),
        lambda x, *y: BOTH,
        TYPES,
        known_shape=False,
    ),
    OpCase(
        "SparseToSparseSetOperation",
        raw("SparseToSparseSetOperation", set_operation="intersection"),
        (
            given([[0, 0], [0, 1], [0, 2], [1, 0], [1, 1]], "int64"),
            given([1, 2, 3, 4, 5]),
            given([2, 3], "int64"),
            *SECOND_AS_SPARSE,
        ),
        lambda *x: BOTH,
        TYPES,
        known_shape=False,
    ),
    OpCase("SetSize", raw("SetSize"), SECOND_AS_SPARSE, lambda i, v, s: np.array([3, 2]), TYPES, known_shape=False),
]
