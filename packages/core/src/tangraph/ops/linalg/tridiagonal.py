"""Tridiagonal matrices: products, and systems of equations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.diag import matrix_diag_part
from tangraph.ops.array.fill import zeros
from tangraph.ops.array.gather_nd import gather_nd
from tangraph.ops.array.packing import stack
from tangraph.ops.array.pad import pad
from tangraph.ops.array.reshape import expand_dims, squeeze
from tangraph.ops.array.shape import rank
from tangraph.ops.array.transpose import matrix_transpose, transpose
from tangraph.ops.math.complex import conj
from tangraph.ops.math.reductions import reduce_sum

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _solve_shape(c: ShapeContext) -> Raw:
    diagonals, rhs = (raw_shape.with_rank_at_least(s, 2) for s in c.shapes)
    if diagonals is None or rhs is None:
        return None if rhs is None else rhs
    raw_shape.with_dim(diagonals[-2], 3)
    batch = raw_shape.merge(diagonals[:-2], rhs[:-2])
    return raw_shape.concatenate(batch, (raw_shape.merge_dim(diagonals[-1], rhs[-2]), rhs[-1]))


_TYPES = "T: {double, float, complex64, complex128}"
TRIDIAGONAL_SOLVE = ops.define(
    "TridiagonalSolve",
    ["diagonals: T", "rhs: T"],
    ["output: T"],
    ["partial_pivoting: bool = true", _TYPES],
    shape=_solve_shape,
)
TRIDIAGONAL_MATMUL = ops.define(
    "TridiagonalMatMul",
    ["superdiag: T", "maindiag: T", "subdiag: T", "rhs: T"],
    ["output: T"],
    [_TYPES],
    shape=lambda c: raw_shape.with_rank_at_least(c.shapes[3], 2),
)


@ops.gradient("TridiagonalMatMul")
def _tridiagonal_matmul_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    above, main, below = (matrix_transpose(t, conjugate=True) for t in op.inputs[:3])
    rhs = conj(op.inputs[3])
    of_above = reduce_sum(_shifted_up(rhs) * grad, axis=-1)
    of_main = reduce_sum(rhs * grad, axis=-1)
    of_below = reduce_sum(_shifted_down(rhs) * grad, axis=-1)
    of_rhs = _shifted_down(above * grad) + main * grad + _shifted_up(below * grad)
    return [*(expand_dims(t, -2) for t in (of_above, of_main, of_below)), of_rhs]


def _shifted_up(x: Tensor) -> Tensor:
    """Moves each row one up; the last becomes zero."""
    paddings = _row_paddings(x, [[0, 1], [0, 0]])
    return pad(x[..., 1:, :], paddings)


def _shifted_down(x: Tensor) -> Tensor:
    """Moves each row one down; the first becomes zero."""
    paddings = _row_paddings(x, [[1, 0], [0, 0]])
    return pad(x[..., :-1, :], paddings)


def _row_paddings(x: Tensor, last: list[list[int]]) -> Tensor:
    return concat([zeros((rank(x) - 2, 2), dtype=dtypes.int32), constant(last)], axis=0)


@ops.gradient("TridiagonalSolve")
def _tridiagonal_solve_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    turned = _transposed(op.inputs[0])
    of_rhs: Tensor = make_op(TRIDIAGONAL_SOLVE, turned, grad, partial_pivoting=op.attrs["partial_pivoting"])
    return -_three_diagonals(of_rhs, op.outputs[0]), of_rhs


def _transposed(diagonals: Tensor) -> Tensor:
    """The three diagonals of the transposes."""
    main = diagonals[..., 1, :]
    static = diagonals.raw_shape
    if raw_shape.is_fully_defined(static) and static is not None:
        nothing: Any = zeros([*static[:-2], 1], dtype=diagonals.dtype)
        above = concat((diagonals[..., 2, 1:], nothing), axis=-1)
        below = concat((nothing, diagonals[..., 0, :-1]), axis=-1)
    else:
        batch = zeros((rank(diagonals) - 2, 2), dtype=dtypes.int32)
        paddings = concat((batch, constant([[0, 1]])), axis=0)
        above = pad(diagonals[..., 2, 1:], paddings)
        paddings = concat((batch, constant([[1, 0]])), axis=0)
        below = pad(diagonals[..., 0, :-1], paddings)
    return stack([above, main, below], axis=-2)


def _three_diagonals(x: Tensor, y: Tensor) -> Tensor:
    """The three diagonals of ``x · yᵀ``."""
    main = reduce_sum(x * y, axis=-1)
    static = y.raw_shape
    if raw_shape.is_fully_defined(static) and static is not None:
        sizes = x.raw_shape or ()
        nothing: Any = zeros([*sizes[:-2], 1, sizes[-1]], dtype=x.dtype)
        above = reduce_sum(x * concat((y[..., 1:, :], nothing), axis=-2), axis=-1)
        below = reduce_sum(x * concat((nothing, y[..., :-1, :]), axis=-2), axis=-1)
    else:
        batch = zeros((rank(y) - 2, 2), dtype=dtypes.int32)
        paddings = concat((batch, constant([[0, 1], [0, 0]])), axis=0)
        above = reduce_sum(x * pad(y[..., 1:, :], paddings), axis=-1)
        paddings = concat((batch, constant([[1, 0], [0, 0]])), axis=0)
        below = reduce_sum(x * pad(y[..., :-1, :], paddings), axis=-1)
    return stack([above, main, below], axis=-2)


@export("linalg.tridiagonal_solve")
def tridiagonal_solve(
    diagonals: Any,
    rhs: Any,
    diagonals_format: str = "compact",
    transpose_rhs: bool = False,
    conjugate_rhs: bool = False,
    name: str | None = None,
    partial_pivoting: bool = True,
) -> Tensor:
    """Returns x with ``matrix · x = rhs``, of tridiagonal matrices.

    Args:
      diagonals: as `diagonals_format` says: "compact", a tensor [..., 3, n] with the diagonals above, at and below the
        main one (the last element of the first and the first of the last do not count); "sequence", a list of these,
        the outer ones of length n or n - 1; "matrix", the matrices themselves, [..., n, n].
      rhs: of shape [..., n] or [..., n, k].
      diagonals_format: see above.
      transpose_rhs: whether `rhs` and the result are [..., k, n].
      conjugate_rhs: whether `rhs` is conjugated first.
      name: the operation's name.
      partial_pivoting: whether rows are exchanged for stability.

    Raises:
      ValueError: another format, or shapes that do not fit.
    """
    if diagonals_format == "sequence":
        diagonals = _packed(diagonals)
    elif diagonals_format == "matrix":
        diagonals = _extracted(diagonals)
    elif diagonals_format != "compact":
        raise ValueError(f"Unrecognized diagonals_format: {diagonals_format}")
    return _solve(diagonals, rhs, transpose_rhs, conjugate_rhs, partial_pivoting, name)


def _packed(diagonals: Any) -> Tensor:
    if not isinstance(diagonals, (tuple, list)) or len(diagonals) != 3:
        raise ValueError("Expected diagonals to be a sequence of length 3.")
    above, main, below = diagonals
    if not all(t.shape[:-1].is_compatible_with(main.shape[:-1]) for t in (below, above)):
        raise ValueError(
            "Tensors representing the three diagonals must have the same shape,except for the last dimension, got "
            f"{below.shape}, {main.shape}, {above.shape}"
        )
    size = main.raw_shape[-1]
    below = _padded(below, "subdiagonal", size, [1, 0])
    above = _padded(above, "superdiagonal", size, [0, 1])
    return stack((above, main, below), axis=-2)


def _padded(diagonal: Tensor, what: str, size: int, last: list[int]) -> Tensor:
    static = diagonal.raw_shape
    count = None if static is None else static[-1]
    if not count or count == size:
        return diagonal
    if count != size - 1:
        raise ValueError(f"Expected {what} to be have length {size} or {size - 1}, got {count}.")
    return pad(diagonal, [*([0, 0] for _ in range(len(static or ()) - 1)), last])


def _extracted(matrices: Tensor) -> Tensor:
    columns, rows = matrices.raw_shape[-1], matrices.raw_shape[-2]  # type: ignore[index]
    if rows and columns and rows != columns:
        raise ValueError(f"Expected last two dimensions of diagonals to be same, got {columns} and {rows}")
    n = columns or rows
    if not n:
        raise ValueError('The size of the matrix needs to be known for diagonals_format="matrix"')
    # The matrices are turned first: their axes are last to first, and those of the batch come last.
    inner = [[[i + 1, i], [i, i], [i - 1, i]] for i in range(1, n - 1)]
    places = [[[1, 0], [0, 0], [0, 0]], *inner, [[0, 0], [n - 1, n - 1], [n - 2, n - 1]]]
    return transpose(gather_nd(transpose(matrices), places))


def _solve(
    diagonals: Tensor, rhs: Tensor, transpose_rhs: bool, conjugate_rhs: bool, partial_pivoting: bool, name: str | None
) -> Tensor:
    count, rhs_count = len(diagonals.shape), len(rhs.shape)
    if count < 2:
        raise ValueError(f"Expected diagonals to have rank at least 2, got {count}")
    if rhs_count not in (count, count - 1):
        raise ValueError(f"Expected the rank of rhs to be {count - 1} or {count}, got {rhs_count}")
    if diagonals.shape[-2] and diagonals.shape[-2] != 3:
        raise ValueError(f"Expected 3 diagonals got {diagonals.shape[-2]}")
    batch, rhs_batch = diagonals.shape[:-2], rhs.shape[: count - 2]
    if not batch.is_compatible_with(rhs_batch):
        raise ValueError(f"Batch shapes {batch} and {rhs_batch} are incompatible")
    if rhs_count == count - 1:
        rhs = expand_dims(conj(rhs) if conjugate_rhs else rhs, -1)
    elif transpose_rhs:
        rhs = matrix_transpose(rhs, conjugate=conjugate_rhs)
    elif conjugate_rhs:
        rhs = conj(rhs)
    size, rhs_size = diagonals.shape[-1], rhs.shape[-2]
    if size and rhs_size and size != rhs_size:
        raise ValueError(
            f"Expected number of left-hand sided and right-hand sides to be equal, got {size} and {rhs_size}"
        )
    result: Tensor = make_op(TRIDIAGONAL_SOLVE, diagonals, rhs, partial_pivoting=partial_pivoting, name=name)
    if rhs_count == count - 1:
        return squeeze(result, -1)
    return matrix_transpose(result) if transpose_rhs else result


@export("linalg.tridiagonal_matmul")
def tridiagonal_matmul(diagonals: Any, rhs: Any, diagonals_format: str = "compact", name: str | None = None) -> Tensor:
    """Returns the products of tridiagonal matrices and others.

    Args:
      diagonals: as for `tridiagonal_solve`.
      rhs: of shape [..., n, k].
      diagonals_format: as for `tridiagonal_solve`.
      name: the operation's name.

    Raises:
      ValueError: another format, or matrices of unknown size.
    """
    if diagonals_format == "compact":
        above, main, below = (diagonals[..., i, :] for i in range(3))
    elif diagonals_format == "sequence":
        above, main, below = diagonals
    elif diagonals_format == "matrix":
        above, main, below = _three_of(diagonals)
    else:
        raise ValueError(f"Unrecognized diagonals_format: {diagonals_format}")
    rows = [expand_dims(t, -2) for t in (above, main, below)]
    result: Tensor = make_op(TRIDIAGONAL_MATMUL, *rows, rhs, name=name)
    return result


def _three_of(matrices: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    n, rows = matrices.raw_shape[-1], matrices.raw_shape[-2]  # type: ignore[index]
    if not n or not rows:
        raise ValueError('The size of the matrix needs to be known for diagonals_format="matrix"')
    if n != rows:
        raise ValueError(f"Expected last two dimensions of diagonals to be same, got {n} and {rows}")
    main = matrix_diag_part(matrices)
    turned = transpose(matrices)
    above = transpose(gather_nd(turned, [*([i + 1, i] for i in range(n - 1)), [0, 0]]))
    below = transpose(gather_nd(turned, [[0, 0], *([i - 1, i] for i in range(1, n))]))
    return above, main, below
