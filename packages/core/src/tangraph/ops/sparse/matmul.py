"""The product of a sparse matrix and a dense one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.sparse_tensor import convert_to_sparse_tensor
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _product_shape(c: ShapeContext) -> Raw:
    raw_shape.with_rank(c.shapes[0], 2)
    raw_shape.with_rank(c.shapes[1], 1)
    a, b = raw_shape.with_rank(c.shape_value(2), 2), raw_shape.with_rank(c.shapes[3], 2)
    a = a[::-1] if c.attr("adjoint_a") else a
    b = b[::-1] if c.attr("adjoint_b") else b
    raw_shape.merge_dim(a[1], b[0])
    return (a[0], b[1])


SPARSE_TENSOR_DENSE_MAT_MUL = ops.define(
    "SparseTensorDenseMatMul",
    ["a_indices: Tindices", "a_values: T", "a_shape: int64", "b: T"],
    ["product: T"],
    ["T: type", "Tindices: {int32, int64} = DT_INT64", "adjoint_a: bool = false", "adjoint_b: bool = false"],
    shape=_product_shape,
    host_inputs=(2,),
)


@ops.gradient("SparseTensorDenseMatMul")
def _product_grad(op: Operation, grad: Tensor) -> tuple[Tensor | None, ...]:
    from tangraph.ops.array.gather import gather
    from tangraph.ops.array.transpose import transpose
    from tangraph.ops.math.reductions import reduce_sum

    indices, values, shape, b = op.inputs
    adjoint_a, adjoint_b = op.attrs["adjoint_a"], op.attrs["adjoint_b"]
    if values.dtype.is_complex:
        raise NotImplementedError("SparseTensorDenseMatMul op does not support complex gradients.")
    b_grad: Tensor = make_op(SPARSE_TENSOR_DENSE_MAT_MUL, indices, values, shape, grad, adjoint_a=not adjoint_a)
    if adjoint_b:
        b_grad = transpose(b_grad)
    pairs: Any = indices
    rows, columns = pairs[:, 0], pairs[:, 1]
    from_grad: Any = gather(grad, columns if adjoint_a else rows)
    from_b: Any = gather(transpose(b) if adjoint_b else b, rows if adjoint_a else columns)
    return None, reduce_sum(from_grad * from_b, axis=1), None, b_grad


@export("sparse_tensor_dense_matmul", "sparse.matmul", "sparse.sparse_dense_matmul")
def sparse_tensor_dense_matmul(
    sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: str | None = None
) -> Tensor:
    """Multiplies a sparse matrix by a dense one.

    Args:
      sp_a: a SparseTensor of rank 2.
      b: a matrix of the same type.
      adjoint_a: whether the first is transposed (and conjugated) first.
      adjoint_b: whether the second is.
      name: the name of the scope of the nodes.

    Raises:
      TypeError: the first is no SparseTensor.
      ValueError: the shapes do not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     a = tf.SparseTensor([[0, 1]], [2.0], [2, 2])
    ...     session.run(tf.sparse_tensor_dense_matmul(a, [[1.0], [3.0]])).tolist()
    [[6.0], [0.0]]
    """
    sparse = convert_to_sparse_tensor(sp_a)
    with name_scope(name, "SparseTensorDenseMatMul", [sparse.indices, sparse.values, b]):
        b = convert_to_tensor(b, name="b")
        result: Tensor = make_op(
            SPARSE_TENSOR_DENSE_MAT_MUL,
            sparse.indices,
            sparse.values,
            sparse.dense_shape,
            b,
            adjoint_a=adjoint_a,
            adjoint_b=adjoint_b,
        )
    return result
