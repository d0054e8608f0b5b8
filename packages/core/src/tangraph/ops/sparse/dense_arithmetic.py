"""Arithmetic of a SparseTensor with a dense tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _values_shape(c: ShapeContext) -> Raw:
    return (c.with_rank(0, 2)[0],)


def _dense_shape(c: ShapeContext) -> Raw:
    return raw_shape.merge(c.shapes[3], c.shape_value(2))


def _by_dense(name: str) -> OpDef:
    return ops.define(
        name,
        ["sp_indices: int64", "sp_values: T", "sp_shape: int64", "dense: T"],
        ["output: T"],
        ["T: numbertype"],
        shape=_values_shape,
    )


SPARSE_DENSE_CWISE_MUL, SPARSE_DENSE_CWISE_DIV, SPARSE_DENSE_CWISE_ADD = (
    _by_dense(name) for name in ("SparseDenseCwiseMul", "SparseDenseCwiseDiv", "SparseDenseCwiseAdd")
)
SPARSE_TENSOR_DENSE_ADD = ops.define(
    "SparseTensorDenseAdd",
    ["a_indices: Tindices", "a_values: T", "a_shape: Tindices", "b: T"],
    ["output: T"],
    ["T: numbertype", "Tindices: {int32, int64}"],
    shape=_dense_shape,
)


@ops.gradient("SparseTensorDenseAdd")
def _sparse_tensor_dense_add_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.gather_nd import gather_nd

    return [None, gather_nd(grad, op.inputs[0]), None, grad]


@ops.gradient("SparseDenseCwiseAdd")
def _sparse_dense_add_grad(op: Operation, grad: Tensor) -> None:
    raise NotImplementedError("Gradient for SparseDenseCwiseAdd is currently not implemented yet.")


@ops.gradient("SparseDenseCwiseMul")
def _sparse_dense_mul_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return _by_dense_grad(op, grad)


@ops.gradient("SparseDenseCwiseDiv")
def _sparse_dense_div_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return _by_dense_grad(op, grad)


def _by_dense_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.fill import ones, zeros_like
    from tangraph.ops.array.gather_nd import gather_nd
    from tangraph.ops.array.reshape import expand_dims
    from tangraph.ops.array.shape import shape, size
    from tangraph.ops.array.slicing import slice
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.unary import square

    indices, values, whole, dense = op.inputs
    dense_shape = cast(shape(dense), dtypes.int64)
    extra = expand_dims(size(whole) - size(dense_shape), 0)
    scaling = whole // concat([ones(extra, dtypes.int64), dense_shape], 0)
    # Where each element stands in the dense tensor, before that was broadcast.
    places = slice(indices // scaling, concat([[0], extra], 0), [-1, -1])
    there = gather_nd(dense, places)
    if op.type == "SparseDenseCwiseMul":
        values_grad, dense_grad = grad * there, grad * values
    else:
        values_grad, dense_grad = grad / there, grad * (-values / square(there))
    # The places may repeat, which an addition allows.
    summed = make_op("SparseTensorDenseAdd", places, dense_grad, dense_shape, zeros_like(dense))
    return [None, values_grad, None, summed]
