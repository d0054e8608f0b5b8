"""The shuffled dataset, with TensorFlow's own draws."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterator
from typing import Any

from tangraph_datasets.data.values.base import INFINITE, DatasetValue, IterationContext
from tangraph_datasets.data.values.reordering import Reordering, Start
from tangraph_datasets.queues.philox_words import words


class Shuffle(Reordering):
    """The elements in random order: each comes from a buffer, whose place the next one takes.

    Args:
      source: the dataset.
      size: how many elements the buffer has.
      seed, seed2: both 0 for random ones.
      reshuffle: whether each iteration over the dataset has an order of its own.
    """

    def __init__(self, source: DatasetValue, size: int, seed: int, seed2: int, *, reshuffle: bool) -> None:
        super().__init__(source)
        if not seed and not seed2:
            seed, seed2 = secrets.randbits(63), secrets.randbits(63)
        self._size, self._seeds, self.reshuffle = size, (seed, seed2), reshuffle

    def order(self, context: IterationContext, place: str, start: Start) -> Iterator[Any]:
        """See `Reordering.order`."""
        place = f"{place}/Shuffle"
        seeds = self._seeds
        if self.reshuffle:
            # The seeds of each iteration at this place are the next two words of the dataset's own generator.
            generator = context.state((place, "seeds"), lambda: words(*self._seeds))
            seeds = next(generator), next(generator)
        return _Shuffled(start, context, place, self._size, words(*seeds), 1)

    def fused(self, context: IterationContext, place: str, count: int, *, numbers: bool) -> Iterator[Any]:
        """Starts several iterations in one go: the next begins to fill the buffer when this one has been read."""
        start = self.source.numbers if numbers else self.source.iterate
        return _Shuffled(start, context, f"{place}/ShuffleAndRepeat", self._size, words(*self._seeds), count)


class ShuffleAndRepeat(Reordering):
    """Shuffled several times in one go; see `Shuffle.fused`."""

    def __init__(self, source: DatasetValue, size: int, seed: int, seed2: int, count: int) -> None:
        super().__init__(source)
        self._shuffle = Shuffle(source, size, seed, seed2, reshuffle=True)
        self._count = count

    def order(self, context: IterationContext, place: str, start: Start) -> Iterator[Any]:
        """See `Reordering.order`."""
        return self._shuffle.fused(context, place, self._count, numbers=start == self.source.numbers)

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        known = self.source.cardinality()
        if self._count < 0:
            return INFINITE if known else 0
        return known * self._count if known > 0 else known


class _Shuffled:
    """Draws from a buffer, which holds elements of one iteration over the input, or of several in turn.

    The buffer is a ring. Each iteration (a slice of what was ever put in) is drawn from until it is empty.
    """

    __slots__ = ("_buffer", "_context", "_draws", "_end", "_left", "_place", "_size", "_slices", "_source", "_start")

    def __init__(
        self, start: Start, context: IterationContext, place: str, size: int, draws: Iterator[int], count: int
    ) -> None:
        self._start, self._context, self._place = start, context, place
        self._size, self._draws, self._left = size, draws, count
        self._buffer: list[Any] = []
        #: [begin, end] of each iteration that the buffer has elements of.
        self._slices = deque([[0, 0]])
        self._end = 0
        self._source: Iterator[Any] | None = None
        if count:
            self._source = start(context, place)

    def __iter__(self) -> _Shuffled:
        return self

    def __next__(self) -> Any:
        buffer, slices, size = self._buffer, self._slices, self._size
        if self._source is not None:
            self._fill()
        first = slices[0]
        while first[0] == first[1]:
            if len(slices) == 1:
                raise StopIteration
            slices.popleft()
            first = slices[0]
        begin, end = first
        at = (begin + next(self._draws) % (end - begin)) % size
        begin %= size
        drawn = buffer[at]
        buffer[at] = buffer[begin]
        buffer[begin] = None
        first[0] += 1
        return drawn

    def _fill(self) -> None:
        buffer, size, last = self._buffer, self._size, self._slices[-1]
        space = size - (self._end - self._slices[0][0])
        while space:
            try:
                element = next(self._source)  # type: ignore[arg-type]
            except StopIteration:
                if not self._next_iteration():
                    return
                last = self._slices[-1]
                continue
            if len(buffer) < size:
                buffer.append(element)
            else:
                buffer[self._end % size] = element
            self._end += 1
            last[1] += 1
            space -= 1

    def _next_iteration(self) -> bool:
        """Starts the next iteration over the input, if there is to be one."""
        self._left -= 1
        if not self._left or (self._left < 0 and not self._end):
            self._source = None
            return False
        self._source = self._start(self._context, self._place)
        self._slices.append([self._end, self._end])
        return True
