"""Labels for connectionist temporal classification, dense and sparse, and the loss that takes both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.sparse_tensor import SparseTensor
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


def _size(tensor: Any, axis: int) -> Any:
    """Returns a size as a number where it is known (and not 0), else as a tensor."""
    from tangraph.ops.array.shape import shape

    known = None if tensor.raw_shape is None else tensor.raw_shape[axis]
    if known:
        return known
    whole: Any = shape(tensor)
    return whole[axis]


@export("nn.ctc_loss_v2")
def ctc_loss_v2(
    labels: Any,
    logits: Any,
    label_length: Any,
    logit_length: Any,
    logits_time_major: bool = True,
    unique: Any = None,
    blank_index: int | None = None,
    name: str | None = None,
) -> Tensor:
    """The negative log-probability of label sequences, for sparse or dense labels and any blank.

    The loss of dense labels is that of sparse ones: TensorFlow's builds a loop instead, with the same values.

    Args:
      labels: an int32 SparseTensor ``[batch, max_labels]``, or integers of that shape, filled up with anything.
      logits: ``[time, batch, num_classes]``.
      label_length: ``[batch]``: how many labels count; for dense labels only.
      logit_length: ``[batch]``: how many time steps count.
      logits_time_major: whether time is the first dimension of `logits`, not the second.
      unique: of no effect.
      blank_index: the class of the blank, from the end if negative; 0 for dense labels when None.
      name: the name scope.

    Returns:
      ``[batch]``: the loss of each example.

    Raises:
      ValueError: sparse labels without `blank_index`.
    """
    from tangraph.ops.nn.ctc import ctc_loss

    if isinstance(labels, SparseTensor):
        if blank_index is None:
            raise ValueError("blank_index must be given when using SparseTensor labels.")
        labels, logits = _with_last_blank(labels, logits, blank_index)
        return ctc_loss(labels, logits, logit_length, time_major=logits_time_major)
    with name_scope(name, "ctc_loss_dense", [logits, labels, label_length, logit_length]):
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        label_length = convert_to_tensor(label_length, name="label_length")
        logit_length = convert_to_tensor(logit_length, name="logit_length")
        sparse = dense_labels_to_sparse(labels, label_length)
        sparse, logits = _with_last_blank(sparse, logits, blank_index or 0)
        return ctc_loss(sparse, logits, logit_length, time_major=logits_time_major)


def _with_last_blank(labels: SparseTensor, logits: Any, blank: Any) -> tuple[SparseTensor, Any]:
    """Returns labels and logits in which the blank is the last class."""
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.where import where

    if blank < 0:
        blank += _size(logits, 2)
    if blank == _size(logits, 2) - 1:
        return labels, logits
    parts = [logits[:, :, :blank], logits[:, :, blank + 1 :], logits[:, :, blank : blank + 1]]
    moved = concat(parts, axis=2)
    values: Any = labels.values
    return SparseTensor(labels.indices, where(values < blank, values, values - 1), labels.dense_shape), moved


def dense_labels_to_sparse(dense: Any, length: Any) -> SparseTensor:
    """Returns the first `length` labels of each row as an int32 SparseTensor."""
    from tangraph.ops.array.boolean_mask import boolean_mask
    from tangraph.ops.array.reshape import expand_dims, reshape
    from tangraph.ops.array.sequence_mask import sequence_mask
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.ranges import range as range_
    from tangraph.ops.math.reductions import reduce_max
    from tangraph.ops.sparse.reshape import sparse_reshape

    flat = reshape(dense, [-1])
    count: Any = shape(flat, out_type=dtypes.int64)
    numbers = range_(count[0])
    sizes: Any = shape(dense)
    mask = reshape(sequence_mask(length, maxlen=sizes[1]), [-1])
    indices = expand_dims(boolean_mask(numbers, mask), 1)
    values = boolean_mask(flat, mask)
    sparse = SparseTensor(indices, cast(values, dtypes.int32), shape(flat, out_type=dtypes.int64))
    wide = sparse_reshape(sparse, shape(dense))
    longest = reduce_max(length)
    rows: Any = wide.dense_shape
    whole = [cast(rows[0], dtypes.int64), cast(longest, dtypes.int64)]
    return SparseTensor(wide.indices, wide.values, whole)


@export("nn.collapse_repeated")
def collapse_repeated(labels: Any, seq_length: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Merges repeated labels into one.

    Args:
      labels: ``[batch, max_labels]``.
      seq_length: ``[batch]``: how many labels count.
      name: the name scope.

    Returns:
      The labels that are left, filled up with zeros, and how many they are.
    """
    from tangraph.ops.array.boolean_mask import boolean_mask
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.fill import ones_like
    from tangraph.ops.array.reshape import expand_dims, reshape
    from tangraph.ops.array.scatter_nd import scatter_nd
    from tangraph.ops.array.sequence_mask import sequence_mask
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.comparison import not_equal
    from tangraph.ops.math.logical import logical_and
    from tangraph.ops.math.ranges import range as range_
    from tangraph.ops.math.reductions import reduce_max, reduce_sum

    with name_scope(name, "collapse_repeated_labels", [labels, seq_length]):
        rows: Any = convert_to_tensor(labels, name="labels")
        lengths = convert_to_tensor(seq_length, name="seq_length")
        first = ones_like(rows[:, :1], dtypes.bool)
        changes = concat([first, not_equal(rows[:, 1:], rows[:, :-1])], axis=1)
        inside = sequence_mask(lengths, maxlen=_size(rows, 1))
        keep = logical_and(changes, inside)
        left = reduce_sum(cast(keep, dtypes.int32), axis=1)
        longest = reduce_max(left)
        places = sequence_mask(left, maxlen=longest)
        flat, flat_keep, flat_places = reshape(rows, [-1]), reshape(keep, [-1]), reshape(places, [-1])
        numbers = range_(_size(flat_places, 0))
        packed = scatter_nd(
            indices=expand_dims(boolean_mask(numbers, flat_places), axis=1),
            updates=boolean_mask(flat, flat_keep),
            shape=shape(flat_places),
        )
        batch = _size(rows, 0)
        return reshape(packed, [batch, longest]), cast(left, lengths.dtype)


@export("nn.ctc_unique_labels")
def ctc_unique_labels(labels: Any, name: str | None = None) -> Any:
    """Finds the different labels of each row.

    Args:
      labels: ``[batch, max_labels]``.
      name: the name scope.

    Returns:
      The different labels of each row in the order in which they come, int64, filled up with zeros; and for each label
      which of them it is, int32.
    """
    from tangraph.ops.array.pad import pad
    from tangraph.ops.array.unique import unique
    from tangraph.ops.control_flow.functional import map_fn
    from tangraph.ops.math.cast import cast

    def different(row: Tensor) -> list[Tensor]:
        found, places = unique(row)
        filled = pad(found, [[0, _size(places, 0) - _size(found, 0)]])
        return [cast(filled, dtypes.int64), places]

    with name_scope(name, "ctc_unique_labels", [labels]):
        rows = convert_to_tensor(labels, name="labels")
        return map_fn(different, rows, dtype=[dtypes.int64, dtypes.int32])
