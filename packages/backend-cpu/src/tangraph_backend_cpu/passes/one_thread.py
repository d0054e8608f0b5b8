"""Plans whose products are shared by our own threads keep OpenBLAS to one while they run.

Telling it once a run is cheaper than telling it once a product, and small products need no word at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import raw_shape
from tangraph_backend_cpu import blas, products

if TYPE_CHECKING:
    from tangraph.plan.ir import Program, Step

#: OpenBLAS multiplies a matrix and a vector in one thread up to this many elements, two matrices up to so many products.
_VECTOR, _MATRICES = 9216, 1 << 18
#: Ops that want OpenBLAS' threads: the user's own code, decompositions.
_OTHERS: Final = frozenset(
    {
        "Cholesky",
        "CholeskyGrad",
        "EagerPyFunc",
        "LogMatrixDeterminant",
        "Lu",
        "MatrixDeterminant",
        "MatrixInverse",
        "MatrixLogarithm",
        "MatrixSolve",
        "MatrixSolveLs",
        "MatrixSquareRoot",
        "MatrixTriangularSolve",
        "PyFunc",
        "PyFuncStateless",
        "Qr",
        "SelfAdjointEigV2",
        "Svd",
    }
)


def keep_to_one_thread(program: Program) -> None:
    """Has each run of a program keep OpenBLAS to one thread, where that does not hold up anybody else."""
    if blas.control() is None:
        return
    steps = list(program.region.walk())
    if any(s.op_type in _OTHERS or (s.op_def is not None and s.op_def.blocking) for s in steps):
        return
    if any(s.op_type in products.USERS and _is_threaded(s) for s in steps):
        program.around.append(blas.one_thread())


def _is_threaded(step: Step) -> bool:
    """Whether OpenBLAS would use several threads for a step, as far as is known."""
    if step.op_type != "MatMul":
        return True
    shapes: list[Any] = [*[v.shape for v in step.inputs], step.outputs[0].shape]
    if not all(raw_shape.is_fully_defined(shape) for shape in shapes):
        return True
    inner = shapes[0][0 if step.attrs["transpose_a"] else 1]
    rows, columns = shapes[2]
    if 1 in (rows, columns):
        return bool(rows * columns * inner >= _VECTOR)
    return bool(rows * columns * inner > _MATRICES)
