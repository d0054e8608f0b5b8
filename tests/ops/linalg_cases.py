"""Linear algebra: decompositions, systems of equations, determinants, functions of matrices."""

from __future__ import annotations

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing import OpCase, given, of

WIDE = "float32 float64"
ALL = "float32 float64 complex64 complex128"
# Far from singular, and not symmetric.
REGULAR = given(
    [[[3.0, 0.5, -0.3], [0.2, 2.5, 0.4], [-0.6, 0.1, 4.0]], [[-2.0, 0.7, 0.1], [0.3, 3.0, -0.5], [0, 1, 5]]]
)
LOWER = given([[2.0, 7.0, -9.0], [0.5, -1.5, 8.0], [-1.0, 0.3, 3.0]])


def adjoint(x):
    return np.conj(np.swapaxes(x, -1, -2))


def definite(x):
    """x · xᴴ + 2: what only reads one triangle has no gradient of its own for the other."""
    return tf.matmul(x, x, adjoint_b=True) + 2 * tf.eye(3, dtype=x.dtype)


def definite_array(x):
    return x @ adjoint(x) + 2 * np.eye(3)


def projectors(v):
    """Eigenvectors without their signs."""
    return v[..., :, None, :] * v[..., None, :, :]


def tridiagonal(d):
    return np.diag(d[1]) + np.diag(d[0, :-1], 1) + np.diag(d[2, 1:], -1)


SYSTEMS = [
    OpCase("MatrixInverse", tf.matrix_inverse, (REGULAR,), np.linalg.inv, ALL, tolerance=10, gradients=2),
    OpCase(
        "MatrixInverse",
        lambda x: tf.linalg.inv(x, adjoint=True),
        (REGULAR,),
        lambda x: np.linalg.inv(adjoint(x)),
        ALL,
        "of the adjoint",
        tolerance=10,
        gradients=0,  # TensorFlow's gradient, which is built here too, is that of the inverse itself
    ),
    OpCase("MatrixInverse", tf.matrix_inverse, (of(2, 0, 0),), np.linalg.inv, WIDE, "empty"),
    # One gradient only: the second goes through MatrixInverse(adjoint=True).
    OpCase("MatrixDeterminant", tf.matrix_determinant, (REGULAR,), np.linalg.det, ALL, tolerance=10, gradients=1),
    OpCase(
        "LogMatrixDeterminant",
        lambda x: list(tf.linalg.slogdet(x)),
        (REGULAR,),
        lambda x: list(np.linalg.slogdet(x)),
        WIDE,
        tolerance=10,
        gradients=1,
    ),
    OpCase("MatrixSolve", tf.matrix_solve, (REGULAR, of(2, 3, 2)), np.linalg.solve, ALL, tolerance=10, gradients=2),
    OpCase(
        "MatrixSolve",
        lambda a, b: tf.matrix_solve(a, b, adjoint=True),
        (REGULAR, of(2, 3, 2)),
        lambda a, b: np.linalg.solve(adjoint(a), b),
        ALL,
        "with the adjoint",
        tolerance=10,
    ),
    OpCase(
        "MatrixTriangularSolve",
        tf.matrix_triangular_solve,
        (LOWER, of(3, 2)),
        lambda a, b: np.linalg.solve(np.tril(a), b),
        ALL,
        tolerance=10,
        gradients=2,
    ),
    OpCase(
        "MatrixTriangularSolve",
        lambda a, b: tf.matrix_triangular_solve(a, b, lower=False, adjoint=True),
        (LOWER, of(3, 2)),
        lambda a, b: np.linalg.solve(adjoint(np.triu(a)), b),
        ALL,
        "upper with the adjoint",
        tolerance=10,
    ),
    OpCase(
        "MatrixSolveLs",
        lambda a, b: make_op("MatrixSolveLs", a, b, 0.5),
        (of(4, 2), of(4, 3)),
        lambda a, b: np.linalg.solve(a.T @ a + 0.5 * np.eye(2), a.T @ b),
        WIDE,
        "tall",
        tolerance=20,
        unknown_rank=False,
    ),
    OpCase(
        "MatrixSolveLs",
        lambda a, b: make_op("MatrixSolveLs", a, b, 0.5),
        (of(2, 4), of(2, 3)),
        lambda a, b: a.T @ np.linalg.solve(a @ a.T + 0.5 * np.eye(2), b),
        WIDE,
        "wide",
        tolerance=20,
        unknown_rank=False,
    ),
    OpCase(
        "MatrixSolveLs",
        lambda a, b: tf.matrix_solve_ls(a, b, fast=False),
        (given([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]), of(3, 2)),
        lambda a, b: np.linalg.pinv(a) @ b,
        WIDE,
        "of less than full rank",
        tolerance=20,
        gradients=0,
    ),
    OpCase(
        "TridiagonalSolve",
        lambda d, b: make_op("TridiagonalSolve", d, b),
        (given([[1.0, -0.5, 9.0], [4.0, 3.0, -5.0], [9.0, 0.5, 1.0]]), of(3, 2)),
        lambda d, b: np.linalg.solve(tridiagonal(d), b),
        ALL,
        tolerance=10,
    ),
    OpCase(
        "TridiagonalSolve",
        lambda d, b: make_op("TridiagonalSolve", d, b, partial_pivoting=False),
        (given([[1.0, -0.5, 9.0], [4.0, 3.0, -5.0], [9.0, 0.5, 1.0]]), of(3, 2)),
        lambda d, b: np.linalg.solve(tridiagonal(d), b),
        ALL,
        "without exchanging rows",
        tolerance=10,
    ),
    OpCase(
        "TridiagonalMatMul",
        lambda a, m, b, x: make_op("TridiagonalMatMul", a, m, b, x),
        (of(1, 3), of(1, 3), of(1, 3), of(3, 2)),
        lambda a, m, b, x: tridiagonal(np.concatenate([a, m, b])) @ x,
        WIDE,
    ),
]

DECOMPOSITIONS = [
    OpCase(
        "Cholesky",
        lambda x: tf.cholesky(definite(x)),
        (of(2, 3, 3),),
        lambda x: np.linalg.cholesky(definite_array(x)),
        ALL,
        tolerance=10,
        gradients=2,
        unknown_rank=False,
    ),
    OpCase(
        "CholeskyGrad",
        lambda f, g: make_op("CholeskyGrad", f, g),
        (given([[2.0, 0.0], [1.0, 3.0]]), given([[1.0, 0.0], [0.5, -1.0]])),
        # Recorded from TensorFlow 1.15.5.
        lambda f, g: np.array([[0.14583333, 0.20833334], [0.20833334, -0.16666667]]),
        "float32",
        gradients=0,
    ),
    OpCase(
        "Qr",
        lambda x: list(tf.qr(x)),
        (of(2, 4, 3),),
        lambda x: list(np.linalg.qr(x)),
        ALL,
        tolerance=20,
        gradients=1,
        unknown_rank=False,
        unknown_sizes=False,
    ),
    OpCase(
        "Qr",
        lambda x: list(tf.qr(x, full_matrices=True)),
        (of(4, 3),),
        lambda x: list(np.linalg.qr(x, mode="complete")),
        WIDE,
        "whole",
        tolerance=20,
        gradients=0,
    ),
    OpCase(
        "Svd",
        lambda x: tf.svd(x, compute_uv=False),
        (of(2, 3, 4),),
        lambda x: np.linalg.svd(x, compute_uv=False),
        WIDE,
        "values",
        tolerance=20,
    ),
    OpCase(
        "Svd",
        lambda x: [tf.svd(x)[0], *(projectors(part) for part in tf.svd(x)[1:])],
        (of(4, 3),),
        lambda x: [
            np.linalg.svd(x)[1],
            projectors(np.linalg.svd(x, full_matrices=False)[0]),
            projectors(np.linalg.svd(x, full_matrices=False)[2].T),
        ],
        WIDE,
        "vectors",
        tolerance=50,
        unknown_rank=False,
        unknown_sizes=False,
    ),
    OpCase(
        "SelfAdjointEigV2",
        lambda x: [tf.self_adjoint_eig(definite(x))[0], projectors(tf.self_adjoint_eig(definite(x))[1])],
        (of(2, 3, 3),),
        lambda x: [np.linalg.eigh(definite_array(x))[0], projectors(np.linalg.eigh(definite_array(x))[1])],
        WIDE,
        tolerance=50,
        unknown_rank=False,
    ),
    OpCase(
        "SelfAdjointEigV2",
        lambda x: tf.self_adjoint_eigvals(definite(x)),
        (of(3, 3),),
        lambda x: np.linalg.eigvalsh(definite_array(x)),
        WIDE,
        "values",
        tolerance=20,
        unknown_rank=False,
    ),
    OpCase(
        "Lu",
        lambda x: list(tf.linalg.lu(x, tf.int64)),
        (given([[1.0, 2.0], [4.0, 4.0]]),),
        lambda x: [np.array([[4.0, 4.0], [0.25, 1.0]]), np.array([1, 0])],
        ALL,
    ),
    OpCase(
        "MatrixSquareRoot",
        lambda x: tf.linalg.sqrtm(definite(x)),
        (of(2, 3, 3),),
        lambda x: np.stack([_root(definite_array(m)) for m in x]),
        WIDE,
        tolerance=50,
        unknown_rank=False,
    ),
    OpCase(
        "MatrixLogarithm",
        tf.linalg.logm,
        (given([[2.0, 0.0], [0.0, 3.0]]),),
        lambda x: np.diag(np.log([2.0, 3.0])),
        "complex64 complex128",
    ),
]


def _root(x):
    values, vectors = np.linalg.eigh(x)
    return (vectors * np.sqrt(values)) @ vectors.T


CASES = SYSTEMS + DECOMPOSITIONS
