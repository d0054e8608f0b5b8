"""Operators that are given by a matrix: any matrix, and triangular ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.diag import matrix_band_part, matrix_diag_part
from tangraph.ops.array.shape import shape
from tangraph.ops.linalg.adjoint import adjoint as dense_adjoint
from tangraph.ops.linalg.operators.base import Hint, LinearOperator
from tangraph.ops.linalg.operators.broadcasting import matrix_triangular_solve_with_broadcast
from tangraph.ops.linalg.operators.diag import assert_no_zeros
from tangraph.ops.math.matmul import matmul
from tangraph.ops.math.reductions import reduce_prod, reduce_sum
from tangraph.ops.math.unary import abs, log

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor
    from tangraph.framework.tensor_shape import TensorShape

_TYPES = [dtypes.float16, dtypes.float32, dtypes.float64, dtypes.complex64, dtypes.complex128]


@export("linalg.LinearOperatorFullMatrix")
class LinearOperatorFullMatrix(LinearOperator):
    """Any matrix.

    Args:
      matrix: a tensor [..., m, n] of floats or complex numbers.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: see :class:`LinearOperator`.
      name: the prefix of the names of operations.

    Raises:
      TypeError: other elements.
      ValueError: a rank less than two.
    """

    def __init__(
        self,
        matrix: Any,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str = "LinearOperatorFullMatrix",
    ) -> None:
        with name_scope(name, values=[matrix]):
            self._matrix = convert_to_tensor(matrix, name="matrix")
            if self._matrix.dtype.base not in _TYPES:
                raise TypeError(f"Argument matrix must have dtype in {_TYPES}.  Found: {self._matrix.dtype}")
            if self._matrix.raw_shape is not None and len(self._matrix.raw_shape) < 2:
                raise ValueError(f"Argument matrix must have at least 2 dimensions.  Found: {self._matrix}")
            hints = (is_non_singular, is_self_adjoint, is_positive_definite, is_square)
            super().__init__(self._matrix.dtype, [self._matrix], *hints, name)

    def _shape(self) -> TensorShape:
        return self._matrix.shape

    def _shape_tensor(self) -> Tensor:
        return shape(self._matrix)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return matmul(self._matrix, x, adjoint_a=adjoint, adjoint_b=adjoint_arg)

    def _to_dense(self) -> Tensor:
        return self._matrix


@export("linalg.LinearOperatorLowerTriangular")
class LinearOperatorLowerTriangular(LinearOperator):
    """A lower triangular matrix.

    Args:
      tril: a tensor [..., n, n]; what is above the diagonal is not read.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: see :class:`LinearOperator`.
      name: the prefix of the names of operations.

    Raises:
      ValueError: a rank less than two, or ``is_square=False``.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     operator = tf.linalg.LinearOperatorLowerTriangular([[2.0, 9.0], [1.0, 4.0]])
    ...     session.run(operator.solve([[2.0], [5.0]])).tolist()
    [[1.0], [1.0]]
    """

    def __init__(
        self,
        tril: Any,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str = "LinearOperatorLowerTriangular",
    ) -> None:
        if is_square is False:
            raise ValueError("Only square lower triangular operators supported at this time.")
        with name_scope(name, values=[tril]):
            self._matrix = convert_to_tensor(tril, name="tril")
            if self._matrix.raw_shape is not None and len(self._matrix.raw_shape) < 2:
                raise ValueError(f"Argument tril must have at least 2 dimensions.  Found: {self._matrix}")
            hints = (is_non_singular, is_self_adjoint, is_positive_definite, True)
            super().__init__(self._matrix.dtype, [self._matrix], *hints, name)

    def _triangle(self) -> Tensor:
        return matrix_band_part(self._matrix, -1, 0)

    def _diagonal(self) -> Tensor:
        return matrix_diag_part(self._matrix)

    def _shape(self) -> TensorShape:
        return self._matrix.shape

    def _shape_tensor(self) -> Tensor:
        return shape(self._matrix)

    def _assert_non_singular(self) -> Any:
        text = "Singular operator:  Diagonal contained zero values."
        return assert_no_zeros(self._diagonal(), message=text)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return matmul(self._triangle(), x, adjoint_a=adjoint, adjoint_b=adjoint_arg)

    def _determinant(self) -> Tensor:
        return reduce_prod(self._diagonal(), axis=[-1])

    def _log_abs_determinant(self) -> Tensor:
        return reduce_sum(log(abs(self._diagonal())), axis=[-1])

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        rhs = dense_adjoint(rhs) if adjoint_arg else rhs
        return matrix_triangular_solve_with_broadcast(self._triangle(), rhs, lower=True, adjoint=adjoint)

    def _to_dense(self) -> Tensor:
        return self._triangle()
