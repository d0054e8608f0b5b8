"""Systems of linear equations. As in TensorFlow's GPU kernels, a triangular one that is singular makes inf or nan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.linalg_input import systems
from tangraph_backend_cpu.kernels.linalg_solve import check_tridiagonal
from tangraph_backend_cuda.kernels.companion import companion, succeeding
from tangraph_backend_cuda.kernels.linalg_factor import adjoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("MatrixSolve")
def matrix_solve(k: KernelContext) -> Callable[..., Any]:
    """Solutions of systems with general matrices."""
    xp, turned = k.xp, k.attr("adjoint")
    solve = succeeding(xp, xp.linalg.solve, "Input matrix is not invertible.")

    def run(matrix: Any, rhs: Any) -> Any:
        systems(matrix, rhs)
        if not rhs.size:
            return xp.empty(rhs.shape, rhs.dtype)
        return solve(adjoint(xp, matrix) if turned else matrix, rhs)

    return run


@kernel("MatrixTriangularSolve")
def matrix_triangular_solve(k: KernelContext) -> Callable[..., Any]:
    """Solutions of systems with triangular matrices."""
    xp, lower, turned = k.xp, k.attr("lower"), "C" if k.attr("adjoint") else "N"
    solve = companion(xp, "scipy.linalg").solve_triangular

    def run(matrix: Any, rhs: Any) -> Any:
        systems(matrix, rhs)
        if not rhs.size:
            return xp.empty(rhs.shape, rhs.dtype)
        return solve(matrix, rhs, trans=turned, lower=lower)

    return run


@kernel("TridiagonalSolve")
def tridiagonal_solve(k: KernelContext) -> Callable[..., Any]:
    """Solutions of systems with tridiagonal matrices, all of a batch at once, row after row: CuPy has nothing for them."""
    xp, exchanging = k.xp, k.attr("partial_pivoting")

    def run(diagonals: Any, rhs: Any) -> Any:
        check_tridiagonal(diagonals, rhs)
        if not rhs.size:
            return xp.empty(rhs.shape, rhs.dtype)
        # A column for each row of the matrix: it then multiplies the rows of the right-hand sides.
        above, main, below = [[diagonals[..., part, i, None] for i in range(rhs.shape[-2])] for part in range(3)]
        rows = [rhs[..., i, :] for i in range(rhs.shape[-2])]
        if exchanging:
            return xp.stack(_with_exchanges(xp, above, main, below[1:], rows), axis=-2)
        return xp.stack(_by_thomas(above, main, below, rows), axis=-2)

    return run


def _by_thomas(above: list[Any], main: list[Any], below: list[Any], rhs: list[Any]) -> list[Any]:
    """Elimination from the first row to the last, and substitution back."""
    count = len(main)
    pivot, x, factors = main[0], [rhs[0] / main[0]], [above[0]]
    for i in range(1, count):
        factors.append(above[i - 1] / pivot)
        pivot = main[i] - below[i] * factors[i]
        x.append((rhs[i] - below[i] * x[i - 1]) / pivot)
    for i in range(count - 2, -1, -1):
        x[i] = x[i] - factors[i + 1] * x[i + 1]
    return x


def _with_exchanges(xp: Any, above: list[Any], main: list[Any], below: list[Any], rhs: list[Any]) -> list[Any]:
    """Gauss' elimination, in which the larger of two neighbouring rows is the one that eliminates the other."""
    count = len(main)
    above, main, x = above.copy(), main.copy(), rhs.copy()
    second = [xp.zeros_like(main[0])] * count  # what an exchange puts above `above`
    for i in range(count - 1):
        exchanged = xp.abs(main[i]) < xp.abs(below[i])
        over, under = xp.where(exchanged, below[i], main[i]), xp.where(exchanged, main[i], below[i])
        factor = under / over
        upper = (xp.where(exchanged, main[i + 1], above[i]), xp.where(exchanged, x[i + 1], x[i]))
        lower = (xp.where(exchanged, above[i], main[i + 1]), xp.where(exchanged, x[i], x[i + 1]))
        main[i], above[i], x[i] = over, *upper
        main[i + 1], x[i + 1] = lower[0] - factor * upper[0], lower[1] - factor * upper[1]
        if i < count - 2:
            second[i] = xp.where(exchanged, above[i + 1], 0)
            above[i + 1] = xp.where(exchanged, -factor * above[i + 1], above[i + 1])
    x[-1] = x[-1] / main[-1]
    for i in range(count - 2, -1, -1):
        rest = x[i] - above[i] * x[i + 1]
        if i < count - 2:
            rest = rest - second[i] * x[i + 2]
        x[i] = rest / main[i]
    return x
