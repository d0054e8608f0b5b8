"""The shapes of RaggedTensors as tensors, and broadcasting by them."""

from __future__ import annotations

from typing import Any

from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array import tile as dense_tile
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.fill import ones
from tangraph.ops.array.gather import gather
from tangraph.ops.array.identity import identity
from tangraph.ops.array.packing import stack
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import shape, size
from tangraph.ops.array.where import where
from tangraph.ops.logging_ops import Assert
from tangraph.ops.math.cast import cast
from tangraph.ops.math.comparison import equal
from tangraph.ops.math.ranges import range as range_of
from tangraph.ops.math.reductions import reduce_all, reduce_sum
from tangraph.ops.ragged.tensor import RaggedTensor, as_tensor_or_ragged, is_ragged
from tangraph.ops.ragged.tile import tile
from tangraph.ops.ragged.util import as_integers, lengths_to_splits, repeat_ranges


class DynamicShape:
    """The shape of a tensor that may be ragged.

    Attributes:
      outer: a tensor for each axis up to the innermost ragged one: a scalar, or a vector with the lengths of all rows.
      inner: the sizes of the other axes, a vector.
    """

    def __init__(self, outer: Any, inner: Any, dtype: Any = None) -> None:
        with name_scope(None, "RaggedTensorDynamicShape", (outer, inner)):
            sizes = [convert_to_tensor(s, name=f"partitioned_dimension_size_{i}") for i, s in enumerate(outer)]
            inner = convert_to_tensor(inner, name="inner_dim_sizes")
            inner.shape.assert_has_rank(1)
            if dtype is None:
                found = {s.dtype for s in sizes if s.shape.ndims == 1}
                if len(found) > 1:
                    raise ValueError("partitioned_dim_sizes must have matching dtypes")
                dtype = found.pop() if found else dtypes.int64
            self.outer = tuple([cast(s, dtype) for s in sizes])
            self.inner = cast(inner, dtype)

    @classmethod
    def of(cls, value: Any) -> DynamicShape:
        """Returns the shape of a tensor or RaggedTensor."""
        with name_scope(None, "RaggedTensorDynamicShapeFromTensor", [value]):
            value = as_tensor_or_ragged(value)
            if not is_ragged(value):
                return cls([], shape(value))
            rows: Any = value.nrows()
            return cls((rows, *value.nested_row_lengths()), shape(value.flat_values)[1:])

    @property
    def dtype(self) -> Any:
        """The type of the sizes."""
        return self.inner.dtype

    @property
    def inner_rank(self) -> int | None:
        """How many axes come after the innermost ragged one."""
        known = self.inner.raw_shape
        return None if known is None else known[0]

    @property
    def rank(self) -> int | None:
        """How many axes there are."""
        count = self.inner_rank
        return None if count is None else len(self.outer) + count

    def size(self, axis: int) -> Any:
        """Returns the size of an axis, or the lengths of its rows."""
        return self.outer[axis] if axis < len(self.outer) else self.inner[axis - len(self.outer)]

    def is_ragged(self, axis: int) -> bool:
        """Returns whether an axis is ragged."""
        return 0 < axis < len(self.outer) and self.outer[axis].shape.ndims == 1

    def with_rank(self, rank: int) -> DynamicShape:
        """Returns the shape with axes of size one in front."""
        if self.rank is None:
            raise ValueError("Unable to broadcast: self.rank is unknown")
        more = rank - self.rank
        if more < 0:
            raise ValueError(f"Unable to broadcast: rank={rank} must be greater than self.rank={self.rank}.")
        if not more:
            return self
        if self.outer:
            return DynamicShape((*[1] * more, *self.outer), self.inner)
        return DynamicShape([], concat([ones([more], self.dtype), self.inner], axis=0))

    def broadcast(self, axis: int, lengths: Any) -> DynamicShape:
        """Returns the shape with an axis broadcast to a size, or to lengths of rows; the run checks that it can be."""
        lengths = as_integers(lengths, "lengths", self.dtype)
        is_scalar = lengths.shape.ndims == 0
        if self.is_ragged(axis):
            fits = equal(lengths, 1) if is_scalar else reduce_all(equal(lengths, self.size(axis)))
        else:
            own = self.size(axis)
            fits = equal(lengths, 1) | equal(own, 1) | equal(own, lengths) if is_scalar else equal(own, 1)
        text = "Unable to broadcast: dimension size mismatch in dimension"
        data = [text, axis, "lengths=", lengths, "dim_size=", self.size(axis)]
        with control_dependencies([Assert(fits, data=data, summarize=10)]):
            if axis < len(self.outer):
                if self.is_ragged(axis):
                    return DynamicShape(self.outer, identity(self.inner))
                return self._broadcast_outer(axis, lengths)
            if is_scalar:
                return self._broadcast_inner(axis, lengths)
            if axis == 0:
                raise ValueError("Unable to broadcast: outermost dimension must be uniform.")
            place = axis - len(self.outer)
            outer = (*self.outer, *[self.inner[i] for i in range(place)], lengths)
            return DynamicShape(outer, self.inner[place + 1 :])

    def _slices(self, axis: int) -> Any:
        if axis < 0:
            return constant(1, dtype=self.dtype)
        if self.is_ragged(axis):
            return reduce_sum(self.outer[axis])
        return self.size(axis) * self._slices(axis - 1)

    def _broadcast_outer(self, axis: int, lengths: Any) -> DynamicShape:
        own = self.size(axis)
        outer = list(self.outer[:axis])
        if lengths.shape.ndims == 0:
            lengths = where(equal(own, 1), lengths, own)
            repeats = where(equal(own, 1), lengths, 1)
            splits: Any = stack([0, self._slices(axis)])
        else:
            splits = range_of(size(lengths, out_type=self.dtype) + 1)
            repeats = lengths
        outer.append(lengths)
        for one in self.outer[axis + 1 :]:
            if one.shape.ndims == 0:
                outer.append(one)
                splits *= one
            else:
                outer.append(repeat_ranges(one, splits, repeats))
                splits = gather(lengths_to_splits(one), splits)
        return DynamicShape(outer, self.inner)

    def _broadcast_inner(self, axis: int, length: Any) -> DynamicShape:
        own = self.size(axis)
        place = axis - len(self.outer)
        inner = [self.inner[:place], [where(equal(own, 1), length, own)], self.inner[place + 1 :]]
        return DynamicShape(self.outer, concat(inner, axis=0))


def broadcast_shape(x: DynamicShape, y: DynamicShape) -> DynamicShape:
    """Returns the shape that two shapes are broadcast to.

    Raises:
      ValueError: a rank is not known.
    """
    if x.rank is None or y.rank is None:
        raise ValueError("Unable to broadcast: unknown rank")
    rank = max(x.rank, y.rank)
    x, y = x.with_rank(rank), y.with_rank(rank)
    for axis in range(rank):
        x = x.broadcast(axis, y.size(axis))
        y = y.broadcast(axis, x.size(axis))
    return x


def broadcast_to(value: Any, goal: DynamicShape, *, inner: bool = True) -> Any:
    """Returns a tensor or RaggedTensor broadcast to a shape; without `inner`, only up to the innermost ragged axis."""
    value = as_tensor_or_ragged(value)
    if goal.outer:
        return _broadcast_to_ragged(value, goal, inner)
    if is_ragged(value):
        raise ValueError("Incompatible with shape: ragged rank mismatch")
    return dense_tile.broadcast_to(value, goal.inner) if inner else value


def _broadcast_to_ragged(value: Any, goal: DynamicShape, inner: bool) -> Any:
    if value.shape.ndims is None or goal.rank is None or goal.inner_rank is None:
        raise ValueError("Unable to broadcast: unknown rank")
    if value.shape.ndims > goal.rank:
        raise ValueError("Incompatible with shape: rank mismatch")
    if is_ragged(value) and value.ragged_rank >= len(goal.outer):
        raise ValueError("Incompatible with shape: ragged rank mismatch")
    source = DynamicShape.of(value).with_rank(goal.rank)
    value = _with_partitions(_with_all_axes(value, goal), goal)
    multiples: list[Any] = [1] * goal.rank
    for axis in range(len(goal.outer)):
        if not source.is_ragged(axis) and not goal.is_ragged(axis):
            own, wanted = source.size(axis), goal.size(axis)
            if constant_value(own) in (1, None) and constant_value(wanted) != 1:
                multiples[axis] = where(equal(own, 1), wanted, 1)
    if not all(isinstance(v, int) and v == 1 for v in multiples):
        value = tile(value, stack(multiples, axis=0))
    if inner:
        value = value.with_flat_values(reshape(value.flat_values, concat([[-1], goal.inner], axis=0)))
    for axis in range(len(goal.outer)):
        if not source.is_ragged(axis) and goal.is_ragged(axis):
            value = _tile_axis(value, axis, goal.size(axis), goal.dtype)
    return value


def _with_all_axes(value: Any, goal: DynamicShape) -> Any:
    missing = (goal.rank or 0) - value.shape.ndims
    if missing <= 0:
        return value
    if value.shape.ndims < (goal.inner_rank or 0) + 1:
        value = reshape(value, concat([[-1], goal.inner], axis=0))
    for _ in range((goal.rank or 0) - value.shape.ndims):
        rows: Any = value.nrows() if is_ragged(value) else shape(value, out_type=goal.dtype)[0]
        value = RaggedTensor.from_row_lengths(value, [rows], validate=False)
    return value


def _with_partitions(value: Any, goal: DynamicShape) -> Any:
    """Makes uniform axes up to the innermost ragged one ragged."""
    if not is_ragged(value):
        return RaggedTensor.from_tensor(value, ragged_rank=len(goal.outer) - 1, row_splits_dtype=goal.dtype)
    more = value.flat_values.shape.ndims - 1 - (goal.inner_rank or 0)
    if more > 0:
        flat = RaggedTensor.from_tensor(value.flat_values, ragged_rank=more, row_splits_dtype=goal.dtype)
        value = value.with_flat_values(flat)
    return value


def _tile_axis(value: Any, axis: int, repeats: Any, split_type: Any) -> Any:
    """Repeats the one element of each row along an axis."""
    if not is_ragged(value):
        value = RaggedTensor.from_tensor(value, ragged_rank=1, row_splits_dtype=split_type)
    if axis > 1:
        return value.with_values(_tile_axis(value.values, axis - 1, repeats, split_type))
    nested, lengths = value.nested_row_splits, value.nested_row_lengths()
    splits, result = nested[0], [repeats]
    for inner_lengths, inner_splits in zip(lengths[1:], nested[1:], strict=True):
        result.append(repeat_ranges(inner_lengths, splits, repeats))
        splits = gather(inner_splits, splits)
    flat = repeat_ranges(value.flat_values, splits, repeats)
    return RaggedTensor.from_nested_row_lengths(flat, result, validate=False)
