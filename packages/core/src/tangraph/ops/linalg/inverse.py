"""Inverses and determinants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.ops.array.concat import concat
from tangraph.ops.array.diag import matrix_diag_part
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import shape
from tangraph.ops.linalg.shapes import FACTORED, square
from tangraph.ops.math.complex import real
from tangraph.ops.math.matmul import matmul
from tangraph.ops.math.reductions import reduce_sum
from tangraph.ops.math.unary import log

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


class LogMatrixDeterminant(NamedTuple):
    """What `tf.linalg.slogdet` gives: a sign (or a number on the unit circle), and the logarithm of the magnitude."""

    sign: Tensor
    log_abs_determinant: Tensor


def _one_a_matrix(c: ShapeContext) -> Raw:
    whole = square(c)
    return None if whole is None else whole[:-2]


_DETERMINANT_TYPES = "T: {half, float, double, complex64, complex128}"
MATRIX_INVERSE = ops.define(
    "MatrixInverse", ["input: T"], ["output: T"], ["adjoint: bool = false", FACTORED], shape=square
)
MATRIX_DETERMINANT = ops.define(
    "MatrixDeterminant", ["input: T"], ["output: T"], [_DETERMINANT_TYPES], shape=_one_a_matrix
)
LOG_MATRIX_DETERMINANT = ops.define(
    "LogMatrixDeterminant",
    ["input: T"],
    ["sign: T", "log_abs_determinant: T"],
    [_DETERMINANT_TYPES],
    shape=lambda c: [_one_a_matrix(c)] * 2,
)


@ops.gradient("MatrixInverse")
def _matrix_inverse_grad(op: Operation, grad: Tensor) -> Tensor:
    inverse = op.outputs[0]
    return -matmul(inverse, matmul(grad, inverse, adjoint_b=True), adjoint_a=True)


@ops.gradient("MatrixDeterminant")
def _matrix_determinant_grad(op: Operation, grad: Tensor) -> Tensor:
    determinant = op.outputs[0]
    inverse = matrix_inverse(op.inputs[0], adjoint=True)
    return _for_each_matrix(grad * determinant, determinant) * inverse


@ops.gradient("LogMatrixDeterminant")
def _log_matrix_determinant_grad(op: Operation, _: Tensor, grad: Tensor) -> Tensor:
    inverse = matrix_inverse(op.inputs[0], adjoint=True)
    return _for_each_matrix(grad, op.outputs[1]) * inverse


def _for_each_matrix(factors: Tensor, like: Tensor) -> Tensor:
    return reshape(factors, concat([shape(like), [1, 1]], 0))


@export("linalg.inv", "matrix_inverse")
def matrix_inverse(input: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """Returns the inverses of square matrices, or their adjoints'.

    Args:
      input: a tensor of floats or complex numbers of shape [..., n, n].
      adjoint: whether the adjoints are inverted.
      name: the operation's name.

    Raises:
      InvalidArgumentError: in the run, a matrix is singular.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.matrix_inverse([[2.0, 0.0], [0.0, 4.0]])).tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    result: Tensor = make_op(MATRIX_INVERSE, input, adjoint=adjoint, name=name)
    return result


@export("linalg.det", "matrix_determinant")
def matrix_determinant(input: Any, name: str | None = None) -> Tensor:
    """Returns the determinants of square matrices: [..., n, n] -> [...].

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     round(float(session.run(tf.matrix_determinant([[3.0, 1.0], [2.0, 4.0]]))), 4)
    10.0
    """
    result: Tensor = make_op(MATRIX_DETERMINANT, input, name=name)
    return result


@export("linalg.slogdet")
def slogdet(input: Any, name: str | None = None) -> LogMatrixDeterminant:
    """Returns the signs of determinants and the logarithms of their magnitudes: [..., n, n] -> two tensors [...]."""
    return LogMatrixDeterminant(*make_op(LOG_MATRIX_DETERMINANT, input, name=name))


@export("linalg.logdet")
def logdet(matrix: Any, name: str | None = None) -> Tensor:
    """Returns the logarithms of the determinants of hermitian positive definite matrices: [..., n, n] -> [...]."""
    with name_scope(name, "logdet", [matrix]):
        factor = make_op("Cholesky", matrix)
        return 2.0 * reduce_sum(log(real(matrix_diag_part(factor))), axis=[-1])
