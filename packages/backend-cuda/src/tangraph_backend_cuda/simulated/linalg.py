"""CuPy's linear algebra on the simulated device, with its limits.

What cuSOLVER has no routine for is refused (float16, shapes that would have to be broadcast); a failure is silent
unless `cupyx.errstate(linalg="raise")` asks for it; and results come in column order where they do. Only what kernels
use is here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tangraph_backend_cuda.simulated.array import DeviceArray, wrap
from tangraph_backend_cuda.simulated.error_state import report

LinAlgError = np.linalg.LinAlgError
Array = Any
#: Without its types, which ask for literals that CuPy's signatures have not.
_numpy: Any = np.linalg


def cholesky(a: DeviceArray) -> Array:
    """The lower factor; the upper triangle is not read."""
    x = _square(a)
    return wrap(_reported(lambda: _numpy.cholesky(x), np.full_like(x, np.nan)))


def inv(a: DeviceArray) -> Array:
    """The inverse."""
    x = _square(a)
    return wrap(_reported(lambda: _numpy.inv(x), np.full_like(x, np.nan)))


def solve(a: DeviceArray, b: DeviceArray) -> Array:
    """Solutions of systems whose outer dimensions are the same on both sides."""
    matrix, rhs = _square(a), _matrices(b)
    if a.ndim != b.ndim or a.shape[:-1] != b.shape[:-1]:
        raise ValueError("a must have (..., M, M) shape and b must have (..., M, K) for multidimensional b")
    if matrix.size and not rhs.size:
        raise LinAlgError("cuSOLVER takes no right-hand side without columns")
    return wrap(_columns(_reported(lambda: _numpy.solve(matrix, rhs), np.full_like(rhs, np.nan))))


def qr(a: DeviceArray, mode: str = "reduced") -> tuple[Array, Array]:
    """Householder's factors."""
    if mode not in {"reduced", "complete"}:
        raise ValueError(f"Unrecognized mode '{mode}'")
    x = _matrices(a)
    report(failed=False)
    q, r = _numpy.qr(x, mode)
    return wrap(_columns(q)), wrap(_columns(r))


def svd(a: DeviceArray, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Singular values and vectors."""
    x = _matrices(a)
    found = _reported(lambda: _numpy.svd(x, full_matrices, compute_uv), None)
    return wrap(found) if not compute_uv else tuple([wrap(_columns(part)) for part in found])


def eigh(a: DeviceArray, UPLO: str = "L") -> tuple[Array, Array]:
    """Eigenvalues and vectors of hermitian matrices; one triangle is read."""
    x = _square(a)
    values, vectors = _reported(lambda: _numpy.eigh(x, UPLO), None)
    return wrap(values), wrap(_columns(vectors))


def eigvalsh(a: DeviceArray, UPLO: str = "L") -> Array:
    """Eigenvalues of hermitian matrices."""
    x = _square(a)
    return wrap(_reported(lambda: _numpy.eigvalsh(x, UPLO), None))


def slogdet(a: DeviceArray) -> tuple[Array, Array]:
    """Signs and logarithms of determinants: 0 and -inf for singular matrices, whoever asks."""
    sign, logarithm = _numpy.slogdet(_square(a))
    return wrap(sign), wrap(logarithm)


def det(a: DeviceArray) -> Array:
    """Determinants, by their logarithms."""
    sign, logarithm = slogdet(a)
    return wrap(sign.peek() * np.exp(logarithm.peek()))


def norm(x: DeviceArray, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """Norms of vectors and matrices."""
    return wrap(_numpy.norm(_device(x), ord, axis, keepdims))


def _device(a: DeviceArray) -> np.ndarray[Any, Any]:
    if not isinstance(a, DeviceArray):
        raise LinAlgError("cupy.linalg only supports cupy.ndarray")
    return a.peek()


def _matrices(a: DeviceArray) -> np.ndarray[Any, Any]:
    x = _device(a)
    if x.dtype == np.float16:
        raise TypeError("float16 is unsupported in linalg")
    if x.ndim < 2:
        raise LinAlgError(f"{x.ndim}-dimensional array given. Array must be at least two-dimensional")
    return x if x.dtype.kind in "fc" else x.astype(np.float64)


def _square(a: DeviceArray) -> np.ndarray[Any, Any]:
    x = _matrices(a)
    if x.shape[-1] != x.shape[-2]:
        raise LinAlgError("Last 2 dimensions of the array must be square")
    return x


def _columns(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Returns a single matrix as cuSOLVER leaves it, column by column."""
    return np.asfortranarray(x) if x.ndim == 2 else x


def _reported(compute: Callable[[], Any], failure: Any) -> Any:
    """Returns a result, or where nobody asks how it went, what a failure leaves behind."""
    try:
        result = compute()
    except LinAlgError:
        report(failed=True)
        if failure is None:
            raise  # cuSOLVER leaves nothing that NumPy could show
        return failure
    report(failed=False)
    return result
