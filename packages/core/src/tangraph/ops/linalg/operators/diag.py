"""Operators on the diagonal: diagonal matrices, the identity, and its multiples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array.broadcast_shapes import broadcast_static_shape
from tangraph.ops.array.concat import concat
from tangraph.ops.array.diag import matrix_diag, matrix_diag_part, matrix_set_diag
from tangraph.ops.array.fill import ones, zeros, zeros_like
from tangraph.ops.array.identity import no_op
from tangraph.ops.array.packing import stack
from tangraph.ops.array.reshape import expand_dims
from tangraph.ops.array.shape import shape
from tangraph.ops.check_ops import assert_equal, assert_less, assert_non_negative, assert_positive
from tangraph.ops.check_shapes import assert_rank
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.linalg.adjoint import adjoint as dense_adjoint
from tangraph.ops.linalg.operators.base import Hint, LinearOperator
from tangraph.ops.linalg.operators.broadcasting import shape_as_tensor
from tangraph.ops.math.cast import cast
from tangraph.ops.math.complex import conj, imag, real
from tangraph.ops.math.reductions import reduce_min, reduce_prod, reduce_sum
from tangraph.ops.math.unary import abs, log

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


def assert_no_zeros(x: Any, message: str, name: str = "assert_no_entries_with_modulus_zero") -> Any:
    """Returns an operation that fails when an element is zero."""
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="x")
        magnitudes = abs(x)
        zero = convert_to_tensor(0, dtype=x.dtype.base.real_dtype)
        return assert_less(zero, magnitudes, message=message)


def _assert_real(x: Any, message: str, name: str = "assert_zero_imag_part") -> Any:
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_floating:
            return no_op()
        zero = convert_to_tensor(0, dtype=x.dtype.base.real_dtype)
        return assert_equal(zero, imag(x), message=message)


@export("linalg.LinearOperatorDiag")
class LinearOperatorDiag(LinearOperator):
    """A diagonal matrix.

    Args:
      diag: the diagonals, a tensor [..., n].
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: see :class:`LinearOperator`.
      name: the prefix of the names of operations.

    Raises:
      ValueError: a scalar, ``is_square=False``, or ``is_self_adjoint=False`` with real numbers.
    """

    def __init__(
        self,
        diag: Any,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str = "LinearOperatorDiag",
    ) -> None:
        with name_scope(name, values=[diag]):
            self._diag = convert_to_tensor(diag, name="diag")
            if self._diag.raw_shape == ():
                raise ValueError(f"Argument diag must have at least 1 dimension.  Found: {self._diag}")
            if not self._diag.dtype.is_complex:
                if is_self_adjoint is False:
                    raise ValueError("A real diagonal operator is always self adjoint.")
                is_self_adjoint = True
            if is_square is False:
                raise ValueError("Only square diagonal operators currently supported.")
            hints = (is_non_singular, is_self_adjoint, is_positive_definite, True)
            super().__init__(self._diag.dtype, [self._diag], *hints, name)

    @property
    def diag(self) -> Tensor:
        """The diagonals."""
        return self._diag

    def _shape(self) -> TensorShape:
        static = self._diag.shape
        return static.concatenate(static[-1:])

    def _shape_tensor(self) -> Tensor:
        sizes: Any = shape(self._diag)
        return concat((sizes, [sizes[-1]]), 0)

    def _assert_non_singular(self) -> Any:
        return assert_no_zeros(self._diag, message="Singular operator:  Diagonal contained zero values.")

    def _assert_positive_definite(self) -> Any:
        text = "Real diagonal operator had non-positive diagonal entries, thus was not positive definite."
        if self.dtype.is_complex:
            text = "Diagonal operator had diagonal entries with non-positive real part, thus was not positive definite."
        return assert_positive(real(self._diag), message=text)

    def _assert_self_adjoint(self) -> Any:
        text = "This diagonal operator contained non-zero imaginary values.   Thus it was not self-adjoint."
        return _assert_real(self._diag, message=text)

    def _turned(self, adjoint: bool) -> Tensor:
        return conj(self._diag) if adjoint else self._diag

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        factors = self._turned(adjoint)
        x = dense_adjoint(x) if adjoint_arg else x
        return expand_dims(factors, -1) * x

    def _matvec(self, x: Tensor, adjoint: bool = False) -> Tensor:
        return self._turned(adjoint) * x

    def _determinant(self) -> Tensor:
        return reduce_prod(self._diag, axis=[-1])

    def _log_abs_determinant(self) -> Tensor:
        result = reduce_sum(log(abs(self._diag)), axis=[-1])
        return cast(result, dtype=self.dtype) if self.dtype.is_complex else result

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        divisors = self._turned(adjoint)
        rhs = dense_adjoint(rhs) if adjoint_arg else rhs
        return rhs * expand_dims(1.0 / divisors, -1)

    def _to_dense(self) -> Tensor:
        return matrix_diag(self._diag)

    def _diag_part(self) -> Tensor:
        return self._diag

    def _add_to_tensor(self, x: Tensor) -> Tensor:
        return matrix_set_diag(x, self._diag + matrix_diag_part(x))


class _Identity(LinearOperator):
    """What the identity and its multiples have in common: a number of rows."""

    _rows: Tensor
    _rows_static: Any
    _checks_shapes: bool

    def _take_rows(self, num_rows: Any) -> None:
        self._rows = shape_as_tensor(num_rows, name="num_rows")
        self._rows_static = constant_value(self._rows)
        if self._checks_shapes:
            checks = [
                assert_rank(self._rows, 0, message="Argument num_rows must be a 0-D Tensor."),
                assert_non_negative(self._rows, message="Argument num_rows must be non-negative."),
            ]
            self._rows = with_dependencies(checks, self._rows)
        if not self._rows.dtype.is_integer:
            raise TypeError(f"Argument num_rows must be integer type.  Found: {self._rows}")
        known = self._rows_static
        if known is not None and known.ndim != 0:
            raise ValueError(f"Argument num_rows must be a 0-D Tensor.  Found: {known}")
        if known is not None and known < 0:
            raise ValueError(f"Argument num_rows must be non-negative.  Found: {known}")

    def _matrix_shape(self) -> TensorShape:
        known = None if self._rows_static is None else int(self._rows_static)
        return TensorShape([known, known])

    def _with_checked_size(self, x: Tensor) -> Tensor:
        if not self._checks_shapes:
            return x
        text = "Dimensions are not compatible.  shape[-2] of argument to be the same as this operator"
        check = assert_equal(shape(x)[-2], self.domain_dimension_tensor(), message=text)
        return with_dependencies([check], x)  # type: ignore[no-any-return]

    def _ones(self) -> Tensor:
        batch = self.batch_shape
        return ones(batch if batch.is_fully_defined() else self.batch_shape_tensor(), dtype=self.dtype)

    def _least_size(self) -> Any:
        known = self.domain_dimension.value
        return None if known is None else known

    def _trace_of_ones(self, factor: Any = None) -> Tensor:
        each = self._ones()
        count: Any = self._least_size()
        if count is None:
            count = cast(reduce_min(self.shape_tensor()[-2:]), self.dtype)
        return count * each if factor is None else factor * count * each  # type: ignore[no-any-return]

    def _diagonal_of_ones(self) -> Tensor:
        if self.shape.is_fully_defined():
            return ones(self.batch_shape.concatenate([self._least_size()]), dtype=self.dtype)
        size = reduce_min(self.shape_tensor()[-2:])
        return ones(concat([self.batch_shape_tensor(), [size]], axis=0), dtype=self.dtype)


@export("linalg.LinearOperatorIdentity")
class LinearOperatorIdentity(_Identity):
    """The identity.

    Args:
      num_rows: its size, a number or int32 scalar.
      batch_shape: the shape of the batch, when it is one.
      dtype: the element type.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: must be True.
      assert_proper_shapes: whether the run checks shapes.
      name: the prefix of the names of operations.

    Raises:
      ValueError: a hint that is not True, or a negative size.
      TypeError: a size that is no integer.
    """

    def __init__(
        self,
        num_rows: Any,
        batch_shape: Any = None,
        dtype: Any = None,
        is_non_singular: Hint = True,
        is_self_adjoint: Hint = True,
        is_positive_definite: Hint = True,
        is_square: Hint = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorIdentity",
    ) -> None:
        self._checks_shapes = assert_proper_shapes
        with name_scope(name):
            hints = {
                "self adjoint": is_self_adjoint,
                "non-singular": is_non_singular,
                "positive-definite": is_positive_definite,
                "square": is_square,
            }
            for text, hint in hints.items():
                if not hint:
                    raise ValueError(f"An identity operator is always {text}.")
            super().__init__(dtype or dtypes.float32, None, True, True, True, True, name)
            self._take_rows(num_rows)
            self._batch: Tensor | None = None
            self._batch_static: Any = None
            if batch_shape is not None:
                self._take_batch(batch_shape)

    def _take_batch(self, batch_shape: Any) -> None:
        self._batch = batch = shape_as_tensor(batch_shape, name="batch_shape_arg")
        self._batch_static = known = constant_value(batch)
        if self._checks_shapes:
            checks = [
                assert_rank(batch, 1, message="Argument batch_shape must be a 1-D Tensor."),
                assert_non_negative(batch, message="Argument batch_shape must be non-negative."),
            ]
            self._batch = with_dependencies(checks, batch)
        if not batch.dtype.is_integer:
            raise TypeError(f"Argument batch_shape must be integer type.  Found: {batch}")
        if known is not None and known.ndim != 1:
            raise ValueError(f"Argument batch_shape must be a 1-D Tensor.  Found: {known}")
        if known is not None and np.any(known < 0):
            raise ValueError(f"Argument batch_shape must be non-negative.  Found:{known}")

    def _shape(self) -> TensorShape:
        if self._batch is None:
            return self._matrix_shape()
        return TensorShape(self._batch_static).concatenate(self._matrix_shape())

    def _shape_tensor(self) -> Tensor:
        matrix: Tensor = stack((self._rows, self._rows), axis=0)
        return matrix if self._batch is None else concat((self._batch, matrix), 0)

    def _assert_non_singular(self) -> Any:
        return no_op("assert_non_singular")

    def _assert_positive_definite(self) -> Any:
        return no_op("assert_positive_definite")

    def _assert_self_adjoint(self) -> Any:
        return no_op("assert_self_adjoint")

    def _with_batch(self, x: Tensor) -> Tensor:
        if self._batch is None:
            return x
        special = self.batch_shape.concatenate([1, 1])
        whole = broadcast_static_shape(x.shape, special)
        if special.is_fully_defined():
            if whole == x.shape:
                return x
            return x + zeros(special, dtype=self.dtype)
        return x + zeros(concat((self.batch_shape_tensor(), [1, 1]), 0), dtype=self.dtype)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = dense_adjoint(x) if adjoint_arg else x
        return self._with_batch(self._with_checked_size(x))

    def _determinant(self) -> Tensor:
        return ones(self.batch_shape_tensor(), dtype=self.dtype)

    def _log_abs_determinant(self) -> Tensor:
        return zeros(self.batch_shape_tensor(), dtype=self.dtype)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._matmul(rhs, adjoint_arg=adjoint_arg)

    def _trace(self) -> Tensor:
        return self._trace_of_ones()

    def _diag_part(self) -> Tensor:
        return self._diagonal_of_ones()

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Tensor:
        """Returns the sum with a matrix."""
        with self._name_scope(name):
            mat = convert_to_tensor(mat, name="mat")
            return matrix_set_diag(mat, 1 + matrix_diag_part(mat))


@export("linalg.LinearOperatorScaledIdentity")
class LinearOperatorScaledIdentity(_Identity):
    """A multiple of the identity.

    Args:
      num_rows: its size, a number or int32 scalar.
      multiplier: the factors, a tensor [...].
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: see :class:`LinearOperator`.
      assert_proper_shapes: whether the run checks shapes.
      name: the prefix of the names of operations.

    Raises:
      ValueError: a negative size, ``is_square=False``, or ``is_self_adjoint=False`` with real numbers.
      TypeError: a size that is no integer.
    """

    def __init__(
        self,
        num_rows: Any,
        multiplier: Any,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorScaledIdentity",
    ) -> None:
        self._checks_shapes = assert_proper_shapes
        with name_scope(name, values=[multiplier, num_rows]):
            self._multiplier = convert_to_tensor(multiplier, name="multiplier")
            if not self._multiplier.dtype.is_complex:
                if is_self_adjoint is False:
                    raise ValueError("A real diagonal operator is always self adjoint.")
                is_self_adjoint = True
            if not is_square:
                raise ValueError("A ScaledIdentity operator is always square.")
            hints = (is_non_singular, is_self_adjoint, is_positive_definite, is_square)
            super().__init__(self._multiplier.dtype, None, *hints, name)
            self._take_rows(num_rows)
            self._rows_as_number = cast(self._rows, self.dtype)
            self._rows_as_real = cast(self._rows, self.dtype.real_dtype)

    @property
    def multiplier(self) -> Tensor:
        """The factors."""
        return self._multiplier

    def _shape(self) -> TensorShape:
        return self._multiplier.shape.concatenate(self._matrix_shape())

    def _shape_tensor(self) -> Tensor:
        matrix = stack((self._rows, self._rows), axis=0)
        return concat((shape(self._multiplier), matrix), 0)

    def _assert_non_singular(self) -> Any:
        return assert_positive(abs(self._multiplier), message="LinearOperator was singular")

    def _assert_positive_definite(self) -> Any:
        return assert_positive(real(self._multiplier), message="LinearOperator was not positive definite.")

    def _assert_self_adjoint(self) -> Any:
        part = imag(self._multiplier)
        return assert_equal(zeros_like(part), part, message="LinearOperator was not self-adjoint")

    def _as_matrix(self, adjoint: bool) -> Tensor:
        result = expand_dims(expand_dims(self._multiplier, -1), -1)
        return conj(result) if adjoint else result

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = self._with_checked_size(dense_adjoint(x) if adjoint_arg else x)
        return x * self._as_matrix(adjoint)

    def _determinant(self) -> Tensor:
        return self._multiplier**self._rows_as_number  # type: ignore[no-any-return]

    def _log_abs_determinant(self) -> Tensor:
        return self._rows_as_real * log(abs(self._multiplier))  # type: ignore[no-any-return]

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        rhs = self._with_checked_size(dense_adjoint(rhs) if adjoint_arg else rhs)
        return rhs / self._as_matrix(adjoint)

    def _trace(self) -> Tensor:
        return self._trace_of_ones(self._multiplier)

    def _diag_part(self) -> Tensor:
        return self._diagonal_of_ones() * self._multiplier[..., np.newaxis]

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Tensor:
        """Returns the sum with a matrix."""
        with self._name_scope(name):
            vector = expand_dims(self._multiplier, -1)
            mat = convert_to_tensor(mat, name="mat")
            return matrix_set_diag(mat, vector + matrix_diag_part(mat))
