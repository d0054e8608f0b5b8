"""Rows of RaggedTensors, and ranges of different lengths."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import ones
from tangraph.ops.array.gather import gather as gather_rows
from tangraph.ops.array.gather_nd import gather_nd as gather_elements
from tangraph.ops.array.reshape import expand_dims, reshape
from tangraph.ops.array.shape import rank, shape
from tangraph.ops.math.cast import cast
from tangraph.ops.ragged.tensor import RaggedTensor, as_tensor_or_ragged, is_ragged, matched_row_splits

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _range_shape(c: ShapeContext) -> list[Raw]:
    sizes: set[int | None] = set()
    for shape_ in c.shapes:
        raw_shape.with_rank_at_most(shape_, 1)
        if shape_ is None:
            sizes.add(None)
        elif shape_:
            sizes.add(shape_[0])
    known = sizes - {None}
    if len(known) > 1:
        raise ValueError(f"Dimensions must be equal, but are {' and '.join(map(str, sorted(known)))}")  # type: ignore[type-var]
    count = 1 if not sizes else next(iter(known), None)
    return [(None if count is None else count + 1,), (None,)]


def _gather_shape(c: ShapeContext) -> list[Raw]:
    values = c.shapes[-2]
    inner: Raw = None if values is None else (None, *values[1:])
    return [*[(None,)] * c.attr("OUTPUT_RAGGED_RANK"), inner]


RAGGED_RANGE = ops.define(
    "RaggedRange",
    ["starts: T", "limits: T", "deltas: T"],
    ["rt_nested_splits: Tsplits", "rt_dense_values: T"],
    ["T: {bfloat16, float, double, int32, int64} = DT_INT32", "Tsplits: {int32, int64} = DT_INT64"],
    shape=_range_shape,
)
RAGGED_GATHER = ops.define(
    "RaggedGather",
    ["params_nested_splits: PARAMS_RAGGED_RANK * Tsplits", "params_dense_values: Tvalues", "indices: Tindices"],
    ["output_nested_splits: OUTPUT_RAGGED_RANK * Tsplits", "output_dense_values: Tvalues"],
    [
        "Tvalues: type",
        "Tindices: {int32, int64}",
        "Tsplits: {int32, int64} = DT_INT64",
        "PARAMS_RAGGED_RANK: int >= 1",
        "OUTPUT_RAGGED_RANK: int >= 0",
    ],
    shape=_gather_shape,
)
ops.not_differentiable("RaggedRange")


@ops.gradient("RaggedGather")
def _gather_grad(op: Operation, *grads: Any) -> list[Any]:
    *nested, values, indices = op.inputs
    splits = nested[0]
    for inner in nested[1:]:
        splits = gather_rows(inner, splits)
    flat = reshape(indices, [-1])
    places = range(gather_rows(splits, flat), gather_rows(splits[1:], flat)).values
    of_values = IndexedSlices(grads[-1], places, shape(values))
    return [*[None] * len(nested), of_values, None]


@export("ragged.range")
def range(
    starts: Any,
    limits: Any = None,
    deltas: Any = 1,
    dtype: Any = None,
    name: str | None = None,
    row_splits_dtype: Any = dtypes.int64,
) -> RaggedTensor:
    """Returns a RaggedTensor with a range of numbers in each row.

    Args:
      starts: the first numbers, a vector or a scalar for all rows; the limits when `limits` is None, from 0 on.
      limits: where the ranges end; the limit does not belong to them.
      deltas: the steps.
      dtype: the element type; the widest of the three when None.
      name: the name scope.
      row_splits_dtype: the type of the splits.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.ragged.range([3, 0, 2])).to_list()
    [[0, 1, 2], [], [0, 1]]
    """
    split_type = dtypes.as_dtype(row_splits_dtype)
    if limits is None:
        starts, limits = 0, starts
    with name_scope(name, "RaggedRange", [starts, limits, deltas]) as scope:
        given = [
            convert_to_tensor(value, dtype=dtype, name=what)
            for value, what in ((starts, "starts"), (limits, "limits"), (deltas, "deltas"))
        ]
        if dtype is None:
            order = [dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64]
            widest = max([t.dtype for t in given], key=order.index)
            given = [cast(t, widest) for t in given]
        splits, values = make_op(RAGGED_RANGE, *given, Tsplits=split_type, name=scope)
        return RaggedTensor.from_row_splits(values, splits, validate=False)


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = 0,
    batch_dims: Any = 0,
    name: str | None = None,
) -> Any:
    """As `tf.gather`, along the first axis, where `params` or `indices` is ragged."""
    del validate_indices
    if not isinstance(axis, int) or axis != 0:
        raise ValueError("axis != 0 is not supported for ragged gather yet.")
    if not isinstance(batch_dims, int) or batch_dims != 0:
        raise ValueError("batch_dims != 0 is not supported for ragged gather yet.")
    with name_scope(name, "RaggedGather", [params, indices]):
        params = as_tensor_or_ragged(params, name="params")
        indices = as_tensor_or_ragged(indices, name="indices")
        matched_row_splits(params, indices)
        if is_ragged(indices):
            return indices.with_values(gather(params, indices.values))
        if not is_ragged(params):
            return gather_rows(params, indices)
        indices = convert_to_tensor(indices)
        if indices.raw_shape is None:
            raise ValueError("indices.shape.ndims must be known statically")
        nested = list(params.nested_row_splits)
        count = len(indices.raw_shape) + len(nested) - 1
        *splits, values = _flat(make_op(RAGGED_GATHER, nested, params.flat_values, indices, OUTPUT_RAGGED_RANK=count))
        return RaggedTensor.from_nested_row_splits(values, splits, validate=False)


def _flat(outputs: Any) -> list[Tensor]:
    """A node's outputs without their structure."""
    result: list[Tensor] = []
    for output in outputs if isinstance(outputs, (list, tuple)) else [outputs]:
        result += output if isinstance(output, (list, tuple)) else [output]
    return result


def gather_nd(params: Any, indices: Any, batch_dims: Any = 0, name: str | None = None) -> Any:
    """As `tf.gather_nd`, where `params` or `indices` is ragged."""
    if not isinstance(batch_dims, int) or batch_dims != 0:
        raise ValueError("batch_dims != 0 is not supported for ragged gather yet.")
    with name_scope(name, "RaggedGatherNd", [params, indices]):
        params = as_tensor_or_ragged(params, name="params")
        indices = as_tensor_or_ragged(indices, name="indices")
        matched_row_splits(params, indices)
        dims, size = _checked_index_shape(indices)
        if dims > 2:
            return _gather_nd_of_batch(params, indices, dims)
        if size == 0:
            return _repeated_whole(params, indices, dims)
        if size == 1:
            return gather(params, reshape(indices, [-1]))
        return _by_indices(params, indices, size)


def _checked_index_shape(indices: Any) -> tuple[int, int]:
    dims = indices.shape.ndims
    if dims is None:
        raise ValueError("indices.rank be statically known.")
    if dims == 0:
        raise ValueError("indices.rank must be at least 1.")
    if is_ragged(indices) and dims == indices.ragged_rank + 1:
        raise ValueError("The innermost dimension of indices may not be ragged")
    size = indices.shape.as_list()[-1]
    if size is None:
        raise ValueError("indices.shape[-1] must be statically known.")
    return dims, size


def _gather_nd_of_batch(params: Any, indices: Any, dims: int) -> Any:
    is_dense = not is_ragged(indices)
    if is_dense:
        indices = RaggedTensor.from_tensor(indices, ragged_rank=dims - 2, row_splits_dtype=params.row_splits.dtype)
    result = indices.with_flat_values(gather_nd(params, indices.flat_values))
    if is_dense and is_ragged(result) and result.ragged_rank == dims - 2:
        return result.to_tensor()
    return result


def _repeated_whole(params: RaggedTensor, indices: Tensor, dims: int) -> Any:
    from tangraph.ops.ragged.array import expand_dims as expand
    from tangraph.ops.ragged.tile import tile

    count = params.ragged_rank + rank(params.flat_values)
    whole: Any = params
    for _ in [None] * (dims - 1):
        whole = expand(whole, axis=0)
    return tile(whole, concat([shape(indices)[:-1], ones([count], dtypes.int32)], axis=0))


def _by_indices(params: RaggedTensor, indices: Tensor, size: int) -> Any:
    indices = cast(indices, params.row_splits.dtype)
    places = gather_rows(params.row_splits, indices[..., 0])
    places += indices[..., 1]
    values: Any = params.values
    for axis in builtins.range(2, size):
        if not is_ragged(values):
            places = concat([expand_dims(places, axis=1), indices[..., axis:]], axis=1)
            return gather_elements(values, places)
        places = gather_rows(values.row_starts(), places)
        places += indices[..., axis]
        values = values.values
    return gather(values, places)
