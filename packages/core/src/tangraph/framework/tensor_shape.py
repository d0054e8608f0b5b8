"""TensorShape: what is known of a tensor's shape while the graph is built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, overload

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.dimension import Dimension, as_dimension, dimension_value
from tangraph.framework.raw_shape import Raw, ShapeBase

if TYPE_CHECKING:
    from tangraph.framework.protos import TensorShapeProto

__all__ = [
    "Dimension",
    "TensorShape",
    "as_dimension",
    "as_shape",
    "broadcast_shape",
    "dimension_at_index",
    "dimension_value",
    "matrix",
    "scalar",
    "unknown_shape",
    "vector",
]


@export("TensorShape")
class TensorShape(ShapeBase):
    """A static shape: fully known, of known rank with unknown dimensions, or of unknown rank.

    Indexing and iterating give :class:`Dimension` objects, as in TensorFlow 1; :meth:`as_list` gives ints.

    Attributes:
      raw: the shape as plain data: None (unknown rank) or a tuple of ``int | None``.

    >>> import tangraph as tf
    >>> shape = tf.TensorShape([None, 3])
    >>> shape, str(shape), shape.as_list(), shape[1]
    (TensorShape([Dimension(None), Dimension(3)]), '(?, 3)', [None, 3], Dimension(3))
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, dims: Any) -> None:
        """Makes a shape.

        Args:
          dims: None (unknown rank), a sequence of ints, Dimensions and None, a single int or Dimension (a vector), a
            TensorShape or a TensorShapeProto.

        Raises:
          ValueError: a size is negative or no whole number.
          TypeError: ``dims`` is a string, or an element is no number.
        """
        self.raw = raw_shape.from_value(dims)

    @classmethod
    def from_raw(cls, raw: Raw) -> TensorShape:
        """Returns a shape that holds ``raw`` as it is; nothing is checked."""
        shape = cls.__new__(cls)
        shape.raw = raw
        return shape

    @property
    def dims(self) -> list[Dimension] | None:
        """The dimensions, None when the rank is unknown."""
        return None if self.raw is None else [Dimension(size) for size in self.raw]

    @property
    def _dims(self) -> list[Dimension] | None:
        return self.dims

    @property
    def ndims(self) -> int | None:
        """The rank, None when it is unknown."""
        return None if self.raw is None else len(self.raw)

    rank = ndims

    def as_list(self) -> list[int | None]:
        """Returns the sizes, None for unknown ones.

        Raises:
          ValueError: the rank is unknown.
        """
        if self.raw is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self.raw)

    def as_proto(self) -> TensorShapeProto:
        """Returns the shape as a TensorShapeProto, whose unknown sizes are -1."""
        from tangraph.framework.protos import TensorShapeProto

        if self.raw is None:
            return TensorShapeProto(unknown_rank=True)
        dims = [TensorShapeProto.Dim(size=-1 if size is None else size) for size in self.raw]
        return TensorShapeProto(dim=dims)

    def num_elements(self) -> int | None:
        """Returns the number of elements, None when it is not known."""
        return raw_shape.num_elements(self.raw)

    def is_fully_defined(self) -> bool:
        """Returns whether the rank and every dimension are known."""
        return raw_shape.is_fully_defined(self.raw)

    def assert_is_fully_defined(self) -> None:
        """Raises ValueError unless the rank and every dimension are known."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def is_compatible_with(self, other: Any) -> bool:
        """Returns whether a tensor could have both shapes."""
        return raw_shape.compatible(self.raw, raw_shape.from_value(other))

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises ValueError unless a tensor could have both shapes."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are incompatible")

    def merge_with(self, other: Any) -> TensorShape:
        """Returns what is known of a shape that both describe.

        Raises:
          ValueError: they contradict each other.

        >>> TensorShape([None, 3]).merge_with([2, None]).as_list()
        [2, 3]
        """
        other = as_shape(other)
        if not raw_shape.compatible(self.raw, other.raw):
            raise ValueError(f"Shapes {self} and {other} are not compatible")
        return TensorShape.from_raw(raw_shape.merge(self.raw, other.raw))

    def most_specific_compatible_shape(self, other: Any) -> TensorShape:
        """Returns the shape that keeps what the two have in common; differing dimensions become unknown."""
        raw = raw_shape.from_value(other)
        if self.raw is None or raw is None or len(self.raw) != len(raw):
            return TensorShape.from_raw(None)
        return TensorShape.from_raw(tuple(x if x == y else None for x, y in zip(self.raw, raw, strict=True)))

    def concatenate(self, other: Any) -> TensorShape:
        """Returns the dimensions of both, one after the other; unknown when either rank is."""
        return TensorShape.from_raw(raw_shape.concatenate(self.raw, raw_shape.from_value(other)))

    def with_rank(self, rank: int) -> TensorShape:
        """Returns the shape, with ``rank`` unknown dimensions when its rank was unknown.

        Raises:
          ValueError: it has another rank.
        """
        if self.raw is None:
            return unknown_shape(rank)
        self.assert_has_rank(rank)
        return self

    def with_rank_at_least(self, rank: int) -> TensorShape:
        """Returns the shape; raises ValueError when its rank is known to be lower."""
        if self.raw is not None and len(self.raw) < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        """Returns the shape; raises ValueError when its rank is known to be higher."""
        if self.raw is not None and len(self.raw) > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def assert_has_rank(self, rank: int | None) -> None:
        """Raises ValueError when the rank is known and another."""
        if self.raw is not None and rank is not None and len(self.raw) != rank:
            raise ValueError(f"Shape {self} must have rank {rank}")

    def assert_same_rank(self, other: Any) -> None:
        """Raises ValueError when both ranks are known and differ."""
        other = as_shape(other)
        if self.raw is not None and other.raw is not None and len(self.raw) != len(other.raw):
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def __len__(self) -> int:
        if self.raw is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self.raw)

    def __bool__(self) -> bool:
        return self.raw is not None

    def __iter__(self) -> Iterator[Dimension]:
        if self.raw is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter([Dimension(size) for size in self.raw])

    @overload
    def __getitem__(self, key: slice) -> TensorShape: ...
    @overload
    def __getitem__(self, key: Any) -> Dimension: ...
    def __getitem__(self, key: Any) -> Dimension | TensorShape:
        """Returns a Dimension, or a TensorShape for a slice.

        A shape of unknown rank gives unknown dimensions, and for a slice without a negative or missing end as many
        as the slice covers.

        Raises:
          IndexError: there is no such dimension.
          ValueError: a slice with a step of a shape of unknown rank.
        """
        if self.raw is None:
            return _slice_of_unknown(key) if isinstance(key, slice) else Dimension(None)
        if isinstance(key, slice):
            return TensorShape.from_raw(self.raw[key])
        try:
            return Dimension(self.raw[key])
        except IndexError:
            raise IndexError(f"list index out of range: there is no dimension {key} in shape {self}") from None
        except TypeError:
            raise TypeError(f"list indices must be integers or slices, not {type(key).__name__}") from None

    def __add__(self, other: Any) -> TensorShape:
        try:
            other = as_shape(other)
        except TypeError:
            return NotImplemented
        return self.concatenate(other)

    def __radd__(self, other: Any) -> TensorShape:
        try:
            other = as_shape(other)
        except TypeError:
            return NotImplemented
        return as_shape(other).concatenate(self)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        try:
            raw = raw_shape.from_value(other)
        except TypeError:
            return NotImplemented
        # An unknown dimension equals nothing, not even another unknown one.
        return self.raw == raw and (raw is None or None not in raw)

    def __ne__(self, other: object) -> bool:
        try:
            raw = raw_shape.from_value(other)
        except TypeError:
            return NotImplemented
        if self.raw is None or raw is None:
            raise ValueError("The inequality of unknown TensorShapes is undefined.")
        return not self == other

    def __repr__(self) -> str:
        return f"TensorShape({self.dims})"

    def __str__(self) -> str:
        return raw_shape.to_text(self.raw)

    def __reduce__(self) -> tuple[Any, ...]:
        return TensorShape, (self.raw,)


def _slice_of_unknown(key: slice) -> TensorShape:
    start, stop = 0 if key.start is None else key.start, key.stop
    if key.step is not None:
        raise ValueError("Steps are not yet handled")
    if stop is None or start < 0 or stop < 0:
        return TensorShape.from_raw(None)
    return unknown_shape(max(stop - start, 0))


def as_shape(shape: Any) -> TensorShape:
    """Returns ``shape`` as a TensorShape (itself if it is one)."""
    return shape if isinstance(shape, TensorShape) else TensorShape(shape)


def unknown_shape(rank: int | None = None, **kwargs: Any) -> TensorShape:
    """Returns a shape of unknown rank, or one of ``rank`` (also: ``ndims``) unknown dimensions.

    Raises:
      TypeError: an argument of another name.
    """
    if rank is None and "ndims" in kwargs:
        rank = kwargs.pop("ndims")
    if kwargs:
        raise TypeError(f"Unknown argument: {kwargs}")
    return TensorShape.from_raw(None if rank is None else (None,) * rank)


def scalar() -> TensorShape:
    """Returns the shape of a scalar."""
    return TensorShape.from_raw(())


def vector(length: Any) -> TensorShape:
    """Returns the shape of a vector."""
    return TensorShape([length])


def matrix(rows: Any, cols: Any) -> TensorShape:
    """Returns the shape of a matrix."""
    return TensorShape([rows, cols])


@export("dimension_at_index", "compat.dimension_at_index")
def dimension_at_index(shape: TensorShape, index: int) -> Dimension:
    """Returns one dimension of a shape, an unknown one when the rank is unknown."""
    return shape[index]


def broadcast_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """Returns the shape that two shapes broadcast to.

    Raises:
      ValueError: they do not.

    >>> broadcast_shape([None, 3], [5, 1]).as_list()
    [5, 3]
    """
    shape_x, shape_y = as_shape(shape_x), as_shape(shape_y)
    try:
        return TensorShape.from_raw(raw_shape.broadcast(shape_x.raw, shape_y.raw))
    except ValueError:
        raise ValueError(f"Incompatible shapes for broadcasting: {shape_x} and {shape_y}") from None
