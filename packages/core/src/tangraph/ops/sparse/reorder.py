"""SparseTensors in row-major order, and transposed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.constant_value import constant_value
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.sparse_tensor import SparseTensor, convert_to_sparse_tensor
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _reorder_shape(c: ShapeContext) -> list[Raw]:
    indices, values = c.with_rank(0, 2), c.with_rank(1, 1)
    c.with_rank(2, 1)
    return [indices, values]


SPARSE_REORDER = ops.define(
    "SparseReorder",
    ["input_indices: int64", "input_values: T", "input_shape: int64"],
    ["output_indices: int64", "output_values: T"],
    ["T: type"],
    shape=_reorder_shape,
)


@ops.gradient("SparseReorder")
def _reorder_grad(op: Operation, *grads: Tensor) -> tuple[None, Tensor, None]:
    from tangraph.ops.array.gather import gather
    from tangraph.ops.array.shape import shape
    from tangraph.ops.array.transpose import invert_permutation
    from tangraph.ops.math.ranges import range as range_

    indices, _, whole = op.inputs
    count: Any = shape(indices)
    numbered = SparseTensor(indices, range_(count[0]), whole)
    back = invert_permutation(sparse_reorder(numbered).values)
    return None, gather(grads[1], back), None


@export("sparse.reorder", "sparse_reorder")
def sparse_reorder(sp_input: Any, name: str | None = None) -> SparseTensor:
    """Brings the elements of a SparseTensor into row-major order.

    Args:
      sp_input: a SparseTensor.
      name: the operation's name.

    Raises:
      TypeError: the input is no SparseTensor.
    """
    from tangraph.ops.array.identity import identity

    sparse = convert_to_sparse_tensor(sp_input)
    indices, values = make_op(SPARSE_REORDER, sparse.indices, sparse.values, sparse.dense_shape, name=name)
    known = sparse.shape
    if raw_shape.is_fully_defined(known.raw):
        return SparseTensor(indices, values, known.as_list())
    return SparseTensor(indices, values, identity(sparse.dense_shape))


@export("sparse.transpose", "sparse_transpose")
def sparse_transpose(sp_input: Any, perm: Any = None, name: str | None = None) -> SparseTensor:
    """Permutes the dimensions of a SparseTensor.

    Args:
      sp_input: a SparseTensor.
      perm: dimension i of the result is dimension ``perm[i]`` of the input; turned round when None.
      name: the name scope.
    """
    from tangraph.ops.array.gather import gather
    from tangraph.ops.array.shape import rank
    from tangraph.ops.array.transpose import transpose
    from tangraph.ops.math.ranges import range as range_

    with name_scope(name, "SparseTranspose", [sp_input.indices, sp_input.values, sp_input.dense_shape]):
        if perm is None:
            count: Any = rank(sp_input)
            perm = count - 1 - range_(0, count, 1)
        indices = transpose(gather(transpose(sp_input.indices), perm))
        order = constant_value(convert_to_tensor(perm))
        known = sp_input.shape.raw
        shape: Any
        if order is not None and raw_shape.is_fully_defined(known):
            shape = [known[axis] for axis in order]
        else:
            shape = gather(sp_input.dense_shape, perm)
        return sparse_reorder(SparseTensor(indices, sp_input.values, shape))
