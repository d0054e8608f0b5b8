"""Datasets that keep their elements: in memory for one iterator, or in files for good."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from tangraph.plugin import errors
from tangraph_datasets.data.values.base import DatasetValue, Element, IterationContext
from tangraph_datasets.data.values.reordering import Reordering, Start

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType

_INDEX_WIDTH: Final = 10


class MemoryCache(Reordering):
    """The elements, which are made once for each initialisation of an iterator."""

    def order(self, context: IterationContext, place: str, start: Start) -> Iterator[Any]:
        """See `Reordering.order`."""
        place = f"{place}/MemoryCache"
        kept = context.states.get((place, "elements"))
        if kept is not None:
            return iter(kept)
        return _Remembered(start(context, place), context, (place, "elements"))

    @property
    def fresh(self) -> bool:
        """See `DatasetValue.fresh`."""
        return False


class _Remembered:
    """Keeps the elements; they count from when all were read."""

    __slots__ = ("_context", "_elements", "_kept", "_key")

    def __init__(self, elements: Iterator[Any], context: IterationContext, key: Any) -> None:
        self._elements, self._context, self._key = elements, context, key
        self._kept: list[Any] = []

    def __iter__(self) -> _Remembered:
        return self

    def __next__(self) -> Any:
        try:
            element = next(self._elements)
        except StopIteration:
            self._context.states[self._key] = self._kept
            raise
        self._kept.append(element)
        return element


class FileCache(DatasetValue):
    """The elements, which are written to files and read from there once all were made.

    The files are those of a checkpoint, whose tensors are called by the numbers of element and component.

    Args:
      source: the dataset.
      path: what the names of the files begin with.
      types: those of the components.
    """

    def __init__(self, source: DatasetValue, path: str, types: Sequence[DType]) -> None:
        self.source, self._path, self._types = source, path, tuple(types)

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        if os.path.exists(f"{self._path}.index"):
            return self._read()
        return _Written(self.source.iterate(context, f"{place}/FileCache"), self._path, self._types, self._name)

    def _name(self, element: int, component: int) -> str:
        width = len(str(len(self._types)))
        return f"{element:{_INDEX_WIDTH}d}_{component:{width}d}"

    def _read(self) -> Iterator[Element]:
        from tangraph_interop.checkpoint.bundle_reader import BundleReader

        reader, number = BundleReader(self._path), 0
        components = range(len(self._types))
        while reader.has(self._name(number, 0)):
            yield tuple([_as_element(reader.read(self._name(number, index))) for index in components])
            number += 1

    def cardinality(self) -> int:
        """See `DatasetValue.cardinality`."""
        return self.source.cardinality()


def _as_element(value: Any) -> Any:
    return value if value.shape else value[()]


class _Written:
    """Keeps the elements and writes them at the end; a lock file says that somebody is about to."""

    __slots__ = ("_done", "_elements", "_items", "_locked", "_name", "_number", "_path", "_types")

    def __init__(self, elements: Iterator[Element], path: str, types: Sequence[DType], name: Any) -> None:
        self._elements, self._path, self._types, self._name = elements, path, types, name
        self._items: list[tuple[str, str, Any, DType]] = []
        self._number = 0
        self._locked = self._done = False

    def __iter__(self) -> _Written:
        return self

    def __next__(self) -> Element:
        if not self._locked:
            self._lock()
        try:
            element = next(self._elements)
        except StopIteration:
            self._finish()
            raise
        for index, (value, dtype) in enumerate(zip(element, self._types, strict=True)):
            self._items.append((self._name(self._number, index), "", value, dtype))
        self._number += 1
        return element

    def _lock(self) -> None:
        lock = f"{self._path}_0.lockfile"
        try:
            with open(lock, "x") as file:
                file.write(f"Created at: {int(time.time())}")
        except FileExistsError:
            with open(lock) as file:
                contents = file.read()
            raise errors.AlreadyExistsError(
                None,
                None,
                f"There appears to be a concurrent caching iterator running - cache lockfile already exists ('{lock}'). "
                "If you are sure no other running TF computations are using this cache prefix, delete the lockfile and "
                f"re-initialize the iterator. Lockfile contents: {contents}",
            ) from None
        except OSError as error:
            from tangraph_datasets.files import file_error

            raise file_error(error, lock) from None
        self._locked = True

    def _finish(self) -> None:
        from tangraph_interop.checkpoint.bundle_writer import BundleWriter, merge_bundles

        if self._done:
            return
        self._done = True
        BundleWriter(f"{self._path}_0").write(self._items)
        merge_bundles([f"{self._path}_0"], self._path, delete_old_dirs=False)
        os.remove(f"{self._path}_0.lockfile")
        self._items.clear()
