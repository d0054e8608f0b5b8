"""Barrier: elements whose components come one by one, by key, and leave once they are complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from tangraph.framework import raw_shape
from tangraph.framework.constant_value import constant_value
from tangraph.framework.tensor_shape import TensorShape
from tangraph.plugin import KernelSet, OpSet, errors, make_op
from tangraph_datasets.queues.kinds import shape_list, type_list
from tangraph_datasets.queues.storage import Element, PriorityQueue, invalid, kept, resource_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()

_HANDLE: Final = "handle: Ref(string)"
_FIRST: Final = -(2**63)


def _handle_shape(c: ShapeContext) -> Raw:
    del c
    return (2,)


def _insert_shape(c: ShapeContext) -> list[Raw]:
    keys = raw_shape.with_rank(c.shapes[1], 1)
    values = raw_shape.with_rank_at_least(c.shapes[2], 1)
    if values is not None:
        raw_shape.merge(keys, values[:1])
    return []


def _take_shape(c: ShapeContext) -> list[Raw]:
    return [None] * (2 + len(c.attr("component_types")))


ops.define(
    "Barrier",
    outputs=[_HANDLE],
    attrs=[
        "component_types: list(type) >= 1",
        "shapes: list(shape) >= 0 = []",
        "capacity: int = -1",
        "container: string = ''",
        "shared_name: string = ''",
    ],
    shape=_handle_shape,
    stateful=True,
)
ops.define(
    "BarrierInsertMany",
    [_HANDLE, "keys: string", "values: T"],
    attrs=["T: type", "component_index: int"],
    shape=_insert_shape,
    stateful=True,
)
ops.define(
    "BarrierTakeMany",
    [_HANDLE, "num_elements: int32"],
    ["indices: int64", "keys: string", "values: component_types"],
    [
        "component_types: list(type) >= 1",
        "allow_small_batch: bool = false",
        "wait_for_incomplete: bool = false",
        "timeout_ms: int = -1",
    ],
    shape=_take_shape,
    stateful=True,
    blocking=True,
)
ops.define(
    "BarrierClose",
    [_HANDLE],
    attrs=["cancel_pending_enqueues: bool = false"],
    shape=lambda c: [],
    stateful=True,
)
for _name in ("BarrierReadySize", "BarrierIncompleteSize"):
    ops.define(_name, [_HANDLE], ["size: int32"], shape=lambda c: (), stateful=True)
ops.without_gradient(*ops)


class _Entry:
    """An element that is not complete yet."""

    __slots__ = ("index", "values")

    def __init__(self, index: int, count: int) -> None:
        self.index = index
        self.values: list[Any] = [None] * count


class _ReadyQueue(PriorityQueue):
    """The complete elements, in the order in which their keys came."""

    kind = "Barrier"

    def _insufficient(self, requested: int, size: int) -> Exception:
        return errors.OutOfRangeError(
            None,
            None,
            f"Barrier '{self.name}' is closed and has insufficient elements (requested {requested}, total size {size})",
        )


class Store:
    """What a session keeps of a barrier."""

    def __init__(self, name: str, types: list[Any], shapes: list[Raw]) -> None:
        from tangraph.framework import dtypes

        self.name = name
        self._types = types
        self._shapes = shapes if shapes and all(s is not None for s in shapes) else None
        self._queue = _ReadyQueue(name, -1, [dtypes.string, *types], [(), *(self._shapes or [None] * len(types))])
        self._incomplete: dict[bytes, _Entry] = {}
        self._next = _FIRST
        self._closed = False
        self._no_more = False

    @property
    def value(self) -> Any:
        """What fetching the handle gives: container and name."""
        return np.array([b"localhost", self.name.encode()], object)

    def insert(self, component: int, keys: Any, values: Any) -> None:
        """Adds a component of the elements of these keys."""
        if not 0 <= component < len(self._types):
            raise invalid(f"The component ID is out of range {component} > num_components (= {len(self._types)})")
        if self._shapes is not None and not raw_shape.compatible(values.shape[1:], self._shapes[component]):
            expected = raw_shape.to_str(self._shapes[component])
            raise invalid(
                f"Shape mismatch in tuple component {component}. Expected {expected}, got "
                f"{raw_shape.to_str(values.shape[1:])}"
            )
        with self._queue.lines.lock:
            names = [bytes(key) for key in np.asarray(keys, object).ravel().tolist()]
            self._check_open(names)
            ready = []
            for name, value in zip(names, values, strict=True):
                done = self._insert_one(component, name, kept(value))
                if done is not None:
                    ready.append(done)
            self._next += 1  # keys that come together rank alike
            for element in ready:
                self._queue.put(element)
            if self._closed and not self._incomplete:
                self._queue.closed = True
            self._queue.lines.serve()

    def _check_open(self, names: list[bytes]) -> None:
        fresh = [name for name in names if name not in self._incomplete]
        if self._no_more:
            raise self._cancelled(
                f"is closed.  Pending enqueues cancelled: 1.  Number of new insertions: {len(fresh) or 1}"
            )
        if self._closed and fresh:
            raise self._cancelled(
                f"is closed, but attempted to insert a brand new key: {fresh[0].decode(errors='replace')}.  "
                f"Pending enqueues cancelled: 0.  Insertion index: {names.index(fresh[0])}"
            )

    def _cancelled(self, text: str) -> errors.CancelledError:
        return errors.CancelledError(
            None, None, f"Barrier {self.name} {text}.  Number of incomplete keys: {len(self._incomplete)}."
        )

    def _insert_one(self, component: int, name: bytes, value: Any) -> Element | None:
        entry = self._incomplete.get(name)
        if entry is None:
            entry = self._incomplete[name] = _Entry(self._next, len(self._types))
        elif entry.values[component] is not None:
            raise invalid(
                f"Key {name.decode(errors='replace')} already has a value for component {component} in barrier "
                f"{self.name}"
            )
        entry.values[component] = value
        if any(v is None for v in entry.values):
            return None
        del self._incomplete[name]
        return (entry.index, name, *entry.values)

    def take(self, count: int, *, small: bool) -> tuple[Any, ...]:
        """Takes complete elements."""
        if count == 0:
            return self._queue.dequeue_many(0)
        return self._queue.dequeue_many(count, up_to=small)

    def close(self, *, cancel_pending_enqueues: bool) -> None:
        """Lets no new keys in; with the flag, no components of those that are there either."""
        with self._queue.lines.lock:
            if self._closed and not cancel_pending_enqueues:
                raise errors.CancelledError(None, None, f"Barrier '{self.name}' is already closed.")
            self._closed = True
            if cancel_pending_enqueues:
                self._no_more = True
                self._incomplete.clear()
            if not self._incomplete:
                self._queue.closed = True
            self._queue.lines.serve()

    def ready(self) -> int:
        """The number of complete elements."""
        return self._queue.size()

    def incomplete(self) -> int:
        """The number of elements that are not complete."""
        return len(self._incomplete)

    def cancel(self) -> None:
        """Ends all waiting, for good: the session closes."""
        self._queue.cancel()


@kernel("Barrier")
def barrier(k: KernelContext) -> Callable[[], Store]:
    """Finds the barrier of this name in the session, or makes it."""
    shared, store = k.attr("shared_name"), k.resources
    assert store is not None

    def make() -> Store:
        return Store(resource_name(shared, k.name), k.attr("component_types"), k.attr("shapes"))

    return lambda: store.get_or_create("barrier", k.attr("container"), shared or k.name, make)


@kernel("BarrierInsertMany")
def insert_many(k: KernelContext) -> Callable[..., None]:
    """Adds a component."""
    component = k.attr("component_index")
    return lambda handle, keys, values: handle.insert(component, keys, values)


@kernel("BarrierTakeMany")
def take_many(k: KernelContext) -> Callable[..., Any]:
    """Takes elements."""
    small = k.attr("allow_small_batch")
    return lambda handle, count: handle.take(int(count), small=small)


@kernel("BarrierClose")
def close(k: KernelContext) -> Callable[..., None]:
    """Closes a barrier."""
    cancel = k.attr("cancel_pending_enqueues")
    return lambda handle: handle.close(cancel_pending_enqueues=cancel)


@kernel("BarrierReadySize")
def ready_size(k: KernelContext) -> Callable[..., Any]:
    """The number of complete elements."""
    del k
    return lambda handle: np.int32(handle.ready())


@kernel("BarrierIncompleteSize")
def incomplete_size(k: KernelContext) -> Callable[..., Any]:
    """The number of elements that are not complete."""
    del k
    return lambda handle: np.int32(handle.incomplete())


class BarrierTakeMany(NamedTuple):
    """The elements taken from a barrier."""

    indices: Any
    keys: Any
    values: Any


class Barrier:
    """Brings together the components of elements, which come at different times, by their keys.

    Args:
      types: the types of an element's components.
      shapes: their shapes, or None.
      shared_name: a name under which operations of the session share the barrier.
      name: the operation's name.

    Raises:
      ValueError: a component would have no elements.
    """

    def __init__(self, types: Any, shapes: Any = None, shared_name: str | None = None, name: str = "barrier") -> None:
        self._types = type_list(types)
        sizes = shape_list(shapes)
        if sizes is not None:
            for index, shape in enumerate(sizes):
                if shape.num_elements() == 0:
                    raise ValueError(f"Empty tensors are not supported, but received shape '{shape}' at index {index}")
        self._shapes = sizes if sizes is not None else [TensorShape(None) for _ in self._types]
        self._barrier_ref: Tensor = make_op(
            "Barrier", component_types=self._types, shapes=self._shapes, shared_name=shared_name or "", name=name
        )
        self._name = self._barrier_ref.op.name.split("/")[-1]

    @property
    def barrier_ref(self) -> Tensor:
        """The tensor that holds the handle."""
        return self._barrier_ref

    @property
    def name(self) -> str:
        """The name of the operation that makes the barrier."""
        return self._barrier_ref.op.name

    def insert_many(self, component_index: int, keys: Any, values: Any, name: str | None = None) -> Operation:
        """Returns the operation that adds one component of the elements of some keys.

        Args:
          component_index: which component.
          keys: strings, shape ``[n]``.
          values: shape ``[n, ...]``.
          name: the operation's name.
        """
        operation: Operation = make_op(
            "BarrierInsertMany",
            self._barrier_ref,
            keys,
            values,
            component_index=component_index,
            name=name or f"{self._name}_BarrierInsertMany",
        )
        return operation

    def take_many(
        self, num_elements: Any, allow_small_batch: bool = False, timeout: int | None = None, name: str | None = None
    ) -> BarrierTakeMany:
        """Returns complete elements; waits until there are so many.

        Args:
          num_elements: an int32 scalar.
          allow_small_batch: whether fewer do once the barrier is closed.
          timeout: not used.
          name: the operation's name.

        Returns:
          The order in which the keys came, the keys, and a list of the components.
        """
        indices, keys, values = make_op(
            "BarrierTakeMany",
            self._barrier_ref,
            num_elements,
            component_types=self._types,
            allow_small_batch=allow_small_batch,
            wait_for_incomplete=bool(timeout),
            name=name or f"{self._name}_BarrierTakeMany",
        )
        count = None if allow_small_batch else constant_value(indices.op.inputs[1])
        batch = TensorShape([None if count is None else count.item()])
        indices.set_shape(batch)
        keys.set_shape(batch)
        for value, shape in zip(values, self._shapes, strict=True):
            value.set_shape(batch.concatenate(shape))
        return BarrierTakeMany(indices, keys, values)

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """Returns the operation that lets no new keys in; see `QueueBase.close`."""
        operation: Operation = make_op(
            "BarrierClose",
            self._barrier_ref,
            cancel_pending_enqueues=cancel_pending_enqueues,
            name=name or f"{self._name}_BarrierClose",
        )
        return operation

    def ready_size(self, name: str | None = None) -> Tensor:
        """Returns an int32 scalar: the number of complete elements."""
        result: Tensor = make_op("BarrierReadySize", self._barrier_ref, name=name or f"{self._name}_BarrierReadySize")
        return result

    def incomplete_size(self, name: str | None = None) -> Tensor:
        """Returns an int32 scalar: the number of elements that are not complete."""
        result: Tensor = make_op(
            "BarrierIncompleteSize", self._barrier_ref, name=name or f"{self._name}_BarrierIncompleteSize"
        )
        return result
