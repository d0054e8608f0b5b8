"""Operators made of one other: adjoints and inverses; and compositions of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array.broadcast_shapes import broadcast_static_shape
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import zeros
from tangraph.ops.array.packing import stack
from tangraph.ops.array.shape import shape
from tangraph.ops.check_shapes import assert_proper_iterable
from tangraph.ops.linalg.adjoint import adjoint as dense_adjoint
from tangraph.ops.linalg.operators.base import Hint, LinearOperator
from tangraph.ops.math.complex import conj

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


class OperatorOfOne(LinearOperator):
    """An operator that is made of another one."""

    def __init__(
        self,
        operator: LinearOperator,
        suffix: str,
        texts: Sequence[str],
        hints: dict[str, Hint],
        name: str | None,
    ) -> None:
        self._operator = operator
        found = {
            what: _combined(operator, what, hint, text) for (what, hint), text in zip(hints.items(), texts, strict=True)
        }
        name = f"{operator.name}{suffix}" if name is None else name
        with name_scope(name, values=operator.graph_parents):
            super().__init__(operator.dtype, operator.graph_parents, name=name, **found)

    @property
    def operator(self) -> LinearOperator:
        """What it is made of."""
        return self._operator

    def _assert_non_singular(self) -> Any:
        return self._operator.assert_non_singular()

    def _assert_positive_definite(self) -> Any:
        return self._operator.assert_positive_definite()

    def _assert_self_adjoint(self) -> Any:
        return self._operator.assert_self_adjoint()


def _combined(operator: LinearOperator, what: str, hint: Hint, text: str) -> Hint:
    """Returns what is known of an operator, or else the hint; ValueError when they contradict each other."""
    known: Hint = getattr(operator, what)
    if (known is False and hint) or (known and hint is False):
        raise ValueError(text)
    if known or hint:
        return True
    return False if known is False or hint is False else None


def _texts(kind: str) -> list[str]:
    whats = ("non-singular", "self-adjoint", "positive-definite", "square")
    return [f"An operator is {what} if and only if its {kind} is {what}." for what in whats]


@export("linalg.LinearOperatorAdjoint")
class LinearOperatorAdjoint(OperatorOfOne):
    """The adjoint of an operator.

    Args:
      operator: the operator.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: see :class:`LinearOperator`.
      name: the prefix of the names of operations.
    """

    def __init__(
        self,
        operator: LinearOperator,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str | None = None,
    ) -> None:
        hints = {
            "is_non_singular": is_non_singular,
            "is_self_adjoint": is_self_adjoint,
            "is_positive_definite": is_positive_definite,
            "is_square": is_square,
        }
        super().__init__(operator, "_adjoint", _texts("adjoint"), hints, name)

    def _shape(self) -> TensorShape:
        whole = self._operator.shape
        return whole[:-2].concatenate([whole[-1], whole[-2]])

    def _shape_tensor(self) -> Tensor:
        sizes: Any = self._operator.shape_tensor()
        return concat([sizes[:-2], [sizes[-1], sizes[-2]]], axis=-1)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._operator.matmul(x, adjoint=not adjoint, adjoint_arg=adjoint_arg)  # type: ignore[no-any-return]

    def _matvec(self, x: Tensor, adjoint: bool = False) -> Tensor:
        return self._operator.matvec(x, adjoint=not adjoint)

    def _determinant(self) -> Tensor:
        found = self._operator.determinant()
        return found if self.is_self_adjoint else conj(found)

    def _log_abs_determinant(self) -> Tensor:
        return self._operator.log_abs_determinant()

    def _trace(self) -> Tensor:
        found = self._operator.trace()
        return found if self.is_self_adjoint else conj(found)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._operator.solve(rhs, adjoint=not adjoint, adjoint_arg=adjoint_arg)  # type: ignore[no-any-return]

    def _solvevec(self, rhs: Tensor, adjoint: bool = False) -> Tensor:
        return self._operator.solvevec(rhs, adjoint=not adjoint)

    def _to_dense(self) -> Tensor:
        found = self._operator.to_dense()
        return found if self.is_self_adjoint else dense_adjoint(found)


@export("linalg.LinearOperatorInversion")
class LinearOperatorInversion(OperatorOfOne):
    """The inverse of an operator.

    Args:
      operator: the operator.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: see :class:`LinearOperator`.
      name: the prefix of the names of operations.

    Raises:
      ValueError: an operator that is known to have none.
    """

    def __init__(
        self,
        operator: LinearOperator,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str | None = None,
    ) -> None:
        for what, hint in (("is_non_singular", is_non_singular), ("is_square", is_square)):
            if getattr(operator, what) is False or hint is False:
                raise ValueError(
                    f"operator and supplied hints must have `{what}` equal to `True` or `None`.  "
                    f"Found {getattr(operator, what)}, {hint}"
                )
        hints = {
            "is_non_singular": is_non_singular,
            "is_self_adjoint": is_self_adjoint,
            "is_positive_definite": is_positive_definite,
            "is_square": is_square,
        }
        super().__init__(operator, "_inv", _texts("inverse"), hints, name)

    def _shape(self) -> TensorShape:
        return self._operator.shape

    def _shape_tensor(self) -> Tensor:
        return self._operator.shape_tensor()

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._operator.solve(x, adjoint=adjoint, adjoint_arg=adjoint_arg)  # type: ignore[no-any-return]

    def _determinant(self) -> Tensor:
        return 1.0 / self._operator.determinant()

    def _log_abs_determinant(self) -> Tensor:
        return -1.0 * self._operator.log_abs_determinant()

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._operator.matmul(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)  # type: ignore[no-any-return]


class OperatorOfMany(LinearOperator):
    """An operator that is made of several others."""

    _operators: list[LinearOperator]

    def _take(self, operators: Any) -> list[Any]:
        """Keeps the operators; returns the tensors that they are made of."""
        assert_proper_iterable(operators)
        self._operators = list(operators)
        if not self._operators:
            raise ValueError(f"Expected a non-empty list of operators. Found: {operators}")
        if any(operator.dtype is not self._operators[0].dtype for operator in self._operators):
            found = "   ".join(str((o.name, o.dtype)) for o in self._operators)
            raise TypeError(f"Expected all operators to have the same dtype.  Found {found}")
        return [parent for operator in self._operators for parent in operator.graph_parents]

    def _begin(self, parents: list[Any], hints: tuple[Hint, Hint, Hint, Hint], name: str | None, joint: str) -> None:
        """Makes the operator, with the operators' names joined where it has none of its own."""
        name = joint.join(operator.name for operator in self._operators) if name is None else name
        with name_scope(name, values=parents):
            super().__init__(self._operators[0].dtype, parents, *hints, name)

    def _all(self, what: str, hint: Hint, text: str) -> Hint:
        """Returns True when all operators have a property, else the hint; ValueError when that denies it."""
        if not all(getattr(operator, what) for operator in self._operators):
            return hint
        if hint is False:
            raise ValueError(text)
        return True

    @property
    def operators(self) -> list[LinearOperator]:
        """What it is made of."""
        return self._operators

    def _common_batch_shape(self) -> TensorShape:
        batch = self._operators[0].batch_shape
        for operator in self._operators[1:]:
            batch = broadcast_static_shape(batch, operator.batch_shape)
        return batch

    def _common_batch_tensor(self) -> Tensor:
        nothing = zeros(self._operators[0].batch_shape_tensor())
        for operator in self._operators[1:]:
            nothing += zeros(operator.batch_shape_tensor())
        return shape(nothing)

    def _product_of_determinants(self) -> Tensor:
        result = self._operators[0].determinant()
        for operator in self._operators[1:]:
            result *= operator.determinant()
        return result

    def _sum_of_log_determinants(self) -> Tensor:
        result = self._operators[0].log_abs_determinant()
        for operator in self._operators[1:]:
            result += operator.log_abs_determinant()
        return result


@export("linalg.LinearOperatorComposition")
class LinearOperatorComposition(OperatorOfMany):
    """The product of operators.

    Args:
      operators: the operators, the first one leftmost.
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
        text = "The composition of non-singular operators is always non-singular."
        is_non_singular = self._all("is_non_singular", is_non_singular, text)
        self._begin(parents, (is_non_singular, is_self_adjoint, is_positive_definite, is_square), name, "_o_")

    def _shape(self) -> TensorShape:
        columns = self._operators[0].domain_dimension
        for operator in self._operators[1:]:
            columns.assert_is_compatible_with(operator.range_dimension)
            columns = operator.domain_dimension
        matrix = [self._operators[0].range_dimension, self._operators[-1].domain_dimension]
        return self._common_batch_shape().concatenate(matrix)

    def _shape_tensor(self) -> Tensor:
        if self.shape.is_fully_defined():
            return convert_to_tensor(self.shape.as_list(), dtype=dtypes.int32, name="shape")
        rows, columns = self._operators[0].range_dimension_tensor, self._operators[-1].domain_dimension_tensor
        matrix = stack([rows(), columns()])
        return concat((self._common_batch_tensor(), matrix), 0)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        first, *others = self._operators if adjoint else reversed(self._operators)
        result: Tensor = first.matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg)
        for operator in others:
            result = operator.matmul(result, adjoint=adjoint)
        return result

    def _determinant(self) -> Tensor:
        return self._product_of_determinants()

    def _log_abs_determinant(self) -> Tensor:
        return self._sum_of_log_determinants()

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        first, *others = reversed(self._operators) if adjoint else self._operators
        result: Tensor = first.solve(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)
        for operator in others:
            result = operator.solve(result, adjoint=adjoint)
        return result
