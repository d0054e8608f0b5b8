"""Operators made of blocks: Kronecker products and block diagonals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, errors
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array.broadcast_shapes import broadcast_dynamic_shape, broadcast_static_shape
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import ones_like, zeros
from tangraph.ops.array.packing import stack
from tangraph.ops.array.reshape import reshape, squeeze
from tangraph.ops.array.shape import rank, shape
from tangraph.ops.array.split import split
from tangraph.ops.array.transpose import matrix_transpose, transpose
from tangraph.ops.control_flow.grouping import group
from tangraph.ops.linalg.adjoint import adjoint as dense_adjoint
from tangraph.ops.linalg.operators.base import Hint
from tangraph.ops.linalg.operators.broadcasting import broadcast_batches
from tangraph.ops.linalg.operators.composed import OperatorOfMany
from tangraph.ops.math.cast import cast
from tangraph.ops.math.ranges import range as range_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.tensor import Tensor


def _columns_as_vector(x: Tensor) -> Tensor:
    return reshape(matrix_transpose(x), concat([shape(x)[:-2], [-1]], axis=0))


def _vector_as_columns(y: Tensor, columns: Any) -> Tensor:
    return matrix_transpose(reshape(y, concat([shape(y)[:-1], [columns, -1]], axis=0)))


def _rotated(x: Tensor, *, right: bool = False) -> Tensor:
    """Moves the last axis to the front (right), or the first one to the end."""
    dims: Any = rank(x)
    parts: list[Any] = [[dims - 1], range_of(0, dims - 1)] if right else [range_of(1, dims), [0]]
    return transpose(x, concat(parts, axis=0))


@export("linalg.LinearOperatorKronecker")
class LinearOperatorKronecker(OperatorOfMany):
    """The Kronecker product of operators.

    Args:
      operators: the operators.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: see :class:`LinearOperator`.
      name: the prefix of the names of operations.

    Raises:
      TypeError: operators of different types.
      ValueError: no operators, or a hint that denies what follows from them.
    """

    def __init__(
        self,
        operators: Any,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str | None = None,
    ) -> None:
        parents = self._take(operators)
        text = "The Kronecker product of {0} operators is always {0}."
        is_non_singular = self._all("is_non_singular", is_non_singular, text.format("non-singular"))
        is_self_adjoint = self._all("is_self_adjoint", is_self_adjoint, text.format("self-adjoint"))
        is_positive_definite = self._all("is_positive_definite", is_positive_definite, text.format("positive-definite"))
        self._begin(parents, (is_non_singular, is_self_adjoint, is_positive_definite, is_square), name, "_x_")

    def _shape(self) -> TensorShape:
        columns, rows = self._operators[0].domain_dimension, self._operators[0].range_dimension
        for operator in self._operators[1:]:
            columns *= operator.domain_dimension
            rows *= operator.range_dimension
        return self._common_batch_shape().concatenate([rows, columns])

    def _shape_tensor(self) -> Tensor:
        first, *others = self._operators
        columns = first.domain_dimension_tensor()
        for operator in others:
            columns *= operator.domain_dimension_tensor()
        rows = first.range_dimension_tensor()
        for operator in others:
            rows *= operator.range_dimension_tensor()
        batch = first.batch_shape_tensor()
        for operator in others:
            batch = broadcast_dynamic_shape(batch, operator.batch_shape_tensor())
        return concat((batch, [rows, columns]), 0)

    def _through(self, x: Tensor, adjoint: bool, adjoint_arg: bool, inner: str, last: str) -> Tensor:
        """Applies the operators one after the other, each to the axis of `x` that is its own (Roth's column lemma)."""
        x = dense_adjoint(x) if adjoint_arg else x
        batch = concat([ones_like(self.batch_shape_tensor()), [1, 1]], 0)
        x += zeros(batch, dtype=x.dtype.base)
        result: Any = _rotated(x, right=True)
        result = result[np.newaxis, ...]
        for operator in self._operators[:-1]:
            size = operator.range_dimension_tensor() if adjoint else operator.domain_dimension_tensor()
            result = matrix_transpose(_vector_as_columns(result, size))
            apply: Callable[..., Tensor] = getattr(operator, inner)
            result = matrix_transpose(apply(result, adjoint=adjoint, adjoint_arg=False))
            result = _columns_as_vector(_rotated(result))
            result = _rotated(result, right=True)
        result = getattr(self._operators[-1], last)(result, adjoint=adjoint)
        result = _rotated(_columns_as_vector(_rotated(result)))
        if x.shape.is_fully_defined():
            static = broadcast_static_shape(x.shape[:-2], self.batch_shape)
            rows = self.domain_dimension if adjoint else self.range_dimension
            result.set_shape(static.concatenate([rows, x.shape[-1]]))
        return result  # type: ignore[no-any-return]

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._through(x, adjoint, adjoint_arg, "matmul", "matvec")

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._through(rhs, adjoint, adjoint_arg, "solve", "solvevec")

    def _determinant(self) -> Tensor:
        total = self.domain_dimension_tensor()
        result: Any = 1.0
        for operator in self._operators:
            result *= operator.determinant() ** cast(total / operator.domain_dimension_tensor(), dtype=operator.dtype)
        return result  # type: ignore[no-any-return]

    def _log_abs_determinant(self) -> Tensor:
        total = self.domain_dimension_tensor()
        result: Any = 0.0
        for operator in self._operators:
            found = operator.log_abs_determinant()
            result += found * cast(total / operator.domain_dimension_tensor(), dtype=operator.dtype)
        return result  # type: ignore[no-any-return]

    def _trace(self) -> Tensor:
        result: Any = 1.0
        for operator in self._operators:
            result *= operator.trace()
        return result  # type: ignore[no-any-return]

    def _diag_part(self) -> Tensor:
        result: Any = self._operators[0].diag_part()
        for operator in self._operators[1:]:
            result = result[..., :, np.newaxis]
            result *= operator.diag_part()[..., np.newaxis, :]
            result = reshape(result, shape=concat([shape(result)[:-2], [-1]], axis=0))
        rows, columns = self.range_dimension.value, self.domain_dimension.value
        least = None if rows is None or columns is None else min(rows, columns)
        result.set_shape(self.batch_shape.concatenate([least]))
        return result  # type: ignore[no-any-return]

    def _to_dense(self) -> Tensor:
        result: Any = self._operators[0].to_dense()
        for operator in self._operators[1:]:
            result = result[..., :, np.newaxis, :, np.newaxis]
            result *= operator.to_dense()[..., np.newaxis, :, np.newaxis, :]
            batch = shape(result)[:-4]
            rows = shape(result)[-4] * shape(result)[-3]
            columns = shape(result)[-2] * shape(result)[-1]
            result = reshape(result, shape=concat([batch, [rows, columns]], axis=0))
        result.set_shape(self.shape)
        return result  # type: ignore[no-any-return]

    def _assert_of_squares(self, name: str, what: str) -> Any:
        if not all(operator.is_square for operator in self._operators):
            raise errors.InvalidArgumentError(
                None, None, f"All Kronecker factors must be square for the product to be {what}."
            )
        return group([getattr(operator, name)() for operator in self._operators])

    def _assert_non_singular(self) -> Any:
        return self._assert_of_squares("assert_non_singular", "invertible")

    def _assert_self_adjoint(self) -> Any:
        return self._assert_of_squares("assert_self_adjoint", "self adjoint")


@export("linalg.LinearOperatorBlockDiag")
class LinearOperatorBlockDiag(OperatorOfMany):
    """A block diagonal matrix of square operators.

    Args:
      operators: the blocks.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: see :class:`LinearOperator`.
      name: the prefix of the names of operations.

    Raises:
      TypeError: operators of different types.
      ValueError: no operators, one that is not square, or a hint that denies what follows from them.
    """

    def __init__(
        self,
        operators: Any,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = True,
        name: str | None = None,
    ) -> None:
        parents = self._take(operators)
        text = "The direct sum of {0} operators is always {0}."
        is_non_singular = self._all("is_non_singular", is_non_singular, text.format("non-singular"))
        is_self_adjoint = self._all("is_self_adjoint", is_self_adjoint, text.format("self-adjoint"))
        is_positive_definite = self._all("is_positive_definite", is_positive_definite, text.format("positive definite"))
        if not (is_square and all(operator.is_square for operator in self._operators)):
            raise ValueError("Can only represent a block diagonal of square matrices.")
        self._begin(parents, (is_non_singular, is_self_adjoint, is_positive_definite, True), name, "_ds_")

    def _shape(self) -> TensorShape:
        columns, rows = self._operators[0].domain_dimension, self._operators[0].range_dimension
        for operator in self._operators[1:]:
            columns += operator.domain_dimension
            rows += operator.range_dimension
        return self._common_batch_shape().concatenate([columns, rows])

    def _shape_tensor(self) -> Tensor:
        if self.shape.is_fully_defined():
            return convert_to_tensor(self.shape.as_list(), dtype=dtypes.int32, name="shape")
        columns, rows = self._operators[0].domain_dimension_tensor(), self._operators[0].range_dimension_tensor()
        for operator in self._operators[1:]:
            columns += operator.domain_dimension_tensor()
            rows += operator.range_dimension_tensor()
        matrix = stack([columns, rows])
        return concat((self._common_batch_tensor(), matrix), 0)

    def _blocks_of(self, x: Tensor, axis: int) -> Any:
        if self.shape.is_fully_defined():
            sizes: list[Any] = [operator.domain_dimension.value for operator in self._operators]
        else:
            sizes = [operator.domain_dimension_tensor() for operator in self._operators]
        return split(x, sizes, axis=axis)

    def _each(self, x: Tensor, adjoint: bool, adjoint_arg: bool, method: str) -> Tensor:
        blocks = self._blocks_of(x, -1 if adjoint_arg else -2)
        results = [
            getattr(operator, method)(block, adjoint=adjoint, adjoint_arg=adjoint_arg)
            for operator, block in zip(self._operators, blocks, strict=True)
        ]
        return concat(broadcast_batches(results), axis=-2)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._each(x, adjoint, adjoint_arg, "matmul")

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._each(rhs, adjoint, adjoint_arg, "solve")

    def _determinant(self) -> Tensor:
        return self._product_of_determinants()

    def _log_abs_determinant(self) -> Tensor:
        return self._sum_of_log_determinants()

    def _diag_part(self) -> Tensor:
        diagonals = [operator.diag_part()[..., np.newaxis] for operator in self._operators]
        return squeeze(concat(broadcast_batches(diagonals), axis=-2), axis=-1)

    def _trace(self) -> Tensor:
        result = self._operators[0].trace()
        for operator in self._operators[1:]:
            result += operator.trace()
        return result

    def _to_dense(self) -> Tensor:
        before: Any = 0
        rows = []
        for block in broadcast_batches([operator.to_dense() for operator in self._operators]):
            sizes: Any = shape(block)[:-1]
            left = zeros(concat([sizes, [before]], axis=-1), dtype=block.dtype)
            before += shape(block)[-1]
            right = zeros(concat([sizes, [self.domain_dimension_tensor() - before]], axis=-1), dtype=block.dtype)
            rows.append(concat([left, block, right], axis=-1))
        result = concat(rows, axis=-2)
        result.set_shape(self.shape)
        return result

    def _assert_non_singular(self) -> Any:
        return group([operator.assert_non_singular() for operator in self._operators])

    def _assert_self_adjoint(self) -> Any:
        return group([operator.assert_self_adjoint() for operator in self._operators])

    def _assert_positive_definite(self) -> Any:
        return group([operator.assert_positive_definite() for operator in self._operators])
