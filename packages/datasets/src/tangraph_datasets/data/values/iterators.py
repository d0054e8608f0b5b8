"""The iterators of a session: where in a dataset they are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plugin import errors
from tangraph_datasets.data.values.base import DatasetValue, Element, IterationContext
from tangraph_datasets.data.values.functions import IterationStore
from tangraph_datasets.data.values.stacking import invalid

if TYPE_CHECKING:
    from tangraph.client.resources import ResourceStore
    from tangraph.framework.dtypes import DType
    from tangraph.framework.raw_shape import Raw

_UNINITIALIZED = (
    "GetNext() failed because the iterator has not been initialized. Ensure that you have run the initializer operation "
    "for this iterator before getting the next element."
)


class IteratorResource:
    """An iterator, which `initialize` puts at the beginning of a dataset.

    Args:
      name: the container and the name under which the session has it.
      types, shapes: those of the components of its elements.
      store: the session's resources.
    """

    def __init__(
        self, name: tuple[str, str], types: Sequence[DType], shapes: Sequence[Raw], store: ResourceStore
    ) -> None:
        self.name, self.types, self.shapes = name, tuple(types), tuple(shapes)
        self._store = store
        self._lock = threading.RLock()
        self._elements: Iterator[Element] | None = None
        self._dataset: DatasetValue | None = None
        self._fresh = False
        self._cancelled = False

    @property
    def value(self) -> Any:
        """What fetching the handle gives."""
        return np.array([part.encode() for part in self.name], object)

    @property
    def initialized(self) -> bool:
        """Whether it stands in a dataset."""
        return self._elements is not None

    def initialize(self, dataset: DatasetValue) -> None:
        """Puts it at the beginning of a dataset."""
        with self._lock:
            context = IterationContext(IterationStore(self._store))
            self._elements = dataset.iterate(context, "Iterator")
            self._dataset, self._fresh = dataset, dataset.fresh

    def initialize_once(self, make: Callable[[], DatasetValue]) -> None:
        """Puts it at the beginning of the dataset that a function makes, unless that was done."""
        with self._lock:
            if self._elements is None:
                self.initialize(make())

    def next(self) -> Element:
        """Returns the next element, whose arrays are the caller's.

        Raises:
          OutOfRangeError: there are no more.
          FailedPreconditionError: it stands in no dataset.
          CancelledError: the session was closed.
        """
        with self._lock:
            if self._elements is None:
                raise errors.FailedPreconditionError(None, None, _UNINITIALIZED)
            if self._cancelled:
                raise errors.CancelledError(None, None, "Iterator was cancelled")
            try:
                element = next(self._elements)
            except StopIteration:
                raise errors.OutOfRangeError(None, None, "End of sequence") from None
        if self._fresh:
            return element
        return tuple([part.copy() if isinstance(part, np.ndarray) else part for part in element])

    def clear(self) -> None:
        """Forgets the dataset, and that the session has the iterator."""
        with self._lock:
            self._elements = self._dataset = None
        self._store.delete("iterator", *self.name)

    def cancel(self) -> None:
        """Makes it give nothing more: the session closes."""
        self._cancelled = True


def check_fits(
    types: Sequence[DType], shapes: Sequence[Raw], wanted_types: Sequence[DType], wanted_shapes: Sequence[Raw]
) -> None:
    """Checks that elements of some types and shapes can stand for those of others.

    Raises:
      InvalidArgumentError: they cannot.
    """
    if len(types) != len(wanted_types):
        raise invalid(f"Number of components does not match: expected {len(wanted_types)} types but got {len(types)}.")
    for index, (dtype, wanted) in enumerate(zip(types, wanted_types, strict=True)):
        if dtype is not wanted:
            raise invalid(f"Data type mismatch at component {index}: expected {wanted.name} but got {dtype.name}.")
    for index, (shape, wanted_shape) in enumerate(zip(shapes, wanted_shapes, strict=False)):
        if not raw_shape.compatible(shape, wanted_shape):
            raise invalid(
                f"Incompatible shapes at component {index}: expected {raw_shape.to_str(wanted_shape)} but got "
                f"{raw_shape.to_str(shape)}."
            )
