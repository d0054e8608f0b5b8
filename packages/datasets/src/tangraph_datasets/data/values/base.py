"""DatasetValue: what a variant tensor of a dataset holds, and what its iterators share.

A value describes a dataset and holds no state; `iterate` starts an iteration over its elements, which are tuples of
arrays. An iterator lives on after an element that raises: the next call goes on behind it, as in TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import numpy as np

Element = tuple[Any, ...]
T = TypeVar("T")

INFINITE: Final = -1
UNKNOWN: Final = -2


class IterationContext:
    """What the iterators of one initialisation share.

    Attributes:
      store: the session's resources.
      fuse: whether `shuffle` and `repeat` beside each other are one, as TensorFlow's default rewrite makes them.
      states: what outlives the iterators of one place in the pipeline (seeds, caches, states of functions), by place.
    """

    __slots__ = ("fuse", "states", "store")

    def __init__(self, store: Any, *, fuse: bool = False, states: dict[Any, Any] | None = None) -> None:
        self.store = store
        self.fuse = fuse
        self.states: dict[Any, Any] = {} if states is None else states

    def with_fusion(self) -> IterationContext:
        """Returns a context like this one, for a part of the pipeline that is rewritten."""
        return IterationContext(self.store, fuse=True, states=self.states)

    def state(self, key: Any, make: Callable[[], T]) -> T:
        """Returns what is kept under a key, made on first use."""
        if key not in self.states:
            self.states[key] = make()
        found: T = self.states[key]
        return found


class DatasetValue:
    """A dataset.

    Where elements are rows of arrays (`tables`), what only reorders, drops or repeats them passes numbers of rows on,
    and a batch takes all its rows at once.

    Attributes:
      tables: the arrays whose rows the elements are, or None.
    """

    tables: tuple[Any, ...] | None = None

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """Starts an iteration.

        Args:
          context: what the iterators of the pipeline share.
          place: where in the pipeline this iteration stands; what restarts at the same place keeps its seeds.
        """
        assert self.tables is not None
        return map(getter(self.tables), self.numbers(context, place))

    def numbers(self, context: IterationContext, place: str) -> Iterator[int]:
        """Starts an iteration over the numbers of the rows of `tables`."""
        raise NotImplementedError

    def cardinality(self) -> int:
        """Returns the number of elements, INFINITE or UNKNOWN."""
        return UNKNOWN

    @property
    def fresh(self) -> bool:
        """Whether the arrays of an element are nobody else's."""
        return False

    @property
    def effective(self) -> DatasetValue:
        """The dataset without what does nothing."""
        return self


def getter(tables: tuple[Any, ...]) -> Callable[[int], Element]:
    """Returns the function from the number of a row to the element."""
    if len(tables) == 1:
        (table,) = tables
        return lambda number: (table[number],)
    if len(tables) == 2:
        first, second = tables
        return lambda number: (first[number], second[number])
    return lambda number: tuple([table[number] for table in tables])


class Numbers:
    """The table of the integers: row i is i."""

    def __getitem__(self, number: Any) -> Any:
        return np.asarray(number, np.int64)[()]

    def take(self, numbers: list[int]) -> Any:
        """Returns several rows."""
        return np.array(numbers, np.int64)
