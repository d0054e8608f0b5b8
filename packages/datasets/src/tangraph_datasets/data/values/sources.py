"""Datasets that are made from tensors: one element, the rows of tensors, ranges, random numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tangraph_datasets.data.values.base import INFINITE, DatasetValue, Element, IterationContext, Numbers
from tangraph_datasets.queues.philox_words import words
from tangraph_datasets.sparse_rows import split


class TensorValue(DatasetValue):
    """One element."""

    def __init__(self, components: Sequence[Any]) -> None:
        self._element = tuple(components)

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        del context, place
        return iter([self._element])

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        return 1


class TensorSliceValue(DatasetValue):
    """The rows of tensors."""

    def __init__(self, components: Sequence[Any]) -> None:
        self.tables = tuple(components)
        self.count = min(len(table) for table in components)

    def numbers(self, context: IterationContext, place: str) -> Iterator[int]:
        """See `DatasetValue.numbers`."""
        del context, place
        return iter(range(self.count))

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        return self.count


class RangeValue(DatasetValue):
    """The integers of a range."""

    def __init__(self, start: int, stop: int, step: int) -> None:
        self._range = range(start, stop, step)
        self.tables = (Numbers(),)

    def numbers(self, context: IterationContext, place: str) -> Iterator[int]:
        """See `DatasetValue.numbers`."""
        del context, place
        return iter(self._range)

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        del context, place
        return zip(map(np.int64, self._range))

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        return len(self._range)


class SparseSliceValue(DatasetValue):
    """The rows of a SparseTensor, each as its indices, values and dense shape."""

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        self._parts = indices, values, dense_shape

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        del context, place
        return map(tuple, split(*self._parts))

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        return int(self._parts[2][0])


class RandomValue(DatasetValue):
    """The words of a Philox generator, without end."""

    def __init__(self, seed: int, seed2: int) -> None:
        self._seeds = seed, seed2

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        del context, place
        return zip(map(np.int64, words(*self._seeds)))

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        return INFINITE


class ElementsValue(DatasetValue):
    """Elements that are at hand: a window, a group."""

    def __init__(self, elements: list[Element]) -> None:
        self._elements = elements

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        del context, place
        return iter(self._elements)

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        return len(self._elements)
