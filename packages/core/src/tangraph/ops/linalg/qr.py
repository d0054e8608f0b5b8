"""The QR and LU decompositions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.array.diag import matrix_band_part
from tangraph.ops.linalg.adjoint import adjoint
from tangraph.ops.linalg.shapes import FACTORED, matrix, smaller, square_of
from tangraph.ops.linalg.solve import matrix_triangular_solve
from tangraph.ops.math.matmul import matmul

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


class Qr(NamedTuple):
    """What `tf.qr` gives: ``q · r`` is the input, q has orthonormal columns, r is upper triangular."""

    q: Tensor
    r: Tensor


class Lu(NamedTuple):
    """What `tf.linalg.lu` gives: both triangles in one matrix, and the order of the rows."""

    lu: Tensor
    p: Tensor


def _qr_shape(c: ShapeContext) -> list[Raw]:
    batch, rows, columns = matrix(c.shapes[0])
    inner = rows if c.attr("full_matrices") else smaller(rows, columns)
    return [raw_shape.concatenate(batch, (rows, inner)), raw_shape.concatenate(batch, (inner, columns))]


def _lu_shape(c: ShapeContext) -> list[Raw]:
    whole = square_of(c.shapes[0])
    return [whole, None if whole is None else whole[:-1]]


QR = ops.define("Qr", ["input: T"], ["q: T", "r: T"], ["full_matrices: bool = false", FACTORED], shape=_qr_shape)
LU = ops.define(
    "Lu",
    ["input: T"],
    ["lu: T", "p: output_idx_type"],
    [FACTORED, "output_idx_type: {int32, int64} = DT_INT32"],
    shape=_lu_shape,
)


@ops.gradient("Qr")
def _qr_grad(op: Operation, of_q: Tensor, of_r: Tensor) -> Tensor:
    q, r = op.outputs
    if q.dtype.is_complex:
        raise NotImplementedError(f"QrGrad not implemented for dtype: {q.dtype}")
    sizes = r.raw_shape
    if sizes is None or None in sizes[-2:]:
        raise NotImplementedError("QrGrad not implemented with dynamic shapes.")
    if sizes[-2] != sizes[-1]:
        raise NotImplementedError(
            "QrGrad not implemented when ncols > nrows or full_matrices is true and ncols != nrows."
        )
    along = matmul(q, of_q, adjoint_a=True)
    skew_q = along - adjoint(along)
    product = matmul(r, of_r, adjoint_b=True)
    skew_r = product - adjoint(product)
    lower = matrix_band_part(skew_q + skew_r, -1, 0)
    first = matmul(q, of_r + _times_inverse(lower, r))
    second = _times_inverse(of_q - matmul(q, along), r)
    return first + second


def _times_inverse(x: Tensor, r: Tensor) -> Tensor:
    """Returns ``x · r⁻ᴴ``."""
    return adjoint(matrix_triangular_solve(r, adjoint(x), lower=False, adjoint=False))


@export("linalg.qr", "qr")
def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> Qr:
    """Returns the QR decompositions of matrices.

    Args:
      input: of shape [..., m, n].
      full_matrices: whether q is square; otherwise it has ``min(m, n)`` columns.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     q, r = session.run(tf.qr([[3.0, 0.0], [4.0, 5.0]]))
    ...     abs(r).round(4).tolist()
    [[5.0, 4.0], [0.0, 3.0]]
    """
    return Qr(*make_op(QR, input, full_matrices=full_matrices, name=name))


@export("linalg.lu")
def lu(input: Any, output_idx_type: Any = dtypes.int32, name: str | None = None) -> Lu:
    """Returns the LU decompositions of square matrices, with the rows exchanged for stability.

    Args:
      input: of shape [..., n, n].
      output_idx_type: the type of the permutations, int32 or int64.
      name: the operation's name.

    Returns:
      (lu, p): the upper triangle U with the diagonal, and below it L, whose diagonal is 1; row i of ``L · U`` is row
      ``p[i]`` of the input.

    Raises:
      InvalidArgumentError: in the run, a matrix is singular.
    """
    return Lu(*make_op(LU, input, output_idx_type=output_idx_type, name=name))


ops.without_gradient("Lu")
