"""Cholesky's decomposition of hermitian positive definite matrices, and solving with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.ops.array.diag import eye, matrix_band_part, matrix_diag_part, matrix_set_diag
from tangraph.ops.array.shape import shape
from tangraph.ops.linalg.adjoint import adjoint
from tangraph.ops.linalg.shapes import FACTORED, square
from tangraph.ops.linalg.solve import matrix_triangular_solve
from tangraph.ops.math.matmul import matmul

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

ops = OpSet()

CHOLESKY = ops.define("Cholesky", ["input: T"], ["output: T"], [FACTORED], shape=square)
ops.define("CholeskyGrad", ["l: T", "grad: T"], ["output: T"], ["T: {half, float, double}"], shape=square)
ops.without_gradient("CholeskyGrad")


@ops.gradient("Cholesky")
def _cholesky_grad(op: Operation, grad: Tensor) -> Tensor:
    """Reverse mode of the decomposition (Murray, 2016, equation 12)."""
    factor = op.outputs[0]
    size = shape(factor)[-1]
    batch = shape(factor)[:-2]
    inverse = matrix_triangular_solve(factor, eye(size, batch_shape=batch, dtype=factor.dtype))
    middle = matmul(factor, grad, adjoint_a=True)
    middle = matrix_set_diag(middle, 0.5 * matrix_diag_part(middle))
    middle = matrix_band_part(middle, -1, 0)
    result = matmul(matmul(inverse, middle, adjoint_a=True), inverse)
    result += adjoint(result)
    return result * 0.5


@export("linalg.cholesky", "cholesky")
def cholesky(input: Any, name: str | None = None) -> Tensor:
    """Returns the lower triangular L with ``L · Lᴴ = input``.

    Args:
      input: hermitian positive definite matrices, of shape [..., n, n]; only the lower triangles are read.
      name: the operation's name.

    Raises:
      InvalidArgumentError: in the run, a matrix is not positive definite.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.cholesky([[4.0, 2.0], [2.0, 5.0]])).tolist()
    [[2.0, 0.0], [1.0, 2.0]]
    """
    result: Tensor = make_op(CHOLESKY, input, name=name)
    return result


@export("linalg.cholesky_solve", "cholesky_solve")
def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """Returns x with ``A · x = rhs``, where ``chol = tf.cholesky(A)``.

    Args:
      chol: of shape [..., n, n].
      rhs: of shape [..., n, k] and the same type.
      name: the name scope.
    """
    with name_scope(name, "cholesky_solve", [chol, rhs]):
        halfway = matrix_triangular_solve(chol, rhs, adjoint=False, lower=True)
        return matrix_triangular_solve(chol, halfway, adjoint=True, lower=True)
