"""Elements and slices of a tensor by index vectors: gather_nd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.constant_value import constant_value
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import ones
from tangraph.ops.array.packing import stack, unstack
from tangraph.ops.array.raw import cast_node, prod_node, range_node
from tangraph.ops.array.reshape import reshape, squeeze
from tangraph.ops.array.shape import rank, shape
from tangraph.ops.array.transpose import transpose

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _gather_nd_shape(c: ShapeContext) -> Raw:
    params, indices = c.shapes[0], raw_shape.with_rank_at_least(c.shapes[1], 1)
    if params is None or indices is None or indices[-1] is None:
        return None
    if indices[-1] > len(params):
        raise ValueError(
            f"indices.shape[-1] must be <= params.rank, but saw indices shape: {raw_shape.to_str(indices)} and params "
            f"shape: {raw_shape.to_str(params)}"
        )
    return (*indices[:-1], *params[indices[-1] :])


GATHER_ND = ops.define(
    "GatherNd",
    ["params: Tparams", "indices: Tindices"],
    ["output: Tparams"],
    ["Tparams: type", "Tindices: {int32, int64}"],
    shape=_gather_nd_shape,
)


@ops.gradient("GatherNd")
def _gather_nd_grad(op: Operation, grad: Tensor) -> list[Any]:
    from tangraph.ops.array.scatter_nd import scatter_nd

    params, indices = op.inputs
    size = shape(params, out_type=indices.dtype)
    known = indices.raw_shape
    if known is not None and len(known) == 2 and known[-1] == 1:
        return [IndexedSlices(grad, squeeze(indices, axis=-1), size), None]
    return [scatter_nd(indices, grad, size), None]


@export("gather_nd", "manip.gather_nd")
def gather_nd(params: Any, indices: Any, name: str | None = None, batch_dims: Any = 0) -> Tensor:
    """Takes elements or slices of a tensor by index vectors.

    Args:
      params: a tensor or variable.
      indices: int32 or int64; each vector along its last dimension indexes the leading dimensions of `params`.
      name: the operation's name.
      batch_dims: how many leading dimensions the two have in common.

    Returns:
      A tensor of shape ``indices.shape[:-1] + params.shape[indices.shape[-1]:]``.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.gather_nd([[1, 2], [3, 4]], [[0, 0], [1, 1]])).tolist()
    [1, 4]
    """
    if isinstance(batch_dims, Tensor):
        known = constant_value(batch_dims)
        batch_dims = batch_dims if known is None else int(known)
    if not isinstance(batch_dims, int) or batch_dims != 0:
        return _batched(params, indices, batch_dims, name)
    read = getattr(params, "gather_nd", None)
    result: Tensor
    if read is not None:
        try:
            result = read(indices, name=name)
        except AttributeError:
            pass
        else:
            return result
    result = make_op(GATHER_ND, params, indices, name=name)
    return result


@export("compat.v2.gather_nd")
def gather_nd_v2(params: Any, indices: Any, batch_dims: Any = 0, name: str | None = None) -> Tensor:
    """As `tf.gather_nd`, with the arguments in TensorFlow 2's order."""
    return gather_nd(params, indices, name, batch_dims)


def _batched(params: Any, indices: Any, batch_dims: Any, name: str | None) -> Tensor:
    """Adds the batch's own index to each index vector, and gathers from the whole."""
    with name_scope(name, "BatchGatherND", [params, indices]):
        indices = convert_to_tensor(indices, name="indices")
        params = convert_to_tensor(params, name="params")
        _check_batch_dims(params, indices, batch_dims)
        params_shape: Any = shape(params)
        indices_shape: Any = shape(indices)
        batch_shape = params_shape[:batch_dims]
        batch_size = prod_node(batch_shape, [0])
        inner_rank = rank(indices) - batch_dims - 1
        inner_shape = indices_shape[batch_dims:-1]
        grid = _batch_grid(unstack(batch_shape, axis=0), indices.dtype)
        grid_shape: Any = shape(grid)
        grid = reshape(grid, concat([grid_shape[:1], ones(inner_rank, dtype=dtypes.int32), grid_shape[1:]], axis=0))
        from tangraph.ops.array.tile import tile

        grid = tile(grid, multiples=concat(((1,), inner_shape, (1,)), axis=0))
        flat_shape = concat(([batch_size], indices_shape[batch_dims:]), axis=0)
        flat = reshape(indices, shape=flat_shape)
        out: Tensor = make_op(GATHER_ND, params, concat((grid, flat), axis=-1))
        out_shape: Any = shape(out)
        return reshape(out, shape=concat((batch_shape, out_shape[1:]), axis=0))


def _check_batch_dims(params: Tensor, indices: Tensor, batch_dims: Any) -> None:
    if not isinstance(batch_dims, int):
        raise TypeError(f"batch_dims must be an int; got {batch_dims!r}")
    if batch_dims < 0:
        raise ValueError("tf.gather_nd does not allow negative batch_dims.")
    for what, tensor in (("indices", indices), ("params", params)):
        if tensor.raw_shape is not None and batch_dims >= len(tensor.raw_shape):
            raise ValueError(f"batch_dims = {batch_dims} must be less than rank({what}) = {len(tensor.raw_shape)}")


def _batch_grid(sizes: list[Tensor], dtype: Any) -> Tensor:
    """Returns the indices of all batches, one a row."""
    from tangraph.ops.array.meshgrid import meshgrid

    ranges = [cast_node(range_node(0, s, 1), dtype) for s in sizes]
    mesh = meshgrid(*ranges, indexing="ij")
    flat = [reshape(m, shape=(-1,)) for m in mesh]
    return transpose(stack(flat, axis=0))
