"""Eigenvalues and eigenvectors of hermitian matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import control_dependencies
from tangraph.ops.array.diag import matrix_band_part, matrix_diag, matrix_diag_part, matrix_set_diag
from tangraph.ops.array.fill import zeros_like
from tangraph.ops.array.reshape import expand_dims
from tangraph.ops.linalg.adjoint import adjoint
from tangraph.ops.linalg.shapes import FACTORED, square_of
from tangraph.ops.math.matmul import matmul
from tangraph.ops.math.unary import reciprocal

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _eigen_shape(c: ShapeContext) -> list[Raw]:
    whole = square_of(c.shapes[0])
    values = None if whole is None else whole[:-1]
    return [values, whole if c.attr("compute_v") else (0,)]


SELF_ADJOINT_EIG = ops.define(
    "SelfAdjointEigV2", ["input: T"], ["e: T", "v: T"], ["compute_v: bool = true", FACTORED], shape=_eigen_shape
)


@ops.gradient("SelfAdjointEigV2")
def _self_adjoint_eig_grad(op: Operation, of_e: Tensor, of_v: Tensor) -> Tensor:
    e = op.outputs[0]
    with control_dependencies([of_e, of_v]):
        if op.attrs["compute_v"]:
            v = op.outputs[1]
            apart = reciprocal(expand_dims(e, -2) - expand_dims(e, -1))
            f = matrix_set_diag(apart, zeros_like(e))
            inner = matrix_diag(of_e) + f * matmul(v, of_v, adjoint_a=True)
        else:
            _, v = self_adjoint_eig(op.inputs[0])
            inner = matrix_diag(of_e)
        result = matmul(v, matmul(inner, v, adjoint_b=True))
        # Only the lower triangle is read: it gets what belongs to both.
        result = matrix_band_part(result + adjoint(result), -1, 0)
        return matrix_set_diag(result, 0.5 * matrix_diag_part(result))


@export("linalg.eigh", "self_adjoint_eig")
def self_adjoint_eig(tensor: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Returns the eigenvalues and eigenvectors of hermitian matrices.

    Args:
      tensor: of shape [..., n, n]; only the lower triangles are read.
      name: the operation's name.

    Returns:
      (e, v): the eigenvalues [..., n], smallest first, and as the columns of v [..., n, n] eigenvectors of length 1.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.self_adjoint_eig([[2.0, 1.0], [1.0, 2.0]])[0]).round(4).tolist()
    [1.0, 3.0]
    """
    e, v = make_op(SELF_ADJOINT_EIG, tensor, compute_v=True, name=name)
    return e, v


@export("linalg.eigvalsh", "self_adjoint_eigvals")
def self_adjoint_eigvals(tensor: Any, name: str | None = None) -> Tensor:
    """Returns the eigenvalues of hermitian matrices, smallest first: [..., n, n] -> [..., n]."""
    e, _ = make_op(SELF_ADJOINT_EIG, tensor, compute_v=False, name=name)
    return e  # type: ignore[no-any-return]
