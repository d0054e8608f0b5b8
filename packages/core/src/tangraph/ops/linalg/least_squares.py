"""matrix_solve_ls: least squares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.diag import eye
from tangraph.ops.array.shape import shape
from tangraph.ops.array.transpose import matrix_transpose
from tangraph.ops.control_flow.cond import cond
from tangraph.ops.linalg.cholesky import cholesky_solve
from tangraph.ops.linalg.shapes import FACTORED, solution
from tangraph.ops.math.cast import cast
from tangraph.ops.math.matmul import matmul

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()
#: TensorFlow's guess of what a cache holds, in bytes; a batch beyond it is solved by one op.
_CACHE: Final = 256000


def _solve_ls_shape(c: ShapeContext) -> Raw:
    raw_shape.with_rank(c.shapes[2], 0)
    return solution(c, is_square=False)


MATRIX_SOLVE_LS = ops.define(
    "MatrixSolveLs",
    ["matrix: T", "rhs: T", "l2_regularizer: double"],
    ["output: T"],
    [FACTORED, "fast: bool = true"],
    shape=_solve_ls_shape,
)


@ops.gradient("MatrixSolveLs")
def _matrix_solve_ls_grad(op: Operation, grad: Tensor) -> Any:
    if op.attrs["fast"] is False:
        raise ValueError("Gradient not defined for fast=False")
    a, b, _ = op.inputs
    found: Any = _by_size(
        a,
        lambda: _overdetermined_grad(a, b, op.outputs[0], _regularizer(op), grad),
        lambda: _underdetermined_grad(a, b, _regularizer(op), grad),
    )
    return (*found[:2], None)


def _regularizer(op: Operation) -> Tensor:
    return cast(op.inputs[2], op.inputs[0].dtype.base)  # type: ignore[no-any-return]


def _overdetermined_grad(a: Tensor, b: Tensor, x: Tensor, regularizer: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
    z = cholesky_solve(_gramian_factor(a, regularizer, first_kind=True), grad)
    outer = matmul(x, z, adjoint_b=True)
    both = outer + matrix_transpose(outer)
    of_a = -matmul(a, both) + matmul(b, z, adjoint_b=True)
    return of_a, matmul(a, z)


def _underdetermined_grad(a: Tensor, b: Tensor, regularizer: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
    factor = _gramian_factor(a, regularizer, first_kind=False)
    of_b = cholesky_solve(factor, matmul(a, grad))
    multipliers = cholesky_solve(factor, b)
    first = matmul(multipliers, a, adjoint_a=True)
    first = -matmul(of_b, first)
    second = grad - matmul(a, of_b, adjoint_a=True)
    second = matmul(multipliers, second, adjoint_b=True)
    return first + second, of_b


def _gramian_factor(matrix: Tensor, regularizer: Any, *, first_kind: bool) -> Tensor:
    """The Cholesky factor of ``Aᴴ·A + r·I`` (first kind) or ``A·Aᴴ + r·I``."""
    gramian = matmul(matrix, matrix, adjoint_a=first_kind, adjoint_b=not first_kind)
    if isinstance(regularizer, Tensor) or regularizer != 0:
        sizes = shape(matrix)
        batch = sizes[:-2]
        small = sizes[-1] if first_kind else sizes[-2]
        identity = eye(small, batch_shape=batch, dtype=matrix.dtype)
        static = matrix.raw_shape
        if static is not None:
            size = static[-1 if first_kind else -2]
            identity.set_shape((*static[:-2], size, size))
        gramian += regularizer * identity
    result: Tensor = make_op("Cholesky", gramian)
    return result


def _by_size(matrix: Tensor, tall: Callable[[], Any], wide: Callable[[], Any]) -> Any:
    """Calls the function for matrices with at least as many rows as columns, or the other one."""
    static = matrix.raw_shape
    if static is not None and static[-2] is not None and static[-1] is not None:
        return tall() if static[-2] >= static[-1] else wide()
    sizes = shape(matrix)[-2:]
    return cond(sizes[-2] >= sizes[-1], tall, wide)


def _is_composed(matrix: Tensor, fast: Any) -> bool:
    """Whether TensorFlow builds the solution of ops, instead of one MatrixSolveLs."""
    if fast is False:
        return False
    sizes: Any = matrix.raw_shape
    if not raw_shape.is_fully_defined(sizes):
        return True
    count, batch = math.prod(sizes), math.prod(sizes[:-2])
    return not (count * matrix.dtype.size > _CACHE and batch > min(sizes[-2:]))


@export("linalg.lstsq", "matrix_solve_ls")
def matrix_solve_ls(
    matrix: Any, rhs: Any, l2_regularizer: Any = 0.0, fast: bool = True, name: str | None = None
) -> Tensor:
    """Returns x that makes ``|matrix · x - rhs|² + l2_regularizer · |x|²`` least.

    With fewer rows than columns and no regularizer, it is the x of least length with ``matrix · x = rhs``.

    Args:
      matrix: of shape [..., m, n].
      rhs: of shape [..., m, k] and the same type.
      l2_regularizer: a number or scalar.
      fast: whether the normal equations are solved, by a Cholesky decomposition; otherwise a complete orthogonal
        decomposition is used, which takes matrices of any rank, ignores the regularizer and has no gradient.
      name: the name scope.

    Raises:
      NotImplementedError: a regularizer with complex128.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.matrix_solve_ls([[1.0], [1.0]], [[1.0], [3.0]])).round(3).tolist()
    [[2.0]]
    """
    matrix = convert_to_tensor(matrix, name="matrix")
    if matrix.dtype is dtypes.complex128 and l2_regularizer != 0:
        raise NotImplementedError(
            "matrix_solve_ls is currently disabled for complex128 and l2_regularizer != 0 due to poor accuracy."
        )
    if not _is_composed(matrix, fast):
        result: Tensor = make_op(MATRIX_SOLVE_LS, matrix, rhs, l2_regularizer, fast=fast, name=name)
        return result
    with name_scope(name, "matrix_solve_ls", [matrix, rhs, l2_regularizer]):
        return _by_size(  # type: ignore[no-any-return]
            matrix,
            lambda: _overdetermined(matrix, rhs, l2_regularizer),
            lambda: _underdetermined(matrix, rhs, l2_regularizer),
        )


def _overdetermined(matrix: Tensor, rhs: Any, regularizer: Any) -> Tensor:
    factor = _gramian_factor(matrix, regularizer, first_kind=True)
    return cholesky_solve(factor, matmul(matrix, rhs, adjoint_a=True))


def _underdetermined(matrix: Tensor, rhs: Any, regularizer: Any) -> Tensor:
    factor = _gramian_factor(matrix, regularizer, first_kind=False)
    return matmul(matrix, cholesky_solve(factor, rhs), adjoint_a=True)
