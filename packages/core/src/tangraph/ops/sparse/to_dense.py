"""Dense tensors from sparse ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.sparse_tensor import convert_to_sparse_tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _sparse_to_dense_shape(c: ShapeContext) -> Raw:
    out: Raw = c.shape_value(1)
    raw_shape.with_rank_at_most(c.shapes[0], 2)
    raw_shape.with_rank_at_most(c.shapes[2], 1)
    raw_shape.with_rank(c.shapes[3], 0)
    return out


SPARSE_TO_DENSE = ops.define(
    "SparseToDense",
    ["sparse_indices: Tindices", "output_shape: Tindices", "sparse_values: T", "default_value: T"],
    ["dense: T"],
    ["validate_indices: bool = true", "T: type", "Tindices: {int32, int64}"],
    shape=_sparse_to_dense_shape,
    host_inputs=(0, 1),
)


@ops.gradient("SparseToDense")
def _sparse_to_dense_grad(op: Operation, grad: Tensor) -> list[Any]:
    from tangraph.ops.array.fill import zeros_like
    from tangraph.ops.array.gather_nd import gather_nd
    from tangraph.ops.math.reductions import reduce_sum

    indices, output_shape, _, _ = op.inputs
    values: Any = gather_nd(grad, indices)
    default: Any = reduce_sum(grad)
    default = default - reduce_sum(values)
    return [zeros_like(indices), zeros_like(output_shape), values, default]


@export("sparse_to_dense")
def sparse_to_dense(
    sparse_indices: Any,
    output_shape: Any,
    sparse_values: Any,
    default_value: Any = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """Returns a tensor with values in given places and a default elsewhere.

    Args:
      sparse_indices: integers: a scalar, a vector, or one index vector a row.
      output_shape: the result's shape, a vector of the same type.
      sparse_values: a vector of values, or one value for all places.
      default_value: a scalar.
      validate_indices: whether the indices have to be in row-major order, each once.
      name: the operation's name.
    """
    result: Tensor = make_op(
        SPARSE_TO_DENSE,
        sparse_indices,
        output_shape,
        sparse_values,
        default_value,
        validate_indices=validate_indices,
        name=name,
    )
    return result


@export("sparse_tensor_to_dense", "sparse.to_dense")
def sparse_tensor_to_dense(
    sp_input: Any, default_value: Any = None, validate_indices: bool = True, name: str | None = None
) -> Tensor:
    """Returns a SparseTensor as a tensor.

    Args:
      sp_input: a SparseTensor or its value.
      default_value: what stands where `sp_input` has no value; zero (an empty string) when None.
      validate_indices: whether the indices have to be in row-major order, each once.
      name: the operation's name.

    Raises:
      TypeError: the input is no SparseTensor.
    """
    sparse = convert_to_sparse_tensor(sp_input)
    if default_value is None:
        from tangraph.ops.array.fill import zeros

        default_value = zeros([], dtype=sparse.dtype)
    return sparse_to_dense(sparse.indices, sparse.dense_shape, sparse.values, default_value, validate_indices, name)
