"""Sums, maxima and minima of two SparseTensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.sparse_tensor import SparseTensor, convert_to_sparse_tensor, is_sparse
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.sparse.dense_arithmetic import SPARSE_TENSOR_DENSE_ADD

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _add_shape(c: ShapeContext) -> list[Raw]:
    (rank,) = c.with_rank(2, 1)
    return [(None, rank), (None,), (rank,)]


def _add_grad_shape(c: ShapeContext) -> list[Raw]:
    return [(c.with_rank(1, 2)[0],), (c.with_rank(2, 2)[0],)]


def _extreme_shape(c: ShapeContext) -> list[Raw]:
    del c
    return [(None, None), (None,)]


_TWO = ["a_indices: int64", "a_values: T", "a_shape: int64", "b_indices: int64", "b_values: T", "b_shape: int64"]
SPARSE_ADD = ops.define(
    "SparseAdd",
    [*_TWO, "thresh: Treal"],
    ["sum_indices: int64", "sum_values: T", "sum_shape: int64"],
    ["T: numbertype", "Treal: realnumbertype"],
    shape=_add_shape,
)
SPARSE_ADD_GRAD = ops.define(
    "SparseAddGrad",
    ["backprop_val_grad: T", "a_indices: int64", "b_indices: int64", "sum_indices: int64"],
    ["a_val_grad: T", "b_val_grad: T"],
    ["T: numbertype"],
    shape=_add_grad_shape,
)
_EXTREME = ["output_indices: int64", "output_values: T"]
SPARSE_SPARSE_MAXIMUM = ops.define("SparseSparseMaximum", _TWO, _EXTREME, ["T: realnumbertype"], shape=_extreme_shape)
SPARSE_SPARSE_MINIMUM = ops.define("SparseSparseMinimum", _TWO, _EXTREME, ["T: numbertype"], shape=_extreme_shape)
ops.not_differentiable("SparseAddGrad")


@ops.gradient("SparseAdd")
def _sparse_add_grad(op: Operation, *grads: Tensor) -> tuple[Any, ...]:
    a, b = op.inputs[1], op.inputs[4]
    a_grad, b_grad = make_op(SPARSE_ADD_GRAD, grads[1], op.inputs[0], op.inputs[3], op.outputs[0])
    a_grad.set_shape(a.shape)
    b_grad.set_shape(b.shape)
    return None, a_grad, None, None, b_grad, None, None


@ops.gradient("SparseSparseMaximum")
def _maximum_grad(_: Operation, *grads: Tensor) -> None:
    raise NotImplementedError("Gradient for SparseSparseMaximum is currently not implemented yet.")


@ops.gradient("SparseSparseMinimum")
def _minimum_grad(_: Operation, *grads: Tensor) -> None:
    raise NotImplementedError("Gradient for SparseSparseMinimum is currently not implemented yet.")


def _parts(*tensors: Any) -> list[Any]:
    return [part for t in tensors for part in (t.indices, t.values, t.dense_shape)]


@export("sparse.add", "sparse_add")
def sparse_add(a: Any, b: Any, threshold: Any = None, thresh: Any = None) -> Any:
    """Adds two tensors, one of which at least is sparse.

    Args:
      a: a SparseTensor or a tensor.
      b: of the same shape and type.
      threshold: sums of two sparse tensors whose magnitude is below this are left out; 0 when None.
      thresh: the older name of `threshold`.

    Returns:
      A SparseTensor for two of them, else a tensor.

    Raises:
      TypeError: both are dense.
    """
    threshold = deprecated_argument_lookup("threshold", threshold, "thresh", thresh)
    if not (is_sparse(a) or is_sparse(b)):
        raise TypeError("At least one input should be SparseTensor; do you mean to use tf.add()?")
    if not (is_sparse(a) and is_sparse(b)):
        if is_sparse(b):
            a, b = b, a
        return make_op(SPARSE_TENSOR_DENSE_ADD, *_parts(a), b)
    from tangraph.ops.array.broadcast_shapes import broadcast_static_shape

    a, b = convert_to_sparse_tensor(a), convert_to_sparse_tensor(b)
    least = convert_to_tensor(
        0 if threshold is None else threshold, dtype=a.values.dtype.real_dtype.base, name="threshold"
    )
    indices, values, shape = make_op(SPARSE_ADD, *_parts(a, b), least)
    a.shape.assert_is_compatible_with(b.shape)
    static = broadcast_static_shape(a.shape, b.shape)
    if raw_shape.is_fully_defined(static.raw):
        shape = static.as_list()
    return SparseTensor(indices, values, shape)


def _extreme(op: OpDef, a: Any, b: Any, name: str | None) -> SparseTensor:
    with name_scope(name, op.name, [a.indices, a.values, b.indices, b.values]) as scope:
        indices, values = make_op(op, *_parts(a, b), name=scope)
    return SparseTensor(indices, values, a.dense_shape)


@export("sparse.maximum", "sparse_maximum")
def sparse_maximum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """Takes the larger of two SparseTensors' elements, where one of them has any; others are 0.

    Args:
      sp_a: a SparseTensor of real numbers.
      sp_b: of the same shape and type.
      name: the operation's name.
    """
    return _extreme(SPARSE_SPARSE_MAXIMUM, sp_a, sp_b, name)


@export("sparse.minimum", "sparse_minimum")
def sparse_minimum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """Takes the smaller of two SparseTensors' elements; see `tf.sparse.maximum`."""
    return _extreme(SPARSE_SPARSE_MINIMUM, sp_a, sp_b, name)
