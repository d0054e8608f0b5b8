"""Rows of a tensor by their indices: gather, batch_gather."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.constant_value import constant_value
from tangraph.framework.indexed_slices import IndexedSlices, quiet_conversion
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import ones, zeros
from tangraph.ops.array.packing import stack
from tangraph.ops.array.raw import cast_node, prod_node, range_node, unsorted_segment_sum_node
from tangraph.ops.array.reshape import expand_dims, reshape
from tangraph.ops.array.shape import shape, size
from tangraph.ops.array.transpose import transpose

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _gather_shape(c: ShapeContext) -> Raw:
    params, indices = raw_shape.with_rank_at_least(c.shapes[0], 1), c.shapes[1]
    return raw_shape.concatenate(indices, None if params is None else params[1:])


def _gather_v2_shape(c: ShapeContext) -> Raw:
    params, indices = raw_shape.with_rank_at_least(c.shapes[0], 1), c.shapes[1]
    raw_shape.with_rank(c.shapes[2], 0)
    value, batch_dims = c.value(2), c.attr("batch_dims")
    if value is None:
        if params is None or indices is None:
            return None
        unknown: Raw = (None,) * (len(params) + len(indices) - 1 - batch_dims)
        return unknown
    axis = int(value)
    raw_shape.with_rank_at_least(params, -axis if axis < 0 else axis + 1)
    raw_shape.with_rank_at_least(indices, abs(batch_dims))
    if batch_dims < 0 and indices is not None:
        batch_dims += len(indices)
    raw_shape.with_rank_at_least(params, batch_dims + 1)
    if params is None or indices is None:
        return None
    axis %= len(params)
    return (*params[:axis], *indices[batch_dims:], *params[axis + 1 :])


GATHER = ops.define(
    "Gather",
    ["params: Tparams", "indices: Tindices"],
    ["output: Tparams"],
    ["validate_indices: bool = true", "Tparams: type", "Tindices: {int32, int64}"],
    shape=_gather_shape,
)
GATHER_V2 = ops.define(
    "GatherV2",
    ["params: Tparams", "indices: Tindices", "axis: Taxis"],
    ["output: Tparams"],
    ["batch_dims: int = 0", "Tparams: type", "Tindices: {int32, int64}", "Taxis: {int32, int64}"],
    shape=_gather_v2_shape,
    host_inputs=(2,),
)


def _params_shape(params: Tensor) -> Any:
    from tangraph.framework.scopes import colocate_with
    from tangraph.ops.math.cast import cast

    with colocate_with(params):
        return cast(shape(params, out_type=dtypes.int64), dtypes.int32)


@ops.gradient("Gather")
def _gather_grad(op: Operation, grad: Any) -> list[Any]:
    params_shape = _params_shape(op.inputs[0])
    indices = op.inputs[1]
    count = expand_dims(size(indices), 0)
    values_shape = concat([count, params_shape[1:]], 0)
    with quiet_conversion():
        values = reshape(grad, values_shape)
    return [IndexedSlices(values, reshape(indices, count), params_shape), None]


@ops.gradient("GatherV2")
def _gather_v2_grad(op: Operation, grad: Any) -> list[Any]:
    params_shape = _params_shape(op.inputs[0])
    indices, axis = op.inputs[1], op.inputs[2]
    count = expand_dims(size(indices), 0)
    batch_dims = op.attrs["batch_dims"]
    if batch_dims < 0:
        batch_dims += len(indices.raw_shape or ())
    if constant_value(axis) == 0:
        values_shape = concat([count, params_shape[1:]], 0)
        with quiet_conversion():
            values = reshape(grad, values_shape)
        return [IndexedSlices(values, reshape(indices, count), params_shape), None, None]
    return [_gradient_along(grad, params_shape, indices, axis, batch_dims), None, None]


def _gradient_along(grad: Any, params_shape: Any, indices: Tensor, axis: Any, batch_dims: int) -> Tensor:
    """The gradient of a gather along another axis than the first: its rows summed at their indices."""
    from tangraph.ops.math.ranges import range as range_

    outer, inner = params_shape[:axis], params_shape[axis:][1:]
    values_shape = concat([outer, [-1], inner], 0)
    values_dims: Any = size(values_shape)
    axis_dims: Any = size(outer)
    batch = range_(batch_dims)
    between: Any = range_(batch_dims, axis_dims)
    inside = range_(axis_dims + 1, values_dims)
    with quiet_conversion():
        values = reshape(grad, values_shape)
    values = transpose(values, concat([batch, [axis_dims], between, inside], 0))
    summed = _batch_gather_grad(params_shape, values, indices, batch_dims, params_shape[axis])
    return transpose(summed, concat([batch, between + 1, [batch_dims], inside], 0))


def _batch_gather_grad(params_shape: Any, values: Tensor, indices: Tensor, batch_dims: int, rows: Any) -> Tensor:

    count = expand_dims(size(indices), 0)
    outer: Any = None
    flat_shape: Any = None
    if batch_dims:
        values_shape: Any = shape(values)
        outer = values_shape[:batch_dims]
        inner = values_shape[batch_dims:][1:]
        batch_size = prod_node(outer, [0])
        flat_shape = concat([[-1], inner], 0)
        rows = rows * batch_size
        indices = _batch_indices(params_shape, indices, batch_dims, in_gradient=True)
        with quiet_conversion():
            values = reshape(values, flat_shape)
    indices = reshape(indices, count)
    summed = unsorted_segment_sum_node(values, indices, rows)
    return reshape(summed, concat([outer, flat_shape], 0)) if batch_dims else summed


def _batch_indices(params_shape: Any, indices: Any, batch_dims: int, *, in_gradient: bool) -> Tensor:
    """Returns the indices into the rows of all batches taken together."""
    dtype = indices.dtype.base_dtype
    rank_of_indices = len(indices.raw_shape)
    if in_gradient:
        from tangraph.ops.math.cast import cast
        from tangraph.ops.math.ranges import range as range_

        sizes: Any = cast(params_shape, dtype)
        size_so_far: Any = ones((), dtype=dtype)
    else:
        range_ = range_node  # type: ignore[assignment]
        size_so_far = ones((), dtype=dtype)
        sizes = cast_node(params_shape, dtype)
    for dim in range(batch_dims, 0, -1):
        dim_size = sizes[dim - 1]
        size_so_far = size_so_far * sizes[dim]
        start, step = zeros((), dtype=dtype), ones((), dtype=dtype)
        dim_indices: Any = range_(start, dim_size, step)
        dim_indices = dim_indices * size_so_far
        dim_shape = stack([1] * (dim - 1) + [dim_size] + [1] * (rank_of_indices - dim), axis=0)
        indices = indices + reshape(dim_indices, dim_shape)
    result: Tensor = indices
    return result


@export("gather")
def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    name: str | None = None,
    axis: Any = None,
    batch_dims: int = 0,
) -> Tensor:
    """Takes slices of a tensor along an axis, by their indices.

    Args:
      params: a tensor or variable of rank 1 or more.
      indices: an int32 or int64 tensor of any rank.
      validate_indices: has no effect.
      name: the operation's name.
      axis: along which axis; `batch_dims` when None.
      batch_dims: how many leading dimensions `params` and `indices` have in common.

    Returns:
      A tensor of shape ``params.shape[:axis] + indices.shape[batch_dims:] + params.shape[axis + 1:]``.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.gather([10, 20, 30], [2, 0])).tolist()
    [30, 10]
    """
    if axis is None:
        axis = batch_dims
    result: Tensor
    if _python_value(axis) != 0:
        result = make_op(GATHER_V2, params, indices, axis, batch_dims=batch_dims, name=name)
        return result
    read = getattr(params, "sparse_read", None)
    if read is not None:
        try:
            result = read(indices, name=name)
        except AttributeError:
            pass
        else:
            return result
    result = make_op(GATHER_V2, params, indices, axis, name=name)
    return result


def _python_value(value: Any) -> Any:
    return constant_value(value) if isinstance(value, Tensor) else value


@export("compat.v2.gather")
def gather_v2(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: str | None = None,
) -> Tensor:
    """As `tf.gather`, with the arguments in TensorFlow 2's order."""
    return gather(params, indices, validate_indices, name, axis, batch_dims)


@export("batch_gather")
def batch_gather(params: Any, indices: Any, name: str | None = None) -> Tensor:
    """Takes rows by indices, where all dimensions of `indices` but the last are batches.

    Args:
      params: a tensor.
      indices: an integer tensor of known rank; its leading dimensions are those of `params`.
      name: the name of the scope of the nodes.

    Raises:
      ValueError: the rank of `indices` is not known, or too large.
    """
    with name_scope(name, "BatchGather", [params, indices]):
        indices = convert_to_tensor(indices, name="indices")
        params = convert_to_tensor(params, name="params")
        if indices.raw_shape is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        return _batch_gather(params, indices, len(indices.raw_shape) - 1)


def _batch_gather(params: Tensor, indices: Tensor, batch_dims: int) -> Tensor:
    assert indices.raw_shape is not None
    rank_of_indices = len(indices.raw_shape)
    if batch_dims < 0:
        batch_dims += rank_of_indices
    if not 0 <= batch_dims < rank_of_indices:
        raise ValueError(f"batch_dims = {batch_dims} must be less than rank(indices) = {rank_of_indices}")
    if params.raw_shape is not None and batch_dims >= len(params.raw_shape):
        raise ValueError(f"batch_dims = {batch_dims} must be less than rank(params) = {len(params.raw_shape)}")
    indices_shape = shape(indices)
    params_shape: Any = shape(params)
    flat_indices = reshape(_batch_indices(params_shape, indices, batch_dims, in_gradient=False), [-1])
    outer_shape = params_shape[batch_dims + 1 :]
    rows = prod_node(params_shape[: batch_dims + 1], [0])
    flat = gather(reshape(params, concat([[rows], outer_shape], axis=0)), flat_indices)
    result = reshape(flat, concat([indices_shape, outer_shape], axis=0))
    static = indices.shape[:batch_dims].merge_with(params.shape[:batch_dims])
    static = static.concatenate(TensorShape(indices.raw_shape[batch_dims:]))
    result.set_shape(static.concatenate(params.shape[batch_dims + 1 :]))
    return result
