"""What a session keeps between runs: variables, and whatever else stateful kernels need (queues, tables, counters)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


class Cell:
    """The buffer of one variable.

    Reading `value` before anything was assigned raises AttributeError, which a plan turns into
    FailedPreconditionError; so reading costs nothing more than an attribute.

    Attributes:
      value: the live array. Updates happen in place where the shape allows, under `lock`.
      lock: taken by every read-modify-write.
      name: the variable's name, for errors.
    """

    __slots__ = ("__weakref__", "lock", "name", "value")

    value: Any

    def __init__(self, name: str) -> None:
        self.name = name
        self.lock = threading.RLock()

    @property
    def initialized(self) -> bool:
        """Whether something was assigned."""
        return hasattr(self, "value")

    def store(self, array: Any, *, owned: bool = False) -> None:
        """Replaces the value; an array that is not the caller's alone (`owned`) is copied.

        A value of the same shape and type is written into the live buffer, so that references keep seeing it.
        """
        with self.lock:
            live = getattr(self, "value", None)
            shape = getattr(live, "shape", ())
            if shape and live is not None and shape == np.shape(array) and live.dtype == array.dtype:
                live[...] = array
            elif isinstance(array, np.ndarray) and array.ndim == 0:
                self.value = array[()]
            elif (owned and isinstance(array, np.ndarray) and array.flags.writeable) or isinstance(array, bytes):
                self.value = array
            else:
                self.value = _copied(array)

    def clear(self) -> None:
        """Makes the variable uninitialised again."""
        with self.lock:
            if hasattr(self, "value"):
                del self.value

    def __repr__(self) -> str:
        return f"<Cell {self.name}>"


def _copied(array: Any) -> Any:
    if hasattr(array, "copy"):
        return array.copy()
    if hasattr(array, "__array_namespace__"):  # of a library that keeps to the array API standard
        return array.__array_namespace__().asarray(array, copy=True)
    return np.array(array)


class ResourceStore:
    """A session's resources by (kind, container, name).

    A resource on which operations wait (a queue) has a method `cancel()`, which makes all that wait, and all that
    would, raise CancelledError.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._cancelled = False
        self._resources: dict[tuple[str, str, str], Any] = {}

    def get_or_create(self, kind: str, container: str, name: str, make: Callable[[], T]) -> T:
        """Returns the resource, made on first use."""
        key = (kind, container, name)
        with self._lock:
            if key not in self._resources:
                made: Any = make()
                self._resources[key] = made
                if self._cancelled and hasattr(made, "cancel"):
                    made.cancel()
            found: T = self._resources[key]
            return found

    def variable(self, container: str, name: str) -> Cell:
        """Returns the cell of a variable, made uninitialised on first use."""
        return self.get_or_create("variable", container, name, lambda: Cell(name))

    def find(self, kind: str, container: str, name: str) -> Any:
        """Returns the resource, or None."""
        return self._resources.get((kind, container, name))

    def delete(self, kind: str, container: str, name: str) -> bool:
        """Forgets a resource; says whether there was one."""
        with self._lock:
            return self._resources.pop((kind, container, name), None) is not None

    def cancel(self) -> None:
        """Ends the waiting of all operations, for good: the session closes."""
        with self._lock:
            self._cancelled = True
            waited_on = [resource for resource in self._resources.values() if hasattr(resource, "cancel")]
        for resource in waited_on:
            resource.cancel()

    def clear(self, container: str | None = None) -> None:
        """Forgets the resources of one container, or all."""
        with self._lock:
            for key in list(self._resources):
                if container is None or key[1] == container:
                    del self._resources[key]
