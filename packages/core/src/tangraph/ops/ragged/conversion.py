"""Between RaggedTensors, tensors and SparseTensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.sparse_tensor import SparseTensor, convert_to_tensor_or_sparse_tensor, is_sparse
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.boolean_mask import boolean_mask
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.fill import fill, ones, zeros
from tangraph.ops.array.gather import gather
from tangraph.ops.array.packing import stack
from tangraph.ops.array.reshape import expand_dims, reshape
from tangraph.ops.array.sequence_mask import sequence_mask
from tangraph.ops.array.shape import rank, shape
from tangraph.ops.array.tile import broadcast_to
from tangraph.ops.array.where import where
from tangraph.ops.control_flow.cond import cond
from tangraph.ops.logging_ops import Assert
from tangraph.ops.math.cast import cast
from tangraph.ops.math.comparison import equal, not_equal
from tangraph.ops.math.cumulative import cumprod, cumsum
from tangraph.ops.math.extremes import maximum, minimum
from tangraph.ops.math.logical import logical_and, logical_not
from tangraph.ops.math.ranges import range as range_of
from tangraph.ops.math.reductions import reduce_all, reduce_any, reduce_max, reduce_sum
from tangraph.ops.ragged.tensor import RaggedTensor, is_ragged
from tangraph.ops.ragged.util import as_integers

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _to_sparse_shape(c: ShapeContext) -> list[Raw]:
    count, values = c.attr("RAGGED_RANK"), c.shapes[-1]
    dims = None if values is None else count + len(values)
    elements = raw_shape.num_elements(values)
    return [(elements, dims), (elements,), (dims,)]


TO_SPARSE = ops.define(
    "RaggedTensorToSparse",
    ["rt_nested_splits: RAGGED_RANK * Tsplits", "rt_dense_values: T"],
    ["sparse_indices: int64", "sparse_values: T", "sparse_dense_shape: int64"],
    ["RAGGED_RANK: int >= 1", "T: type", "Tsplits: {int32, int64} = DT_INT64"],
    shape=_to_sparse_shape,
)


@ops.gradient("RaggedTensorToSparse")
def _to_sparse_grad(op: Operation, _: Tensor, of_values: Tensor, __: Tensor) -> list[Any]:
    values = op.inputs[-1]
    return [*[None] * (len(op.inputs) - 1), reshape(of_values, shape(values))]


def from_tensor(
    tensor: Any,
    lengths: Any = None,
    padding: Any = None,
    ragged_rank: int = 1,
    name: str | None = None,
    row_splits_dtype: Any = dtypes.int64,
) -> RaggedTensor:
    """See `RaggedTensor.from_tensor`."""
    split_type = dtypes.as_dtype(row_splits_dtype)
    if lengths is not None and padding is not None:
        raise ValueError("Specify lengths or padding, but not both")
    if not isinstance(ragged_rank, int):
        raise TypeError(f"ragged_rank expected int, got {ragged_rank!r}")
    if ragged_rank <= 0:
        raise ValueError(f"ragged_rank must be greater than 0; got {ragged_rank}")
    with name_scope(name, "RaggedFromTensor", [tensor, lengths, padding]):
        tensor = convert_to_tensor(tensor, name="tensor")
        tensor.shape.with_rank_at_least(ragged_rank + 1)
        sizes: Any = shape(tensor, out_type=split_type)
        columns = sizes[1]
        if ragged_rank > 1:
            return _with_outer_axes(tensor, lengths, padding, ragged_rank, sizes, split_type)
        if padding is not None:
            lengths = _without_padding(tensor, padding, columns, split_type)
        if lengths is not None:
            return _with_lengths(tensor, lengths, columns, split_type)
        rows = sizes[0]
        count = rows * columns
        splits = range_of(rows + 1) * columns
        values = reshape(tensor, concat([[count], sizes[2:]], axis=0))
        return RaggedTensor.from_row_splits(values, splits, validate=False)


def _with_outer_axes(
    tensor: Tensor, lengths: Any, padding: Any, ragged_rank: int, sizes: Any, split_type: Any
) -> RaggedTensor:
    flattened = reshape(tensor, concat([constant([-1], split_type), sizes[ragged_rank:]], axis=0))
    values = from_tensor(flattened, lengths, padding, row_splits_dtype=split_type)
    counts = cumprod(sizes)
    splits = [range_of(0, counts[axis - 1] + 1) * sizes[axis] for axis in range(1, ragged_rank)]
    return RaggedTensor.from_nested_row_splits(values, splits, validate=False)


def _without_padding(tensor: Tensor, padding: Any, columns: Tensor, split_type: Any) -> Tensor:
    """How much of each row is left without the padding at its end."""
    padding = convert_to_tensor(padding, name="padding", dtype=tensor.dtype)
    padding.shape.assert_is_compatible_with(tensor.shape[2:])
    is_padding = equal(padding, tensor)
    dims = rank(tensor)
    inner_axes = range_of(2, dims)
    whole = cond(dims > 2, lambda: reduce_all(is_padding, axis=inner_axes), lambda: is_padding)
    whole.set_shape([None, None])
    whole.set_shape(tensor.shape[:2])
    counts = cast(logical_not(whole), split_type)
    return reduce_max(counts * expand_dims(range_of(1, columns + 1), 0), axis=1)


def _with_lengths(tensor: Tensor, lengths: Any, columns: Tensor, split_type: Any) -> RaggedTensor:
    if isinstance(lengths, (list, tuple)) and lengths and not isinstance(lengths[0], (int, float)):
        tensor.shape.with_rank_at_least(len(lengths) + 1)
        ones_mask = ones([reduce_sum(lengths[-1])], dtype=dtypes.bool)
        ragged = RaggedTensor.from_nested_row_lengths(ones_mask, lengths, validate=False)
        kept = boolean_mask(tensor, ragged.to_tensor(default_value=False))
        return RaggedTensor.from_nested_row_lengths(kept, lengths, validate=False)
    lengths = as_integers(lengths, "lengths", split_type)
    lengths.shape.assert_has_rank(1)
    lengths = minimum(lengths, columns)
    lengths = maximum(lengths, 0)
    limits = cumsum(lengths)
    splits = concat([zeros([1], split_type), limits], axis=0)
    mask = sequence_mask(lengths, maxlen=columns)
    return RaggedTensor.from_row_splits(boolean_mask(tensor, mask), splits, validate=False)


def to_tensor(ragged: RaggedTensor, default_value: Any = None, name: str | None = None) -> Tensor:
    """See `RaggedTensor.to_tensor`."""
    with name_scope(name, "RaggedToTensor", [ragged, default_value]):
        if default_value is not None:
            default_value = convert_to_tensor(default_value, name="default_value", dtype=ragged.dtype)
        values = ragged.values
        if is_ragged(values):
            values = values.to_tensor(default_value)
        if default_value is not None:
            default_value = _as_row_element(default_value, values)
        split_type = ragged.row_splits.dtype
        lengths = [ragged.row_splits[1:] - ragged.row_splits[:-1]]
        rows = shape(ragged.row_splits, out_type=split_type)[0] - 1
        columns = maximum(reduce_max(lengths), 0)
        sizes = shape(values, out_type=split_type)
        element_sizes = sizes[1:]
        count: Any = sizes[0]
        if default_value is None:
            default_value = zeros(element_sizes, dtype=values.dtype)
        default_value.shape.assert_is_compatible_with(values.shape[1:])
        default_value.set_shape(values.shape[1:])
        starts = expand_dims(ragged.row_splits[:-1], 1)
        limits = expand_dims(ragged.row_splits[1:], 1)
        places = expand_dims(range_of(0, columns), 0)
        extended = concat([values, stack([default_value])], axis=0)
        inside = starts + places
        has_value = inside < limits
        outside = fill(stack([rows, columns]), count)
        return gather(extended, where(has_value, inside, outside))


def _as_row_element(default_value: Tensor, values: Tensor) -> Tensor:
    whole, given = values.raw_shape, default_value.raw_shape
    if whole is not None:
        default_value.shape.with_rank_at_most(len(whole) - 1)
    if whole is None or given is None or len(whole) != len(given) + 1:
        default_value = broadcast_to(default_value, shape(values)[1:])
    default_value.shape.assert_is_compatible_with(values.shape[1:])
    return default_value


def from_sparse(st_input: Any, name: str | None = None, row_splits_dtype: Any = dtypes.int64) -> RaggedTensor:
    """See `RaggedTensor.from_sparse`."""
    split_type = dtypes.as_dtype(row_splits_dtype)
    if not is_sparse(st_input):
        raise TypeError(f"Expected SparseTensor, got {type(st_input).__name__}")
    with name_scope(name, "RaggedFromSparse", [getattr(st_input, "values", None)]):
        sparse = convert_to_tensor_or_sparse_tensor(st_input, name="st_input")
        of_shape, of_indices = sparse.dense_shape.raw_shape, sparse.indices.raw_shape
        if (of_shape is None or of_shape[0] != 2) and (of_indices is None or of_indices[1] != 2):
            raise ValueError("rank(st_input) must be 2")
        with control_dependencies([_assert_starts_of_rows(sparse.indices)]):
            rows = cast(sparse.indices[:, 0], split_type)
            count = cast(sparse.dense_shape[0], split_type)
            return RaggedTensor.from_value_rowids(sparse.values, rows, count, validate=False)


def _assert_starts_of_rows(indices: Tensor) -> Any:
    """Asserts that each row has elements at its start only, in order."""
    rows, columns = indices[:, :-1], indices[:, -1]
    is_new = reduce_any(not_equal(rows[1:], rows[:-1]), axis=1)
    follows = where(is_new, equal(columns[1:], 0), equal(columns[1:], columns[:-1] + 1))
    is_right = logical_and(reduce_all(equal(columns[:1], 0)), reduce_all(follows))
    return Assert(is_right, ["SparseTensor is not right-ragged", "SparseTensor.indices =", indices])


def to_sparse(ragged: RaggedTensor, name: str | None = None) -> SparseTensor:
    """See `RaggedTensor.to_sparse`."""
    with name_scope(name, "RaggedToSparse", [ragged]):
        parts = make_op(TO_SPARSE, list(ragged.nested_row_splits), ragged.flat_values, name=name)
        return SparseTensor(*parts)
