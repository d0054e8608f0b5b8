"""Sums and maxima along dimensions of SparseTensors, and their softmax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.sparse_tensor import SparseTensor

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _reduced(c: ShapeContext) -> Raw:
    sizes, axes = c.value(2), c.value(3)
    if sizes is None or axes is None:
        return None
    rank = len(sizes)
    gone = {int(axis) % rank for axis in axes.ravel()}
    keep = c.attr("keep_dims")
    return tuple([1 if d in gone else int(size) for d, size in enumerate(sizes) if keep or d not in gone])


def _softmax_shape(c: ShapeContext) -> Raw:
    c.with_rank(0, 2)
    values: Raw = c.with_rank(1, 1)
    c.with_rank(2, 1)
    return values


_INPUTS = ["input_indices: int64", "input_values: T", "input_shape: int64", "reduction_axes: int32"]
_PARTS = ["output_indices: int64", "output_values: T", "output_shape: int64"]


def _define(name: str, types: str) -> tuple[OpDef, OpDef]:
    attrs = ["keep_dims: bool = false", f"T: {types}"]
    return (
        ops.define(name, _INPUTS, ["output: T"], attrs, shape=_reduced, host_inputs=(3,)),
        ops.define(f"{name}Sparse", _INPUTS, _PARTS, attrs, host_inputs=(3,)),
    )


SUM, SUM_SPARSE = _define("SparseReduceSum", "numbertype")
MAX, MAX_SPARSE = _define("SparseReduceMax", "realnumbertype")
ops.without_gradient("SparseReduceMax", "SparseReduceMaxSparse", "SparseReduceSumSparse")
SPARSE_SOFTMAX = ops.define(
    "SparseSoftmax",
    ["sp_indices: int64", "sp_values: T", "sp_shape: int64"],
    ["output: T"],
    ["T: {float, double}"],
    shape=_softmax_shape,
)


@ops.gradient("SparseReduceSum")
def _sum_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.gather_nd import gather_nd
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.reduction_gradients import reduced_shape

    indices, _, shape, axes = op.inputs
    kept = reduced_shape(shape, axes)
    wide = reshape(grad, kept)
    scale: Any = shape // cast(kept, dtypes.int64)
    return [None, gather_nd(wide, indices // scale), None, None]


@ops.gradient("SparseSoftmax")
def _softmax_grad(op: Operation, grad: Tensor) -> list[Any]:
    indices, _, shape = op.inputs
    output = SparseTensor(indices, op.outputs[0], shape)
    outer = SparseTensor(indices, grad, shape)
    product: Any = output.values
    whole = SparseTensor(indices, product * outer.values, shape)
    total: Any = sparse_reduce_sum(whole, [-1], keepdims=True)
    less: Any = make_op("SparseDenseCwiseAdd", outer.indices, outer.values, outer.dense_shape, -total)
    left = SparseTensor(outer.indices, less, outer.dense_shape)
    result: Any = left.values
    return [None, result * output.values, None]


def _reduce(op: OpDef, x: Any, axis: Any, keepdims: Any, reduction_axes: Any, keep_dims: Any) -> Any:
    from tangraph.ops.math.reductions import reduction_axes as axes_of

    keepdims = deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims)
    axis = deprecated_argument_lookup("axis", axis, "reduction_axes", reduction_axes)
    return make_op(op, x.indices, x.values, x.dense_shape, axes_of(x, axis), keep_dims=bool(keepdims))


@export("sparse.reduce_sum", "sparse_reduce_sum")
def sparse_reduce_sum(
    sp_input: Any, axis: Any = None, keepdims: Any = None, reduction_axes: Any = None, keep_dims: Any = None
) -> Tensor:
    """Adds up the elements of a SparseTensor along dimensions.

    Args:
      sp_input: a SparseTensor of numbers.
      axis: a dimension or some; all when None.
      keepdims: whether they stay, with size 1.
      reduction_axes: the older name of `axis`.
      keep_dims: the older name of `keepdims`.

    Returns:
      A tensor.
    """
    result: Tensor = _reduce(SUM, sp_input, axis, keepdims, reduction_axes, keep_dims)
    return result


@export("sparse.reduce_max", "sparse_reduce_max")
def sparse_reduce_max(
    sp_input: Any, axis: Any = None, keepdims: Any = None, reduction_axes: Any = None, keep_dims: Any = None
) -> Tensor:
    """Takes the largest element that a SparseTensor has along dimensions; 0 where it has none.

    See `tf.sparse.reduce_sum` for the arguments.
    """
    result: Tensor = _reduce(MAX, sp_input, axis, keepdims, reduction_axes, keep_dims)
    return result


@export("sparse.reduce_sum_sparse", "sparse_reduce_sum_sparse")
def sparse_reduce_sum_sparse(
    sp_input: Any, axis: Any = None, keepdims: Any = None, reduction_axes: Any = None, keep_dims: Any = None
) -> SparseTensor:
    """As `tf.sparse.reduce_sum`, as a SparseTensor."""
    return SparseTensor(*_reduce(SUM_SPARSE, sp_input, axis, keepdims, reduction_axes, keep_dims))


@export("sparse.reduce_max_sparse", "sparse_reduce_max_sparse")
def sparse_reduce_max_sparse(
    sp_input: Any, axis: Any = None, keepdims: Any = None, reduction_axes: Any = None, keep_dims: Any = None
) -> SparseTensor:
    """As `tf.sparse.reduce_max`, as a SparseTensor."""
    return SparseTensor(*_reduce(MAX_SPARSE, sp_input, axis, keepdims, reduction_axes, keep_dims))


@export("sparse.softmax", "sparse_softmax")
def sparse_softmax(sp_input: Any, name: str | None = None) -> SparseTensor:
    """Takes the softmax of the elements that each row (last dimension) has; those that are missing count as -inf.

    Args:
      sp_input: a SparseTensor of rank 2 or more, float32 or float64.
      name: the name scope.
    """
    with name_scope(name, "SparseSoftmax", [sp_input.indices, sp_input.values]):
        values = make_op(SPARSE_SOFTMAX, sp_input.indices, sp_input.values, sp_input.dense_shape)
        return SparseTensor(sp_input.indices, values, sp_input.dense_shape)
