"""The operations on queues: schemas and kernels.

A handle's value is the queue itself, which the session keeps. The ops without a V2 are those of old graphs, whose
handles are references to strings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.plugin import KernelSet, OpSet
from tangraph_datasets.queues.storage import (
    PaddingFIFOQueue,
    PriorityQueue,
    Queue,
    RandomShuffleQueue,
    check_match,
    invalid,
    resource_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.raw_shape import Raw
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()

_KINDS: Final[dict[str, type[Queue]]] = {
    "FIFOQueue": Queue,
    "RandomShuffleQueue": RandomShuffleQueue,
    "PaddingFIFOQueue": PaddingFIFOQueue,
    "PriorityQueue": PriorityQueue,
}
_TYPES: Final = "component_types: list(type) >= 1"
_NAMES: Final = ("capacity: int = -1", "container: string = ''", "shared_name: string = ''")


def _handle_shape(c: ShapeContext) -> Raw:
    return () if c.op_type.endswith("V2") else (2,)


def _components_shape(c: ShapeContext) -> list[Raw]:
    return [None] * len(c.attr("component_types"))


def _many_shape(c: ShapeContext) -> list[Raw]:
    count = c.value(1)
    if count is not None and np.ndim(count) == 0 and count < 0:
        raise ValueError(f"Input 'n' must be >= 0, but is {count}")
    return [None] * len(c.attr("component_types"))


def _nothing(c: ShapeContext) -> list[Raw]:
    del c
    return []


def _scalar(c: ShapeContext) -> Raw:
    del c
    return ()


for _suffix, _handle in (("", "Ref(string)"), ("V2", "resource")):
    for _kind, _own in (
        ("FIFOQueue", ()),
        ("RandomShuffleQueue", ("min_after_dequeue: int = 0", "seed: int = 0", "seed2: int = 0")),
        ("PaddingFIFOQueue", ()),
    ):
        ops.define(
            f"{_kind}{_suffix}",
            outputs=[f"handle: {_handle}"],
            attrs=[_TYPES, "shapes: list(shape) >= 0 = []", _NAMES[0], *_own, *_NAMES[1:]],
            shape=_handle_shape,
            stateful=True,
        )
    ops.define(
        f"PriorityQueue{_suffix}",
        outputs=[f"handle: {_handle}"],
        attrs=["component_types: list(type) >= 0 = []", "shapes: list(shape) >= 0", *_NAMES],
        shape=_handle_shape,
        stateful=True,
    )
    for _name in ("QueueEnqueue", "QueueEnqueueMany"):
        ops.define(
            f"{_name}{_suffix}",
            [f"handle: {_handle}", "components: Tcomponents"],
            attrs=["Tcomponents: list(type) >= 1", "timeout_ms: int = -1"],
            shape=_nothing,
            stateful=True,
            blocking=True,
        )
    for _name, _inputs in (
        ("QueueDequeue", ()),
        ("QueueDequeueMany", ("n: int32",)),
        ("QueueDequeueUpTo", ("n: int32",)),
    ):
        ops.define(
            f"{_name}{_suffix}",
            [f"handle: {_handle}", *_inputs],
            ["components: component_types"],
            [_TYPES, "timeout_ms: int = -1"],
            shape=_many_shape if _inputs else _components_shape,
            stateful=True,
            blocking=True,
            host_inputs=[1] if _inputs else [],
        )
    ops.define(
        f"QueueClose{_suffix}",
        [f"handle: {_handle}"],
        attrs=["cancel_pending_enqueues: bool = false"],
        shape=_nothing,
        stateful=True,
        blocking=True,
    )
    ops.define(f"QueueIsClosed{_suffix}", [f"handle: {_handle}"], ["is_closed: bool"], shape=_scalar, stateful=True)
    ops.define(f"QueueSize{_suffix}", [f"handle: {_handle}"], ["size: int32"], shape=_scalar, stateful=True)
# A queue as the old ops know it: what hands a new one to them.
ops.define("FakeQueue", ["resource: resource"], ["handle: Ref(string)"], shape=lambda c: (2,), stateful=True)
_STOPPING = frozenset(
    f"Queue{name}" for name in ["Close", "Dequeue", "DequeueMany", "DequeueUpTo", "Enqueue", "EnqueueMany", "Size"]
)
ops.not_differentiable(*_STOPPING)
ops.without_gradient(*(op_type for op_type in ops if op_type not in _STOPPING))


@kernel(*_KINDS, *[f"{_kind}V2" for _kind in _KINDS])
def queue(k: KernelContext) -> Callable[[], Queue]:
    """Finds the queue of this name in the session, or makes it."""
    kind = _KINDS[k.op_type.removesuffix("V2")]
    capacity, types, shapes = k.attr("capacity"), k.attr("component_types"), k.attr("shapes")
    shared, store = k.attr("shared_name"), k.resources
    assert store is not None
    key = ("queue", k.attr("container"), shared or k.name)

    def make() -> Queue:
        name = resource_name(shared, k.name)
        if kind is RandomShuffleQueue:
            return RandomShuffleQueue(
                name, capacity, types, shapes, k.attr("min_after_dequeue"), k.attr("seed"), k.attr("seed2")
            )
        return kind(name, capacity, types, shapes)

    checked: set[int] = set()

    def run() -> Queue:
        found: Queue = store.get_or_create(*key, make)
        if id(found) not in checked:
            check_match(found, kind, shared, capacity, types, shapes)
            checked.add(id(found))
        return found

    return run


def one(handle: Any) -> Any:
    """Returns the resource that a handle is; one that comes out of a Gather may be in an array of rank 0."""
    return handle.item() if isinstance(handle, np.ndarray) else handle


def _number(value: Any, what: str) -> int:
    if np.size(value) != 1:
        raise invalid(f"{what} must be a scalar, but has shape {list(np.shape(value))}")
    return int(np.reshape(value, ())[()])


def _check_types(found: Queue, types: list[Any]) -> None:
    if found.dtypes != types:
        from tangraph.framework.dtypes import cpp_name

        expected, received = (", ".join(map(cpp_name, listed)) for listed in (found.dtypes, types))
        raise invalid(f"Type mismatch in tuple of queue '{found.name}'. Expected {expected}, got {received}")


@kernel("QueueEnqueue", "QueueEnqueueV2")
def enqueue(k: KernelContext) -> Callable[..., None]:
    """Adds an element."""
    types = k.attr("Tcomponents")

    def run(handle: Any, *components: Any) -> None:
        found = one(handle)
        _check_types(found, types)
        found.enqueue(components)

    return run


@kernel("QueueEnqueueMany", "QueueEnqueueManyV2")
def enqueue_many(k: KernelContext) -> Callable[..., None]:
    """Adds elements."""
    types = k.attr("Tcomponents")

    def run(handle: Any, *components: Any) -> None:
        found = one(handle)
        _check_types(found, types)
        found.enqueue_many(components)

    return run


@kernel("QueueDequeue", "QueueDequeueV2")
def dequeue(k: KernelContext) -> Callable[..., Any]:
    """Takes an element."""
    types = k.attr("component_types")
    single = len(types) == 1

    def run(handle: Any) -> Any:
        found = one(handle)
        _check_types(found, types)
        element = found.dequeue()
        return element[0] if single else element

    return run


@kernel("QueueDequeueMany", "QueueDequeueManyV2", "QueueDequeueUpTo", "QueueDequeueUpToV2")
def dequeue_many(k: KernelContext) -> Callable[..., Any]:
    """Takes elements."""
    types = k.attr("component_types")
    single, up_to = len(types) == 1, "UpTo" in k.op_type

    def run(handle: Any, n: Any) -> Any:
        found = one(handle)
        _check_types(found, types)
        batch = found.dequeue_many(_number(n, "n"), up_to=up_to)
        return batch[0] if single else batch

    return run


@kernel("QueueClose", "QueueCloseV2")
def close(k: KernelContext) -> Callable[..., None]:
    """Closes a queue."""
    cancel = k.attr("cancel_pending_enqueues")
    return lambda handle: one(handle).close(cancel_pending_enqueues=cancel)


@kernel("QueueIsClosed", "QueueIsClosedV2")
def is_closed(k: KernelContext) -> Callable[..., Any]:
    """Whether a queue is closed."""
    del k
    return lambda handle: np.bool_(one(handle).closed)


@kernel("QueueSize", "QueueSizeV2")
def size(k: KernelContext) -> Callable[..., Any]:
    """The number of elements."""
    del k
    return lambda handle: np.int32(one(handle).size())


@kernel("FakeQueue")
def fake_queue(k: KernelContext) -> Callable[..., Any]:
    """The same queue."""
    del k
    return one
