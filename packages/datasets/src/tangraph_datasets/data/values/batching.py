"""Datasets of batches, padded batches, windows, and of what batches are made of."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, repeat
from typing import Any

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plugin import errors
from tangraph_datasets.data.values.base import INFINITE, UNKNOWN, DatasetValue, Element, IterationContext
from tangraph_datasets.data.values.sources import ElementsValue
from tangraph_datasets.data.values.stacking import gathered, invalid, padded, stacked


class _Batching(DatasetValue):
    """What puts a number of elements together."""

    def __init__(self, source: DatasetValue, size: int, *, drop_remainder: bool) -> None:
        self.source = source
        self._size, self._drop = size, drop_remainder

    @property
    def fresh(self) -> bool:
        """See `DatasetValue.fresh`."""
        return True

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        known = self.source.cardinality()
        if known in {INFINITE, UNKNOWN}:
            return known
        return known // self._size + (not self._drop and known % self._size > 0)

    def _batches(self, items: Iterator[Any], make: Callable[[list[Any]], Element]) -> Iterator[Element]:
        return _Batches(items, self._size, self._size if self._drop else 1, make)


class _Batches:
    """Takes items several at a time and makes a batch of them."""

    __slots__ = ("_items", "_least", "_make", "_size")

    def __init__(self, items: Iterator[Any], size: int, least: int, make: Callable[[list[Any]], Element]) -> None:
        self._items, self._size, self._least, self._make = items, size, least, make

    def __iter__(self) -> _Batches:
        return self

    def __next__(self) -> Element:
        taken = list(islice(self._items, self._size))
        if len(taken) < self._least:
            raise StopIteration
        return self._make(taken)


class Batch(_Batching):
    """Elements put together along a new first axis."""

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        place = f"{place}/Batch"
        tables = self.source.tables
        if tables is None:
            return self._batches(self.source.iterate(context, place), stacked)

        def gather(numbers: list[int]) -> Element:
            return tuple([gathered(table, numbers) for table in tables])

        return self._batches(self.source.numbers(context, place), gather)


class PaddedBatch(_Batching):
    """Elements filled up to a common shape and put together.

    Args:
      source: the dataset.
      size: the number of elements in a batch.
      shapes: for each component the shape that it is filled up to, -1 where it is that of the largest.
      values: for each component what it is filled up with.
      drop_remainder: whether the last elements, too few for a batch, are dropped.
    """

    def __init__(
        self, source: DatasetValue, size: int, shapes: Sequence[Any], values: Sequence[Any], *, drop_remainder: bool
    ) -> None:
        super().__init__(source, size, drop_remainder=drop_remainder)
        self._fill = [(tuple(shape), value) for shape, value in zip(shapes, values, strict=True)]

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        return self._batches(self.source.iterate(context, f"{place}/PaddedBatch"), self._padded)

    def _padded(self, elements: list[Element]) -> Element:
        columns = enumerate(zip(zip(*elements, strict=True), self._fill, strict=True))
        return tuple([padded(items, sizes, value, index) for index, (items, (sizes, value)) in columns])


class DenseToSparseBatch(_Batching):
    """Dense elements of any size put together as a SparseTensor, the three parts of which stand in one array."""

    def __init__(self, source: DatasetValue, size: int, row_shape: Sequence[int]) -> None:
        super().__init__(source, size, drop_remainder=False)
        self._row_shape = tuple(row_shape)

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        return self._batches(self.source.iterate(context, f"{place}/DenseToSparseBatch"), self._sparse)

    def _sparse(self, elements: list[Element]) -> Element:
        items = [np.asarray(element[0]) for element in elements]
        shapes = [item.shape for item in items]
        row_shape = self._row_shape
        for shape in shapes:
            self._check(shape)
        places = [np.indices(shape).reshape(len(shape), -1).T for shape in shapes]
        indices = np.concatenate(
            [np.insert(where, 0, row, axis=1) for row, where in enumerate(places)], axis=0, dtype=np.int64
        )
        whole = [max(shape[axis] for shape in shapes) if size < 0 else size for axis, size in enumerate(row_shape)]
        parts = np.empty(3, object)
        parts[0] = indices
        parts[1] = np.concatenate([item.reshape(-1) for item in items])
        parts[2] = np.array([len(items), *whole], np.int64)
        return (parts,)

    def _check(self, shape: tuple[int, ...]) -> None:
        known = raw_shape.to_str(tuple(None if size < 0 else size for size in self._row_shape))
        if len(shape) != len(self._row_shape):
            raise invalid(
                f"Input element had shape ({raw_shape.to_str(shape)}) that is incompatible with the row shape ({known})."
            )
        if any(size > limit >= 0 for size, limit in zip(shape, self._row_shape, strict=True)):
            raise errors.DataLossError(
                None,
                None,
                f"Input element had shape ({raw_shape.to_str(shape)}) that is larger than the row shape ({known}).",
            )


class Unbatch(DatasetValue):
    """The rows of elements."""

    def __init__(self, source: DatasetValue) -> None:
        self.source = source

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        return _Rows(self.source.iterate(context, f"{place}/Unbatch"))


class _Rows:
    """Goes over the rows of one element after the other."""

    __slots__ = ("_elements", "_rows")

    def __init__(self, elements: Iterator[Element]) -> None:
        self._elements = elements
        self._rows: Iterator[Element] = iter(())

    def __iter__(self) -> _Rows:
        return self

    def __next__(self) -> Element:
        while True:
            for row in self._rows:
                return row
            element = next(self._elements)
            if len({len(component) for component in element}) > 1:
                raise invalid("Input element must have the same batch size in each component.")
            self._rows = zip(*element, strict=True)


class Window(DatasetValue):
    """Datasets of some elements in a row: for each component one.

    Args:
      source: the dataset.
      size: how many elements a window has.
      shift: how far the next window starts behind.
      stride: every how manieth element is in it.
      drop_remainder: whether windows with fewer elements are left out.
    """

    def __init__(self, source: DatasetValue, size: int, shift: int, stride: int, *, drop_remainder: bool) -> None:
        self.source = source
        self._size, self._shift, self._stride, self._drop = size, shift, stride, drop_remainder

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        elements = self.source.iterate(context, f"{place}/Window")
        return _Windows(elements, (self._size - 1) * self._stride + 1, self._shift, self._stride, drop=self._drop)

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        known = self.source.cardinality()
        if known in {INFINITE, UNKNOWN}:
            return known
        if not self._drop:
            return -(-known // self._shift)
        return max(0, (known - (self._size - 1) * self._stride - 1) // self._shift + 1)


class _Windows:
    """Keeps as many elements as a window spans, and those that raised as their errors."""

    __slots__ = ("_drop", "_elements", "_kept", "_shift", "_span", "_stride")

    def __init__(self, elements: Iterator[Element], span: int, shift: int, stride: int, *, drop: bool) -> None:
        self._elements: Iterator[Element] | None = elements
        self._span, self._shift, self._stride, self._drop = span, shift, stride, drop
        self._kept: deque[Element | Exception] = deque()

    def __iter__(self) -> _Windows:
        return self

    def __next__(self) -> Element:
        kept = self._kept
        while self._elements is not None and len(kept) < self._span:
            self._keep_one()
        if not kept or (self._drop and len(kept) < self._span):
            raise StopIteration
        window = list(islice(kept, 0, None, self._stride))
        for _ in range(min(self._shift, len(kept))):
            kept.popleft()
        self._drop_elements(self._shift - self._span)
        elements: list[Element] = []
        for element in window:
            if isinstance(element, Exception):
                raise element
            elements.append(element)
        return self._made(elements)

    @staticmethod
    def _made(elements: list[Element]) -> Element:
        return tuple([ElementsValue(list(zip(column))) for column in zip(*elements, strict=True)])

    def _keep_one(self) -> None:
        assert self._elements is not None
        try:
            self._kept.append(next(self._elements))
        except StopIteration:
            self._elements = None
        except Exception as error:  # noqa: BLE001  it belongs to the window
            self._kept.append(error)

    def _drop_elements(self, count: int) -> None:
        for _ in repeat(None, max(0, count)):
            if self._elements is None:
                return
            try:
                next(self._elements)
            except StopIteration:
                self._elements = None
            except Exception:  # noqa: BLE001, S112  nobody sees the element
                continue


class SlidingWindow(Window):
    """Batches of some elements in a row."""

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        elements = self.source.iterate(context, f"{place}/SlidingWindow")
        return _SlidingBatches(elements, (self._size - 1) * self._stride + 1, self._shift, self._stride, drop=True)


class _SlidingBatches(_Windows):
    __slots__ = ()

    @staticmethod
    def _made(elements: list[Element]) -> Element:
        return stacked(elements)
