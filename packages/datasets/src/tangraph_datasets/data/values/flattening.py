"""Datasets of the elements of the datasets that a function makes: flat_map, interleave, choices between datasets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tangraph_datasets.data.values.base import UNKNOWN, DatasetValue, Element, IterationContext
from tangraph_datasets.data.values.stacking import invalid

if TYPE_CHECKING:
    from tangraph_datasets.data.values.functions import Captured


def available_cores() -> int:
    """Returns how many threads may run at once; as many inputs are interleaved where nothing else is said."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class FlatMap(DatasetValue):
    """The elements of the datasets that a function makes of each element, one after the other."""

    def __init__(self, source: DatasetValue, function: Captured) -> None:
        self.source, self._function = source, function

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        place = f"{place}/FlatMap"
        return _Flattened(self._function.bind(context), self.source.iterate(context, place), context, place)


class _Flattened:
    __slots__ = ("_context", "_count", "_elements", "_function", "_inner", "_place")

    def __init__(
        self, function: Callable[..., Element], elements: Iterator[Element], context: IterationContext, place: str
    ) -> None:
        self._function, self._elements, self._context, self._place = function, elements, context, place
        self._count = 0
        self._inner: Iterator[Element] = iter(())

    def __iter__(self) -> _Flattened:
        return self

    def __next__(self) -> Element:
        while True:
            try:
                return next(self._inner)
            except StopIteration:
                pass
            (dataset,) = self._function(*next(self._elements))
            self._inner = dataset.iterate(self._context, f"{self._place}[{self._count}]")
            self._count += 1


class Interleave(DatasetValue):
    """The elements of several such datasets in turn.

    Args:
      source: the dataset.
      function: makes a dataset of each element.
      cycle: how many datasets take turns; as many as there are cores where it is negative.
      block: how many elements each gives before it is the next one's turn.
    """

    def __init__(self, source: DatasetValue, function: Captured, cycle: int, block: int) -> None:
        self.source, self._function = source, function
        self._cycle, self._block = available_cores() if cycle < 0 else cycle, block

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        place = f"{place}/Interleave"
        elements = self.source.iterate(context, place)
        return _Interleaved(self._function.bind(context), elements, (self._cycle, self._block), context, place)


class _Interleaved:
    __slots__ = ("_at", "_block", "_context", "_elements", "_function", "_given", "_open", "_place", "_turns")

    def __init__(
        self,
        function: Callable[..., Element],
        elements: Iterator[Element],
        sizes: tuple[int, int],
        context: IterationContext,
        place: str,
    ) -> None:
        cycle, self._block = sizes
        self._function, self._context, self._place = function, context, place
        self._elements: Iterator[Element] | None = elements
        self._turns: list[Iterator[Element] | None] = [None] * cycle
        self._at = self._given = self._open = 0

    def __iter__(self) -> _Interleaved:
        return self

    def __next__(self) -> Element:
        while self._elements is not None or self._open:
            inner = self._turns[self._at]
            if inner is None:
                self._start()
                continue
            try:
                element = next(inner)
            except StopIteration:
                self._turns[self._at] = None
                self._open -= 1
                self._advance()
                continue
            self._given += 1
            if self._given == self._block:
                self._advance()
            return element
        raise StopIteration

    def _advance(self) -> None:
        self._given = 0
        self._at = (self._at + 1) % len(self._turns)

    def _start(self) -> None:
        """Starts a dataset in the place whose turn it is, while there are any."""
        if self._elements is None:
            self._advance()
            return
        try:
            element = next(self._elements)
        except StopIteration:
            self._elements = None
            return
        (dataset,) = self._function(*element)
        self._turns[self._at] = dataset.iterate(self._context, f"{self._place}[{self._at}]")
        self._open += 1


class DirectedInterleave(DatasetValue):
    """Elements of several datasets, as another dataset says which is next."""

    def __init__(self, selector: DatasetValue, parts: Sequence[DatasetValue]) -> None:
        self._selector, self._parts = selector, parts

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        place = f"{place}/DirectedInterleave"
        iterators = [part.iterate(context, f"{place}[{index}]") for index, part in enumerate(self._parts)]
        return _Directed(self._selector.iterate(context, place), iterators)

    @property
    def fresh(self) -> bool:
        """See `DatasetValue.fresh`."""
        return all(part.fresh for part in self._parts)

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        return UNKNOWN


class _Directed:
    """Leaves out the choice of a dataset that has ended; ends with the choices, or with the last dataset."""

    __slots__ = ("_choices", "_iterators", "_open")

    def __init__(self, choices: Iterator[Element], iterators: list[Any]) -> None:
        self._choices, self._iterators = choices, iterators
        self._open = len(iterators)

    def __iter__(self) -> _Directed:
        return self

    def __next__(self) -> Element:
        while self._open:
            chosen = int(next(self._choices)[0])
            if not 0 <= chosen < len(self._iterators):
                raise invalid(f"Selector index out of range: {chosen} >= {len(self._iterators)}")
            iterator = self._iterators[chosen]
            if iterator is None:
                continue
            try:
                return next(iterator)
            except StopIteration:
                self._iterators[chosen] = None
                self._open -= 1
        raise StopIteration
