"""Decompositions of matrices: Cholesky, QR, LU, singular values, eigenvalues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.linalg_input import checked, computed_in, raise_invalid, squares
from tangraph_backend_cpu.kernels.linalg_signs import align

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

_NOT_POSITIVE = "Cholesky decomposition was not successful. The input might not be valid."


@kernel("Cholesky")
def cholesky(k: KernelContext) -> Callable[..., Any]:
    """The lower triangular factor; the upper triangle is not read."""
    dtype, inner = k.output_dtypes[0].np, computed_in(k)

    def run(x: Any) -> Any:
        squares(x)
        try:
            return np.linalg.cholesky(x.astype(inner, copy=False)).astype(dtype, copy=False)
        except np.linalg.LinAlgError:
            return _with_nans(x)

    def _with_nans(x: Any) -> Any:
        # LAPACK takes NaN for a failure; TensorFlow lets it through.
        result = np.empty_like(x)
        for index in np.ndindex(x.shape[:-2]):
            try:
                result[index] = np.linalg.cholesky(x[index])
            except np.linalg.LinAlgError:
                if not np.isnan(np.tril(x[index])).any():
                    raise_invalid(_NOT_POSITIVE)
                result[index] = np.tril(np.full_like(x[index], np.nan))
        return result

    return run


@kernel("CholeskyGrad")
def cholesky_grad(k: KernelContext) -> Callable[..., Any]:
    """The gradient of Cholesky as one op, of older graphs: a symmetric matrix."""
    dtype, inner = k.output_dtypes[0].np, computed_in(k)

    def run(factor: Any, grad: Any) -> Any:
        squares(factor)
        lower = np.tril(factor.astype(inner, copy=False))
        middle = np.tril(np.swapaxes(lower, -1, -2) @ np.tril(grad.astype(inner, copy=False)))
        diagonal = np.arange(middle.shape[-1])
        middle[..., diagonal, diagonal] /= 2
        inverse = np.linalg.inv(lower)
        result = np.swapaxes(inverse, -1, -2) @ middle @ inverse
        return (0.5 * (result + np.swapaxes(result, -1, -2))).astype(dtype, copy=False)

    return run


@kernel("Qr")
def qr(k: KernelContext) -> Callable[..., Any]:
    """Householder's QR, as Eigen's: a reflection leaves minus the sign of the element on the diagonal."""
    dtype, inner = k.output_dtypes[0].np, computed_in(k)
    mode: Any = "complete" if k.attr("full_matrices") else "reduced"

    def run(x: Any) -> tuple[Any, Any]:
        checked(x)
        q, r = np.linalg.qr(x.astype(inner, copy=False), mode=mode)
        return q.astype(dtype, copy=False), r.astype(dtype, copy=False)

    return run


@kernel("Lu")
def lu(k: KernelContext) -> Callable[..., Any]:
    """LU with rows exchanged: both triangles, and the order of the rows."""
    from scipy.linalg import lu_factor

    dtype, inner, index_dtype = k.output_dtypes[0].np, computed_in(k), k.output_dtypes[1].np

    def run(x: Any) -> tuple[Any, Any]:
        squares(x)
        factors, orders = np.empty(x.shape, dtype), np.empty(x.shape[:-1], index_dtype)
        for index in np.ndindex(x.shape[:-2]):
            if x.shape[-1]:
                factor, pivots = lu_factor(_no_singular(x[index].astype(inner, copy=False)), check_finite=False)
                if not np.abs(factor.diagonal()).min() > 0:
                    raise_invalid("Input is not invertible.")
                order = list(range(len(pivots)))
                for i, pivot in enumerate(pivots.tolist()):
                    order[i], order[pivot] = order[pivot], order[i]
                factors[index], orders[index] = factor, order
        return factors, orders

    return run


def _no_singular(x: Any) -> Any:
    """Returns a matrix, if it has no column of zeros, about which SciPy would warn."""
    if not x.any(axis=0).all():
        raise_invalid("Input is not invertible.")
    return x


@kernel("Svd")
def svd(k: KernelContext) -> Callable[..., Any]:
    """Singular values, largest first, and the vectors as columns."""
    dtype, inner = k.output_dtypes[0].np, computed_in(k)
    full = k.attr("full_matrices")

    def values(x: Any) -> tuple[Any, Any, Any]:
        checked(x)
        found = _converged(lambda: np.linalg.svd(x.astype(inner, copy=False), compute_uv=False))
        return found.astype(dtype, copy=False), np.empty(0, dtype), np.empty(0, dtype)

    def vectors(x: Any) -> tuple[Any, Any, Any]:
        checked(x)
        u, s, vh = _converged(lambda: np.linalg.svd(x.astype(inner, copy=False), full_matrices=full))
        v = np.conjugate(np.swapaxes(vh, -1, -2))
        return s.astype(dtype, copy=False), u.astype(dtype, copy=False), v.astype(dtype, copy=False)

    return vectors if k.attr("compute_uv") else values


@kernel("SelfAdjointEigV2")
def self_adjoint_eig(k: KernelContext) -> Callable[..., Any]:
    """Eigenvalues of hermitian matrices, smallest first, and the vectors as columns; the lower triangle is read."""
    dtype, inner = k.output_dtypes[0].np, computed_in(k)

    def values(x: Any) -> tuple[Any, Any]:
        squares(x)
        e = _converged(lambda: np.linalg.eigvalsh(x.astype(inner, copy=False)))
        return e.astype(dtype, copy=False), np.empty(0, dtype)

    def vectors(x: Any) -> tuple[Any, Any]:
        squares(x)
        matrices = x.astype(inner, copy=False)
        e, v = _converged(lambda: np.linalg.eigh(matrices))
        return e.astype(dtype, copy=False), align(matrices, v).astype(dtype, copy=False)

    return vectors if k.attr("compute_v") else values


def _converged(decompose: Callable[[], Any]) -> Any:
    try:
        return decompose()
    except np.linalg.LinAlgError as error:
        raise errors.InvalidArgumentError(
            None, None, f"The decomposition was not successful. The input might not be valid. ({error})"
        ) from None
