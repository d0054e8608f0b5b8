"""Datasets whose elements functions of the graph make: map, filter, scan, take_while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import starmap
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import errors
from tangraph_datasets.data.values.base import UNKNOWN, DatasetValue, Element, IterationContext
from tangraph_datasets.data.values.reordering import Reordering, Start
from tangraph_datasets.data.values.stacking import invalid

if TYPE_CHECKING:
    from tangraph_datasets.data.values.functions import Captured


class Map(DatasetValue):
    """What a function makes of each element."""

    def __init__(self, source: DatasetValue, function: Captured, *, preserve: bool) -> None:
        self.source, self._function, self._preserve = source, function, preserve

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        elements = self.source.iterate(context, f"{place}/Map")
        return _Mapped(self._function.bind(context), elements, preserve=self._preserve)

    @property
    def fresh(self) -> bool:
        """See `DatasetValue.fresh`."""
        return True

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        return self.source.cardinality()


class _Mapped:
    """Calls the function; its OutOfRangeError is the end, or an error where the number of elements must stay."""

    __slots__ = ("_elements", "_function", "_preserve")

    def __init__(self, function: Callable[..., Element], elements: Iterator[Element], *, preserve: bool) -> None:
        self._function, self._elements, self._preserve = function, elements, preserve

    def __iter__(self) -> _Mapped:
        return self

    def __next__(self) -> Element:
        try:
            return self._function(*next(self._elements))
        except errors.OutOfRangeError as error:
            if self._preserve:
                raise invalid(f"Function invocation produced OutOfRangeError: {error.message}") from error
            raise StopIteration from None


class Applied(DatasetValue):
    """What a Python function makes of the components of each element."""

    def __init__(self, source: DatasetValue, function: Callable[..., Element], kind: str) -> None:
        self.source, self._function, self._kind = source, function, kind

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        return starmap(self._function, self.source.iterate(context, f"{place}/{self._kind}"))

    @property
    def fresh(self) -> bool:
        """See `DatasetValue.fresh`."""
        return True

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        return self.source.cardinality()


class Filter(DatasetValue):
    """The elements for which a function says so."""

    def __init__(self, source: DatasetValue, function: Captured) -> None:
        self.source, self._function = source, function

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        predicate = self._function.bind(context)
        return filter(lambda element: predicate(*element)[0], self.source.iterate(context, f"{place}/Filter"))

    @property
    def fresh(self) -> bool:
        """See `DatasetValue.fresh`."""
        return self.source.fresh


class FilterByLastComponent(DatasetValue):
    """The elements whose last component is true, without it."""

    def __init__(self, source: DatasetValue) -> None:
        self.source = source

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        elements = self.source.iterate(context, f"{place}/FilterByLastComponent")
        return map(itemgetter(slice(-1)), filter(itemgetter(-1), elements))


class TakeWhile(DatasetValue):
    """The elements before the first for which a function says no."""

    def __init__(self, source: DatasetValue, function: Captured) -> None:
        self.source, self._function = source, function

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        return _Taken(self._function.bind(context), self.source.iterate(context, f"{place}/TakeWhile"))


class _Taken:
    __slots__ = ("_elements", "_predicate")

    def __init__(self, predicate: Callable[..., Element], elements: Iterator[Element]) -> None:
        self._predicate, self._elements = predicate, elements

    def __iter__(self) -> _Taken:
        return self

    def __next__(self) -> Element:
        element = next(self._elements)
        if not self._predicate(*element)[0]:
            self._elements = iter(())
            raise StopIteration
        return element


class Scan(DatasetValue):
    """What a function makes of each element and of a state, which it also makes anew."""

    def __init__(self, source: DatasetValue, initial: Element, function: Captured) -> None:
        self.source, self._initial, self._function = source, initial, function

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        elements = self.source.iterate(context, f"{place}/Scan")
        return _Scanned(self._function.bind(context), self._initial, elements)

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        return self.source.cardinality()


class _Scanned:
    __slots__ = ("_elements", "_function", "_state")

    def __init__(self, function: Callable[..., Element], state: Element, elements: Iterator[Element]) -> None:
        self._function, self._state, self._elements = function, state, elements

    def __iter__(self) -> _Scanned:
        return self

    def __next__(self) -> Element:
        made = self._function(*self._state, *next(self._elements))
        count = len(self._state)
        self._state = made[:count]
        return made[count:]


class IgnoreErrors(Reordering):
    """The elements that do not raise."""

    def order(self, context: IterationContext, place: str, start: Start) -> Iterator[Any]:
        """See `Reordering.order`."""
        return _WithoutErrors(start(context, f"{place}/IgnoreErrors"))

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        return UNKNOWN


class _WithoutErrors:
    __slots__ = ("_elements",)

    def __init__(self, elements: Iterator[Any]) -> None:
        self._elements = elements

    def __iter__(self) -> _WithoutErrors:
        return self

    def __next__(self) -> Any:
        while True:
            try:
                return next(self._elements)
            except StopIteration:
                raise
            except errors.CancelledError:
                raise
            except Exception:  # noqa: BLE001, S112  the dataset is there to leave them out
                continue


def reduced(source: DatasetValue, initial: Element, function: Captured, context: IterationContext) -> Element:
    """Returns the state that a function makes of all elements, one after the other."""
    reduce = function.bind(context)
    state = tuple([part.copy() if isinstance(part, np.ndarray) else part for part in initial])
    for element in source.iterate(context, "ReduceIterator"):
        state = reduce(*state, *element)
    return state
