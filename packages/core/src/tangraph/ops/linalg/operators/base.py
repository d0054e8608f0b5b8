"""LinearOperator: a matrix, or a batch of them, that is known by what it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor, is_dense_tensor_like
from tangraph.framework.tensor_shape import Dimension, TensorShape
from tangraph.ops.array.diag import eye, matrix_diag_part
from tangraph.ops.array.reshape import expand_dims, squeeze
from tangraph.ops.array.shape import size
from tangraph.ops.check_ops import assert_equal, assert_less, assert_positive
from tangraph.ops.linalg.adjoint import adjoint as dense_adjoint
from tangraph.ops.linalg.cholesky import cholesky as dense_cholesky
from tangraph.ops.linalg.inverse import matrix_determinant, slogdet
from tangraph.ops.linalg.operators import algebra
from tangraph.ops.linalg.operators.broadcasting import (
    cholesky_solve_with_broadcast,
    matrix_solve_with_broadcast,
    shape_as_tensor,
)
from tangraph.ops.linalg.svd import svd
from tangraph.ops.math.cast import cast
from tangraph.ops.math.reductions import reduce_max, reduce_min, reduce_sum
from tangraph.ops.math.unary import exp, log

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.tensor import Tensor

Hint = bool | None


@export("linalg.LinearOperator")
class LinearOperator:
    """A matrix [..., m, n] that is known by what it does.

    A subclass has `_shape`, `_shape_tensor` and `_matmul`; everything else follows from them, by way of the dense matrix,
    and is replaced where the structure allows better.

    Args:
      dtype: the element type.
      graph_parents: the tensors that it is made of.
      is_non_singular: whether it has an inverse; None when that is not known, here and below.
      is_self_adjoint: whether it is its own adjoint.
      is_positive_definite: whether ``xᴴ·A·x`` has a positive real part for all x but zero.
      is_square: whether it has as many rows as columns.
      name: the prefix of the names of operations.

    Raises:
      ValueError: hints that contradict each other.
    """

    def __init__(
        self,
        dtype: Any,
        graph_parents: Sequence[Any] | None = None,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str | None = None,
    ) -> None:
        if is_positive_definite:
            if is_non_singular is False:
                raise ValueError("A positive definite matrix is always non-singular.")
            is_non_singular = True
        for hint, text in ((is_non_singular, "non-singular"), (is_self_adjoint, "self-adjoint")):
            if hint:
                if is_square is False:
                    raise ValueError(f"A {text} matrix is always square.")
                is_square = True
        parents = list(graph_parents or [])
        for i, parent in enumerate(parents):
            if parent is None or not is_dense_tensor_like(parent):
                raise ValueError(f"Graph parent item {i} is not a Tensor; {parent}.")
        self._dtype: DType = dtypes.as_dtype(dtype).base
        self._graph_parents = parents
        self._is_square_hint = is_square
        self._is_non_singular = is_non_singular
        self._is_self_adjoint = is_self_adjoint
        self._is_positive_definite = is_positive_definite
        self._name = name or type(self).__name__

    @contextmanager
    def _name_scope(self, name: str | None = None) -> Iterator[str]:
        with name_scope(self._name if name is None else f"{self._name}/{name}") as scope:
            yield scope

    @property
    def dtype(self) -> DType:
        """The element type."""
        return self._dtype

    @property
    def name(self) -> str:
        """The prefix of the names of operations."""
        return self._name

    @property
    def graph_parents(self) -> list[Any]:
        """The tensors that it is made of."""
        return self._graph_parents

    @property
    def is_non_singular(self) -> Hint:
        """Whether it has an inverse, None when that is not known."""
        return self._is_non_singular

    @property
    def is_self_adjoint(self) -> Hint:
        """Whether it is its own adjoint, None when that is not known."""
        return self._is_self_adjoint

    @property
    def is_positive_definite(self) -> Hint:
        """Whether it is positive definite, None when that is not known."""
        return self._is_positive_definite

    @property
    def is_square(self) -> Hint:
        """Whether it is square, None when that is not known."""
        found: Hint = self.domain_dimension == self.range_dimension
        if self._is_square_hint is False and found:
            raise ValueError("User set is_square hint to False, but the operator was square.")
        return found if self._is_square_hint is None else self._is_square_hint

    # -- shapes ------------------------------------------------------------------------------------------------------

    def _shape(self) -> TensorShape:
        raise NotImplementedError("_shape is not implemented.")

    def _shape_tensor(self) -> Tensor:
        raise NotImplementedError("_shape_tensor is not implemented.")

    @property
    def shape(self) -> TensorShape:
        """The static shape, [..., m, n]."""
        return self._shape()

    @property
    def batch_shape(self) -> TensorShape:
        """The static shape of the batch."""
        return self.shape[:-2]

    @property
    def tensor_rank(self) -> int | None:
        """The rank, None when it is not known."""
        return self.shape.ndims

    @property
    def domain_dimension(self) -> Dimension:
        """The number of columns."""
        whole = self.shape
        return Dimension(None) if whole.ndims is None else whole.dims[-1]  # type: ignore[index]

    @property
    def range_dimension(self) -> Dimension:
        """The number of rows."""
        whole = self.shape
        return whole.dims[-2] if whole.dims else Dimension(None)

    def shape_tensor(self, name: str = "shape_tensor") -> Tensor:
        """Returns the shape."""
        with self._name_scope(name):
            whole = self.shape
            return shape_as_tensor(whole.as_list()) if whole.is_fully_defined() else self._shape_tensor()

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """Returns the shape of the batch."""
        with self._name_scope(name):
            batch = self.batch_shape
            if batch.is_fully_defined():
                return shape_as_tensor(batch.as_list(), name="batch_shape")
            return self.shape_tensor()[:-2]

    def tensor_rank_tensor(self, name: str = "tensor_rank_tensor") -> Tensor:
        """Returns the rank, a scalar."""
        with self._name_scope(name):
            rank = self.tensor_rank
            return size(self.shape_tensor()) if rank is None else convert_to_tensor(rank)

    def domain_dimension_tensor(self, name: str = "domain_dimension_tensor") -> Tensor:
        """Returns the number of columns, a scalar."""
        with self._name_scope(name):
            known = self.domain_dimension.value
            return self.shape_tensor()[-1] if known is None else convert_to_tensor(known)

    def range_dimension_tensor(self, name: str = "range_dimension_tensor") -> Tensor:
        """Returns the number of rows, a scalar."""
        with self._name_scope(name):
            known = self.range_dimension.value
            return self.shape_tensor()[-2] if known is None else convert_to_tensor(known)

    # -- assertions --------------------------------------------------------------------------------------------------

    def _assert_non_singular(self) -> Any:
        if self._can_use_cholesky():
            return self.assert_positive_definite()
        values = svd(self.to_dense(), compute_uv=False)
        condition = reduce_max(values, axis=-1) / reduce_min(values, axis=-1)
        text = "Singular matrix up to precision epsilon."
        return assert_less(condition, self._greatest_condition(), message=text)

    def _greatest_condition(self) -> Tensor:
        """The greatest condition number of a matrix that counts as having an inverse."""
        with name_scope("max_nonsingular_condition_number"):
            rows, columns = self.range_dimension_tensor, self.domain_dimension_tensor
            sizes = [100.0, cast(rows(), self._dtype), cast(columns(), self._dtype)]
            epsilon = cast(reduce_max(sizes), self._dtype) * np.finfo(self._dtype.np).eps
            return 1.0 / epsilon  # type: ignore[no-any-return]

    def assert_non_singular(self, name: str = "assert_non_singular") -> Any:
        """Returns an operation that fails when there is no inverse."""
        with self._name_scope(name):
            return self._assert_non_singular()

    def _assert_positive_definite(self) -> Any:
        if self.is_self_adjoint:
            diagonal = matrix_diag_part(dense_cholesky(self.to_dense()))
            return assert_positive(diagonal, message="Matrix was not positive definite.")
        raise NotImplementedError("assert_positive_definite is not implemented.")

    def assert_positive_definite(self, name: str = "assert_positive_definite") -> Any:
        """Returns an operation that fails when the matrix is not positive definite."""
        with self._name_scope(name):
            return self._assert_positive_definite()

    def _assert_self_adjoint(self) -> Any:
        dense = self.to_dense()
        return assert_equal(dense, dense_adjoint(dense), message="Matrix was not equal to its adjoint.")

    def assert_self_adjoint(self, name: str = "assert_self_adjoint") -> Any:
        """Returns an operation that fails when the matrix is not its own adjoint."""
        with self._name_scope(name):
            return self._assert_self_adjoint()

    # -- products and systems of equations ---------------------------------------------------------------------------

    def _checked(self, value: Any, name: str) -> Tensor:
        tensor = convert_to_tensor(value, name=name)
        if tensor.dtype.base is not self._dtype:
            raise TypeError(f"Expected argument to have dtype {self._dtype}.  Found: {tensor.dtype} in tensor {tensor}")
        return tensor

    def _check_size(self, axis: int, tensor: Tensor, tensor_axis: int) -> None:
        own, other = self.shape, tensor.shape
        if own.ndims is not None and other.ndims is not None:
            Dimension(own.as_list()[axis]).assert_is_compatible_with(Dimension(other.as_list()[tensor_axis]))

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        raise NotImplementedError("_matmul is not implemented.")

    def matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul") -> Any:
        """Returns the product with a matrix, or with another operator.

        Args:
          x: of shape [..., n, k]; or a LinearOperator.
          adjoint: whether it is the adjoint of this matrix that is multiplied.
          adjoint_arg: whether it is the adjoint of `x`.
          name: the name scope.

        Raises:
          ValueError: sizes that do not fit.
          TypeError: another element type.
        """
        if isinstance(x, LinearOperator):
            left, right = self._oriented(x, adjoint, adjoint_arg, "x")
            with self._name_scope(name):
                return algebra.matmul(left, right)
        with self._name_scope(name):
            x = self._checked(x, "x")
            self._check_size(-2 if adjoint else -1, x, -1 if adjoint_arg else -2)
            return self._matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _oriented(
        self, other: LinearOperator, adjoint: bool, adjoint_arg: bool, what: str
    ) -> tuple[LinearOperator, LinearOperator]:
        left = self.adjoint() if adjoint else self
        right = other.adjoint() if adjoint_arg else other
        columns, rows = left.domain_dimension, right.range_dimension
        if columns.value is not None and rows.value is not None and columns != rows:
            raise ValueError(
                f"Operators are incompatible. Expected `{what}` to have dimension {columns} but got {rows}."
            )
        return left, right

    def _matvec(self, x: Tensor, adjoint: bool = False) -> Tensor:
        return squeeze(self.matmul(expand_dims(x, axis=-1), adjoint=adjoint), axis=-1)

    def matvec(self, x: Any, adjoint: bool = False, name: str = "matvec") -> Tensor:
        """Returns the product with a vector [..., n]."""
        with self._name_scope(name):
            x = self._checked(x, "x")
            self._check_size(-2 if adjoint else -1, x, -1)
            return self._matvec(x, adjoint=adjoint)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        if self.is_square is False:
            raise NotImplementedError("Solve is not yet implemented for non-square operators.")
        rhs = dense_adjoint(rhs) if adjoint_arg else rhs
        if self._can_use_cholesky():
            return cholesky_solve_with_broadcast(dense_cholesky(self.to_dense()), rhs)
        return matrix_solve_with_broadcast(self.to_dense(), rhs, adjoint=adjoint)

    def solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "solve") -> Any:
        """Returns x with ``A · x = rhs``; the arguments are those of `matmul`.

        Raises:
          NotImplementedError: the matrix is known to be singular, or not square.
        """
        if self.is_non_singular is False:
            raise NotImplementedError("Exact solve not implemented for an operator that is expected to be singular.")
        if self.is_square is False:
            raise NotImplementedError("Exact solve not implemented for an operator that is expected to not be square.")
        if isinstance(rhs, LinearOperator):
            left, right = self._oriented(rhs, adjoint, adjoint_arg, "rhs")
            with self._name_scope(name):
                return algebra.solve(left, right)
        with self._name_scope(name):
            rhs = self._checked(rhs, "rhs")
            self._check_size(-1 if adjoint else -2, rhs, -1 if adjoint_arg else -2)
            return self._solve(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _solvevec(self, rhs: Tensor, adjoint: bool = False) -> Tensor:
        return squeeze(self.solve(expand_dims(rhs, axis=-1), adjoint=adjoint), axis=-1)

    def solvevec(self, rhs: Any, adjoint: bool = False, name: str = "solve") -> Tensor:
        """Returns x with ``A · x = rhs``, of vectors [..., n]."""
        with self._name_scope(name):
            rhs = self._checked(rhs, "rhs")
            self._check_size(-1 if adjoint else -2, rhs, -1)
            return self._solvevec(rhs, adjoint=adjoint)

    def adjoint(self, name: str = "adjoint") -> LinearOperator:
        """Returns the adjoint, an operator."""
        if self.is_self_adjoint is True:
            return self
        with self._name_scope(name):
            return algebra.adjoint(self)

    H = property(adjoint)

    def inverse(self, name: str = "inverse") -> LinearOperator:
        """Returns the inverse, an operator; ValueError for a matrix that has none."""
        if self.is_square is False:
            raise ValueError("Cannot take the Inverse: This operator represents a non square matrix.")
        if self.is_non_singular is False:
            raise ValueError("Cannot take the Inverse: This operator represents a singular matrix.")
        with self._name_scope(name):
            return algebra.inverse(self)

    def cholesky(self, name: str = "cholesky") -> LinearOperator:
        """Returns the Cholesky factor, an operator; ValueError for what is not positive definite and self-adjoint."""
        if not self._can_use_cholesky():
            raise ValueError("Cannot take the Cholesky decomposition: Not a positive definite self adjoint matrix.")
        with self._name_scope(name):
            return algebra.cholesky(self)

    def _can_use_cholesky(self) -> Hint:
        return self.is_self_adjoint and self.is_positive_definite

    # -- numbers and dense matrices ----------------------------------------------------------------------------------

    def _check_square(self) -> None:
        if self.is_square is False:
            raise NotImplementedError("Determinant not implemented for an operator that is expected to not be square.")

    def _determinant(self) -> Tensor:
        if self._can_use_cholesky():
            return exp(self.log_abs_determinant())
        return matrix_determinant(self.to_dense())

    def determinant(self, name: str = "det") -> Tensor:
        """Returns the determinant, of shape [...]."""
        self._check_square()
        with self._name_scope(name):
            return self._determinant()

    def _log_abs_determinant(self) -> Tensor:
        if self._can_use_cholesky():
            diagonal = matrix_diag_part(dense_cholesky(self.to_dense()))
            return 2 * reduce_sum(log(diagonal), axis=[-1])
        return slogdet(self.to_dense()).log_abs_determinant

    def log_abs_determinant(self, name: str = "log_abs_det") -> Tensor:
        """Returns the logarithm of the magnitude of the determinant, of shape [...]."""
        self._check_square()
        with self._name_scope(name):
            return self._log_abs_determinant()

    def _to_dense(self) -> Tensor:
        batch = self.batch_shape
        sizes: Any = batch.as_list() if batch.is_fully_defined() else self.batch_shape_tensor()
        count: Any = self.domain_dimension.value
        if count is None:
            count = self.domain_dimension_tensor()
        return self.matmul(eye(count, batch_shape=sizes, dtype=self._dtype))  # type: ignore[no-any-return]

    def to_dense(self, name: str = "to_dense") -> Tensor:
        """Returns the matrix as a tensor."""
        with self._name_scope(name):
            return self._to_dense()

    def _diag_part(self) -> Tensor:
        return matrix_diag_part(self.to_dense())

    def diag_part(self, name: str = "diag_part") -> Tensor:
        """Returns the diagonal, of shape [..., min(m, n)]."""
        with self._name_scope(name):
            return self._diag_part()

    def _trace(self) -> Tensor:
        return reduce_sum(self.diag_part(), axis=-1)

    def trace(self, name: str = "trace") -> Tensor:
        """Returns the sum of the diagonal, of shape [...]."""
        with self._name_scope(name):
            return self._trace()

    def _add_to_tensor(self, x: Tensor) -> Tensor:
        return self.to_dense() + x

    def add_to_tensor(self, x: Any, name: str = "add_to_tensor") -> Tensor:
        """Returns the sum with a matrix."""
        with self._name_scope(name):
            return self._add_to_tensor(self._checked(x, "x"))
