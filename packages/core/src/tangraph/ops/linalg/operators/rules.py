"""What becomes of products, inverses and adjoints of operators with structure."""

from __future__ import annotations

from typing import Any

import numpy as np

from tangraph.ops.linalg.operators.algebra import (
    both_non_singular,
    both_positive_definite,
    both_self_adjoint,
    product_is_square,
    rule,
)
from tangraph.ops.linalg.operators.base import Hint, LinearOperator
from tangraph.ops.linalg.operators.blocks import LinearOperatorBlockDiag, LinearOperatorKronecker
from tangraph.ops.linalg.operators.composed import (
    LinearOperatorAdjoint,
    LinearOperatorComposition,
    LinearOperatorInversion,
)
from tangraph.ops.linalg.operators.diag import LinearOperatorDiag, LinearOperatorScaledIdentity
from tangraph.ops.linalg.operators.full_matrix import LinearOperatorLowerTriangular
from tangraph.ops.math.complex import conj
from tangraph.ops.math.unary import sqrt


def _hints(operator: LinearOperator, **changed: Hint) -> dict[str, Any]:
    return {
        "is_non_singular": operator.is_non_singular,
        "is_self_adjoint": operator.is_self_adjoint,
        "is_positive_definite": operator.is_positive_definite,
        **changed,
    }


def _of_both(a: LinearOperator, b: LinearOperator) -> dict[str, Any]:
    return {
        "is_non_singular": both_non_singular(a, b),
        "is_self_adjoint": both_self_adjoint(a, b),
        "is_positive_definite": both_positive_definite(a, b),
        "is_square": True,
    }


@rule("adjoint", "LinearOperator")
def _adjoint(operator: LinearOperator) -> LinearOperator:
    return LinearOperatorAdjoint(operator, **_hints(operator, is_square=operator.is_square))


@rule("adjoint", "LinearOperatorAdjoint")
def _adjoint_of_adjoint(operator: Any) -> LinearOperator:
    return operator.operator  # type: ignore[no-any-return]


@rule("adjoint", "LinearOperatorIdentity")
def _adjoint_of_identity(operator: LinearOperator) -> LinearOperator:
    return operator


@rule("adjoint", "LinearOperatorScaledIdentity")
def _adjoint_of_scaled_identity(operator: Any) -> LinearOperator:
    multiplier = conj(operator.multiplier) if operator.dtype.is_complex else operator.multiplier
    return LinearOperatorScaledIdentity(operator._rows, multiplier, **_hints(operator), is_square=True)


@rule("adjoint", "LinearOperatorDiag")
def _adjoint_of_diag(operator: Any) -> LinearOperator:
    diagonal = conj(operator.diag) if operator.dtype.is_complex else operator.diag
    return LinearOperatorDiag(diagonal, **_hints(operator), is_square=True)


@rule("adjoint", "LinearOperatorBlockDiag")
def _adjoint_of_block_diag(operator: Any) -> LinearOperator:
    return LinearOperatorBlockDiag([o.adjoint() for o in operator.operators], **_hints(operator), is_square=True)


@rule("adjoint", "LinearOperatorKronecker")
def _adjoint_of_kronecker(operator: Any) -> LinearOperator:
    return LinearOperatorKronecker([o.adjoint() for o in operator.operators], **_hints(operator), is_square=True)


@rule("cholesky decomposition", "LinearOperator")
def _cholesky(operator: LinearOperator) -> LinearOperator:
    from tangraph.ops.linalg.cholesky import cholesky

    factor = cholesky(operator.to_dense())
    return LinearOperatorLowerTriangular(factor, is_non_singular=True, is_self_adjoint=False, is_square=True)


@rule("cholesky decomposition", "LinearOperatorDiag")
def _cholesky_of_diag(operator: Any) -> LinearOperator:
    return LinearOperatorDiag(sqrt(operator.diag), True, True, True, True)


@rule("cholesky decomposition", "LinearOperatorIdentity")
def _cholesky_of_identity(operator: LinearOperator) -> LinearOperator:
    return operator


@rule("cholesky decomposition", "LinearOperatorScaledIdentity")
def _cholesky_of_scaled_identity(operator: Any) -> LinearOperator:
    return LinearOperatorScaledIdentity(operator._rows, sqrt(operator.multiplier), True, True, True, True)


@rule("cholesky decomposition", "LinearOperatorBlockDiag")
def _cholesky_of_block_diag(operator: Any) -> LinearOperator:
    blocks = [o.cholesky() for o in operator.operators]
    return LinearOperatorBlockDiag(blocks, is_non_singular=True, is_square=True)


@rule("cholesky decomposition", "LinearOperatorKronecker")
def _cholesky_of_kronecker(operator: Any) -> LinearOperator:
    factors = [o.cholesky() for o in operator.operators]
    return LinearOperatorKronecker(factors, is_non_singular=True, is_square=True)


@rule("inverse", "LinearOperator")
def _inverse(operator: LinearOperator) -> LinearOperator:
    return LinearOperatorInversion(operator, **_hints(operator, is_square=operator.is_square))


@rule("inverse", "LinearOperatorInversion")
def _inverse_of_inverse(operator: Any) -> LinearOperator:
    return operator.operator  # type: ignore[no-any-return]


@rule("inverse", "LinearOperatorDiag")
def _inverse_of_diag(operator: Any) -> LinearOperator:
    return LinearOperatorDiag(1.0 / operator.diag, **_hints(operator), is_square=True)


@rule("inverse", "LinearOperatorIdentity")
def _inverse_of_identity(operator: LinearOperator) -> LinearOperator:
    return operator


@rule("inverse", "LinearOperatorScaledIdentity")
def _inverse_of_scaled_identity(operator: Any) -> LinearOperator:
    hints = _hints(operator, is_self_adjoint=True)
    return LinearOperatorScaledIdentity(operator._rows, 1.0 / operator.multiplier, **hints, is_square=True)


@rule("inverse", "LinearOperatorBlockDiag")
def _inverse_of_block_diag(operator: Any) -> LinearOperator:
    return LinearOperatorBlockDiag([o.inverse() for o in operator.operators], **_hints(operator), is_square=True)


@rule("inverse", "LinearOperatorKronecker")
def _inverse_of_kronecker(operator: Any) -> LinearOperator:
    return LinearOperatorKronecker([o.inverse() for o in operator.operators], **_hints(operator), is_square=True)


def _composed(operators: list[LinearOperator], a: LinearOperator, b: LinearOperator) -> LinearOperator:
    is_square = product_is_square(a, b)
    hints: dict[str, Any] = {}
    if is_square:
        hints = {"is_non_singular": both_non_singular(a, b)}
    elif is_square is False:
        hints = dict.fromkeys(("is_non_singular", "is_self_adjoint", "is_positive_definite"), False)
    return LinearOperatorComposition(operators, **hints, is_square=is_square)


@rule("matmul", "LinearOperator", "LinearOperator")
def _matmul(a: LinearOperator, b: LinearOperator) -> LinearOperator:
    return _composed([a, b], a, b)


@rule("matmul", "LinearOperatorIdentity", "LinearOperator")
def _identity_times(_: LinearOperator, b: LinearOperator) -> LinearOperator:
    return b


@rule("matmul", "LinearOperator", "LinearOperatorIdentity")
def _times_identity(a: LinearOperator, _: LinearOperator) -> LinearOperator:
    return a


@rule("matmul", "LinearOperatorDiag", "LinearOperatorDiag")
def _diag_times_diag(a: Any, b: Any) -> LinearOperator:
    return LinearOperatorDiag(a.diag * b.diag, **_of_both(a, b))


@rule("matmul", "LinearOperatorDiag", "LinearOperatorScaledIdentity")
def _diag_times_scaled(a: Any, b: Any) -> LinearOperator:
    return LinearOperatorDiag(a.diag * b.multiplier, **_of_both(a, b))


@rule("matmul", "LinearOperatorScaledIdentity", "LinearOperatorDiag")
def _scaled_times_diag(a: Any, b: Any) -> LinearOperator:
    return LinearOperatorDiag(b.diag * a.multiplier, **_of_both(b, a))


def _triangular(tril: Any, a: LinearOperator, b: LinearOperator) -> LinearOperator:
    hints = _of_both(a, b) | {"is_positive_definite": None}
    return LinearOperatorLowerTriangular(tril, **hints)


@rule("matmul", "LinearOperatorDiag", "LinearOperatorLowerTriangular")
def _diag_times_triangular(a: Any, b: Any) -> LinearOperator:
    return _triangular(a.diag[..., np.newaxis] * b.to_dense(), a, b)


@rule("matmul", "LinearOperatorLowerTriangular", "LinearOperatorDiag")
def _triangular_times_diag(a: Any, b: Any) -> LinearOperator:
    return _triangular(a.to_dense() * b.diag, b, a)


@rule("solve", "LinearOperator", "LinearOperator")
def _solve(a: LinearOperator, b: LinearOperator) -> LinearOperator:
    return _composed([LinearOperatorInversion(a), b], a, b)


@rule("solve", "LinearOperatorInversion", "LinearOperator")
def _solve_inverse(a: Any, b: LinearOperator) -> LinearOperator:
    return a.operator.matmul(b)  # type: ignore[no-any-return]


@rule("solve", "LinearOperatorIdentity", "LinearOperator")
def _solve_identity(_: LinearOperator, b: LinearOperator) -> LinearOperator:
    return b


@rule("solve", "LinearOperatorDiag", "LinearOperatorDiag")
def _solve_diag(a: Any, b: Any) -> LinearOperator:
    return LinearOperatorDiag(b.diag / a.diag, **_of_both(a, b))


@rule("solve", "LinearOperatorDiag", "LinearOperatorScaledIdentity")
def _solve_diag_scaled(a: Any, b: Any) -> LinearOperator:
    return LinearOperatorDiag(b.multiplier / a.diag, **_of_both(a, b))


@rule("solve", "LinearOperatorScaledIdentity", "LinearOperatorDiag")
def _solve_scaled_diag(a: Any, b: Any) -> LinearOperator:
    return LinearOperatorDiag(b.diag / a.multiplier, **_of_both(b, a))


@rule("solve", "LinearOperatorDiag", "LinearOperatorLowerTriangular")
def _solve_diag_triangular(a: Any, b: Any) -> LinearOperator:
    return _triangular(b.to_dense() / a.diag[..., np.newaxis], a, b)
