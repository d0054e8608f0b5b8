"""Datasets that have the elements of another one, fewer of them, more often, or in another order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import chain, islice
from operator import add
from typing import Any

from tangraph_datasets.data.values.base import INFINITE, UNKNOWN, DatasetValue, Element, IterationContext
from tangraph_datasets.data.values.sources import TensorSliceValue

#: Starts an iteration over the input: over its elements, or over the numbers of its rows.
Start = Callable[[IterationContext, str], Iterator[Any]]


class Reordering(DatasetValue):
    """What does not look at elements; subclasses say in `order` what comes out."""

    def __init__(self, source: DatasetValue) -> None:
        self.source = source
        self.tables = source.tables

    def order(self, context: IterationContext, place: str, start: Start) -> Iterator[Any]:
        """Starts an iteration over what `start` iterates over."""
        raise NotImplementedError

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        if self.tables is not None:
            return super().iterate(context, place)
        return self.order(context, place, self.source.iterate)

    def numbers(self, context: IterationContext, place: str) -> Iterator[int]:
        """See `DatasetValue.numbers`."""
        return self.order(context, place, self.source.numbers)

    @property
    def fresh(self) -> bool:
        """See `DatasetValue.fresh`."""
        return self.source.fresh

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        return self.source.cardinality()


class Passing(Reordering):
    """What changes nothing: options, threads, statistics."""

    def order(self, context: IterationContext, place: str, start: Start) -> Iterator[Any]:
        """See `Reordering.order`."""
        return start(context, place)

    @property
    def effective(self) -> DatasetValue:
        """See `DatasetValue.effective`."""
        return self.source.effective


class Prefetch(Reordering):
    """The same elements. TensorFlow makes them ahead; here they are made when they are asked for."""

    def order(self, context: IterationContext, place: str, start: Start) -> Iterator[Any]:
        """See `Reordering.order`."""
        return start(context, f"{place}/Prefetch")


class Delayed(Reordering):
    """The same elements, each after a while."""

    def __init__(self, source: DatasetValue, seconds: float) -> None:
        super().__init__(source)
        self._seconds = seconds

    def order(self, context: IterationContext, place: str, start: Start) -> Iterator[Any]:
        """See `Reordering.order`."""

        def later(element: Any) -> Any:
            time.sleep(self._seconds)
            return element

        return map(later, start(context, f"{place}/Sleep"))


class Optimized(Passing):
    """What TensorFlow's rewrites have gone over: of them, the fusion of shuffle and repeat shows."""

    def __init__(self, source: DatasetValue, rewrites: frozenset[str]) -> None:
        super().__init__(source)
        self._fuse = "shuffle_and_repeat_fusion" in rewrites

    def order(self, context: IterationContext, place: str, start: Start) -> Iterator[Any]:
        """See `Reordering.order`."""
        return start(context.with_fusion() if self._fuse else context, place)


class Take(Reordering):
    """The first elements; all where the count is negative."""

    def __init__(self, source: DatasetValue, count: int) -> None:
        super().__init__(source)
        self._count = count

    def order(self, context: IterationContext, place: str, start: Start) -> Iterator[Any]:
        """See `Reordering.order`."""
        if not self._count:
            return iter(())
        elements = start(context, f"{place}/Take")
        return elements if self._count < 0 else islice(elements, self._count)

    @property
    def effective(self) -> DatasetValue:
        """See `DatasetValue.effective`."""
        return self.source.effective if self._count < 0 else self

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        known = self.source.cardinality()
        if known == UNKNOWN or self._count < 0:
            return known
        return self._count if known == INFINITE else min(known, self._count)


class Skip(Reordering):
    """All but the first elements; none where the count is negative."""

    def __init__(self, source: DatasetValue, count: int) -> None:
        super().__init__(source)
        self._count = count

    def order(self, context: IterationContext, place: str, start: Start) -> Iterator[Any]:
        """See `Reordering.order`."""
        if self._count < 0:
            return iter(())
        elements = start(context, f"{place}/Skip")
        return islice(elements, self._count, None) if self._count else elements

    @property
    def effective(self) -> DatasetValue:
        """See `DatasetValue.effective`."""
        return self if self._count else self.source.effective

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        known = self.source.cardinality()
        if known in {INFINITE, UNKNOWN}:
            return known
        return 0 if self._count < 0 else max(0, known - self._count)


class Shard(Reordering):
    """Every n-th element."""

    def __init__(self, source: DatasetValue, shards: int, index: int) -> None:
        super().__init__(source)
        self._shards, self._index = shards, index

    def order(self, context: IterationContext, place: str, start: Start) -> Iterator[Any]:
        """See `Reordering.order`."""
        return islice(start(context, f"{place}/Shard"), self._index, None, self._shards)

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        known = self.source.cardinality()
        if known in {INFINITE, UNKNOWN}:
            return known
        return known // self._shards + (self._index < known % self._shards)


class Repeat(Reordering):
    """The elements again and again; without end where the count is negative."""

    def __init__(self, source: DatasetValue, count: int) -> None:
        super().__init__(source)
        self._count = count

    def order(self, context: IterationContext, place: str, start: Start) -> Iterator[Any]:
        """See `Reordering.order`."""
        from tangraph_datasets.data.values.shuffling import Shuffle

        before = self.source.effective
        if context.fuse and isinstance(before, Shuffle) and before.reshuffle and self._count not in {0, 1}:
            return before.fused(context, place, self._count, numbers=start == self.source.numbers)
        if self._count == 1:
            return start(context, place)
        return _Repeated(start, context, f"{place}/Repeat", self._count)

    @property
    def effective(self) -> DatasetValue:
        """See `DatasetValue.effective`."""
        return self.source.effective if self._count == 1 else self

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        known = self.source.cardinality()
        if self._count < 0:
            return 0 if known == 0 else INFINITE
        if self._count == 0:
            return 0
        return known if known in {INFINITE, UNKNOWN} else known * self._count


class _Repeated:
    """Iterates several times over the input; ends at once where that has no elements."""

    __slots__ = ("_context", "_elements", "_empty", "_left", "_place", "_start")

    def __init__(self, start: Start, context: IterationContext, place: str, count: int) -> None:
        self._start, self._context, self._place = start, context, place
        self._left = count
        self._elements: Iterator[Any] = iter(())
        self._empty = False

    def __iter__(self) -> _Repeated:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._elements)
        except StopIteration:
            return self._again()

    def _again(self) -> Any:
        while self._left and not self._empty:
            self._elements = self._start(self._context, self._place)
            self._left -= 1
            try:
                return next(self._elements)
            except StopIteration:
                self._empty = self._left < 0
        raise StopIteration


class Concatenate(DatasetValue):
    """The elements of one dataset, then those of another."""

    def __init__(self, first: DatasetValue, second: DatasetValue) -> None:
        self._parts = first, second

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        places = (f"{place}/Concatenate[{index}]" for index in range(2))
        return chain.from_iterable(part.iterate(context, at) for part, at in zip(self._parts, places, strict=True))

    @property
    def fresh(self) -> bool:
        """See `DatasetValue.fresh`."""
        return all(part.fresh for part in self._parts)

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        first, second = (part.cardinality() for part in self._parts)
        if INFINITE in {first, second}:
            return INFINITE
        return UNKNOWN if UNKNOWN in {first, second} else first + second


class Zip(DatasetValue):
    """The elements of several datasets side by side."""

    def __init__(self, parts: list[DatasetValue]) -> None:
        self._parts = parts

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        iterators = [part.iterate(context, f"{place}/Zip[{index}]") for index, part in enumerate(self._parts)]
        if len(iterators) == 1:
            return iterators[0]
        return map(add if len(iterators) == 2 else _joined, *iterators)

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        known = [count for part in self._parts if (count := part.cardinality()) != INFINITE]
        if not known:
            return INFINITE
        return UNKNOWN if UNKNOWN in known else min(known)


def _joined(*elements: Element) -> Element:
    return tuple(chain.from_iterable(elements))


def zipped(parts: list[DatasetValue]) -> DatasetValue:
    """Returns the dataset of the elements of several side by side; rows of tensors stay rows of tensors."""
    tables = [table for part in parts if type(part) is TensorSliceValue for table in part.tables or ()]
    return TensorSliceValue(tables) if all(type(part) is TensorSliceValue for part in parts) else Zip(parts)
