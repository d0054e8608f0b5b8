"""Ops of iterators, and of what becomes of elements outside of them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.client.variants import OptionalValue
from tangraph.plugin import KernelSet, OpSet, errors
from tangraph_datasets.data.kernels.schemas import ELEMENTS, nothing, of_elements, scalar
from tangraph_datasets.data.values.base import IterationContext
from tangraph_datasets.data.values.functions import Function, IterationStore
from tangraph_datasets.data.values.iterators import IteratorResource, check_fits
from tangraph_datasets.data.values.stacking import invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plugin import KernelContext

ops = OpSet()
kernel = KernelSet()

_numbers = itertools.count()
_KIND: Final = "iterator"
_NAMES: Final = ("shared_name: string", "container: string")
_ANY_ELEMENTS: Final = ("output_types: list(type) >= 0 = []", "output_shapes: list(shape) >= 0 = []")

for _name in ("Iterator", "IteratorV2"):
    ops.define(_name, outputs=["handle: resource"], attrs=[*_NAMES, *ELEMENTS], shape=scalar, stateful=True)
ops.define(
    "OneShotIterator",
    outputs=["handle: resource"],
    attrs=["dataset_factory: func", *ELEMENTS, "container: string = ''", "shared_name: string = ''"],
    shape=scalar,
    stateful=True,
)
ops.define("AnonymousIterator", outputs=["handle: resource"], attrs=ELEMENTS, shape=scalar, stateful=True)
for _name in ("IteratorFromStringHandle", "IteratorFromStringHandleV2"):
    ops.define(
        _name,
        ["string_handle: string"],
        ["resource_handle: resource"],
        _ANY_ELEMENTS,
        shape=scalar,
        stateful=True,
        host_inputs=[0],
    )
ops.define(
    "IteratorToStringHandle", ["resource_handle: resource"], ["string_handle: string"], shape=scalar, stateful=True
)
ops.define("MakeIterator", ["dataset: variant", "iterator: resource"], shape=nothing, stateful=True)
for _name in ("IteratorGetNext", "IteratorGetNextSync"):
    ops.define(_name, ["iterator: resource"], ["components: output_types"], ELEMENTS, shape=of_elements, stateful=True)
ops.define(
    "IteratorGetNextAsOptional",
    ["iterator: resource"],
    ["optional: variant"],
    ELEMENTS,
    shape=scalar,
    stateful=True,
)
for _prefix in ("", "Experimental"):
    ops.define(f"{_prefix}IteratorGetDevice", ["resource: resource"], ["device: string"], shape=scalar, stateful=True)
    ops.define(f"{_prefix}DatasetCardinality", ["input_dataset: variant"], ["cardinality: int64"], shape=scalar)
ops.define(
    "DatasetToSingleElement",
    ["dataset: variant"],
    ["components: output_types"],
    ELEMENTS,
    shape=of_elements,
    stateful=True,
)
for _name in ("WrapDatasetVariant", "UnwrapDatasetVariant"):
    ops.define(_name, ["input_handle: variant"], ["output_handle: variant"], shape=scalar)
ops.without_gradient(*ops)


def _found_or_made(k: KernelContext) -> Callable[[], IteratorResource]:
    store = k.resources
    assert store is not None
    key = k.attr("container"), k.attr("shared_name") or k.name
    types, shapes = k.attr("output_types"), k.attr("output_shapes")

    known: IteratorResource | None = None

    def run() -> IteratorResource:
        nonlocal known
        found = store.get_or_create(_KIND, *key, lambda: IteratorResource(key, types, shapes, store))
        if found is not known:
            check_fits(found.types, found.shapes, types, shapes)
            known = found
        return found

    return run


@kernel("Iterator", "IteratorV2")
def iterator(k: KernelContext) -> Callable[..., Any]:
    """Finds the iterator of this name in the session, or makes it."""
    return _found_or_made(k)


@kernel("OneShotIterator")
def one_shot_iterator(k: KernelContext) -> Callable[..., Any]:
    """As `iterator`; one that is new begins with the dataset that a function makes."""
    find, factory = _found_or_made(k), Function(k, "dataset_factory")

    def make() -> Any:
        (dataset,) = factory.shared()
        return dataset

    def run() -> IteratorResource:
        found = find()
        if not found.initialized:
            found.initialize_once(make)
        return found

    return run


@kernel("AnonymousIterator")
def anonymous_iterator(k: KernelContext) -> Callable[..., Any]:
    """A new iterator, each time."""
    store, types, shapes = k.resources, k.attr("output_types"), k.attr("output_shapes")
    assert store is not None

    def run() -> IteratorResource:
        key = "", f"AnonymousIterator{next(_numbers)}"
        return store.get_or_create(_KIND, *key, lambda: IteratorResource(key, types, shapes, store))

    return run


@kernel("WrapDatasetVariant", "UnwrapDatasetVariant")
def wrap(k: KernelContext) -> Callable[..., Any]:
    """The dataset, as another device sees it."""
    del k
    return lambda dataset: dataset


@kernel("IteratorToStringHandle")
def to_string_handle(k: KernelContext) -> Callable[..., Any]:
    """A string that stands for the iterator, in its session."""
    del k
    return lambda resource: "\0".join(resource.name).encode()


@kernel("IteratorFromStringHandle", "IteratorFromStringHandleV2")
def from_string_handle(k: KernelContext) -> Callable[..., Any]:
    """The iterator for which a string stands."""
    store, types, shapes = k.resources, k.attr("output_types"), k.attr("output_shapes")
    assert store is not None

    def run(handle: Any) -> IteratorResource:
        text = handle if isinstance(handle, bytes) else bytes(np.asarray(handle).item())
        container, divider, name = text.decode(errors="replace").partition("\0")
        found = store.find(_KIND, container, name) if divider else None
        if found is None:
            raise invalid(f"Could not parse string_handle into a valid ResourceHandle. Received: {text!r}")
        if types:
            check_fits(found.types, found.shapes, types, shapes)
        resource: IteratorResource = found
        return resource

    return run


@kernel("MakeIterator")
def make_iterator(k: KernelContext) -> Callable[..., None]:
    """Puts an iterator at the beginning of a dataset."""
    del k
    return lambda dataset, resource: resource.initialize(dataset)


@kernel("IteratorGetNext", "IteratorGetNextSync")
def get_next(k: KernelContext) -> Callable[..., Any]:
    """The next element."""
    if len(k.output_dtypes) == 1:
        return lambda resource: resource.next()[0]
    return lambda resource: resource.next()


@kernel("IteratorGetNextAsOptional")
def get_next_as_optional(k: KernelContext) -> Callable[..., Any]:
    """The next element, or none at the end."""
    del k

    def run(resource: Any) -> OptionalValue:
        try:
            return OptionalValue(resource.next())
        except errors.OutOfRangeError:
            return OptionalValue(None)

    return run


@kernel("IteratorGetDevice", "ExperimentalIteratorGetDevice")
def get_device(k: KernelContext) -> Callable[..., Any]:
    """The device of an iterator."""
    device = k.device.encode()
    return lambda resource: device


@kernel("DatasetCardinality", "ExperimentalDatasetCardinality")
def cardinality(k: KernelContext) -> Callable[..., Any]:
    """The number of elements, or a negative number."""
    del k
    return lambda dataset: np.int64(dataset.cardinality())


@kernel("DatasetToSingleElement")
def single_element(k: KernelContext) -> Callable[..., Any]:
    """The only element."""
    store, single = k.resources, len(k.output_dtypes) == 1
    assert store is not None

    def run(dataset: Any) -> Any:
        elements = dataset.iterate(IterationContext(IterationStore(store)), "SingleElementIterator")
        element = next(elements, None)
        if element is None:
            raise invalid("Dataset was empty.")
        if next(elements, None) is not None:
            raise invalid("Dataset had more than one element.")
        parts = tuple([part.copy() if isinstance(part, np.ndarray) else part for part in element])
        return parts[0] if single else parts

    return run
