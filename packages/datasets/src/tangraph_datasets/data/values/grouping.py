"""Datasets made of elements that have a key in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph_datasets.data.values.base import DatasetValue, Element, IterationContext
from tangraph_datasets.data.values.sources import ElementsValue
from tangraph_datasets.data.values.stacking import invalid

if TYPE_CHECKING:
    from tangraph_datasets.data.values.functions import Captured


class GroupByWindow(DatasetValue):
    """The elements of the datasets that a function makes of elements with a key in common.

    Args:
      source: the dataset.
      key: gives the key of an element.
      reduce: makes a dataset of a key and the dataset of some of its elements.
      size: gives the number of elements of a key that are reduced together.
    """

    def __init__(self, source: DatasetValue, key: Captured, reduce: Captured, size: Captured) -> None:
        self.source, self._functions = source, (key, reduce, size)

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        place = f"{place}/GroupByWindow"
        functions = [function.bind(context) for function in self._functions]
        return _Grouped(functions, self.source.iterate(context, place), context, place)


class _Grouped:
    __slots__ = ("_context", "_elements", "_functions", "_groups", "_inner", "_place", "_sizes")

    def __init__(
        self, functions: list[Callable[..., Any]], elements: Iterator[Element], context: IterationContext, place: str
    ) -> None:
        self._functions, self._context, self._place = functions, context, place
        self._elements: Iterator[Element] | None = elements
        self._groups: dict[int, list[Element]] = {}
        self._sizes: dict[int, int] = {}
        self._inner: Iterator[Element] = iter(())

    def __iter__(self) -> _Grouped:
        return self

    def __next__(self) -> Element:
        while True:
            try:
                return next(self._inner)
            except StopIteration:
                self._start_group()

    def _start_group(self) -> None:
        """Reads on until a group is complete; at the end, takes those that are left, by their keys."""
        while self._elements is not None:
            try:
                element = next(self._elements)
            except StopIteration:
                self._elements = None
                break
            key = int(self._functions[0](*element)[0])
            if key not in self._sizes:
                size = int(self._functions[2](np.int64(key))[0])
                if size <= 0:
                    raise invalid(f"Window size must be greater than zero, but got {size}.")
                self._sizes[key] = size
            group = self._groups.setdefault(key, [])
            group.append(element)
            if len(group) == self._sizes[key]:
                self._reduce(key)
                return
        if not self._groups:
            raise StopIteration
        self._reduce(min(self._groups))

    def _reduce(self, key: int) -> None:
        group = ElementsValue(self._groups.pop(key))
        (dataset,) = self._functions[1](np.int64(key), group)
        self._inner = dataset.iterate(self._context, self._place)


class GroupByReducer(DatasetValue):
    """What is left of the elements of each key, by the order in which the keys come.

    Args:
      source: the dataset.
      key: gives the key of an element.
      init: makes the first state of a key.
      reduce: makes the next state of a state and an element.
      finalize: makes an element of the last state.
    """

    def __init__(
        self, source: DatasetValue, key: Captured, init: Captured, reduce: Captured, finalize: Captured
    ) -> None:
        self.source, self._functions = source, (key, init, reduce, finalize)

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        functions = [function.bind(context) for function in self._functions]
        return _ReducedGroups(functions, self.source.iterate(context, f"{place}/GroupByReducer"))


class _ReducedGroups:
    __slots__ = ("_elements", "_functions", "_states")

    def __init__(self, functions: list[Callable[..., Any]], elements: Iterator[Element]) -> None:
        self._functions = functions
        self._elements: Iterator[Element] | None = elements
        self._states: dict[int, Element] = {}

    def __iter__(self) -> _ReducedGroups:
        return self

    def __next__(self) -> Element:
        get_key, init, reduce, finalize = self._functions
        while self._elements is not None:
            try:
                element = next(self._elements)
            except StopIteration:
                self._elements = None
                break
            key = int(get_key(*element)[0])
            if key not in self._states:
                self._states[key] = init(np.int64(key))
            self._states[key] = reduce(*self._states[key], *element)
        if not self._states:
            raise StopIteration
        state = self._states.pop(next(iter(self._states)))
        made: Element = finalize(*state)
        return made


class Unique(DatasetValue):
    """The elements that did not come before; an element is one scalar."""

    def __init__(self, source: DatasetValue) -> None:
        self.source = source

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        seen: set[Any] = set()

        def is_new(element: Element) -> bool:
            (value,) = element
            known = value in seen
            seen.add(value)
            return not known

        return filter(is_new, self.source.iterate(context, f"{place}/Unique"))
