"""Products, inverses and adjoints of operators that keep their structure."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tangraph.framework.scopes import name_scope

if TYPE_CHECKING:
    from tangraph.ops.linalg.operators.base import Hint, LinearOperator

F = TypeVar("F", bound=Callable[..., Any])
_rules: Final[dict[str, dict[tuple[str, ...], Callable[..., Any]]]] = {}


def rule(operation: str, *classes: str) -> Callable[[F], F]:
    """Decorator: the function that an operation on operators of these classes (by name) calls."""

    def add(function: F) -> F:
        _rules.setdefault(operation, {})[classes] = function
        return function

    return add


def _apply(operation: str, scope: str, *operators: LinearOperator) -> Any:
    from tangraph.ops.linalg.operators import rules

    del rules  # imported for what it registers
    known = _rules.get(operation, {})
    bases = [list(enumerate(base.__name__ for base in type(operator).__mro__)) for operator in operators]
    found = [
        (sum(distance for distance, _ in choice), names)
        for choice in product(*bases)
        if (names := tuple([name for _, name in choice])) in known
    ]
    if not found:
        kinds = ", ".join(str(type(operator)) for operator in operators)
        raise ValueError(f"No {operation} registered for {kinds}")
    with name_scope(None, scope):
        return known[min(found, key=lambda entry: entry[0])[1]](*operators)


def adjoint(operator: LinearOperator) -> LinearOperator:
    """Returns the adjoint of an operator."""
    return _apply("adjoint", "Adjoint", operator)  # type: ignore[no-any-return]


def cholesky(operator: LinearOperator) -> LinearOperator:
    """Returns the Cholesky factor of an operator."""
    return _apply("cholesky decomposition", "Cholesky", operator)  # type: ignore[no-any-return]


def inverse(operator: LinearOperator) -> LinearOperator:
    """Returns the inverse of an operator."""
    return _apply("inverse", "Inverse", operator)  # type: ignore[no-any-return]


def matmul(left: LinearOperator, right: LinearOperator) -> LinearOperator:
    """Returns the product of two operators."""
    return _apply("matmul", "Matmul", left, right)  # type: ignore[no-any-return]


def solve(left: LinearOperator, right: LinearOperator) -> LinearOperator:
    """Returns the inverse of an operator times another one."""
    return _apply("solve", "Solve", left, right)  # type: ignore[no-any-return]


def both_non_singular(a: LinearOperator, b: LinearOperator) -> Hint:
    """Returns whether a product of two square operators has an inverse."""
    if a.is_non_singular is False or b.is_non_singular is False:
        return False
    return a.is_non_singular and b.is_non_singular


def both_self_adjoint(a: LinearOperator, b: LinearOperator) -> Hint:
    """Returns whether a product of two operators that commute is self-adjoint."""
    if a.is_self_adjoint and b.is_self_adjoint:
        return True
    return False if {a.is_self_adjoint, b.is_self_adjoint} == {True, False} else None


def both_positive_definite(a: LinearOperator, b: LinearOperator) -> Hint:
    """Returns whether a product of two operators that commute is positive definite."""
    hints = (a.is_positive_definite, a.is_self_adjoint, b.is_positive_definite, b.is_self_adjoint)
    return True if all(hint is True for hint in hints) else None


def product_is_square(a: LinearOperator, b: LinearOperator) -> Hint:
    """Returns whether a product of two operators is square."""
    if a.is_square and b.is_square:
        return True
    if a.is_square is False and b.is_square is False:
        return a.range_dimension == b.domain_dimension
    if a.is_square != b.is_square and a.is_square is not None:
        return False
    return None
