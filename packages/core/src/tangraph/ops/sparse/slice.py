"""A block of a sparse tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.sparse_tensor import SparseTensor, convert_to_sparse_tensor
from tangraph.framework.tensor_conversion import internal_convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _sparse_slice_shape(c: ShapeContext) -> list[Raw]:
    return [(None, raw_shape.num_elements(c.shapes[2])), (None,), c.shapes[2]]


def _sparse_slice_grad_shape(c: ShapeContext) -> Raw:
    return (raw_shape.with_rank(c.shapes[1], 2)[0],)


SPARSE_SLICE = ops.define(
    "SparseSlice",
    ["indices: int64", "values: T", "shape: int64", "start: int64", "size: int64"],
    ["output_indices: int64", "output_values: T", "output_shape: int64"],
    ["T: type"],
    shape=_sparse_slice_shape,
)
SPARSE_SLICE_GRAD = ops.define(
    "SparseSliceGrad",
    ["backprop_val_grad: T", "input_indices: int64", "input_start: int64", "output_indices: int64"],
    ["val_grad: T"],
    ["T: numbertype"],
    shape=_sparse_slice_grad_shape,
)
ops.without_gradient("SparseSliceGrad")


@ops.gradient("SparseSlice")
def _sparse_slice_grad(op: Operation, *grads: Tensor) -> tuple[Tensor | None, ...]:
    indices, values, _, start, _ = op.inputs
    result: Tensor = make_op(SPARSE_SLICE_GRAD, grads[1], indices, start, op.outputs[0])
    result.set_shape(values.shape)
    return None, result, None, None, None


@export("sparse_slice", "sparse.slice")
def sparse_slice(sp_input: Any, start: Any, size: Any, name: str | None = None) -> SparseTensor:
    """Cuts a block out of a SparseTensor.

    Args:
      sp_input: a SparseTensor.
      start: where the block begins, one integer a dimension.
      size: how large it is; what lies outside of the input is left out.
      name: the operation's name.

    Raises:
      TypeError: the input is no SparseTensor.
    """
    sparse = convert_to_sparse_tensor(sp_input)
    start = internal_convert_to_tensor(start, dtypes.int64)
    size = internal_convert_to_tensor(size, dtypes.int64)
    with name_scope(name, "SparseSlice", [sparse.indices]) as scope:
        parts = make_op(SPARSE_SLICE, sparse.indices, sparse.values, sparse.dense_shape, start, size, name=scope)
        return SparseTensor(*parts)
