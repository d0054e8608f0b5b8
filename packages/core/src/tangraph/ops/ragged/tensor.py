"""RaggedTensor: a tensor whose rows may have different lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.client.fetches import register_session_run_conversion_functions
from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import ones
from tangraph.ops.array.gather import gather
from tangraph.ops.array.packing import stack
from tangraph.ops.array.repeat import positive_axis
from tangraph.ops.array.shape import shape
from tangraph.ops.math.cast import cast
from tangraph.ops.math.extremes import maximum
from tangraph.ops.math.reductions import reduce_max
from tangraph.ops.ragged.value import RaggedTensorValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.dtypes import DType
    from tangraph.framework.operation import Operation

_SPLIT_TYPES = (dtypes.int32, dtypes.int64)


@export("RaggedTensor")
class RaggedTensor:
    """A tensor whose rows may have different lengths, made by one of the methods ``from_...``.

    The elements of all rows stand one behind the other in `values`; row i is
    ``values[row_splits[i]:row_splits[i + 1]]``. With a RaggedTensor as values, there are several ragged axes.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     x = tf.RaggedTensor.from_row_lengths([3, 1, 4, 1], [2, 0, 2])
    ...     session.run(x).to_list(), session.run(tf.reduce_sum(x, axis=1)).tolist()
    ([[3, 1], [], [4, 1]], [4, 0, 5])
    """

    def __init__(
        self,
        values: Any,
        row_splits: Any,
        cached_row_lengths: Any = None,
        cached_value_rowids: Any = None,
        cached_nrows: Any = None,
        internal: bool = False,
    ) -> None:
        if not internal:
            raise ValueError(
                "RaggedTensor constructor is private; please use one of the factory methods instead (e.g., "
                "RaggedTensor.from_row_lengths())"
            )
        if not isinstance(row_splits, Tensor):
            raise TypeError(f"Row-partitioning argument must be a Tensor, got {row_splits!r}")
        if not isinstance(values, (RaggedTensor, Tensor)):
            raise TypeError(f"values must be a Tensor or RaggedTensor, got {values!r}")
        if row_splits.dtype not in _SPLIT_TYPES:
            raise ValueError("Row-partitioning argument must be int32 or int64")
        row_splits.shape.assert_has_rank(1)
        values.shape.with_rank_at_least(1)
        row_splits.set_shape([None])
        self._values = values
        self._row_splits = row_splits
        self._cached_row_lengths = cached_row_lengths
        self._cached_value_rowids = cached_value_rowids
        self._cached_nrows = cached_nrows

    @classmethod
    def from_value_rowids(
        cls, values: Any, value_rowids: Any, nrows: Any = None, name: str | None = None, validate: bool = True
    ) -> RaggedTensor:
        """Returns a RaggedTensor from the number of the row that each value belongs to.

        Args:
          values: the elements of all rows, a tensor or RaggedTensor.
          value_rowids: a vector of integers that do not decrease.
          nrows: how many rows there are; the last of `value_rowids` plus one when None.
          name: the name scope.
          validate: whether the run checks them.
        """
        from tangraph.ops.ragged.factories import from_value_rowids

        return from_value_rowids(values, value_rowids, nrows, name, validate)

    @classmethod
    def from_row_splits(
        cls, values: Any, row_splits: Any, name: str | None = None, validate: bool = True
    ) -> RaggedTensor:
        """Returns a RaggedTensor from where its rows start and end: one integer more than there are rows."""
        from tangraph.ops.ragged.factories import from_row_splits

        return from_row_splits(values, row_splits, name, validate)

    @classmethod
    def from_row_lengths(
        cls, values: Any, row_lengths: Any, name: str | None = None, validate: bool = True
    ) -> RaggedTensor:
        """Returns a RaggedTensor from the lengths of its rows."""
        from tangraph.ops.ragged.factories import from_row_lengths

        return from_row_lengths(values, row_lengths, name, validate)

    @classmethod
    def from_row_starts(
        cls, values: Any, row_starts: Any, name: str | None = None, validate: bool = True
    ) -> RaggedTensor:
        """Returns a RaggedTensor from where its rows start."""
        from tangraph.ops.ragged.factories import from_row_starts

        return from_row_starts(values, row_starts, name, validate)

    @classmethod
    def from_row_limits(
        cls, values: Any, row_limits: Any, name: str | None = None, validate: bool = True
    ) -> RaggedTensor:
        """Returns a RaggedTensor from where its rows end."""
        from tangraph.ops.ragged.factories import from_row_limits

        return from_row_limits(values, row_limits, name, validate)

    @classmethod
    def from_nested_value_rowids(
        cls,
        flat_values: Any,
        nested_value_rowids: Any,
        nested_nrows: Any = None,
        name: str | None = None,
        validate: bool = True,
    ) -> RaggedTensor:
        """Returns a RaggedTensor with several ragged axes; see `from_value_rowids`."""
        from tangraph.ops.ragged.factories import from_nested_value_rowids

        return from_nested_value_rowids(flat_values, nested_value_rowids, nested_nrows, name, validate)

    @classmethod
    def from_nested_row_splits(
        cls, flat_values: Any, nested_row_splits: Any, name: str | None = None, validate: bool = True
    ) -> RaggedTensor:
        """Returns a RaggedTensor with several ragged axes, the outermost first; see `from_row_splits`."""
        from tangraph.ops.ragged.factories import from_nested_row_splits

        return from_nested_row_splits(flat_values, nested_row_splits, name, validate)

    @classmethod
    def from_nested_row_lengths(
        cls, flat_values: Any, nested_row_lengths: Any, name: str | None = None, validate: bool = True
    ) -> RaggedTensor:
        """Returns a RaggedTensor with several ragged axes, the outermost first; see `from_row_lengths`."""
        from tangraph.ops.ragged.factories import from_nested_row_lengths

        return from_nested_row_lengths(flat_values, nested_row_lengths, name, validate)

    @classmethod
    def from_tensor(
        cls,
        tensor: Any,
        lengths: Any = None,
        padding: Any = None,
        ragged_rank: int = 1,
        name: str | None = None,
        row_splits_dtype: Any = dtypes.int64,
    ) -> RaggedTensor:
        """Returns a tensor as a RaggedTensor.

        Args:
          tensor: of rank ``ragged_rank + 1`` at least.
          lengths: how much of each row counts; a list of such vectors for several axes.
          padding: the element that does not count at the ends of rows.
          ragged_rank: how many axes are ragged.
          name: the name scope.
          row_splits_dtype: int32 or int64.

        Raises:
          ValueError: both `lengths` and `padding`.
        """
        from tangraph.ops.ragged.conversion import from_tensor

        return from_tensor(tensor, lengths, padding, ragged_rank, name, row_splits_dtype)

    @classmethod
    def from_sparse(cls, st_input: Any, name: str | None = None, row_splits_dtype: Any = dtypes.int64) -> RaggedTensor:
        """Returns a SparseTensor of rank two, whose rows have elements at their starts only, as a RaggedTensor."""
        from tangraph.ops.ragged.conversion import from_sparse

        return from_sparse(st_input, name, row_splits_dtype)

    def to_tensor(self, default_value: Any = None, name: str | None = None) -> Tensor:
        """Returns a tensor in which shorter rows are filled up with `default_value` (zeros, "" or False)."""
        from tangraph.ops.ragged.conversion import to_tensor

        return to_tensor(self, default_value, name)

    def to_sparse(self, name: str | None = None) -> Any:
        """Returns a SparseTensor."""
        from tangraph.ops.ragged.conversion import to_sparse

        return to_sparse(self, name)

    @property
    def dtype(self) -> DType:
        """The element type."""
        found: DType = self._values.dtype
        return found

    @property
    def shape(self) -> TensorShape:
        """The static shape; ragged axes are unknown."""
        count = self._row_splits.raw_shape
        rows = None if count is None or count[0] is None else count[0] - 1
        return TensorShape([rows, None]).concatenate(self._values.shape[1:])

    def get_shape(self) -> TensorShape:
        """Returns the static shape."""
        return self.shape

    @property
    def ragged_rank(self) -> int:
        """How many axes are ragged."""
        return len(self.nested_row_splits)

    @property
    def values(self) -> Any:
        """The elements of all rows: a tensor, or a RaggedTensor."""
        return self._values

    @property
    def row_splits(self) -> Tensor:
        """Where the rows start and end."""
        return self._row_splits

    @property
    def flat_values(self) -> Tensor:
        """The elements of the innermost rows."""
        values: Any = self._values
        while isinstance(values, RaggedTensor):
            values = values.values
        return values  # type: ignore[no-any-return]

    @property
    def nested_row_splits(self) -> tuple[Tensor, ...]:
        """The splits of all ragged axes, the outermost first."""
        inner = self._values.nested_row_splits if isinstance(self._values, RaggedTensor) else ()
        return (self._row_splits, *inner)

    def value_rowids(self, name: str | None = None) -> Tensor:
        """Returns the number of the row of each value."""
        from tangraph.ops.ragged.segment_ids import row_splits_to_segment_ids

        if self._cached_value_rowids is not None:
            return self._cached_value_rowids  # type: ignore[no-any-return]
        with name_scope(name, "RaggedValueRowIds", [self]):
            return row_splits_to_segment_ids(self._row_splits)

    def nested_value_rowids(self, name: str | None = None) -> tuple[Tensor, ...]:
        """Returns the numbers of the rows for all ragged axes, the outermost first."""
        with name_scope(name, "RaggedNestedValueRowIds", [self]):
            return tuple([level.value_rowids() for level in self._levels()])

    def _levels(self) -> list[RaggedTensor]:
        result: list[RaggedTensor] = []
        level: Any = self
        while isinstance(level, RaggedTensor):
            result.append(level)
            level = level.values
        return result

    def nrows(self, out_type: Any = None, name: str | None = None) -> Tensor:
        """Returns how many rows there are, a scalar."""
        out_type = self._row_splits.dtype if out_type is None else dtypes.as_dtype(out_type)
        if self._cached_nrows is not None:
            return cast(self._cached_nrows, out_type)  # type: ignore[no-any-return]
        with name_scope(name, "RaggedNRows", [self]):
            return shape(self._row_splits, out_type=out_type)[0] - 1

    def row_starts(self, name: str | None = None) -> Tensor:
        """Returns where the rows start in `values`."""
        with name_scope(name, "RaggedRowStarts", [self]):
            return self._row_splits[:-1]

    def row_limits(self, name: str | None = None) -> Tensor:
        """Returns where the rows end in `values`."""
        with name_scope(name, "RaggedRowLimits", [self]):
            return self._row_splits[1:]

    def row_lengths(self, axis: int = 1, name: str | None = None) -> Any:
        """Returns the lengths of the rows along an axis: of axis 1 a vector, further in a RaggedTensor."""
        if self._cached_row_lengths is not None:
            return self._cached_row_lengths
        with name_scope(name, "RaggedRowLengths", [self]):
            axis = positive_axis(axis, self.shape.ndims)
            if axis == 0:
                return self.nrows()
            if axis == 1:
                splits = self._row_splits
                return splits[1:] - splits[:-1]
            if isinstance(self._values, RaggedTensor):
                return self.with_values(self._values.row_lengths(axis - 1))
            sizes = shape(self._values, out_type=self._row_splits.dtype)
            return self.with_values(ones(sizes[: axis - 1], self._row_splits.dtype) * sizes[axis - 1])

    def nested_row_lengths(self, name: str | None = None) -> tuple[Tensor, ...]:
        """Returns the lengths of the rows for all ragged axes, the outermost first."""
        with name_scope(name, "RaggedNestedRowLengths", [self]):
            return tuple([level.row_lengths() for level in self._levels()])

    def bounding_shape(self, axis: Any = None, name: str | None = None, out_type: Any = None) -> Tensor:
        """Returns the shape of the smallest tensor that has room for everything, or its size along some axes."""
        out_type = self._row_splits.dtype if out_type is None else dtypes.as_dtype(out_type)
        with name_scope(name, "RaggedBoundingBox", [self, axis]):
            if isinstance(axis, int) and axis == 0:
                return shape(self._row_splits, out_type=out_type)[0] - 1
            if isinstance(axis, int) and axis == 1:
                return maximum(reduce_max(self.row_lengths()), 0)
            outer = shape(self._row_splits, out_type=out_type)
            flat = shape(self.flat_values, out_type=out_type)
            rows = outer[0] - 1
            lengths = [maximum(reduce_max(s[1:] - s[:-1]), 0) for s in self.nested_row_splits]
            ragged = stack([rows, *lengths])
            box = concat([ragged, flat[1:]], axis=0)
            return box if axis is None else gather(box, axis)

    def with_values(self, new_values: Any) -> RaggedTensor:
        """Returns a RaggedTensor with the same rows and other values."""
        new_values.shape.with_rank_at_least(1)
        self._values.shape[:1].assert_is_compatible_with(new_values.shape[:1])
        if isinstance(new_values, RaggedTensor) and self._row_splits.dtype != new_values.row_splits.dtype:
            raise ValueError(
                "self and new_values have mismatched row_splits dtypes; use RaggedTensor.with_row_splits_dtype() to "
                "convert them to compatible dtypes."
            )
        cached = (self._cached_row_lengths, self._cached_value_rowids, self._cached_nrows)
        return RaggedTensor(new_values, self._row_splits, *cached, internal=True)

    def with_flat_values(self, new_values: Any) -> RaggedTensor:
        """Returns a RaggedTensor with the same rows and other elements."""
        if isinstance(self._values, RaggedTensor):
            new_values = self._values.with_flat_values(new_values)
        return self.with_values(new_values)

    def with_row_splits_dtype(self, dtype: Any) -> RaggedTensor:
        """Returns the same with splits of another type, int32 or int64."""
        dtype = dtypes.as_dtype(dtype)
        if dtype not in _SPLIT_TYPES:
            raise ValueError(f"dtype must be int32 or int64. Received: {dtype}")
        if self._row_splits.dtype is dtype:
            return self
        splits, values = cast(self._row_splits, dtype), self._values
        if isinstance(values, RaggedTensor):
            values = values.with_row_splits_dtype(dtype)
        lengths, rows = (
            None if t is None else cast(t, dtype) for t in (self._cached_row_lengths, self._cached_value_rowids)
        )
        return RaggedTensor(values, splits, lengths, rows, self._cached_nrows, internal=True)

    def to_list(self) -> list[Any]:
        """Is for values: fetch this, and take the result's `to_list`.

        Raises:
          ValueError: always, in a graph.
        """
        raise ValueError(
            "RaggedTensor.to_list() is only supported in eager mode; in graph mode, evaluate the RaggedTensor first "
            "and then use RaggedTensorValue.to_list()."
        )

    def eval(self, feed_dict: Any = None, session: Any = None) -> RaggedTensorValue:
        """Runs the graph for the value; see `Tensor.eval`."""
        from tangraph.client.session import eval_in_session

        value: RaggedTensorValue = eval_in_session(self, feed_dict, session)  # type: ignore[arg-type]
        return value

    def consumers(self) -> list[Operation]:
        """Returns the operations that take one of the tensors that this is made of, each once."""
        return list(dict.fromkeys(op for part in self._to_components() for op in part.consumers()))

    def _as_graph_element(self) -> Tensor:
        return self.flat_values

    def _to_components(self) -> tuple[Tensor, ...]:
        return (self.flat_values, *self.nested_row_splits)

    def _from_components(self, components: tuple[Any, ...]) -> RaggedTensor:
        result = components[0]
        for splits in reversed(components[1:]):
            result = RaggedTensor(result, splits, internal=True)
        return result  # type: ignore[no-any-return]

    def _shape_invariants(self, shape: Any) -> list[Any]:
        whole = self.shape if shape is None else TensorShape(shape)
        flat = TensorShape([None]).concatenate(whole[self.ragged_rank + 1 :])
        return [flat, *[TensorShape([None])] * self.ragged_rank]

    def __getitem__(self, key: Any) -> Any:
        from tangraph.ops.ragged.getitem import getitem

        return getitem(self, key)

    def __bool__(self) -> bool:
        raise TypeError("RaggedTensor may not be used as a boolean.")

    def __repr__(self) -> str:
        return f"tf.RaggedTensor(values={self._values}, row_splits={self._row_splits})"


def is_ragged(value: Any) -> bool:
    """Returns whether a value is a RaggedTensor or a RaggedTensorValue."""
    return isinstance(value, (RaggedTensor, RaggedTensorValue))


def as_tensor_or_ragged(value: Any, dtype: Any = None, preferred_dtype: Any = None, name: str | None = None) -> Any:
    """Returns a RaggedTensor for one or its value, and a tensor for anything else.

    Raises:
      ValueError: a RaggedTensor of another type than `dtype`.
    """
    if isinstance(value, RaggedTensor):
        if dtype is not None and not dtypes.as_dtype(dtype).is_compatible_with(value.dtype):
            raise ValueError(
                f"Tensor conversion requested dtype {dtypes.as_dtype(dtype).name} for RaggedTensor with dtype "
                f"{value.dtype.name}: {value!r}"
            )
        return value
    if isinstance(value, RaggedTensorValue):
        with name_scope(name, "ConvertToTensorOrRaggedTensor", []):
            flat = convert_to_tensor(value.flat_values, dtype, "flat_values", preferred_dtype)
            return RaggedTensor.from_nested_row_splits(flat, value.nested_row_splits, validate=False)
    return convert_to_tensor(value, dtype, name, preferred_dtype)


def matched_row_splits(*tensors: Any) -> tuple[DType, tuple[Any, ...]]:
    """Returns the type of the splits that all RaggedTensors among some tensors have, and the tensors.

    Raises:
      ValueError: there are both.
    """
    found = {t.row_splits.dtype for t in tensors if isinstance(t, RaggedTensor)}
    if len(found) > 1:
        raise ValueError(
            "Input RaggedTensors have mismatched row_splits dtypes; use RaggedTensor.with_row_splits_dtype() to "
            "convert them to compatible dtypes."
        )
    return (found.pop() if found else dtypes.int64), tensors


def _fetch(value: RaggedTensor) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    def contract(parts: list[Any]) -> Any:
        *splits, result = parts
        for split in reversed(splits):
            result = RaggedTensorValue(result, split)
        return result

    return [*value.nested_row_splits, value.flat_values], contract


def _feed(key: RaggedTensor, value: Any) -> list[tuple[Any, Any]]:
    parts = [*key.nested_row_splits, key.flat_values]
    return list(zip(parts, [*value.nested_row_splits, value.flat_values], strict=True))


register_session_run_conversion_functions(RaggedTensor, _fetch, _feed)

# The operators are functions of tensors, which take what is made here.
from tangraph.ops.ragged import operators as _operators  # noqa: E402, F401
