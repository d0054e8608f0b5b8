"""The operations on staging areas: schemas, kernels, and what the session keeps."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.plugin import KernelSet, OpSet, errors
from tangraph_datasets.queues.storage import invalid, kept
from tangraph_datasets.queues.waiting import Gate

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.raw_shape import Raw
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()

_LIMITS: Final = ("capacity: int >= 0 = 0", "memory_limit: int >= 0 = 0")
_NAMES: Final = ("container: string = ''", "shared_name: string = ''")
_SOME: Final = (*_LIMITS, "dtypes: list(type) >= 1", *_NAMES)
_ANY: Final = (*_LIMITS, "dtypes: list(type)", *_NAMES)


def _values_shape(c: ShapeContext) -> list[Raw]:
    return [None] * (len(c.attr("dtypes")) + c.op_type.endswith("NoKey"))


def _nothing(c: ShapeContext) -> list[Raw]:
    del c
    return []


def _scalar(c: ShapeContext) -> Raw:
    del c
    return ()


def _define(name: str, inputs: Sequence[str], outputs: Sequence[str], attrs: Sequence[str]) -> None:
    shape = _values_shape if "values: dtypes" in outputs else (_scalar if outputs else _nothing)
    waits = "Clear" not in name and "Size" not in name
    ops.define(name, inputs, outputs, attrs, shape=shape, stateful=True, blocking=waits)


_define("Stage", ["values: dtypes"], [], _SOME)
_define("Unstage", [], ["values: dtypes"], _SOME)
_define("StagePeek", ["index: int32"], ["values: dtypes"], _SOME)
_define("StageSize", [], ["size: int32"], _ANY)
_define("StageClear", [], [], _ANY)
for _prefix in ("", "Ordered"):
    _map, _key = f"{_prefix}Map", ("key: int64", "indices: int32")
    _staged = (*_LIMITS, "dtypes: list(type)", "fake_dtypes: list(type) >= 1", *_NAMES)
    _define(f"{_map}Stage", [*_key, "values: fake_dtypes"], [], _staged)
    _define(f"{_map}Peek", _key, ["values: dtypes"], _SOME)
    _define(f"{_map}Unstage", _key, ["values: dtypes"], _SOME)
    _define(f"{_map}UnstageNoKey", ["indices: int32"], ["key: int64", "values: dtypes"], _SOME)
    _define(f"{_map}Size", [], ["size: int32"], _ANY)
    _define(f"{_map}IncompleteSize", [], ["size: int32"], _ANY)
    _define(f"{_map}Clear", [], [], _ANY)
ops.without_gradient(*ops)


def _bytes_of(values: Sequence[Any]) -> int:
    return sum(len(v) if isinstance(v, bytes) else int(getattr(v, "nbytes", 0)) for v in values if v is not None)


class Area:
    """What the two kinds share: how much fits.

    Args:
      capacity: how many elements; any number when 0.
      memory_limit: how many bytes; any number when 0.
    """

    def __init__(self, capacity: int, memory_limit: int) -> None:
        self._capacity = capacity
        self._memory_limit = memory_limit
        self._bytes = 0
        self._gate = Gate("Staging area operation was cancelled")

    def cancel(self) -> None:
        """Ends all waiting, for good: the session closes."""
        self._gate.cancel()

    def _check_size(self, size: int) -> None:
        if self._memory_limit and size > self._memory_limit:
            raise errors.ResourceExhaustedError(
                None,
                None,
                f"Attempted to insert tensors with combined size of '{size}' bytes into Staging Area with a memory "
                f"limit of '{self._memory_limit}'.",
            )

    def _has_room(self, count: int, size: int) -> bool:
        return not (self._capacity and count >= self._capacity) and not (
            self._memory_limit and self._bytes + size > self._memory_limit
        )


class StagingStore(Area):
    """Elements in the order in which they came."""

    def __init__(self, capacity: int, memory_limit: int) -> None:
        super().__init__(capacity, memory_limit)
        self._items: deque[tuple[Any, ...]] = deque()

    def fits(self, values: Sequence[Any]) -> bool:
        """Whether an element could be added now without waiting."""
        with self._gate:
            return self._has_room(len(self._items), _bytes_of(values))

    def put(self, values: Sequence[Any]) -> None:
        """Adds an element, and waits until it fits."""
        element = tuple([kept(value) for value in values])
        size = _bytes_of(element)
        self._check_size(size)
        with self._gate:
            self._gate.wait_until(lambda: self._has_room(len(self._items), size))
            self._items.append(element)
            self._bytes += size
            self._gate.notify()

    def get(self) -> tuple[Any, ...]:
        """Takes the oldest element, and waits until there is one."""
        with self._gate:
            self._gate.wait_until(lambda: bool(self._items))
            element = self._items.popleft()
            self._bytes -= _bytes_of(element)
            self._gate.notify()
            return element

    def peek(self, index: int) -> tuple[Any, ...]:
        """Returns a copy of an element, and waits until it is there."""
        if index < 0:
            raise invalid(f"index must be at least 0, but is {index}")
        with self._gate:
            self._gate.wait_until(lambda: index < len(self._items))
            return tuple([kept(value) for value in self._items[index]])

    def size(self) -> int:
        """The number of elements."""
        return len(self._items)

    def clear(self) -> None:
        """Forgets all elements."""
        with self._gate:
            self._items.clear()
            self._bytes = 0
            self._gate.notify()


class MapStore(Area):
    """Elements by their keys; an element whose components do not all come at once is incomplete until they are there.

    Args:
      capacity, memory_limit: see :class:`Area`.
      count: how many components an element has.
      ordered: whether elements leave in the order of their keys.
    """

    def __init__(self, capacity: int, memory_limit: int, count: int, *, ordered: bool) -> None:
        super().__init__(capacity, memory_limit)
        self._count = count
        self._ordered = ordered
        self._complete: dict[int, list[Any]] = {}
        self._incomplete: dict[int, list[Any]] = {}

    def put(self, key: int, indices: Sequence[int], values: Sequence[Any]) -> None:
        """Adds components of the element of a key, and waits until they fit."""
        if len(indices) != len(values):
            raise invalid(f"The number of indices {len(indices)} differs from that of the values {len(values)}.")
        components = [kept(value) for value in values]
        size = _bytes_of(components)
        self._check_size(size)
        with self._gate:
            self._gate.wait_until(
                lambda: key in self._incomplete or self._has_room(len(self._complete) + len(self._incomplete), size)
            )
            element = self._incomplete.get(key)
            if element is None:
                element = [None] * self._count
            for index, value in zip(indices, components, strict=True):
                self._set(key, element, index, value)
            self._bytes += size
            if any(value is None for value in element):
                self._incomplete[key] = element
            else:
                self._incomplete.pop(key, None)
                self._complete.setdefault(key, element)  # as TensorFlow: the element that is there stays
            self._gate.notify()

    def _set(self, key: int, element: list[Any], index: int, value: Any) -> None:
        if not 0 <= index < self._count:
            raise invalid(f"Index '{index}' for key '{key}' was out of bounds '{self._count}'.")
        if element[index] is not None:
            raise invalid(f"The tensor for index '{index}' for key '{key}' was already initialized '{self._count}'.")
        element[index] = value

    def _chosen(self, key: int, element: list[Any], indices: Sequence[int]) -> list[Any]:
        chosen = []
        for index in indices:
            if not 0 <= index < self._count:
                raise invalid(f"Index '{index}' for key '{key}' was out of bounds '{self._count}'.")
            if element[index] is None:
                raise invalid(f"Tensor at index '{index}' for key '{key}' has already been removed.")
            chosen.append(element[index])
        return chosen

    def peek(self, key: int, indices: Sequence[int]) -> list[Any]:
        """Returns copies of components of an element, and waits until it is there."""
        with self._gate:
            self._gate.wait_until(lambda: key in self._complete)
            return [kept(value) for value in self._chosen(key, self._complete[key], indices)]

    def get(self, key: int, indices: Sequence[int]) -> list[Any]:
        """Takes components of an element, and waits until it is there; it goes with its last component."""
        with self._gate:
            self._gate.wait_until(lambda: key in self._complete)
            return self._take(key, indices)

    def get_any(self, indices: Sequence[int]) -> tuple[int, list[Any]]:
        """Takes components of the element of the least key, or of any; see :meth:`get`."""
        with self._gate:
            self._gate.wait_until(lambda: bool(self._complete))
            key = min(self._complete) if self._ordered else next(reversed(self._complete))
            return key, self._take(key, indices)

    def _take(self, key: int, indices: Sequence[int]) -> list[Any]:
        element = self._complete[key]
        taken = self._chosen(key, element, indices)
        for index in indices:
            element[index] = None
        self._bytes -= _bytes_of(taken)
        if all(value is None for value in element):
            del self._complete[key]
        self._gate.notify()
        return taken

    def size(self) -> int:
        """The number of complete elements."""
        return len(self._complete)

    def incomplete_size(self) -> int:
        """The number of elements that are not complete."""
        return len(self._incomplete)

    def clear(self) -> None:
        """Forgets all elements."""
        with self._gate:
            self._complete.clear()
            self._incomplete.clear()
            self._bytes = 0
            self._gate.notify()


def area_of(k: KernelContext) -> Callable[[], Any]:
    """Returns a function that finds the area of this name in the session, or makes it."""
    store = k.resources
    assert store is not None
    name = k.attr("shared_name") or k.name
    limits = k.attr("capacity"), k.attr("memory_limit")
    if "Map" not in k.op_type:
        return lambda: store.get_or_create("staging", k.attr("container"), name, lambda: StagingStore(*limits))
    ordered, count = k.op_type.startswith("Ordered"), len(k.attr("dtypes"))
    kind = "ordered_map_staging" if ordered else "map_staging"
    return lambda: store.get_or_create(
        kind, k.attr("container"), name, lambda: MapStore(*limits, count, ordered=ordered)
    )


@kernel("Stage")
def stage(k: KernelContext) -> Callable[..., None]:
    """Adds an element."""
    area = area_of(k)
    return lambda *values: area().put(values)


def _outputs(k: KernelContext) -> Callable[[Sequence[Any]], Any]:
    """How values are returned: one by itself, several as a tuple."""
    return (lambda values: values[0]) if len(k.output_dtypes) == 1 else tuple


@kernel("Unstage")
def unstage(k: KernelContext) -> Callable[..., Any]:
    """Takes an element."""
    area, outputs = area_of(k), _outputs(k)
    return lambda: outputs(area().get())


@kernel("StagePeek")
def stage_peek(k: KernelContext) -> Callable[..., Any]:
    """Copies an element."""
    area, outputs = area_of(k), _outputs(k)
    return lambda index: outputs(area().peek(int(index)))


@kernel("StageSize", "MapSize", "OrderedMapSize")
def size(k: KernelContext) -> Callable[..., Any]:
    """The number of elements."""
    area = area_of(k)
    return lambda: np.int32(area().size())


@kernel("MapIncompleteSize", "OrderedMapIncompleteSize")
def incomplete_size(k: KernelContext) -> Callable[..., Any]:
    """The number of elements that are not complete."""
    area = area_of(k)
    return lambda: np.int32(area().incomplete_size())


@kernel("StageClear", "MapClear", "OrderedMapClear")
def clear(k: KernelContext) -> Callable[..., None]:
    """Forgets all elements."""
    area = area_of(k)
    return lambda: area().clear()


@kernel("MapStage", "OrderedMapStage")
def map_stage(k: KernelContext) -> Callable[..., None]:
    """Adds components."""
    area = area_of(k)
    return lambda key, indices, *values: area().put(int(key), np.ravel(indices).tolist(), values)


@kernel("MapPeek", "OrderedMapPeek")
def map_peek(k: KernelContext) -> Callable[..., Any]:
    """Copies components."""
    area, outputs = area_of(k), _outputs(k)
    return lambda key, indices: outputs(area().peek(int(key), np.ravel(indices).tolist()))


@kernel("MapUnstage", "OrderedMapUnstage")
def map_unstage(k: KernelContext) -> Callable[..., Any]:
    """Takes components."""
    area, outputs = area_of(k), _outputs(k)
    return lambda key, indices: outputs(area().get(int(key), np.ravel(indices).tolist()))


@kernel("MapUnstageNoKey", "OrderedMapUnstageNoKey")
def map_unstage_any(k: KernelContext) -> Callable[..., Any]:
    """Takes components of any element."""
    area = area_of(k)

    def run(indices: Any) -> tuple[Any, ...]:
        key, values = area().get_any(np.ravel(indices).tolist())
        return (np.int64(key), *values)

    return run
