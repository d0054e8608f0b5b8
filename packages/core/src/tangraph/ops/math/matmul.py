"""Products of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()
_TYPES = "T: {bfloat16, half, float, double, int32, int64, complex64, complex128}"


def _matmul_shape(c: ShapeContext) -> Raw:
    a, b = c.with_rank(0, 2), c.with_rank(1, 2)
    rows, inner_a = reversed(a) if c.attr("transpose_a") else a
    inner_b, columns = reversed(b) if c.attr("transpose_b") else b
    raw_shape.merge_dim(inner_a, inner_b)
    return (rows, columns)


def _batch_shape(c: ShapeContext, *, broadcast: bool) -> Raw:
    x, y = (raw_shape.with_rank_at_least(s, 2) for s in c.shapes)
    if x is None or y is None:
        if broadcast:
            return None
        # Without broadcasting one known rank is that of both.
        known = x or y
        if known is None:
            return None
        x = x or (None,) * len(known)
        y = y or (None,) * len(known)
    rows, inner_x = reversed(x[-2:]) if c.attr("adj_x") else x[-2:]
    inner_y, columns = reversed(y[-2:]) if c.attr("adj_y") else y[-2:]
    batch = raw_shape.broadcast(x[:-2], y[:-2]) if broadcast else raw_shape.merge(x[:-2], y[:-2])
    raw_shape.merge_dim(inner_x, inner_y)
    return raw_shape.concatenate(batch, (rows, columns))


MATMUL = ops.define(
    "MatMul",
    ["a: T", "b: T"],
    ["product: T"],
    ["transpose_a: bool = false", "transpose_b: bool = false", _TYPES],
    shape=_matmul_shape,
)
SPARSE_MATMUL = ops.define(
    "SparseMatMul",
    ["a: Ta", "b: Tb"],
    ["product: float"],
    [
        "transpose_a: bool = false",
        "transpose_b: bool = false",
        "a_is_sparse: bool = false",
        "b_is_sparse: bool = false",
        "Ta: {float, bfloat16} = DT_FLOAT",
        "Tb: {float, bfloat16} = DT_FLOAT",
    ],
    shape=_matmul_shape,
)


def _batch_op(name: str, *, broadcast: bool) -> OpDef:
    return ops.define(
        name,
        ["x: T", "y: T"],
        ["output: T"],
        [_TYPES, "adj_x: bool = false", "adj_y: bool = false"],
        shape=lambda c: _batch_shape(c, broadcast=broadcast),
    )


BATCH_MATMUL = _batch_op("BatchMatMul", broadcast=False)
BATCH_MATMUL_V2 = _batch_op("BatchMatMulV2", broadcast=True)


@export("matmul", "linalg.matmul")
def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Returns the matrix product, of the innermost two axes of each input.

    Args:
      a: a tensor of shape [..., m, k] of floats, complex numbers, int32 or int64.
      b: of shape [..., k, n] and the same type; the outer axes are broadcast.
      transpose_a, transpose_b: whether the matrix is transposed first.
      adjoint_a, adjoint_b: whether it is transposed and conjugated first.
      a_is_sparse, b_is_sparse: hints that many elements are 0.
      name: the operation's name.

    Returns:
      A tensor of shape [..., m, n].

    Raises:
      ValueError: shapes that do not fit, or both `transpose` and `adjoint` of one matrix.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.matmul([[1.0, 2.0]], [[3.0], [4.0]]))
    array([[11.]], dtype=float32)
    """
    from tangraph.ops.math.complex import conj

    with name_scope(name, "MatMul", [a, b]) as scope:
        if transpose_a and adjoint_a:
            raise ValueError("Only one of transpose_a and adjoint_a can be True.")
        if transpose_b and adjoint_b:
            raise ValueError("Only one of transpose_b and adjoint_b can be True.")
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, name="b")
        batched = any(t.raw_shape is None or len(t.raw_shape) > 2 for t in (a, b))
        result: Tensor
        if batched and not a_is_sparse and not b_is_sparse:
            # The op has adjoints only: a transpose is the adjoint of the conjugate.
            a, b = conj(a) if transpose_a else a, conj(b) if transpose_b else b
            adj_x, adj_y = adjoint_a or transpose_a, adjoint_b or transpose_b
            result = make_op(BATCH_MATMUL_V2, a, b, adj_x=adj_x, adj_y=adj_y, name=scope)
            return result
        a, b = conj(a) if adjoint_a else a, conj(b) if adjoint_b else b
        transpose_a, transpose_b = transpose_a or adjoint_a, transpose_b or adjoint_b
        if _takes_sparse(a, b, a_is_sparse or b_is_sparse):
            return _sparse_product(a, b, transpose_a, transpose_b, a_is_sparse, b_is_sparse, scope)
        result = make_op(MATMUL, a, b, transpose_a=transpose_a, transpose_b=transpose_b, name=scope)
        return result


def _takes_sparse(a: Tensor, b: Tensor, hinted: bool) -> bool:
    types = {a.dtype, b.dtype}
    if dtypes.bfloat16 in types and len(types) > 1:
        # MatMul wants one type.
        return True
    return hinted and types <= {dtypes.bfloat16, dtypes.float32}


def _sparse_product(
    a: Tensor, b: Tensor, transpose_a: bool, transpose_b: bool, a_is_sparse: bool, b_is_sparse: bool, name: str
) -> Tensor:
    from tangraph.ops.math.cast import cast

    product = sparse_matmul(a, b, transpose_a, transpose_b, a_is_sparse, b_is_sparse, name)
    if a.dtype is dtypes.bfloat16 and b.dtype is dtypes.bfloat16:
        return cast(product, dtypes.bfloat16)  # type: ignore[no-any-return]
    return product


@export("sparse_matmul")
def sparse_matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Returns the product of two matrices of float32 or bfloat16 as float32; see `matmul`."""
    result: Tensor = make_op(
        SPARSE_MATMUL,
        a,
        b,
        transpose_a=transpose_a,
        transpose_b=transpose_b,
        a_is_sparse=a_is_sparse,
        b_is_sparse=b_is_sparse,
        name=name,
    )
    return result


@export("linalg.matvec")
def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Returns the product of matrices with vectors.

    Args:
      a: a tensor of shape [..., m, k].
      b: of shape [..., k] and the same type.
      transpose_a, adjoint_a, a_is_sparse, b_is_sparse, name: as for `matmul`.

    Returns:
      A tensor of shape [..., m].
    """
    from tangraph.ops.array.reshape import expand_dims, squeeze

    with name_scope(name, "MatVec", [a, b]):
        product = matmul(
            a,
            expand_dims(b, axis=-1),
            transpose_a=transpose_a,
            adjoint_a=adjoint_a,
            a_is_sparse=a_is_sparse,
            b_is_sparse=b_is_sparse,
        )
        result: Tensor = squeeze(product, axis=-1)
        return result


# The table of gradients is that of `ops`: it fills when the ops are there.
from tangraph.ops.math import matmul_gradients as _gradients  # noqa: E402, F401
