"""The singular value decomposition, and what is computed by it: rank and pseudo-inverse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.diag import eye, matrix_diag, matrix_set_diag
from tangraph.ops.array.fill import zeros_like
from tangraph.ops.array.identity import identity
from tangraph.ops.array.reshape import expand_dims
from tangraph.ops.array.shape import shape
from tangraph.ops.array.transpose import matrix_transpose
from tangraph.ops.linalg.adjoint import adjoint
from tangraph.ops.linalg.shapes import FACTORED, matrix, smaller
from tangraph.ops.math.cast import cast
from tangraph.ops.math.complex import real
from tangraph.ops.math.extremes import maximum
from tangraph.ops.math.matmul import matmul
from tangraph.ops.math.reductions import reduce_max, reduce_sum
from tangraph.ops.math.unary import reciprocal, square

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _svd_shape(c: ShapeContext) -> list[Raw]:
    batch, rows, columns = matrix(c.shapes[0])
    least = smaller(rows, columns)
    values = raw_shape.concatenate(batch, (least,))
    if not c.attr("compute_uv"):
        return [values, (0,), (0,)]
    full = c.attr("full_matrices")
    left = raw_shape.concatenate(batch, (rows, rows if full else least))
    right = raw_shape.concatenate(batch, (columns, columns if full else least))
    return [values, left, right]


SVD = ops.define(
    "Svd",
    ["input: T"],
    ["s: T", "u: T", "v: T"],
    ["compute_uv: bool = true", "full_matrices: bool = false", FACTORED],
    shape=_svd_shape,
)


@ops.gradient("Svd")
def _svd_grad(op: Operation, of_s: Tensor, of_u: Tensor, of_v: Tensor) -> Tensor:
    """Giles (2008), "An extended collection of matrix derivative results", and what full matrices add to it."""
    a = op.inputs[0]
    static = raw_shape.with_rank_at_least(a.raw_shape, 2)
    of_s_matrix = matrix_diag(of_s)
    if not op.attrs["compute_uv"]:
        _, u, v = svd(a, compute_uv=True)
        result = matmul(u, matmul(of_s_matrix, v, adjoint_b=True))
        result.set_shape(static)
        return result
    if a.dtype.is_complex:
        raise NotImplementedError("SVD gradient is not implemented for complex types and compute_uv=True.")
    batch, rows, columns = _known_sizes(a, of_u, of_v)
    if rows is None or columns is None:
        raise NotImplementedError("SVD gradient has not been implemented for input with unknown inner matrix shape.")
    u, v = op.outputs[1:]
    swapped = rows > columns
    if swapped:
        u, v, of_u, of_v = v, u, of_v, of_u
    least, most = sorted((rows, columns))
    with control_dependencies([of_s, of_u, of_v]):
        full = op.attrs["full_matrices"]
        if full and most - least > 1:
            raise NotImplementedError("svd gradient is not implemented for abs(m - n) > 1 when full_matrices is True")
        result = _wide_svd_grad(op.outputs[0], u, v, of_s_matrix, of_u, of_v, least, most, full)
        if swapped:
            result = matrix_transpose(result)
        result.set_shape(raw_shape.concatenate(batch, (rows, columns)))
        return result


def _known_sizes(a: Tensor, of_u: Tensor, of_v: Tensor) -> tuple[Raw, int | None, int | None]:
    (batch, rows, columns), left, right = (matrix(t.raw_shape) for t in (a, of_u, of_v))
    batch = raw_shape.merge(raw_shape.merge(batch, left[0]), right[0])
    return batch, raw_shape.merge_dim(rows, left[1]), raw_shape.merge_dim(columns, right[1])


def _wide_svd_grad(
    s: Tensor,
    u: Tensor,
    v: Tensor,
    of_s_matrix: Tensor,
    of_u: Tensor,
    of_v: Tensor,
    rows: int,
    columns: int,
    full: bool,
) -> Tensor:
    """The gradient where there are at least as many columns as rows."""
    s_matrix = matrix_diag(s)
    squares = square(s)
    sizes = shape(s)
    ones = eye(sizes[-1], batch_shape=sizes[:-1], dtype=s.dtype)
    # The ones keep the diagonal, which is not used, from being infinite.
    apart = reciprocal(expand_dims(squares, -2) - expand_dims(squares, -1) + ones)
    f = matrix_set_diag(apart, zeros_like(s))
    s_inverse = matrix_diag(reciprocal(s))
    v1 = v[..., :, :rows]
    of_v1 = of_v[..., :, :rows]
    u_part = matmul(u, of_u, adjoint_a=True)
    v_part = matmul(v1, of_v1, adjoint_a=True)
    f_u = f * u_part
    f_v = f * v_part
    inner = of_s_matrix + matmul(f_u + adjoint(f_u), s_matrix) + matmul(s_matrix, f_v + adjoint(f_v))
    first = matmul(u, matmul(inner, v1, adjoint_b=True))
    if rows == columns:
        return first
    turned = matrix_transpose(of_v1)
    second = turned - matmul(matmul(turned, v1), v1, adjoint_b=True)
    if full:
        v2 = v[..., :, rows:columns]
        of_v2 = of_v[..., :, rows:columns]
        second -= matmul(matmul(v1, of_v2, adjoint_a=True), v2, adjoint_b=True)
    return first + matmul(matmul(u, s_inverse), second)


@export("linalg.svd", "svd")
def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None) -> Any:
    """Returns the singular value decompositions of matrices: ``tensor = u · diag(s) · vᴴ``.

    Args:
      tensor: of shape [..., m, n]; p = min(m, n).
      full_matrices: whether u and v are square; otherwise they have p columns.
      compute_uv: whether u and v are computed.
      name: the operation's name.

    Returns:
      (s, u, v) of shapes [..., p], [..., m, p], [..., n, p], or s alone. The singular values come largest first.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.svd([[0.0, 2.0], [3.0, 0.0]], compute_uv=False)).round(4).tolist()
    [3.0, 2.0]
    """
    s, u, v = make_op(SVD, tensor, compute_uv=compute_uv, full_matrices=full_matrices, name=name)
    return (real(s), u, v) if compute_uv else real(s)


def _checked(a: Any, validate_args: bool) -> Tensor:
    """Returns matrices of floats, with an assertion where their rank is not known."""
    from tangraph.ops.check_shapes import assert_rank_at_least

    tensor: Tensor = a
    if not tensor.dtype.is_floating:
        raise TypeError(f"Input `a` must have `float`-like `dtype` (saw {tensor.dtype.name}).")
    sizes = tensor.raw_shape
    if sizes is not None:
        if len(sizes) < 2:
            raise ValueError(f"Input `a` must have at least 2 dimensions (saw: {len(sizes)}).")
    elif validate_args:
        message = "Input `a` must have at least 2 dimensions."
        with control_dependencies([assert_rank_at_least(tensor, rank=2, message=message)]):
            return identity(tensor)
    return tensor


@export("linalg.matrix_rank")
def matrix_rank(a: Any, tol: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """Returns how many singular values of matrices are not negligible: [..., m, n] -> int32 [...].

    Args:
      a: matrices of floats.
      tol: what counts as negligible; when None, the greatest singular value times the greater size times the
        difference between one and the next greater number of the type.
      validate_args: whether the run checks a rank that is not known before.
      name: the name scope.

    Raises:
      TypeError: no floats.
      ValueError: a rank less than two.
    """
    with name_scope(name or "matrix_rank"):
        a = _checked(convert_to_tensor(a, dtype_hint=dtypes.float32, name="a"), validate_args)
        s = svd(a, compute_uv=False)
        if tol is None:
            sizes = a.raw_shape
            is_known = sizes is not None and None not in sizes[-2:]
            most: Any = np.max(sizes[-2:]) if is_known else reduce_max(shape(a)[-2:])
            epsilon = np.finfo(a.dtype.np).eps
            tol = epsilon * cast(most, a.dtype) * reduce_max(s, axis=-1, keepdims=True)
        return reduce_sum(cast(s > tol, dtypes.int32), axis=-1)


@export("linalg.pinv")
def pinv(a: Any, rcond: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """Returns the pseudo-inverses (Moore-Penrose) of matrices: [..., m, n] -> [..., n, m].

    Args:
      a: matrices of floats.
      rcond: singular values at most this times the greatest one count as zero; when None, ten times the greater size
        times the difference between one and the next greater number of the type.
      validate_args: whether the run checks a rank that is not known before.
      name: the name scope.

    Raises:
      TypeError: no floats.
      ValueError: a rank less than two.
    """
    from tangraph.ops.array.where import where_v2

    with name_scope(name or "pinv"):
        a = _checked(convert_to_tensor(a, name="a"), validate_args)
        dtype = a.dtype.np
        if rcond is None:
            rows, columns = _size(a, -2), _size(a, -1)
            if isinstance(rows, int) and isinstance(columns, int):
                most: Any = float(max(rows, columns))
            else:
                most = cast(maximum(rows, columns), dtype)
            rcond = 10.0 * most * np.finfo(dtype).eps
        rcond = convert_to_tensor(rcond, dtype=dtype, name="rcond")
        s, u, v = svd(a, full_matrices=False, compute_uv=True)
        cutoff = rcond * reduce_max(s, axis=-1)
        s = where_v2(s > expand_dims(cutoff, -1), s, np.array(np.inf, dtype))
        result = matmul(v / expand_dims(s, -2), u, adjoint_b=True)
        sizes = a.raw_shape
        if sizes is not None:
            result.set_shape((*sizes[:-2], sizes[-1], sizes[-2]))
        return result


def _size(a: Tensor, axis: int) -> Any:
    known = None if a.raw_shape is None else a.raw_shape[axis]
    return shape(a)[axis] if known is None else known
