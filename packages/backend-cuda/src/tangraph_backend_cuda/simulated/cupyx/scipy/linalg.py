"""The functions of `cupyx.scipy.linalg` that kernels use, with CuPy's limits."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tangraph_backend_cuda.simulated.array import DeviceArray, wrap
from tangraph_backend_cuda.simulated.transfers import TRANSFERS


def solve_triangular(
    a: DeviceArray,
    b: DeviceArray,
    trans: str = "N",
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = False,
) -> Any:
    """Solutions of triangular systems, of a batch too; a zero on the diagonal makes inf or nan."""
    from scipy.linalg import get_blas_funcs

    if unit_diagonal or overwrite_b or check_finite:
        raise NotImplementedError("unit_diagonal, overwrite_b, check_finite")
    matrix, rhs = a.peek(), b.peek()
    if matrix.dtype.char not in "fdFD" or matrix.dtype != rhs.dtype:
        raise TypeError(f"cuBLAS has no trsm for {matrix.dtype} and {rhs.dtype}")
    if matrix.shape[-1] != matrix.shape[-2] or matrix.shape[:-1] != rhs.shape[:-1]:
        raise ValueError("incompatible dimensions")
    if not rhs.size:
        raise ValueError("cuBLAS takes no empty system")
    (solve,) = get_blas_funcs(("trsm",), dtype=matrix.dtype)
    result = np.empty(rhs.shape, matrix.dtype)
    for index in np.ndindex(matrix.shape[:-2]):
        result[index] = solve(1.0, matrix[index], rhs[index], lower=lower, trans_a="NTC".index(trans))
    return wrap(np.asfortranarray(result) if result.ndim == 2 else result)


def lu_factor(a: DeviceArray, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """Both triangles of one matrix, and with which row each row was exchanged; the host waits to hear how it went."""
    from scipy import linalg

    if overwrite_a or check_finite:
        raise NotImplementedError("overwrite_a, check_finite")
    matrix = a.peek()
    if matrix.dtype.char not in "fdFD":
        raise NotImplementedError("Only float32, float64, complex64 and complex128 are supported.")
    if matrix.ndim != 2:
        raise np.linalg.LinAlgError(f"{matrix.ndim}-dimensional array given. Array must be two-dimensional")
    TRANSFERS.count_read(4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", linalg.LinAlgWarning)
        factor, pivots = linalg.lu_factor(matrix, check_finite=False)
    zeros = np.flatnonzero(factor.diagonal() == 0)
    if len(zeros):
        warnings.warn(f"Diagonal number {zeros[0] + 1} is exactly zero. Singular matrix.", RuntimeWarning, stacklevel=2)
    return wrap(np.asfortranarray(factor)), wrap(pivots.astype(np.intc))
