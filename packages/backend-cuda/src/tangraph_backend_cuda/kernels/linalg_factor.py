"""Decompositions of matrices by cuSOLVER, and what follows from one: determinants and inverses."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.linalg_input import checked, raise_invalid, squares
from tangraph_backend_cuda.kernels.companion import companion, succeeding

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

_NOT_POSITIVE: Final = "Cholesky decomposition was not successful. The input might not be valid."
_NOT_CONVERGED: Final = "The decomposition was not successful. The input might not be valid."
_SINGULAR: Final = "Input is not invertible."


def adjoint(xp: Any, x: Any) -> Any:
    """Returns the matrices conjugated and transposed."""
    turned = xp.swapaxes(x, -1, -2)
    return xp.conj(turned) if x.dtype.kind == "c" else turned


@kernel("Cholesky")
def cholesky(k: KernelContext) -> Callable[..., Any]:
    """The lower triangular factor; the upper triangle is not read."""
    factor = succeeding(k.xp, k.xp.linalg.cholesky, _NOT_POSITIVE)
    return lambda x: factor(squares(x))


@kernel("MatrixInverse")
def matrix_inverse(k: KernelContext) -> Callable[..., Any]:
    """The inverses, or those of the adjoints."""
    xp, turned = k.xp, k.attr("adjoint")
    inverse = succeeding(xp, xp.linalg.inv, _SINGULAR)
    return lambda x: inverse(adjoint(xp, squares(x)) if turned else squares(x))


@kernel("MatrixDeterminant")
def matrix_determinant(k: KernelContext) -> Callable[..., Any]:
    """The determinants."""
    determinant = k.xp.linalg.det
    return lambda x: determinant(squares(x))


@kernel("LogMatrixDeterminant")
def log_matrix_determinant(k: KernelContext) -> Callable[..., Any]:
    """The signs of determinants and the logarithms of their magnitudes."""
    xp, dtype = k.xp, k.output_dtypes[0].np

    def run(x: Any) -> tuple[Any, Any]:
        sign, logarithm = xp.linalg.slogdet(squares(x))
        return sign.astype(dtype, copy=False), logarithm.astype(dtype, copy=False)

    return run


@kernel("Qr")
def qr(k: KernelContext) -> Callable[..., Any]:
    """Householder's QR."""
    mode = "complete" if k.attr("full_matrices") else "reduced"
    factor = succeeding(k.xp, k.xp.linalg.qr, _NOT_CONVERGED)
    return lambda x: factor(checked(x), mode)


@kernel("Lu")
def lu(k: KernelContext) -> Callable[..., Any]:
    """LU with rows exchanged: both triangles, and the order of the rows. CuPy factors one matrix at a time."""
    xp, index_dtype = k.xp, k.output_dtypes[1].np
    factor = companion(xp, "scipy.linalg").lu_factor

    def run(x: Any) -> tuple[Any, Any]:
        squares(x)
        factors, pivots = xp.empty(x.shape, x.dtype), xp.empty(x.shape[:-1], np.int32)
        if x.size:
            with warnings.catch_warnings():
                # CuPy warns of what is raised below.
                warnings.simplefilter("ignore", RuntimeWarning)
                for index in np.ndindex(x.shape[:-2]):
                    factors[index], pivots[index] = factor(x[index], check_finite=False)
            if not bool((xp.abs(xp.diagonal(factors, axis1=-2, axis2=-1)) > 0).all()):
                raise_invalid(_SINGULAR)
        return factors, _orders(xp, pivots, index_dtype)

    return run


def _orders(xp: Any, pivots: Any, dtype: np.dtype[Any]) -> Any:
    """Returns the order in which rows stand after row i was exchanged with row pivots[..., i], for each i in turn."""
    size = pivots.shape[-1]
    order = xp.array(xp.broadcast_to(xp.arange(size, dtype=dtype), pivots.shape))
    flat, places = order.reshape(-1, size), pivots.reshape(-1, size)
    rows = xp.arange(len(flat))
    for i in range(size):
        other = flat[rows, places[:, i]]
        flat[rows, places[:, i]] = flat[:, i]
        flat[:, i] = other
    return order


@kernel("Svd")
def svd(k: KernelContext) -> Callable[..., Any]:
    """Singular values, largest first, and the vectors as columns."""
    xp, dtype, full = k.xp, k.output_dtypes[0].np, k.attr("full_matrices")
    decompose = succeeding(xp, xp.linalg.svd, _NOT_CONVERGED)

    def values(x: Any) -> tuple[Any, Any, Any]:
        return decompose(checked(x), full, False), xp.empty(0, dtype), xp.empty(0, dtype)

    def vectors(x: Any) -> tuple[Any, Any, Any]:
        u, s, vh = decompose(checked(x), full)
        return s, u, adjoint(xp, vh)

    return vectors if k.attr("compute_uv") else values


@kernel("SelfAdjointEigV2")
def self_adjoint_eig(k: KernelContext) -> Callable[..., Any]:
    """Eigenvalues of hermitian matrices, smallest first, and the vectors as columns; the lower triangle is read."""
    xp, dtype, wants_vectors = k.xp, k.output_dtypes[0].np, k.attr("compute_v")
    decompose = succeeding(xp, xp.linalg.eigh if wants_vectors else xp.linalg.eigvalsh, _NOT_CONVERGED)

    def values(x: Any) -> tuple[Any, Any]:
        return decompose(squares(x)).astype(dtype, copy=False), xp.empty(0, dtype)

    def vectors(x: Any) -> tuple[Any, Any]:
        e, v = decompose(squares(x))
        return e.astype(dtype, copy=False), v

    return vectors if wants_vectors else values
