"""Embedding look-ups: rows of one tensor or of its parts, and sums of rows for sparse ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import colocate_with, name_scope
from tangraph.framework.tensor_conversion import (
    convert_to_tensor,
    internal_convert_n_to_tensor_or_indexed_slices,
)

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor


def _parts(params: Any) -> list[Any]:
    """Returns the parts of a parameter, which may be a partitioned variable."""
    from tangraph.ops.state.partitioned_variable import PartitionedVariable

    if isinstance(params, PartitionedVariable):
        return list(params)
    return params if isinstance(params, list) else [params]


def _is_resource_variable(value: Any) -> bool:
    from tangraph.ops.state.resource_variable import ResourceVariable

    return isinstance(value, ResourceVariable)


@export("nn.embedding_lookup")
def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: Any = None,
) -> Tensor:
    """Looks up rows.

    Args:
      params: a tensor or variable, whose rows are looked up; or a list of them, or a partitioned variable, over which
        the rows are distributed.
      ids: the rows, int32 or int64, of any shape.
      partition_strategy: how rows are distributed: "mod", row i in part i % n; "div", consecutive rows in each part.
      name: the operation's name.
      validate_indices: not used.
      max_norm: rows with a larger L2 norm are scaled down to it.

    Returns:
      A tensor of shape ``ids.shape + params.shape[1:]``.

    Raises:
      ValueError: no parameters, or another strategy.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.nn.embedding_lookup(tf.constant([[1.0], [2.0], [3.0]]), [2, 0]))
    array([[3.],
           [1.]], dtype=float32)
    """
    from tangraph.ops.array.gather import gather
    from tangraph.ops.array.identity import identity

    if params is None:
        raise ValueError("params must be specified")
    if isinstance(params, (list, tuple)) and not params:
        raise ValueError("Need at least one param")
    params = _parts(params)
    with name_scope(name, "embedding_lookup", [*params, ids]) as scope:
        if not any(_is_resource_variable(p) for p in params):
            params = internal_convert_n_to_tensor_or_indexed_slices(params, name="params")
        ids = convert_to_tensor(ids, name="ids")
        if len(params) > 1:
            return _partitioned_lookup(params, ids, partition_strategy, scope, max_norm)
        with colocate_with(params[0]):
            result = _clip(gather(params[0], ids, name=scope), ids, max_norm)
        return identity(result)


def _clip(rows: Tensor, ids: Tensor, max_norm: Any) -> Tensor:
    """Scales each row down to the norm."""
    if max_norm is None:
        return rows
    from tangraph.ops.array.shape import rank
    from tangraph.ops.math.clip import clip_by_norm
    from tangraph.ops.math.ranges import range as range_

    first = len(ids.raw_shape) if ids.raw_shape else rank(ids)
    last = len(rows.raw_shape) if rows.raw_shape else rank(rows)
    if isinstance(first, int) and isinstance(last, int):
        axes: Any = list(range(first, last))
    else:
        axes = range_(first, last)
    clipped: Tensor = clip_by_norm(rows, max_norm, axes=axes)
    return clipped


def _partitioned_lookup(params: list[Any], ids: Tensor, strategy: str, scope: str, max_norm: Any) -> Tensor:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.gather import gather
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape as shape_of
    from tangraph.ops.array.shape import size
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.ranges import range as range_

    count = len(params)
    flat = reshape(ids, [-1])
    places = range_(size(flat))
    if strategy == "mod":
        parts, rows = flat % count, flat // count
    elif strategy == "div":
        parts, rows = _consecutive(params, flat)
    else:
        raise ValueError(f"Unrecognized partition strategy: {strategy}")
    parts = cast(parts, dtypes.int32)
    rows_of = make_op("DynamicPartition", rows, parts, num_partitions=count)
    places_of = make_op("DynamicPartition", places, parts, num_partitions=count)
    found = []
    for param, part in zip(params, rows_of, strict=True):
        with colocate_with(param):
            found.append(gather(param, part))
    result = make_op("ParallelDynamicStitch", places_of, found, name=scope)
    element: Raw = None
    for index, param in enumerate(params):
        whole_shape = param.get_shape().raw
        row = None if whole_shape is None else whole_shape[1:]
        element = row if index == 0 else raw_shape.merge(element, row)
    if raw_shape.is_fully_defined(element):
        size_of_row: Any = list(element or ())
    else:
        with colocate_with(params[0]):
            whole = shape_of(params[0])
        size_of_row = whole[1:]
    result = reshape(result, concat([shape_of(ids), size_of_row], 0))
    result.set_shape(raw_shape.concatenate(ids.raw_shape, element))
    return _clip(result, ids, max_norm)


def _consecutive(params: list[Any], ids: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the part of each id, and its row there, when the first parts have one row more than the others."""
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.packing import stack
    from tangraph.ops.array.shape import shape as shape_of
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.extremes import maximum
    from tangraph.ops.math.reductions import reduce_sum

    sizes: list[Any] = [p.get_shape()[0].value for p in params]
    if None not in sizes and sum(sizes):
        total = constant(sum(sizes), ids.dtype)
    else:
        for index, param in enumerate(params):
            if sizes[index] is None:
                with colocate_with(param):
                    sizes[index] = shape_of(param)[0]
        total = reduce_sum(cast(stack(sizes), ids.dtype))
    rows = total // len(params)
    longer = total % len(params)
    parts = maximum(ids // (rows + 1), (ids - longer) // rows)
    inside = make_op("Select", parts < longer, ids % (rows + 1), (ids - longer) % rows)
    return parts, inside


@export("nn.embedding_lookup_sparse")
def embedding_lookup_sparse(
    params: Any,
    sp_ids: Any,
    sp_weights: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    combiner: str | None = None,
    max_norm: Any = None,
) -> Tensor:
    """Looks up the rows for the ids of each row of a SparseTensor, and combines them.

    Args:
      params: see `embedding_lookup`.
      sp_ids: a SparseTensor of ids, [rows, at most so many ids]; every row has one at least.
      sp_weights: a SparseTensor with the same indices, or None for weights of 1.
      partition_strategy: see `embedding_lookup`.
      name: the operation's name.
      combiner: "sum"; "mean" (default), the sum divided by that of the weights; "sqrtn", divided by the root of the
        sum of their squares.
      max_norm: see `embedding_lookup`.

    Raises:
      TypeError: ids or weights are no SparseTensor.
      ValueError: another combiner; shapes that do not fit.
    """
    from tangraph.framework.sparse_tensor import SparseTensor
    from tangraph.ops.math.cast import cast

    if combiner is None:
        from tangraph.util import tf_logging

        tf_logging.warning('The default value of combiner will change from "mean" to "sqrtn" after 2016/11/01.')
        combiner = "mean"
    if combiner not in {"mean", "sqrtn", "sum"}:
        raise ValueError("combiner must be one of 'mean', 'sqrtn' or 'sum'")
    params = _parts(params)
    if not isinstance(sp_ids, SparseTensor):
        raise TypeError("sp_ids must be SparseTensor")
    if sp_weights is not None:
        _check_weights(sp_ids, sp_weights)
    with name_scope(name, "embedding_lookup_sparse", [*params, sp_ids]) as scope:
        segments = sp_ids.indices[:, 0]
        if segments.dtype is not dtypes.int32:
            segments = cast(segments, dtypes.int32)
        ids, places = make_op("Unique", sp_ids.values)
        rows = embedding_lookup(params, ids, partition_strategy=partition_strategy, max_norm=max_norm)
        if rows.dtype.base in {dtypes.float16, dtypes.bfloat16}:
            rows = cast(rows, dtypes.float32)
        if sp_weights is not None:
            return _weighted(rows, places, segments, sp_weights.values, combiner, scope)
        op_type = {"sum": "SparseSegmentSum", "mean": "SparseSegmentMean", "sqrtn": "SparseSegmentSqrtN"}[combiner]
        result: Tensor = make_op(op_type, rows, places, segments, name=scope)
        return result


def _check_weights(sp_ids: Any, sp_weights: Any) -> None:
    from tangraph.framework.sparse_tensor import SparseTensor

    if not isinstance(sp_weights, SparseTensor):
        raise TypeError("sp_weights must be either None or SparseTensor")
    for part in ("values", "indices", "dense_shape"):
        getattr(sp_ids, part).get_shape().assert_is_compatible_with(getattr(sp_weights, part).get_shape())


def _weighted(rows: Tensor, places: Tensor, segments: Tensor, weights: Tensor, combiner: str, scope: str) -> Tensor:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.fill import fill
    from tangraph.ops.array.gather import gather
    from tangraph.ops.array.reshape import expand_dims, reshape
    from tangraph.ops.array.shape import rank
    from tangraph.ops.array.shape import shape as shape_of
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.division import div
    from tangraph.ops.math.power import pow as pow_
    from tangraph.ops.math.unary import sqrt

    if weights.dtype is not rows.dtype:
        weights = cast(weights, rows.dtype)
    rows = gather(rows, places)
    ones = fill(expand_dims(rank(rows) - 1, 0), 1)
    wide = concat([shape_of(weights), ones], 0)
    known = weights.raw_shape
    weights = reshape(weights, wide)
    if rows.raw_shape is not None:
        weights.set_shape(raw_shape.concatenate(known, (1,) * (len(rows.raw_shape) - 1)))
    rows = rows * weights
    result: Tensor
    if combiner == "sum":
        result = make_op("SegmentSum", rows, segments, name=scope)
        return result
    total = make_op("SegmentSum", rows, segments)
    if combiner == "mean":
        return div(total, make_op("SegmentSum", weights, segments), name=scope)
    squares = make_op("SegmentSum", pow_(weights, 2), segments)
    return div(total, sqrt(squares), name=scope)


@export("nn.safe_embedding_lookup_sparse")
def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: Any,
    sparse_weights: Any = None,
    combiner: str = "mean",
    default_id: Any = None,
    name: str | None = None,
    partition_strategy: str = "div",
    max_norm: Any = None,
) -> Tensor:
    """As `embedding_lookup_sparse`, but takes rows without ids, ids below 0 and ids of higher rank.

    Args:
      embedding_weights: see `embedding_lookup`.
      sparse_ids: a SparseTensor of ids of rank 2 or more; the last dimension is combined. Negative ids are dropped.
      sparse_weights: a SparseTensor with the same indices, or None; ids with weights of 0 or less are dropped, but for
        the combiner "sum".
      combiner: "sum", "mean" or "sqrtn".
      default_id: the id of rows without any; None makes them 0.
      name: the operation's name.
      partition_strategy: see `embedding_lookup`.
      max_norm: see `embedding_lookup`.

    Raises:
      ValueError: no weights to look up in.
    """
    if embedding_weights is None:
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    weights = _parts(embedding_weights)
    if not weights:
        raise ValueError(f"Missing embedding_weights {weights}.")
    dtype = sparse_weights.dtype if sparse_weights is not None else None
    weights = [
        w if _is_resource_variable(w) and dtype in (None, w.dtype) else convert_to_tensor(w, dtype=dtype)
        for w in weights
    ]
    with name_scope(name, "embedding_lookup", [*weights, sparse_ids, sparse_weights]) as scope:
        original = sparse_ids.dense_shape
        flat_ids, flat_weights, rank = _as_rank_2(sparse_ids, sparse_weights)
        flat_ids, flat_weights = _pruned(flat_ids, flat_weights, combiner)
        flat_ids, flat_weights, is_empty = _filled(flat_ids, flat_weights, default_id)
        result = embedding_lookup_sparse(
            weights,
            flat_ids,
            flat_weights,
            combiner=combiner,
            partition_strategy=partition_strategy,
            name=None if default_id is None else scope,
            max_norm=max_norm,
        )
        if default_id is None:
            result = _zeroed(result, is_empty, scope)
        return _reshaped_back(result, original, rank)


def _as_rank_2(ids: Any, weights: Any) -> tuple[Any, Any, Any]:
    import tangraph as tf
    from tangraph.framework.sparse_tensor import SparseTensor
    from tangraph.ops.array.gather import gather
    from tangraph.ops.array.shape import size
    from tangraph.ops.array.slicing import slice as slice_
    from tangraph.ops.math.reductions import reduce_prod

    original = ids.dense_shape
    known = original.get_shape()[0].value
    rank = size(original) if known is None else known
    rows = reduce_prod(slice_(original, [0], [rank - 1]))
    ids = tf.sparse_reshape(ids, [rows, gather(original, rank - 1)])
    if weights is not None:
        weights = SparseTensor(ids.indices, weights.values, ids.dense_shape)
    return ids, weights, rank


def _pruned(ids: Any, weights: Any, combiner: str) -> tuple[Any, Any]:
    import tangraph as tf
    from tangraph.ops.array.fill import ones_like
    from tangraph.ops.math.comparison import greater, greater_equal
    from tangraph.ops.math.logical import logical_and

    valid = greater_equal(ids.values, 0)
    if weights is None:
        return tf.sparse_retain(ids, valid), None
    valid = logical_and(valid, ones_like(weights.values, dtype=dtypes.bool))
    ids, weights = tf.sparse_retain(ids, valid), tf.sparse_retain(weights, valid)
    if combiner != "sum":
        valid = greater(weights.values, 0)
        ids, weights = tf.sparse_retain(ids, valid), tf.sparse_retain(weights, valid)
    return ids, weights


def _filled(ids: Any, weights: Any, default_id: Any) -> tuple[Any, Any, Tensor]:
    import tangraph as tf

    ids, is_empty = tf.sparse_fill_empty_rows(ids, default_id or 0)
    if weights is not None:
        weights, _ = tf.sparse_fill_empty_rows(weights, 1.0)
    return ids, weights, is_empty


def _zeroed(result: Tensor, is_empty: Tensor, scope: str) -> Tensor:
    from tangraph.ops.array.fill import zeros_like
    from tangraph.ops.array.packing import stack
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape as shape_of
    from tangraph.ops.array.tile import tile

    everywhere = tile(reshape(is_empty, [-1, 1]), stack([1, shape_of(result)[1]]))
    zeroed: Tensor = make_op("Select", everywhere, zeros_like(result), result, name=scope)
    return zeroed


def _reshaped_back(result: Tensor, original: Tensor, rank: Any) -> Tensor:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape as shape_of
    from tangraph.ops.array.slicing import slice as slice_
    from tangraph.ops.math.cast import cast

    outer = slice_(cast(original, dtypes.int32), [0], [rank - 1])
    inner = slice_(shape_of(result), [1], [-1])
    final = reshape(result, concat([outer, inner], 0))
    leading: Raw = (None,) * (rank - 1) if isinstance(rank, int) else None
    final.set_shape(raw_shape.concatenate(leading, None if result.raw_shape is None else result.raw_shape[1:]))
    return final
