"""Ops on resource variables, which are reached through a handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def variable_shape_of(c: ShapeContext, dtype_attr: str = "dtype") -> Raw:
    """Returns the shape of the variable behind input 0, None when it is not known.

    Raises:
      ValueError: the variable is of another type than the op says.
    """
    handle = c.handle(0)
    if handle is None:
        return None
    if dtype_attr and handle[0] is not c.attr(dtype_attr):
        raise ValueError(
            "Trying to read variable with wrong dtype. Expected "
            f"{_proto_name(handle[0])} got {_proto_name(c.attr(dtype_attr))}"
        )
    return handle[1]


def _proto_name(dtype: Any) -> str:
    return {"float32": "float", "float64": "double", "float16": "half"}.get(dtype.name, str(dtype.name))


def _scalar(_: ShapeContext) -> Raw:
    return ()


def _read_shape(c: ShapeContext) -> Raw:
    return variable_shape_of(c)


def _write_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.merge(variable_shape_of(c), c.shapes[1])
    return []


def _variable_shape_shape(c: ShapeContext) -> Raw:
    handle = c.handle(0)
    return (None,) if handle is None or handle[1] is None else (len(handle[1]),)


def _gather_shape(c: ShapeContext) -> Raw:
    params, indices = variable_shape_of(c), c.shapes[1]
    batch_dims = c.attr("batch_dims")
    if params is None or indices is None:
        return None
    raw_shape.with_rank_at_least(params, 1 + max(batch_dims, 0))
    return params[:batch_dims] + indices[batch_dims:] + params[batch_dims + 1 :]


def gather_nd_shape(params: Raw, indices: Raw) -> Raw:
    """Returns the shape of GatherNd.

    Raises:
      ValueError: the last dimension of `indices` is longer than the rank of `params`.
    """
    if indices is None or params is None:
        return None
    if not indices:
        raise ValueError("Shape must be at least rank 1 but is rank 0")
    depth = indices[-1]
    if depth is None:
        return None
    if depth > len(params):
        raise ValueError(
            f"indices.shape[-1] must be <= params.rank, but saw indices shape: {raw_shape.to_str(indices)} "
            f" and params shape: {raw_shape.to_str(params)}"
        )
    return indices[:-1] + params[depth:]


def _gather_nd_shape(c: ShapeContext) -> Raw:
    return gather_nd_shape(variable_shape_of(c), c.shapes[1])


VAR_HANDLE_OP = ops.define(
    "VarHandleOp",
    outputs=["resource: resource"],
    attrs=["container: string = ''", "shared_name: string = ''", "dtype: type", "shape: shape"],
    shape=_scalar,
    stateful=True,
)
READ_VARIABLE_OP = ops.define(
    "ReadVariableOp",
    inputs=["resource: resource"],
    outputs=["value: dtype"],
    attrs=["dtype: type"],
    shape=_read_shape,
    stateful=True,
)
ASSIGN_VARIABLE_OP, ASSIGN_ADD_VARIABLE_OP, ASSIGN_SUB_VARIABLE_OP = (
    ops.define(
        name, inputs=["resource: resource", "value: dtype"], attrs=["dtype: type"], shape=_write_shape, stateful=True
    )
    for name in ("AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp")
)
VAR_IS_INITIALIZED_OP = ops.define(
    "VarIsInitializedOp",
    inputs=["resource: resource"],
    outputs=["is_initialized: bool"],
    shape=_scalar,
    stateful=True,
)
VARIABLE_SHAPE = ops.define(
    "VariableShape",
    inputs=["input: resource"],
    outputs=["output: out_type"],
    attrs=["out_type: {int32, int64} = DT_INT32"],
    shape=_variable_shape_shape,
    stateful=True,
)
DESTROY_RESOURCE_OP = ops.define(
    "DestroyResourceOp",
    inputs=["resource: resource"],
    attrs=["ignore_lookup_error: bool = true"],
    stateful=True,
)
RESOURCE_COUNT_UP_TO = ops.define(
    "ResourceCountUpTo",
    inputs=["resource: resource"],
    outputs=["output: T"],
    attrs=["limit: int", "T: {int32, int64}"],
    shape=lambda c: raw_shape.with_rank(variable_shape_of(c, "T"), 0),
    stateful=True,
)
RESOURCE_GATHER = ops.define(
    "ResourceGather",
    inputs=["resource: resource", "indices: Tindices"],
    outputs=["output: dtype"],
    attrs=["batch_dims: int = 0", "validate_indices: bool = true", "dtype: type", "Tindices: {int32, int64}"],
    shape=_gather_shape,
    stateful=True,
)
RESOURCE_GATHER_ND = ops.define(
    "ResourceGatherNd",
    inputs=["resource: resource", "indices: Tindices"],
    outputs=["output: dtype"],
    attrs=["dtype: type", "Tindices: {int32, int64}"],
    shape=_gather_nd_shape,
    stateful=True,
)
ops.not_differentiable("VarIsInitializedOp", "VariableShape")
ops.without_gradient(
    "AssignAddVariableOp",
    "AssignSubVariableOp",
    "AssignVariableOp",
    "DestroyResourceOp",
    "VarHandleOp",
    "ResourceCountUpTo",
)


@ops.gradient("ReadVariableOp")
def _read_grad(_: Operation, grad: Tensor) -> Tensor:
    return grad


@ops.gradient("ResourceGather")
def _gather_grad(op: Operation, grad: Tensor) -> list[Any]:
    """IndexedSlices of the rows that were gathered; the indices have no gradient."""
    from tangraph.framework.indexed_slices import IndexedSlices
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.reshape import expand_dims, reshape
    from tangraph.ops.array.shape import size

    handle, indices = op.inputs
    params_shape = variable_shape(handle)
    count = expand_dims(size(indices), 0)
    values_shape = concat([count, params_shape[1:]], 0)
    values = reshape(grad, values_shape)
    return [IndexedSlices(values, reshape(indices, count), params_shape), None]


@ops.gradient("ResourceGatherNd")
def _gather_nd_grad(op: Operation, grad: Tensor) -> list[Any]:
    """IndexedSlices where the indices name rows, else the slices scattered into zeros."""
    handle, indices = op.inputs
    shape = make_op(VARIABLE_SHAPE, handle, out_type=indices.dtype)
    if indices.raw_shape is not None and len(indices.raw_shape) == 2 and indices.raw_shape[-1] == 1:
        from tangraph.framework.indexed_slices import IndexedSlices
        from tangraph.ops.array.reshape import squeeze

        return [IndexedSlices(grad, squeeze(indices, axis=-1), shape), None]
    return [make_op("ScatterNd", indices, grad, shape), None]


def var_handle_op(
    shape: Any, dtype: Any, shared_name: str = "", name: str | None = None, container: str = ""
) -> Tensor:
    """Returns a handle of a variable, which the session makes when it is first assigned."""
    result: Tensor = make_op(
        VAR_HANDLE_OP, shape=shape, dtype=dtype, shared_name=shared_name, name=name, container=container
    )
    return result


def read_variable_op(handle: Tensor, dtype: Any, name: str | None = None) -> Tensor:
    """Returns the value of the variable behind a handle."""
    result: Tensor = make_op(READ_VARIABLE_OP, handle, dtype=dtype, name=name)
    return result


def assign_variable_op(handle: Tensor, value: Any, name: str | None = None) -> Operation:
    """Writes a value into the variable behind a handle."""
    result: Operation = make_op(ASSIGN_VARIABLE_OP, handle, value, name=name)
    return result


def var_is_initialized_op(handle: Tensor, name: str | None = None) -> Tensor:
    """Returns a bool scalar: whether the variable behind a handle was assigned."""
    result: Tensor = make_op(VAR_IS_INITIALIZED_OP, handle, name=name)
    return result


def variable_shape(handle: Tensor, out_type: Any = dtypes.int32) -> Tensor:
    """Returns the shape of the variable behind a handle; a constant where TensorFlow makes one of it."""
    from tangraph.framework.handle_data import handle_data
    from tangraph.ops.array.constant import constant

    # TensorFlow keeps what it knows of a variable on the handle itself, not on what passes it on.
    known = handle_data(handle) if handle.op.type == "VarHandleOp" else None
    if known is None or not raw_shape.is_fully_defined(known[1]):
        result: Tensor = make_op(VARIABLE_SHAPE, handle, out_type=out_type)
        return result
    return constant(list(known[1] or ()), dtype=out_type)
