"""Updates put into a tensor by index vectors: scatter_nd, tensor_scatter_update and its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.array.gather_nd import gather_nd
from tangraph.ops.array.identity import identity

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def scatter_shape(indices: Raw, updates: Raw, out: Raw) -> Raw:
    """Returns the shape of the result of a scatter by index vectors, which is `out`.

    Raises:
      ValueError: the three shapes do not fit each other.
    """
    indices, updates = raw_shape.with_rank_at_least(indices, 1), raw_shape.with_rank_at_least(updates, 1)
    if raw_shape.num_elements(out) == 0 and (raw_shape.num_elements(indices) or raw_shape.num_elements(updates)):
        raise ValueError("Indices and updates specified for empty output shape")
    if indices is None or updates is None or indices[-1] is None:
        return out
    outer, depth = len(indices) - 1, indices[-1]
    try:
        raw_shape.merge(indices[:-1], updates[:outer])
    except ValueError as error:
        raise ValueError(
            f"The outer {outer} dimensions of indices.shape={raw_shape.to_str(indices)} must match the outer {outer} "
            f"dimensions of updates.shape={raw_shape.to_str(updates)}: {error}"
        ) from None
    if out is None:
        return out
    try:
        raw_shape.merge(out[depth:], updates[outer:])
    except ValueError as error:
        raise ValueError(
            f"The inner {len(out) - depth} dimensions of output.shape={raw_shape.to_str(out)} must match the inner "
            f"{len(updates) - outer} dimensions of updates.shape={raw_shape.to_str(updates)}: {error}"
        ) from None
    return out


def _scatter_nd_shape(c: ShapeContext) -> Raw:
    raw_shape.with_rank_at_least(c.shapes[0], 1)
    raw_shape.with_rank_at_least(c.shapes[1], 1)
    return scatter_shape(c.shapes[0], c.shapes[1], c.shape_value(2))


def _tensor_scatter_shape(c: ShapeContext) -> Raw:
    return scatter_shape(c.shapes[1], c.shapes[2], raw_shape.with_rank_at_least(c.shapes[0], 1))


def _non_aliasing_shape(c: ShapeContext) -> Raw:
    return c.shapes[0]


_INDICES = "Tindices: {int32, int64}"
SCATTER_ND = ops.define(
    "ScatterNd",
    ["indices: Tindices", "updates: T", "shape: Tindices"],
    ["output: T"],
    ["T: type", _INDICES],
    shape=_scatter_nd_shape,
    host_inputs=(2,),
)
_TYPES = (
    "float, double, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32, bfloat16, uint16, complex128, "
    "half, uint32, uint64, bool"
)
SCATTER_ND_NON_ALIASING_ADD = ops.define(
    "ScatterNdNonAliasingAdd",
    ["input: T", "indices: Tindices", "updates: T"],
    ["output: T"],
    [f"T: {{{_TYPES}}}", _INDICES],
    shape=_non_aliasing_shape,
)
_TENSOR_INPUTS = ["tensor: T", "indices: Tindices", "updates: T"]
TENSOR_SCATTER_UPDATE = ops.define(
    "TensorScatterUpdate", _TENSOR_INPUTS, ["output: T"], ["T: type", _INDICES], shape=_tensor_scatter_shape
)
TENSOR_SCATTER_ADD = ops.define(
    "TensorScatterAdd", _TENSOR_INPUTS, ["output: T"], ["T: type", _INDICES], shape=_tensor_scatter_shape
)
TENSOR_SCATTER_SUB = ops.define(
    "TensorScatterSub", _TENSOR_INPUTS, ["output: T"], ["T: type", _INDICES], shape=_tensor_scatter_shape
)


@ops.gradient("ScatterNd")
def _scatter_nd_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return [None, gather_nd(grad, op.inputs[0]), None]


@ops.gradient("ScatterNdNonAliasingAdd")
def _non_aliasing_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return [grad, None, gather_nd(grad, op.inputs[1])]


@ops.gradient("TensorScatterUpdate")
def _tensor_scatter_update_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.fill import zeros_like

    indices = op.inputs[1]
    updates = gather_nd(grad, indices)
    return [
        tensor_scatter_update(identity(grad), indices, zeros_like(op.inputs[2], dtype=grad.dtype)),
        None,
        updates,
    ]


@ops.gradient("TensorScatterAdd")
def _tensor_scatter_add_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    updates = gather_nd(grad, op.inputs[1])
    return [identity(grad), None, updates]


@ops.gradient("TensorScatterSub")
def _tensor_scatter_sub_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    updates: Any = gather_nd(grad, op.inputs[1])
    kept = identity(grad)
    return [kept, None, -updates]


@export("scatter_nd", "manip.scatter_nd")
def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> Tensor:
    """Puts updates into zeros, at places that index vectors give; updates at one place add up.

    Args:
      indices: int32 or int64 of rank 1 or more; the vectors along its last dimension index the result.
      updates: of shape ``indices.shape[:-1] + shape[indices.shape[-1]:]``.
      shape: the result's, a vector of the type of `indices`.
      name: the operation's name.

    Raises:
      ValueError: the shapes do not fit each other.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.scatter_nd([[1], [3], [1]], [5, 6, 7], [5])).tolist()
    [0, 12, 0, 6, 0]
    """
    result: Tensor = make_op(SCATTER_ND, indices, updates, shape, name=name)
    return result


def scatter_nd_non_aliasing_add(ref: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """Adds updates to a copy of a tensor, at places that index vectors give."""
    result: Tensor = make_op(SCATTER_ND_NON_ALIASING_ADD, ref, indices, updates, name=name)
    return result


@export("tensor_scatter_update", "tensor_scatter_nd_update")
def tensor_scatter_update(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """Returns a tensor with updates in the places that index vectors give.

    Args:
      tensor: a tensor.
      indices: int32 or int64; the vectors along its last dimension index `tensor`.
      updates: of shape ``indices.shape[:-1] + tensor.shape[indices.shape[-1]:]``.
      name: the operation's name.
    """
    result: Tensor = make_op(TENSOR_SCATTER_UPDATE, tensor, indices, updates, name=name)
    return result


@export("tensor_scatter_add", "tensor_scatter_nd_add")
def tensor_scatter_add(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """As `tf.tensor_scatter_update`, but adds."""
    result: Tensor = make_op(TENSOR_SCATTER_ADD, tensor, indices, updates, name=name)
    return result


@export("tensor_scatter_sub", "tensor_scatter_nd_sub")
def tensor_scatter_sub(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """As `tf.tensor_scatter_update`, but subtracts."""
    result: Tensor = make_op(TENSOR_SCATTER_SUB, tensor, indices, updates, name=name)
    return result
