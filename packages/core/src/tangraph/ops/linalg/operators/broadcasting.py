"""Systems of equations whose batches are broadcast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import dtypes, raw_shape
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.broadcast_shapes import broadcast_dynamic_shape, broadcast_static_shape
from tangraph.ops.array.concat import concat
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import shape
from tangraph.ops.array.tile import broadcast_to
from tangraph.ops.array.transpose import transpose
from tangraph.ops.linalg.adjoint import adjoint as dense_adjoint
from tangraph.ops.linalg.cholesky import cholesky_solve
from tangraph.ops.linalg.solve import matrix_solve, matrix_triangular_solve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.tensor import Tensor


def shape_as_tensor(sizes: Any, name: str | None = None) -> Tensor:
    """Returns a shape as a tensor of int32."""
    is_empty = isinstance(sizes, (tuple, list)) and not sizes
    return convert_to_tensor(sizes, dtype=dtypes.int32 if is_empty else None, name=name)


def broadcast_batches(matrices: Sequence[Any], name: str | None = None) -> list[Tensor]:
    """Returns matrices with the axes before the last two broadcast to one shape.

    Raises:
      ValueError: a rank less than two.
    """
    with name_scope(name or "broadcast_matrix_batch_dims", values=matrices):
        tensors = []
        for matrix in matrices:
            tensor = convert_to_tensor(matrix)
            if tensor.raw_shape is not None and len(tensor.raw_shape) < 2:
                raise ValueError(f"Expected [batch] matrix to have at least two dimensions.  Found: {tensor}")
            tensors.append(tensor)
        if len(tensors) < 2:
            return tensors
        static = tensors[0].shape[:-2]
        for tensor in tensors[1:]:
            static = broadcast_static_shape(static, tensor.shape[:-2])
        if static.is_fully_defined():
            for i, tensor in enumerate(tensors):
                if tensor.shape[:-2] != static:
                    whole = concat([static.as_list(), shape(tensor)[-2:]], axis=0)
                    tensors[i] = broadcast_to(tensor, whole)
            return tensors
        batch: Any = shape(tensors[0])[:-2]
        for tensor in tensors[1:]:
            batch = broadcast_dynamic_shape(batch, shape(tensor)[:-2])
        return [broadcast_to(tensor, concat([batch, shape(tensor)[-2:]], axis=0)) for tensor in tensors]


def cholesky_solve_with_broadcast(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """As `tf.cholesky_solve`, with batches broadcast."""
    with name_scope(name, "CholeskySolveWithBroadcast", [chol, rhs]):
        chol, rhs = broadcast_batches([chol, rhs])
        return cholesky_solve(chol, rhs)


def matrix_solve_with_broadcast(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """As `tf.matrix_solve`, with batches broadcast."""
    with name_scope(name, "MatrixSolveWithBroadcast", [matrix, rhs]):
        matrix = convert_to_tensor(matrix, name="matrix")
        rhs = convert_to_tensor(rhs, name="rhs", dtype=matrix.dtype)
        matrix, rhs, back, turned = _fewer_matrices(matrix, rhs, adjoint)
        matrix, rhs = broadcast_batches([matrix, rhs])
        return back(matrix_solve(matrix, rhs, adjoint=adjoint and not turned))


def matrix_triangular_solve_with_broadcast(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """As `tf.matrix_triangular_solve`, with batches broadcast."""
    with name_scope(name, "MatrixTriangularSolve", [matrix, rhs]):
        matrix = convert_to_tensor(matrix, name="matrix")
        rhs = convert_to_tensor(rhs, name="rhs", dtype=matrix.dtype)
        matrix, rhs, back, turned = _fewer_matrices(matrix, rhs, adjoint)
        lower = not lower if turned and adjoint else lower
        matrix, rhs = broadcast_batches([matrix, rhs])
        return back(matrix_triangular_solve(matrix, rhs, lower=lower, adjoint=adjoint and not turned))


def _fewer_matrices(a: Tensor, b: Tensor, adjoint: bool) -> tuple[Tensor, Tensor, Callable[[Tensor], Tensor], bool]:
    """Where one matrix meets a batch of right sides, makes one wide right side of them.

    Returns the matrix, the right side, what undoes the change in the solution, and whether the matrix was replaced by
    its adjoint.
    """
    a_shape, b_shape = a.raw_shape, b.raw_shape
    if a_shape is None or b_shape is None or len(a_shape) >= len(b_shape):
        return a, b, lambda y: y, False
    more = len(b_shape) - len(a_shape)
    _ = shape(b)[:more]
    _ = shape(b)[more:]
    columns, rows = a_shape[-2 if adjoint else -1], b_shape[-1]
    count = raw_shape.num_elements(b_shape[:more])
    if columns is not None and rows is not None and count is not None and (count < 2 or columns <= rows):
        return a, b, lambda y: y, False
    a = dense_adjoint(a) if adjoint else a
    outer: Any = shape(b)[:more]
    main: Any = shape(b)[more:]
    order = np.concatenate((np.arange(more, len(b_shape)), np.arange(0, more)), 0)
    at_end = transpose(b, perm=order)
    squashed = reshape(at_end, concat((main[:-1], [-1]), 0))

    def back(y: Tensor) -> Tensor:
        whole = concat((shape(y)[:-1], [main[-1]], outer), 0)
        return transpose(reshape(y, whole), perm=np.argsort(order))

    return a, squashed, back, True
