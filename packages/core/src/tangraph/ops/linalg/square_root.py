"""Square roots and logarithms of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.array.concat import concat
from tangraph.ops.array.diag import eye
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import shape, size
from tangraph.ops.array.slicing import slice as cut
from tangraph.ops.array.tile import tile
from tangraph.ops.array.transpose import matrix_transpose
from tangraph.ops.linalg.shapes import FACTORED, square
from tangraph.ops.linalg.solve import matrix_solve
from tangraph.ops.math.arithmetic import add, subtract
from tangraph.ops.math.reductions import reduce_prod

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

ops = OpSet()

MATRIX_SQUARE_ROOT = ops.define("MatrixSquareRoot", ["input: T"], ["output: T"], [FACTORED], shape=square)
MATRIX_LOGARITHM = ops.define(
    "MatrixLogarithm", ["input: T"], ["output: T"], ["T: {complex64, complex128}"], shape=square
)
ops.without_gradient("MatrixLogarithm")


@ops.gradient("MatrixSquareRoot")
def _square_root_grad(op: Operation, grad: Tensor) -> Tensor:
    """Solves Sylvester's equation ``dR · R + R · dR = dA``, all of its elements as one vector."""
    root = op.outputs[0]
    sizes = shape(root)
    order = sizes[-1]
    count = reduce_prod(sizes[0:-2])
    one = reshape(eye(order, dtype=root.dtype), [-1])
    ones = reshape(tile(one, [count]), sizes)
    turned = matrix_transpose(root)
    total = add(_kronecker(ones, turned), _kronecker(root, ones))
    batch = cut(sizes, [0], [subtract(size(sizes), 2)])
    as_column = concat([batch, [order * order], [1]], 0)
    column = reshape(matrix_transpose(grad), as_column)
    solved = matrix_solve(total, column)
    return matrix_transpose(reshape(solved, sizes))


def _kronecker(a: Tensor, b: Tensor) -> Tensor:
    """Returns the Kronecker products of two batches of square matrices."""
    a_sizes, b_sizes = shape(a), shape(b)
    a_order, b_order = a_sizes[-1], b_sizes[-1]
    batch = cut(a_sizes, [0], [subtract(size(a_sizes), 2)])
    a_spread = concat([batch, [a_order], [1], [a_order], [1]], 0)
    b_spread = concat([batch, [1], [b_order], [1], [b_order]], 0)
    spread_a, spread_b = reshape(a, a_spread), reshape(b, b_spread)
    order = a_order * b_order
    whole = concat([batch, [order], [order]], 0)
    result: Tensor = reshape(spread_a * spread_b, whole)
    return result


@export("linalg.sqrtm", "matrix_square_root")
def matrix_square_root(input: Any, name: str | None = None) -> Tensor:
    """Returns the square roots of square matrices, in the sense of the matrix product.

    Args:
      input: of shape [..., n, n]; a real matrix must have a real root, thus no negative eigenvalues.
      name: the operation's name.
    """
    result: Tensor = make_op(MATRIX_SQUARE_ROOT, input, name=name)
    return result


@export("linalg.logm")
def logm(input: Any, name: str | None = None) -> Tensor:
    """Returns the logarithms of square complex matrices, what undoes `tf.linalg.expm`: [..., n, n] -> the same."""
    result: Tensor = make_op(MATRIX_LOGARITHM, input, name=name)
    return result
