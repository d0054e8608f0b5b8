"""Systems of linear equations with square matrices, general and triangular."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.array.diag import matrix_band_part
from tangraph.ops.linalg.shapes import FACTORED, solution
from tangraph.ops.math.matmul import matmul

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

ops = OpSet()

MATRIX_SOLVE = ops.define(
    "MatrixSolve",
    ["matrix: T", "rhs: T"],
    ["output: T"],
    ["adjoint: bool = false", FACTORED],
    shape=lambda c: solution(c, is_square=True),
)
MATRIX_TRIANGULAR_SOLVE = ops.define(
    "MatrixTriangularSolve",
    ["matrix: T", "rhs: T"],
    ["output: T"],
    ["lower: bool = true", "adjoint: bool = false", FACTORED],
    shape=lambda c: solution(c, is_square=True),
)


@ops.gradient("MatrixSolve")
def _matrix_solve_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    of_rhs = matrix_solve(op.inputs[0], grad, adjoint=not op.attrs["adjoint"])
    return _of_matrix(op, of_rhs), of_rhs


@ops.gradient("MatrixTriangularSolve")
def _matrix_triangular_solve_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    lower = op.attrs["lower"]
    of_rhs = matrix_triangular_solve(op.inputs[0], grad, lower=lower, adjoint=not op.attrs["adjoint"])
    of_matrix = _of_matrix(op, of_rhs)
    return matrix_band_part(of_matrix, -1, 0) if lower else matrix_band_part(of_matrix, 0, -1), of_rhs


def _of_matrix(op: Operation, of_rhs: Tensor) -> Tensor:
    x = op.outputs[0]
    if op.attrs["adjoint"]:
        return -matmul(x, of_rhs, adjoint_b=True)
    return -matmul(of_rhs, x, adjoint_b=True)


@export("linalg.solve", "matrix_solve")
def matrix_solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """Returns x with ``matrix · x = rhs``.

    Args:
      matrix: of shape [..., n, n].
      rhs: of shape [..., n, k] and the same type.
      adjoint: whether it is the adjoint of `matrix` that is solved with.
      name: the operation's name.

    Raises:
      InvalidArgumentError: in the run, a matrix is singular.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.matrix_solve([[2.0, 0.0], [0.0, 4.0]], [[2.0], [2.0]])).tolist()
    [[1.0], [0.5]]
    """
    result: Tensor = make_op(MATRIX_SOLVE, matrix, rhs, adjoint=adjoint, name=name)
    return result


@export("linalg.triangular_solve", "matrix_triangular_solve")
def matrix_triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """Returns x with ``matrix · x = rhs``, of triangular matrices.

    Args:
      matrix: of shape [..., n, n]; the other triangle is not read.
      rhs: of shape [..., n, k] and the same type.
      lower: which triangle it is.
      adjoint: whether it is the adjoint of `matrix` that is solved with.
      name: the operation's name.

    Raises:
      InvalidArgumentError: in the run, there is a zero on the diagonal.
    """
    result: Tensor = make_op(MATRIX_TRIANGULAR_SOLVE, matrix, rhs, lower=lower, adjoint=adjoint, name=name)
    return result
