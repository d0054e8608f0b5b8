"""What rows and elements of a SparseTensor are kept or filled in, and SparseTensors of ids."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.sparse_tensor import SparseTensor, convert_to_sparse_tensor, is_sparse
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor, internal_convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _fill_shape(c: ShapeContext) -> list[Raw]:
    indices, values = c.with_rank(0, 2), c.with_rank(1, 1)
    shape = c.with_rank(2, 1)
    c.with_rank(3, 0)
    count = raw_shape.merge_dim(indices[0], values[0])
    rank = raw_shape.merge_dim(indices[1], shape[0])
    sizes = c.shape_value(2)
    return [(None, rank), (None,), (sizes[0] if sizes else None,), (count,)]


def _fill_grad_shape(c: ShapeContext) -> list[Raw]:
    rows = c.with_rank(0, 1)
    c.with_rank(1, 1)
    return [rows, ()]


SPARSE_FILL_EMPTY_ROWS = ops.define(
    "SparseFillEmptyRows",
    ["indices: int64", "values: T", "dense_shape: int64", "default_value: T"],
    ["output_indices: int64", "output_values: T", "empty_row_indicator: bool", "reverse_index_map: int64"],
    ["T: type"],
    shape=_fill_shape,
)
SPARSE_FILL_EMPTY_ROWS_GRAD = ops.define(
    "SparseFillEmptyRowsGrad",
    ["reverse_index_map: int64", "grad_values: T"],
    ["d_values: T", "d_default_value: T"],
    ["T: type"],
    shape=_fill_grad_shape,
)
ops.without_gradient("SparseFillEmptyRowsGrad")


@ops.gradient("SparseFillEmptyRows")
def _fill_grad(op: Operation, *grads: Tensor) -> list[Any]:
    values, default = make_op(SPARSE_FILL_EMPTY_ROWS_GRAD, op.outputs[3], grads[1])
    return [None, values, None, default]


@export("sparse.fill_empty_rows", "sparse_fill_empty_rows")
def sparse_fill_empty_rows(sp_input: Any, default_value: Any, name: str | None = None) -> tuple[SparseTensor, Tensor]:
    """Puts an element into each row that has none, in its first place.

    Args:
      sp_input: a SparseTensor.
      default_value: the element, a scalar.
      name: the name scope.

    Returns:
      The SparseTensor, and a bool vector: which rows were empty.

    Raises:
      TypeError: the input is no SparseTensor.
    """
    sparse = convert_to_sparse_tensor(sp_input)
    with name_scope(name, "SparseFillEmptyRows", [sparse.indices, sparse.values, sparse.dense_shape]):
        default = internal_convert_to_tensor(default_value, sparse.values.dtype)
        indices, values, empty, _ = make_op(
            SPARSE_FILL_EMPTY_ROWS, sparse.indices, sparse.values, sparse.dense_shape, default
        )
        return SparseTensor(indices, values, sparse.dense_shape), empty


@export("sparse.retain", "sparse_retain")
def sparse_retain(sp_input: Any, to_retain: Any) -> SparseTensor:
    """Keeps some elements of a SparseTensor.

    Args:
      sp_input: a SparseTensor with n elements.
      to_retain: a bool vector of length n.

    Raises:
      TypeError: the input is no SparseTensor.
      ValueError: the lengths are known and differ.
    """
    from tangraph.ops.array.gather import gather
    from tangraph.ops.array.identity import identity
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.where import where_v2

    sparse = convert_to_sparse_tensor(sp_input)
    kept = convert_to_tensor(to_retain)
    kept.shape.assert_has_rank(1)
    if sparse.values.raw_shape is not None:
        sparse.values.shape[0].merge_with(kept.shape[0])
    places = reshape(where_v2(kept), [-1])
    indices = gather(sparse.indices, places)
    values = gather(sparse.values, places)
    return SparseTensor(indices, values, identity(sparse.dense_shape))


@export("sparse.to_indicator", "sparse_to_indicator")
def sparse_to_indicator(sp_input: Any, vocab_size: Any, name: str | None = None) -> Tensor:
    """Says which ids each row of a SparseTensor holds.

    Args:
      sp_input: a SparseTensor of int32 or int64 ids.
      vocab_size: the number of ids.
      name: the operation's name.

    Returns:
      A bool tensor whose last dimension has size `vocab_size`.

    Raises:
      TypeError: the input is no SparseTensor.
    """
    from tangraph.ops.array.fill import fill
    from tangraph.ops.array.reshape import expand_dims
    from tangraph.ops.array.shape import shape
    from tangraph.ops.sparse.to_dense import sparse_tensor_to_dense

    sparse = convert_to_sparse_tensor(sp_input)
    with name_scope(name, "SparseToIndicator", [sparse.indices, sparse.values, sparse.dense_shape]) as scope:
        count: Any = shape(sparse.indices)
        values = fill(expand_dims(count[0], 0), True)
        there = SparseTensor(sparse.indices, values, sparse.dense_shape)
        merged = sparse_merge(sparse, there, vocab_size, scope)
        return sparse_tensor_to_dense(merged, default_value=False, validate_indices=False, name=scope)


def _is_size(value: Any) -> bool:
    return isinstance(value, (Tensor, Integral))


@export("sparse.merge", "sparse_merge")
def sparse_merge(
    sp_ids: Any, sp_values: Any, vocab_size: Any, name: str | None = None, already_sorted: bool = False
) -> SparseTensor:
    """Puts values where ids say: ``result[..., id] = value``.

    Args:
      sp_ids: a SparseTensor of ids, or a list of them.
      sp_values: a SparseTensor of the values, with the same indices.
      vocab_size: the number of ids, or a list.
      name: the name scope.
      already_sorted: whether the ids of each row are in order.

    Raises:
      TypeError: an argument of the wrong type.
      ValueError: as many sizes as ids are needed.
    """
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.reshape import expand_dims
    from tangraph.ops.math.cast import cast
    from tangraph.ops.sparse.reorder import sparse_reorder

    if is_sparse(sp_ids):
        if not _is_size(vocab_size):
            raise TypeError(f"vocab_size has to be a Tensor or Python int. Found {type(vocab_size)}")
        sp_ids, vocab_size = [sp_ids], [vocab_size]
    else:
        if not isinstance(sp_ids, Iterable):
            raise TypeError(f"sp_ids has to be a SparseTensor or list thereof. Found {type(sp_ids)}")
        if not isinstance(vocab_size, Iterable):
            raise TypeError(f"vocab_size has to be a list of Tensors or Python ints. Found {type(vocab_size)}")
        for size in vocab_size:
            if not _is_size(size):
                raise TypeError(f"vocab_size has to be a list of Tensors or Python ints. Found {type(size)}")
    if len(sp_ids) != len(vocab_size):
        raise ValueError("sp_ids and vocab_size have to have equal lengths.")
    with name_scope(name, "SparseMerge", [*sp_ids, sp_values]):
        ids = [convert_to_sparse_tensor(x) for x in sp_ids]
        values = convert_to_sparse_tensor(sp_values)
        columns = []
        for x in ids:
            column = x.values if x.dtype == dtypes.int64 else cast(x.values, dtypes.int64)
            columns.append(expand_dims(column, axis=1))
        sizes = [cast(size, dtypes.int64) for size in vocab_size]
        lead: Any = ids[0].indices
        indices = concat([lead[:, :-1], *columns], 1)
        whole: Any = ids[0].dense_shape
        shape = concat([whole[:-1], sizes], 0)
        result = SparseTensor(indices, values.values, shape)
        if already_sorted:
            return result
        ordered = sparse_reorder(result)
        return SparseTensor(ordered.indices, ordered.values, shape)


@export("sparse.from_dense")
def from_dense(tensor: Any, name: str | None = None) -> SparseTensor:
    """Returns the elements of a tensor that are not 0 as a SparseTensor."""
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.gather_nd import gather_nd
    from tangraph.ops.array.shape import shape
    from tangraph.ops.array.where import where_v2
    from tangraph.ops.math.comparison import not_equal

    with name_scope(name, "dense_to_sparse"):
        tensor = convert_to_tensor(tensor)
        indices = where_v2(not_equal(tensor, constant(0, tensor.dtype)))
        values = gather_nd(tensor, indices)
        return SparseTensor(indices, values, shape(tensor, out_type=dtypes.int64))


@export("sparse.eye")
def sparse_eye(
    num_rows: Any, num_columns: Any = None, dtype: Any = dtypes.float32, name: str | None = None
) -> SparseTensor:
    """Returns a sparse matrix with ones on the diagonal.

    Args:
      num_rows: an integer, or a tensor of rank 0.
      num_columns: the same as `num_rows` when None.
      dtype: the element type.
      name: the name scope.

    Raises:
      TypeError: a size is no integer.
    """
    from tangraph.ops.array.fill import ones
    from tangraph.ops.array.packing import stack
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.extremes import minimum
    from tangraph.ops.math.ranges import range as range_

    def size(value: Any, what: str) -> Tensor:
        if isinstance(value, Integral):
            return convert_to_tensor(value, name=what, dtype=dtypes.int64)
        if not isinstance(value, Tensor):
            raise TypeError(f"{what} must be an integer value")
        return value if value.dtype == dtypes.int64 else cast(value, dtypes.int64)

    with name_scope(name, "eye", [num_rows, num_columns]):
        rows = size(num_rows, "num_rows")
        columns = rows if num_columns is None else size(num_columns, "num_columns")
        count = minimum(rows, columns)
        places = range_(count, dtype=dtypes.int64)
        indices = stack([places, places], axis=1)
        return SparseTensor(indices, ones(count, dtype=dtype), [rows, columns])
