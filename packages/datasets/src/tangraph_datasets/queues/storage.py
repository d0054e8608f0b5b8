"""The queues themselves: what a session keeps of them between its runs."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import dtypes, raw_shape
from tangraph.plugin import errors
from tangraph_datasets.queues.attempts import Attempt, Lines, Outcome
from tangraph_datasets.queues.philox_words import words

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.raw_shape import Raw

Element = tuple[Any, ...]
_ENQUEUE: Final = "Enqueue operation was cancelled"
_DEQUEUE: Final = "Dequeue operation was cancelled"
_numbers = itertools.count()


def invalid(text: str) -> errors.InvalidArgumentError:
    """Returns the error for an argument that does not fit."""
    return errors.InvalidArgumentError(None, None, text)


def resource_name(shared_name: str, node_name: str) -> str:
    """Returns the name under which errors speak of a resource; one that is not shared gets a number."""
    return shared_name or f"_{next(_numbers)}_{node_name}"


def kept(value: Any) -> Any:
    """Returns a value that nobody else can change: a copy of an array, NumPy scalars and bytes as they are."""
    if not isinstance(value, np.ndarray):
        return value
    return value[()] if value.ndim == 0 else value.copy()


class Queue:
    """A queue that hands out elements in the order in which they came.

    Attributes:
      name: for errors.
      dtypes: the types of an element's components.
      shapes: their shapes, None when they are not known.
      closed: whether nothing can be brought any more.
      lines: who waits.

    Args:
      name, dtypes, shapes: see above.
      capacity: how many elements fit; any number when negative.
    """

    kind = "FIFOQueue"

    def __init__(self, name: str, capacity: int, dtypes: Sequence[DType], shapes: Sequence[Raw] | None) -> None:
        self.name = name
        self.capacity = capacity
        self.dtypes = list(dtypes)
        self.shapes = list(shapes) if shapes else None
        self.closed = False
        self._failure: Exception | None = None
        self._limit = 2**31 - 1 if capacity < 0 else capacity
        self.lines = Lines()
        self._items = self._storage()

    # -- how elements are kept, which differs from kind to kind; all under the lock ----------------------------------

    def _storage(self) -> Any:
        return deque()

    def put(self, element: Element) -> None:
        """Adds an element that fits; under the lock."""
        self._items.append(element)

    def _take(self) -> Element:
        element: Element = self._items.popleft()
        return element

    def _put_back(self, elements: list[Element]) -> None:
        self._items.extendleft(reversed(elements))
        elements.clear()

    def _available(self) -> int:
        """How many elements may be taken now."""
        return len(self._items)

    def _batch(self, elements: list[Element]) -> Element:
        assert self.shapes is not None
        if not elements:
            return tuple(_empty(d, s) for d, s in zip(self.dtypes, self.shapes, strict=True))
        columns = zip(*elements, strict=True)
        return tuple(_stack(list(column), d) for column, d in zip(columns, self.dtypes, strict=True))

    # -- operations --------------------------------------------------------------------------------------------------

    def size(self) -> int:
        """Returns the number of elements."""
        return len(self._items)

    def enqueue(self, element: Sequence[Any]) -> None:
        """Adds an element, and waits until it fits.

        Raises:
          InvalidArgumentError: a component has the wrong shape.
          CancelledError: the queue is closed.
        """
        self._check_count(element)
        if self.shapes is not None:
            for index, (value, shape) in enumerate(zip(element, self.shapes, strict=True)):
                self._check_shape(index, np.shape(value), shape)
        todo = tuple([kept(value) for value in element])
        self.lines.perform(self.lines.bringing, Attempt(partial(self._try_enqueue, iter((todo,))), _ENQUEUE))

    def enqueue_many(self, components: Sequence[Any]) -> None:
        """Adds the elements along the first dimension of the components, one after the other.

        Raises:
          InvalidArgumentError: a component has the wrong shape.
          CancelledError: the queue is closed.
        """
        self._check_count(components)
        count = self._check_many(components)
        if count:
            rows = zip(*[value.copy() for value in components], strict=True)
            self.lines.perform(self.lines.bringing, Attempt(partial(self._try_enqueue, rows), _ENQUEUE))

    def fits(self, count: int) -> bool:
        """Whether so many elements could be added now without waiting."""
        with self.lines.lock:
            return not self.lines.bringing and (self.closed or len(self._items) + count <= self._limit)

    def _try_enqueue(self, rows: Iterable[Element], attempt: Attempt) -> Outcome:
        if self.closed:
            attempt.error = errors.CancelledError(None, None, f"{self.kind} '{self.name}' is closed.")
            return Outcome.DONE
        outcome = Outcome.NOTHING
        todo = attempt.result if attempt.result is not None else [next(iter(rows))]
        while len(self._items) < self._limit:
            self.put(todo[0])
            following = next(iter(rows), None)
            if following is None:
                attempt.result = None
                return Outcome.DONE
            todo = [following]
            outcome = Outcome.PROGRESS
        attempt.result = todo
        return outcome

    def dequeue(self) -> Element:
        """Takes an element, and waits until there is one.

        Raises:
          OutOfRangeError: the queue is closed and empty.
        """
        result: Element = self.lines.perform(self.lines.fetching, Attempt(self._try_dequeue, _DEQUEUE))
        return result

    def _try_dequeue(self, attempt: Attempt) -> Outcome:
        if self.closed and not self._items:
            attempt.error = self._insufficient(1, 0)
            return Outcome.DONE
        if self._available() <= 0:
            return Outcome.NOTHING
        attempt.result = self._take()
        return Outcome.DONE

    def dequeue_many(self, count: int, *, up_to: bool = False) -> Element:
        """Takes elements, and returns their components stacked; waits until there are enough.

        Args:
          count: how many.
          up_to: whether fewer do once the queue is closed.

        Raises:
          InvalidArgumentError: the shapes of the components are not known, or `count` is negative.
          OutOfRangeError: the queue is closed and does not have enough.
        """
        if self.shapes is None:
            raise invalid(f"{self.kind}'s DequeueMany and DequeueUpTo require the components to have specified shapes.")
        if count < 0:
            raise invalid(f"DequeueManyOp requested {count} < 0 elements")
        if count == 0:
            return self._batch([])
        taken: list[Element] = []
        step = partial(self._try_dequeue_many, count, up_to, taken)
        attempt = Attempt(step, _DEQUEUE, partial(self._put_back, taken))
        self.lines.perform(self.lines.fetching, attempt)
        return self._batch(taken)

    def _try_dequeue_many(self, count: int, up_to: bool, taken: list[Element], attempt: Attempt) -> Outcome:
        size = len(self._items)
        if self.closed and size < count - len(taken):
            missing = count - len(taken)
            self._put_back(taken)
            count = len(self._items)
            if not up_to or not count:
                attempt.error = self._insufficient(missing, size)
                return Outcome.DONE
        outcome = Outcome.NOTHING
        for _ in range(self._available()):
            taken.append(self._take())
            if len(taken) == count:
                return Outcome.DONE
            outcome = Outcome.PROGRESS
        return outcome

    def close(self, *, cancel_pending_enqueues: bool = False) -> None:
        """Lets nothing more in, after what waits to get in now; or cancels that.

        Raises:
          CancelledError: the queue is closed already.
        """
        if cancel_pending_enqueues:
            with self.lines.lock:
                self.closed = True
                self.lines.cancel_line(self.lines.bringing)
                self.lines.serve()
        else:
            self.lines.perform(self.lines.bringing, Attempt(self._try_close, _ENQUEUE))

    def _try_close(self, attempt: Attempt) -> Outcome:
        if self.closed:
            attempt.error = errors.CancelledError(None, None, f"Queue '{self.name}' is already closed.")
        self.closed = True
        return Outcome.DONE

    def fail(self, error: Exception) -> None:
        """Closes the queue because what fills it has failed: who finds too few elements in it gets that error."""
        with self.lines.lock:
            self._failure = error
            self.closed = True
            self.lines.cancel_line(self.lines.bringing)
            self.lines.serve()

    def cancel(self) -> None:
        """Ends all waiting, for good: the session closes."""
        self.lines.cancel()

    # -- checks ------------------------------------------------------------------------------------------------------

    def _insufficient(self, requested: int, size: int) -> Exception:
        return self._failure or errors.OutOfRangeError(
            None,
            None,
            f"{self.kind} '{self.name}' is closed and has insufficient elements (requested {requested}, "
            f"current size {size})",
        )

    def _check_count(self, components: Sequence[Any]) -> None:
        if len(components) != len(self.dtypes):
            raise invalid(f"Wrong number of components in tuple. Expected {len(self.dtypes)}, got {len(components)}")

    def _check_shape(self, index: int, found: tuple[int, ...], expected: Raw) -> None:
        if found != expected:
            raise invalid(
                f"Shape mismatch in tuple component {index}. Expected {raw_shape.to_str(expected)}, got "
                f"{raw_shape.to_str(found)}"
            )

    def _check_many(self, components: Sequence[Any]) -> int:
        shapes = [np.shape(value) for value in components]
        for index, shape in enumerate(shapes):
            if not shape:
                raise invalid(f"Input tensor {index} of an enqueue_many must have at least one dimension, got []")
        count = shapes[0][0]
        for index, shape in enumerate(shapes):
            if self.shapes is not None:
                self._check_shape(index, shape, raw_shape.concatenate((count,), self.shapes[index]))
            elif shape[0] != count:
                raise invalid(
                    f"All input tensors must have the same size in the 0th dimension. Component {index} has "
                    f"{shape[0]}, and should have {count}"
                )
        return int(count)


class RandomShuffleQueue(Queue):
    """A queue that hands out elements in random order.

    Args:
      name, capacity, dtypes, shapes: see :class:`Queue`.
      min_after_dequeue: how many elements stay in the queue as long as it is open, so that they mix.
      seed, seed2: both 0 for an order that cannot be foreseen.
    """

    kind = "RandomShuffleQueue"

    def __init__(
        self,
        name: str,
        capacity: int,
        dtypes: Sequence[DType],
        shapes: Sequence[Raw] | None,
        min_after_dequeue: int,
        seed: int,
        seed2: int,
    ) -> None:
        super().__init__(name, capacity, dtypes, shapes)
        if min_after_dequeue < 0:
            raise invalid(f"min_after_dequeue {min_after_dequeue} must be >= 0")
        if min_after_dequeue >= self._limit:
            raise invalid(f"min_after_dequeue {min_after_dequeue} must be < capacity {self._limit}")
        self._least = min_after_dequeue
        self._words = words(seed, seed2)

    def _storage(self) -> Any:
        return []

    def _take(self) -> Element:
        items = self._items
        index = next(self._words) % len(items)
        element: Element = items[index]
        items[index] = items[-1]
        items.pop()
        return element

    def _put_back(self, elements: list[Element]) -> None:
        self._items.extend(reversed(elements))
        elements.clear()

    def _available(self) -> int:
        return len(self._items) if self.closed else len(self._items) - self._least


class PaddingFIFOQueue(Queue):
    """A queue whose elements may differ in shape; a batch of them is padded with zeros, or empty strings."""

    kind = "PaddingFIFOQueue"

    def _check_shape(self, index: int, found: tuple[int, ...], expected: Raw) -> None:
        if not raw_shape.compatible(found, expected):
            super()._check_shape(index, found, expected)

    def _batch(self, elements: list[Element]) -> Element:
        assert self.shapes is not None
        columns = zip(*elements, strict=True) if elements else [()] * len(self.dtypes)
        return tuple(_pad(c, d, s) for c, d, s in zip(columns, self.dtypes, self.shapes, strict=True))


class _Ranked:
    """An element of a priority queue; only priorities are compared."""

    __slots__ = ("element", "priority")

    def __init__(self, element: Element) -> None:
        self.element = element
        self.priority = int(element[0])

    def __lt__(self, other: _Ranked) -> bool:
        return self.priority < other.priority


class PriorityQueue(Queue):
    """A queue that hands out the element of the lowest number first, which is the first component."""

    kind = "PriorityQueue"

    def __init__(self, name: str, capacity: int, types: Sequence[DType], shapes: Sequence[Raw] | None) -> None:
        super().__init__(name, capacity, [dtypes.int64, *types], [(), *(shapes or [])] if shapes or not types else None)

    def _storage(self) -> Any:
        return []

    # The order of equal priorities is that of a binary heap, here as in C++'s standard library.
    def put(self, element: Element) -> None:
        """Adds an element that fits; under the lock."""
        heapq.heappush(self._items, _Ranked(element))

    def _take(self) -> Element:
        ranked: _Ranked = heapq.heappop(self._items)
        return ranked.element

    def _put_back(self, elements: list[Element]) -> None:
        for element in reversed(elements):
            self.put(element)
        elements.clear()


def _empty(dtype: DType, shape: Raw) -> Any:
    return np.empty((0, *(size or 0 for size in shape or ())), dtype.np)


def _stack(values: list[Any], dtype: DType) -> Any:
    shape = np.shape(values[0])
    out = np.empty((len(values), *shape), dtype.np)
    if shape:
        for row, value in zip(out, values, strict=True):
            row[...] = value
    else:
        out[:] = values
    return out


def _pad(values: Sequence[Any], dtype: DType, shape: Raw) -> Any:
    assert shape is not None
    sizes = [
        max((np.shape(value)[axis] for value in values), default=0) if size is None else size
        for axis, size in enumerate(shape)
    ]
    out: Any = np.empty([len(values), *sizes], dtype.np)
    out[...] = b"" if dtype is dtypes.string else 0
    for row, value in enumerate(values):
        out[(row, *(slice(size) for size in np.shape(value)))] = value
    return out


def check_match(queue: Any, kind: type[Queue], shared: str, capacity: int, types: list[DType], shapes: Any) -> None:
    """Checks that a queue that was found under a shared name is what another operation asks for.

    Raises:
      InvalidArgumentError: it is not.
    """
    if type(queue) is not kind:
        raise invalid(f"Expected {type(queue).kind}, found {kind.kind}V2")
    if queue.capacity != capacity:
        raise invalid(f"Shared queue '{shared}' has capacity {queue.capacity} but requested capacity was {capacity}")
    if queue.dtypes[-len(types) :] != types:
        has, asked = (", ".join(dtypes.cpp_name(d) for d in listed) for listed in (queue.dtypes, types))
        raise invalid(f"Shared queue '{shared}' has component types {has} but requested component types were {asked}")
    if shapes and queue.shapes is not None and queue.shapes[-len(shapes) :] != list(shapes):
        has, asked = ("[" + ",".join(raw_shape.to_str(s) for s in listed) + "]" for listed in (queue.shapes, shapes))
        raise invalid(f"Shared queue '{shared}' has component shapes {has} but requested component shapes were {asked}")
