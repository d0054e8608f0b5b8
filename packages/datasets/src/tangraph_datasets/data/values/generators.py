"""The dataset of what a function makes until it has nothing more: Python generators."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tangraph.plugin import errors
from tangraph_datasets.data.values.base import DatasetValue, Element, IterationContext

if TYPE_CHECKING:
    from tangraph_datasets.data.values.functions import Captured


class Generator(DatasetValue):
    """What a function makes of a state.

    Args:
      init: makes the state.
      next_: makes an element of the state; raises OutOfRangeError when there are no more.
      finalize: takes the state when the iteration ends.
    """

    def __init__(self, init: Captured, next_: Captured, finalize: Captured) -> None:
        self._functions = init, next_, finalize

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        init, next_, finalize = (function.bind(context) for function in self._functions)
        return _Generated(init, next_, finalize)

    @property
    def fresh(self) -> bool:
        """See `DatasetValue.fresh`."""
        return True


class _Generated:
    __slots__ = ("_ended", "_finalize", "_init", "_next", "_state")

    def __init__(
        self, init: Callable[..., Element], next_: Callable[..., Element], finalize: Callable[..., Element]
    ) -> None:
        self._init, self._next, self._finalize = init, next_, finalize
        self._state: Element | None = None
        self._ended = False

    def __iter__(self) -> _Generated:
        return self

    def __next__(self) -> Element:
        if self._ended:
            raise StopIteration
        if self._state is None:
            self._state = self._init()
        try:
            return self._next(*self._state)
        except errors.OutOfRangeError:
            self._ended = True
            self._finalize(*self._state)
            raise StopIteration from None
