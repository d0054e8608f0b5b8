"""The signs of eigenvectors.

An eigenvector's opposite is one too. Which of the two a library returns follows from the steps that it takes, and a program
that prints eigenvectors shows it. TensorFlow's are those of the textbook's symmetric QR algorithm (Golub and Van Loan,
Matrix Computations, 8.3): Householder reflections to tridiagonal form, then implicit QR steps with Wilkinson's shift. Here
those steps are taken for one row alone; the vectors themselves are LAPACK's.

Measured on 240 matrices of up to 24 rows: all signs of float64 are TensorFlow's. Of float32 1 matrix in 50 has others, none
of fewer than 8 rows: there its rounding decides when a step is the last one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Larger matrices keep LAPACK's signs: the steps are Python's, some 10 ms at this size.
MAX_SIZE: Final = 32
#: So do many at a time, by the number of their rows.
MAX_ROWS: Final = 1 << 10
_MAX_STEPS: Final = 30


def align(matrices: Any, vectors: Any) -> Any:
    """Returns eigenvectors with the signs that TensorFlow gives them.

    Args:
      matrices: symmetric, [..., n, n], float32 or float64; the lower triangle is read. Others are left as they are.
      vectors: their eigenvectors as columns, in ascending order of the eigenvalues.

    >>> align(np.float64([[2, 1], [1, 2]]), np.float64([[1, 1], [-1, 1]]) / np.sqrt(2)).round(2).tolist()
    [[-0.71, 0.71], [0.71, 0.71]]
    """
    size = matrices.shape[-1]
    rows = matrices.size // max(size, 1)
    if not 0 < size <= MAX_SIZE or not 0 < rows <= MAX_ROWS or matrices.dtype.char not in "fd":
        return vectors
    if not np.isfinite(vectors).all():
        return vectors
    probe = np.cos(np.arange(1, size + 1) * 1.3) + 1.5
    seen = probe @ vectors
    wanted = [_projections(matrix, probe) for matrix in matrices.reshape(-1, size, size)]
    flips = np.signbit(np.reshape(wanted, seen.shape)) != np.signbit(seen)
    return np.where(flips[..., None, :], -vectors, vectors)


def _projections(matrix: Any, probe: Any) -> list[float]:
    """Returns the products of a vector with the eigenvectors that the algorithm finds."""
    info = np.finfo(matrix.dtype)
    lower = np.tril(matrix).astype(np.float64)
    lower /= np.abs(lower).max() or 1.0
    lower += np.tril(lower, -1).T
    row = probe.copy()
    steps = _QRSteps(*_tridiagonal(lower, row), row.tolist(), float(info.eps), float(info.tiny))
    steps.run()
    values, row = steps.diagonal, steps.row
    for i in range(len(row) - 1):  # by selection: equal values do not keep their order
        least = min(range(i, len(row)), key=values.__getitem__)
        values[i], values[least] = values[least], values[i]
        row[i], row[least] = row[least], row[i]
    return row


def _tridiagonal(a: Any, row: Any) -> tuple[list[float], list[float]]:
    """Makes a symmetric matrix tridiagonal by reflections, in place; the row is multiplied with each of them.

    Returns:
      The diagonal, and what stands beside it.
    """
    beside = []
    for i in range(len(a) - 1):
        x, below, tail = a[i + 1 :, i], a[i + 1 :, i + 1 :], row[i + 1 :]
        first = float(x[0])
        rest = float(x[1:] @ x[1:])
        if rest <= np.finfo(a.dtype).tiny:
            beside.append(first)
            continue
        beta = -math.copysign(math.sqrt(first * first + rest), first or 1.0)
        v = x / (first - beta)
        v[0] = 1.0
        tau = (beta - first) / beta
        p = below @ (tau * v)
        p -= tau / 2 * (p @ v) * v
        product = np.outer(v, p)
        below -= product
        below -= product.T
        tail -= tau * (tail @ v) * v
        beside.append(beta)
    return np.diagonal(a).tolist(), beside


class _QRSteps:
    """The QR steps on a tridiagonal matrix.

    Args:
      diagonal, beside: the matrix.
      row: is multiplied with each rotation.
      eps, tiny: of the type that the matrix came in.
    """

    def __init__(self, diagonal: list[float], beside: list[float], row: list[float], eps: float, tiny: float) -> None:
        self.diagonal, self.beside, self.row = diagonal, beside, row
        self._eps, self._tiny = 2 * eps, tiny

    def run(self) -> None:
        """Goes on until nothing stands beside the diagonal."""
        d, e = self.diagonal, self.beside
        first, last = 0, len(d) - 1
        for _ in range(_MAX_STEPS * len(d)):
            for i in range(first, last):
                if abs(e[i]) <= max((abs(d[i]) + abs(d[i + 1])) * self._eps, self._tiny):
                    e[i] = 0.0
            while last > 0 and e[last - 1] == 0:
                last -= 1
            if last <= 0:
                return
            first = last - 1
            while first > 0 and e[first - 1] != 0:
                first -= 1
            self._step(first, last)

    def _step(self, first: int, last: int) -> None:
        """One implicit step between two places of the diagonal."""
        d, e, row = self.diagonal, self.beside, self.row
        x, z = d[first] - _shift(d[last - 1], d[last], e[last - 1]), e[first]
        for k in range(first, last):
            c, s = _rotation(x, z)
            low, high, side = d[k], d[k + 1], e[k]
            left, right = s * low + c * side, s * side + c * high
            d[k] = c * (c * low - s * side) - s * (c * side - s * high)
            d[k + 1] = s * left + c * right
            e[k] = x = c * left - s * right
            if k > first:
                e[k - 1] = c * e[k - 1] - s * z
            if k < last - 1:
                z = -s * e[k + 1]
                e[k + 1] = c * e[k + 1]
            row[k], row[k + 1] = c * row[k] - s * row[k + 1], s * row[k] + c * row[k + 1]


def _shift(before: float, last: float, beside: float) -> float:
    """Returns Wilkinson's shift for the matrix' last corner."""
    half = (before - last) / 2
    if half == 0:
        return last - abs(beside)
    longer = half + math.copysign(math.hypot(half, beside), half)
    square = beside * beside
    return last - (square / longer if square else beside / (longer / beside))


def _rotation(x: float, z: float) -> Sequence[float]:
    """Returns c and s of the rotation that makes (x, z) a multiple of (1, 0)."""
    if z == 0:
        return (-1.0 if x < 0 else 1.0), 0.0
    if x == 0:
        return 0.0, (1.0 if z < 0 else -1.0)
    if abs(x) > abs(z):
        ratio = z / x
        c = math.copysign(1.0, x) / math.sqrt(1 + ratio * ratio)
        return c, -ratio * c
    ratio = x / z
    s = -math.copysign(1.0, z) / math.sqrt(1 + ratio * ratio)
    return -ratio * s, s
