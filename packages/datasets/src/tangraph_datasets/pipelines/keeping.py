"""What the batching functions do to their tensors before the queue and behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tangraph.framework import dtypes
from tangraph.framework.operation import Operation
from tangraph.framework.sparse_tensor import SparseTensor
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor, internal_convert_n_to_tensor_or_indexed_slices
from tangraph.framework.tensor_shape import Dimension, TensorShape
from tangraph.ops.array.constant import constant
from tangraph.ops.array.dynamic_partition import dynamic_partition
from tangraph.ops.array.fill import ones
from tangraph.ops.array.gather import gather
from tangraph.ops.array.identity import no_op
from tangraph.ops.array.reshape import expand_dims, squeeze
from tangraph.ops.array.shape import shape as shape_of
from tangraph.ops.control_flow.cond import smart_cond
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.math.cast import cast
from tangraph.ops.sparse.rows import sparse_retain
from tangraph_datasets.pipelines.sparse_map import restore_sparse, store_many_sparse, store_sparse


class SparseInfo(NamedTuple):
    """How a tensor went into the queue.

    Attributes:
      map_op: the operation that keeps its rows; None for one that is not sparse.
      rank: the rank of a row.
    """

    map_op: Operation | None
    rank: Dimension


def validated(tensors: Sequence[Any]) -> list[Any]:
    """Returns values as tensors, or SparseTensors.

    Raises:
      ValueError: there are none.
    """
    found = internal_convert_n_to_tensor_or_indexed_slices(tensors)
    if not found:
        raise ValueError("Expected at least one tensor in batch().")
    return found


def validated_keep_input(keep_input: Any, *, many: bool) -> Tensor:
    """Returns `keep_input` as a tensor.

    Raises:
      ValueError: its rank is unknown, or does not fit.
    """
    keep = convert_to_tensor(keep_input)
    rank = keep.shape.ndims
    if rank is None:
        raise ValueError("`keep_input` dimensions must be known at graph construction.")
    if not many and rank == 1:
        raise ValueError("`keep_input` cannot be a vector when `enqueue_many=False`.")
    if rank > 1:
        raise ValueError("`keep_input` must be 0 or 1 dimensions.")
    return keep


def store_sparse_tensors(
    tensors: list[Any], keep: Tensor, shared: Sequence[Operation | None] | None = None, *, many: bool
) -> tuple[list[Tensor], list[SparseInfo]]:
    """Replaces SparseTensors by the numbers under which the session keeps them."""
    maps = shared or [None] * len(tensors)
    stored = [_stored(t, m, keep, many=many) for t, m in zip(tensors, maps, strict=True)]
    infos = [_info(t, _storing(s), m, many=many) for t, s, m in zip(tensors, stored, maps, strict=True)]
    return [expand_dims(s, [-1]) if i.map_op else s for s, i in zip(stored, infos, strict=True)], infos


def _stored(tensor: Any, map_op: Operation | None, keep: Tensor, *, many: bool) -> Any:
    if not isinstance(tensor, SparseTensor):
        return tensor
    name = map_op.name if map_op is not None else None
    if keep.shape.ndims == 1:
        kept_rows = sparse_retain(tensor, gather(keep, tensor.indices[:, 0]))
        return store_many_sparse(kept_rows, name)
    if not many:
        return smart_cond(keep, lambda: store_sparse(tensor, name), lambda: constant(-1, dtypes.int64))
    handles = smart_cond(
        keep,
        lambda: store_many_sparse(tensor, name),
        lambda: -1 * ones(shape_of(tensor)[0:1], dtypes.int64),
    )
    handles.set_shape([None])
    return handles


def _storing(stored: Any) -> Operation | None:
    """The operation that keeps a tensor: the one that made the numbers, or an input of the Merge that did."""
    if isinstance(stored, SparseTensor):
        return None
    for source in stored.op.inputs:
        if source.op.type in {"AddSparseToTensorsMap", "AddManySparseToTensorsMap"}:
            operation: Operation = source.op
            return operation
    made: Operation = stored.op
    return made


def _info(tensor: Any, storing: Operation | None, map_op: Operation | None, *, many: bool) -> SparseInfo:
    if not isinstance(tensor, SparseTensor):
        return SparseInfo(None, Dimension(None))
    rank = tensor.dense_shape.shape.with_rank(1)[0]
    return SparseInfo(map_op or storing, Dimension(rank) - 1 if many else Dimension(rank))


def store_sparse_tensors_join(
    lists: list[list[Any]], keep: Tensor, *, many: bool
) -> tuple[list[list[Tensor]], list[SparseInfo]]:
    """As :func:`store_sparse_tensors` for several lists, whose SparseTensors the operations of the first keep.

    Raises:
      ValueError: the lists differ in which of their tensors are sparse, or in ranks.
    """
    first, infos = store_sparse_tensors(lists[0], keep, many=many)
    stored = [first]
    for tensors in lists[1:]:
        others, found = store_sparse_tensors(tensors, keep, [info.map_op for info in infos], many=many)
        same = len(infos) == len(found) and all(
            a.map_op is b.map_op and a.rank.is_compatible_with(b.rank) for a, b in zip(infos, found, strict=True)
        )
        if not same:
            raise ValueError(f"Inconsistent SparseTensors list: {lists[0]} vs. {tensors}")
        stored.append(others)
    return stored, infos


def restore_sparse_tensors(stored: Any, infos: list[SparseInfo]) -> Any:
    """Replaces the numbers that came out of the queue by the SparseTensors."""
    single = not isinstance(stored, (list, tuple))
    tensors = [
        restore_sparse(info.map_op, squeeze(s, [1]), (info.rank + 1).value) if info.map_op else s
        for s, info in zip([stored] if single else stored, infos, strict=True)
    ]
    if any(isinstance(t, SparseTensor) for t in tensors):
        # Nobody may take one of a batch's tensors without the others.
        values = [t.values if isinstance(t, SparseTensor) else t for t in tensors]
        tensors = [_after(values, t) for t in tensors]
    return tensors[0] if single else tensors


def _after(values: list[Tensor], tensor: Any) -> Any:
    if not isinstance(tensor, SparseTensor):
        return with_dependencies(values, tensor)
    return SparseTensor(
        indices=with_dependencies(values, tensor.indices),
        values=with_dependencies(values, tensor.values),
        dense_shape=with_dependencies(values, tensor.dense_shape),
    )


def common_types(lists: list[list[Tensor]]) -> list[Any]:
    """Returns the types of the tensors in a list.

    Raises:
      TypeError: the lists differ in them.
    """
    types = [t.dtype for t in lists[0]]
    for tensors in lists[1:]:
        others = [t.dtype for t in tensors]
        if others != types:
            names = [", ".join(x.name for x in listed) for listed in (types, others)]
            raise TypeError(f"Expected types to be consistent: {names[0]} vs. {names[1]}.")
    return types


def common_shapes(lists: list[list[Tensor]], shapes: Any, *, many: bool) -> Any:
    """Returns the shapes that elements have; `shapes`, if they are given.

    Raises:
      ValueError: a rank is unknown, or the lists differ in shapes.
    """
    if shapes is not None:
        return shapes
    for tensors in lists:
        for i in range(len(lists[0])):
            if tensors[i].shape.ndims is None:
                raise ValueError(f"Cannot infer Tensor's rank: {tensors[i]}")
    return [_merged([tensors[i].shape for tensors in lists], many=many) for i in range(len(lists[0]))]


def _merged(shapes: list[TensorShape], *, many: bool) -> list[int | None]:
    if many:
        shapes = [s.with_rank_at_least(1)[1:] for s in shapes]
    first = shapes[0]
    for other in shapes[1:]:
        first.merge_with(other)
    sizes: list[int | None] = first.as_list()
    return sizes


def enqueue_op(queue: Any, tensors: list[Tensor], keep: Tensor, *, many: bool) -> Any:
    """Returns the operation that adds what is to be kept."""
    enqueue = queue.enqueue_many if many else queue.enqueue
    if keep.shape.ndims == 1:
        parts = cast(keep, dtypes.int32)
        return enqueue([dynamic_partition(t, parts, num_partitions=2)[1] for t in tensors])
    return smart_cond(keep, lambda: enqueue(tensors), no_op)
