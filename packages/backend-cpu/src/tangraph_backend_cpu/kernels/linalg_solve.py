"""Inverses, determinants, systems of linear equations, roots and logarithms of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.linalg_input import checked, computed_in, raise_invalid, squares, systems

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

_SINGULAR = "Input matrix is not invertible."


def _adjoint(x: Any) -> Any:
    return np.conjugate(np.swapaxes(x, -1, -2))


@kernel("MatrixInverse")
def matrix_inverse(k: KernelContext) -> Callable[..., Any]:
    """The inverses, or those of the adjoints."""
    dtype, inner, adjoint = k.output_dtypes[0].np, computed_in(k), k.attr("adjoint")

    def run(x: Any) -> Any:
        squares(x)
        x = x.astype(inner, copy=False)
        try:
            return np.linalg.inv(_adjoint(x) if adjoint else x).astype(dtype, copy=False)
        except np.linalg.LinAlgError:
            raise_invalid("Input is not invertible.")

    return run


@kernel("MatrixDeterminant")
def matrix_determinant(k: KernelContext) -> Callable[..., Any]:
    """The determinants."""
    dtype, inner = k.output_dtypes[0].np, computed_in(k)
    return lambda x: np.linalg.det(squares(x).astype(inner, copy=False)).astype(dtype, copy=False)


@kernel("LogMatrixDeterminant")
def log_matrix_determinant(k: KernelContext) -> Callable[..., Any]:
    """The signs of determinants and the logarithms of their magnitudes."""
    dtype, inner = k.output_dtypes[0].np, computed_in(k)

    def run(x: Any) -> tuple[Any, Any]:
        sign, log = np.linalg.slogdet(squares(x).astype(inner, copy=False))
        return sign.astype(dtype, copy=False), log.astype(dtype, copy=False)

    return run


@kernel("MatrixSolve")
def matrix_solve(k: KernelContext) -> Callable[..., Any]:
    """Solutions of systems with general matrices."""
    dtype, inner, adjoint = k.output_dtypes[0].np, computed_in(k), k.attr("adjoint")

    def run(matrix: Any, rhs: Any) -> Any:
        systems(matrix, rhs)
        matrix = matrix.astype(inner, copy=False)
        try:
            x = np.linalg.solve(_adjoint(matrix) if adjoint else matrix, rhs.astype(inner, copy=False))
        except np.linalg.LinAlgError:
            raise_invalid(_SINGULAR)
        return x.astype(dtype, copy=False)

    return run


@kernel("MatrixTriangularSolve")
def matrix_triangular_solve(k: KernelContext) -> Callable[..., Any]:
    """Solutions of systems with triangular matrices."""
    from scipy.linalg import get_blas_funcs

    dtype, inner = k.output_dtypes[0].np, computed_in(k)
    lower, turned = k.attr("lower"), 2 if k.attr("adjoint") else 0
    (solve,) = get_blas_funcs(("trsm",), dtype=inner)

    def run(matrix: Any, rhs: Any) -> Any:
        systems(matrix, rhs)
        result = np.empty(rhs.shape, dtype)
        if not result.size:
            return result
        if not np.abs(np.diagonal(matrix, axis1=-2, axis2=-1)).min() > 0:
            raise_invalid(_SINGULAR)
        for index in np.ndindex(matrix.shape[:-2]):
            a, b = matrix[index].astype(inner, copy=False), rhs[index].astype(inner, copy=False)
            result[index] = solve(1.0, a, b, lower=lower, trans_a=turned)
        return result

    return run


@kernel("MatrixSolveLs")
def matrix_solve_ls(k: KernelContext) -> Callable[..., Any]:
    """Least squares: by the normal equations, or (not `fast`) for matrices of any rank."""
    dtype, inner, fast = k.output_dtypes[0].np, computed_in(k), k.attr("fast")

    def run(matrix: Any, rhs: Any, regularizer: Any) -> Any:
        systems(matrix, rhs, is_square=False)
        a, b = matrix.astype(inner, copy=False), rhs.astype(inner, copy=False)
        rows, columns = a.shape[-2:]
        if not rows or not columns or not b.size:
            return np.zeros((*a.shape[:-2], columns, b.shape[-1]), dtype)
        if not fast:
            return (np.linalg.pinv(a) @ b).astype(dtype, copy=False)
        turned = _adjoint(a)
        gramian = (turned @ a if rows >= columns else a @ turned) + inner.type(regularizer) * np.eye(
            min(rows, columns), dtype=inner
        )
        try:
            np.linalg.cholesky(gramian)
        except np.linalg.LinAlgError:
            raise_invalid(
                "Input matrix was rank deficient or ill-conditioned. Try setting fast=False or provide a larger "
                "l2_regularizer > 0."
            )
        x = np.linalg.solve(gramian, turned @ b) if rows >= columns else turned @ np.linalg.solve(gramian, b)
        return x.astype(dtype, copy=False)

    return run


@kernel("MatrixSquareRoot")
def matrix_square_root(k: KernelContext) -> Callable[..., Any]:
    """Square roots in the sense of the matrix product; NaN where a real matrix has none."""
    from scipy.linalg import sqrtm

    dtype, inner = k.output_dtypes[0].np, computed_in(k)

    def run(x: Any) -> Any:
        result = np.empty(squares(x).shape, dtype)
        for index in np.ndindex(x.shape[:-2]):
            root = sqrtm(x[index].astype(inner, copy=False)) if x.shape[-1] else x[index]
            has_none = np.iscomplexobj(root) and not np.iscomplexobj(result)
            result[index] = np.nan if has_none else root
        return result

    return run


@kernel("MatrixLogarithm")
def matrix_logarithm(k: KernelContext) -> Callable[..., Any]:
    """Logarithms in the sense of the matrix product."""
    from scipy.linalg import logm

    dtype = k.output_dtypes[0].np

    def run(x: Any) -> Any:
        result = np.empty(squares(x).shape, dtype)
        for index in np.ndindex(x.shape[:-2]):
            if x.shape[-1]:
                result[index] = logm(x[index])
        return result

    return run


@kernel("TridiagonalSolve")
def tridiagonal_solve(k: KernelContext) -> Callable[..., Any]:
    """Solutions of systems with tridiagonal matrices, with or without exchanging rows."""
    dtype, exchanging = k.output_dtypes[0].np, k.attr("partial_pivoting")
    solve: Callable[..., Any] = _with_exchanges if exchanging else _by_thomas

    def run(diagonals: Any, rhs: Any) -> Any:
        check_tridiagonal(diagonals, rhs)
        result = np.empty(rhs.shape, dtype)
        for index in np.ndindex(rhs.shape[:-2]):
            if rhs.shape[-2] and rhs.shape[-1]:
                result[index] = solve(*diagonals[index], rhs[index])
        return result

    return run


def check_tridiagonal(diagonals: Any, rhs: Any) -> None:
    """Checks the inputs of tridiagonal systems.

    Raises:
      InvalidArgumentError: there are not three diagonals, or the right-hand sides do not fit.
    """
    checked(diagonals)
    checked(rhs, 1)
    if diagonals.shape[-2] != 3:
        raise_invalid(f"Expected 3 diagonals got {diagonals.shape[-2]}")
    if diagonals.shape[:-2] != rhs.shape[:-2] or diagonals.shape[-1] != rhs.shape[-2]:
        raise_invalid(
            "Expected the same number of left-hand sides and right-hand sides, got "
            f"{diagonals.shape[-1]} and {rhs.shape[-2]}."
        )


def _with_exchanges(above: Any, main: Any, below: Any, rhs: Any) -> Any:
    from scipy.linalg import get_lapack_funcs

    if len(main) == 1:
        if main[0] == 0:
            raise_invalid("The first element of diagonal is zero.")
        return rhs / main[0]
    (solve,) = get_lapack_funcs(("gtsv",), dtype=main.dtype)
    *_, x, info = solve(below[1:], main, above[:-1], rhs)
    if info:
        raise_invalid(_SINGULAR)
    return x


def _by_thomas(above: Any, main: Any, below: Any, rhs: Any) -> Any:
    """Elimination from the first row to the last, and substitution back (Thomas' algorithm)."""
    n = len(main)
    factors, x = np.empty_like(main), rhs.copy()
    if main[0] == 0:
        raise_invalid("The first element of diagonal is zero. Consider setting partial_pivoting to True.")
    pivot = main[0]
    x[0] = x[0] / pivot
    for i in range(1, n):
        factors[i] = above[i - 1] / pivot
        pivot = main[i] - below[i] * factors[i]
        if pivot == 0:
            raise_invalid("The matrix has a zero pivot. Consider setting partial_pivoting to True.")
        x[i] = (x[i] - below[i] * x[i - 1]) / pivot
    for i in range(n - 2, -1, -1):
        x[i] -= factors[i + 1] * x[i + 1]
    return x


@kernel("TridiagonalMatMul")
def tridiagonal_matmul(k: KernelContext) -> Callable[..., Any]:
    """Products of tridiagonal matrices and others."""
    xp = k.xp

    def run(above: Any, main: Any, below: Any, rhs: Any) -> Any:
        above, main, below = (xp.swapaxes(t, -1, -2) for t in (above, main, below))
        result = main * rhs
        result[..., :-1, :] += above[..., :-1, :] * rhs[..., 1:, :]
        result[..., 1:, :] += below[..., 1:, :] * rhs[..., :-1, :]
        return result

    return run
