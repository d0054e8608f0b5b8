"""The tables themselves: what a session keeps of them between its runs."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plugin import errors

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType


def invalid(text: str) -> errors.InvalidArgumentError:
    """Returns the error for an argument that does not fit."""
    return errors.InvalidArgumentError(None, None, text)


def flat(array: Any) -> list[Any]:
    """Returns the elements of an array, or the one that a scalar is, as a list."""
    return [array] if isinstance(array, bytes) else list(np.asarray(array).ravel().tolist())


def shown(value: Any) -> str:
    """Returns a key or value as TensorFlow's errors write it."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return f"{value:g}" if isinstance(value, float) else str(value)


class Table:
    """A table that may change.

    Attributes:
      key_dtype, value_dtype: the types.
      value_shape: the shape of one value.

    Args:
      key_dtype, value_dtype, value_shape: see above.
    """

    def __init__(self, key_dtype: DType, value_dtype: DType, value_shape: tuple[int, ...] = ()) -> None:
        self.key_dtype, self.value_dtype = key_dtype, value_dtype
        self.value_shape = value_shape
        self._items: dict[Any, Any] = {}
        self._lock = threading.RLock()

    def size(self) -> int:
        """Returns how many keys there are."""
        return len(self._items)

    def find(self, keys: Any, default: Any) -> Any:
        """Returns the values of keys, and the default value for those that are missing."""
        if np.shape(default) != self.value_shape:
            raise invalid(
                f"Expected shape {raw_shape.to_str(self.value_shape)} for default value, got "
                f"{raw_shape.to_str(np.shape(default))}"
            )
        missing = default if self.value_shape else flat(default)[0]
        with self._lock:
            found = [self._items.get(key, missing) for key in flat(keys)]
        return self._as_array(found, np.shape(keys))

    def _as_array(self, values: Sequence[Any], shape: tuple[int, ...]) -> Any:
        dtype = self.value_dtype.np
        if dtype.hasobject and not self.value_shape:
            result = np.empty(len(values), object)
            result[:] = values
        else:
            result = np.array(values, dtype)
        whole = result.reshape(shape + self.value_shape)
        return whole[()] if whole.ndim == 0 else whole

    def insert(self, keys: Any, values: Any) -> None:
        """Adds or replaces values."""
        pairs = list(self._pairs(keys, values))
        with self._lock:
            self._check_keys(key for key, _ in pairs)
            self._items.update(pairs)

    def _pairs(self, keys: Any, values: Any) -> Iterable[tuple[Any, Any]]:
        expected = np.shape(keys) + self.value_shape
        if np.shape(values) != expected:
            raise invalid(
                f"Expected shape {raw_shape.to_str(expected)} for value, got {raw_shape.to_str(np.shape(values))}"
            )
        listed = flat(keys)
        if self.value_shape:
            rows: Any = np.array(values).reshape(len(listed), *self.value_shape)
        else:
            rows = flat(values)
        return zip(listed, rows, strict=True)

    def _check_keys(self, keys: Iterable[Any]) -> None:
        """Raises for keys that may not be used."""

    def remove(self, keys: Any) -> None:
        """Removes keys; those that are missing do not matter."""
        listed = flat(keys)
        with self._lock:
            self._check_keys(listed)
            for key in listed:
                self._items.pop(key, None)

    def replace(self, keys: Any, values: Any) -> None:
        """Takes over all keys and values, in place of those that it has."""
        pairs = dict(self._pairs(keys, values))
        with self._lock:
            self._check_keys(pairs)
            self._items = pairs

    def export(self) -> tuple[Any, Any]:
        """Returns all keys and values."""
        with self._lock:
            # Any order would do; TensorFlow's hash maps give small tables last one first.
            keys, values = list(reversed(self._items)), list(reversed(self._items.values()))
        if self.key_dtype.np.hasobject:
            vector = np.empty(len(keys), object)
            vector[:] = keys
        else:
            vector = np.array(keys, self.key_dtype.np)
        return vector, self._as_array(values, (len(keys),))


class StaticTable(Table):
    """A table that is filled once."""

    def __init__(self, key_dtype: DType, value_dtype: DType) -> None:
        super().__init__(key_dtype, value_dtype)
        self._initialized = False

    def fill(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        """Fills the table; nothing happens when it is filled already.

        Raises:
          FailedPreconditionError: a key has two values.
        """
        with self._lock:
            if self._initialized:
                return
            items: dict[Any, Any] = {}
            for key, value in pairs:
                if items.setdefault(key, value) != value:
                    raise errors.FailedPreconditionError(
                        None,
                        None,
                        f"HashTable has different value for same key. Key {shown(key)} has {shown(items[key])} and "
                        f"trying to add value {shown(value)}",
                    )
            self._items, self._initialized = items, True

    def _check_filled(self) -> None:
        if not self._initialized:
            raise errors.FailedPreconditionError(None, None, "Table not initialized.")

    def size(self) -> int:
        """Returns how many keys there are."""
        return len(self._items) if self._initialized else 0

    def find(self, keys: Any, default: Any) -> Any:
        """Returns the values of keys; see `Table.find`."""
        self._check_filled()
        return super().find(keys, default)

    def export(self) -> tuple[Any, Any]:
        """Returns all keys and values."""
        self._check_filled()
        return super().export()

    def replace(self, keys: Any, values: Any) -> None:
        """Fills the table."""
        self.fill(self._pairs(keys, values))

    def insert(self, keys: Any, values: Any) -> None:
        """Is not possible."""
        del keys, values
        raise errors.UnimplementedError(None, None, "Insert not supported by InitializableLookupTable implementations")

    def remove(self, keys: Any) -> None:
        """Is not possible."""
        del keys
        raise errors.UnimplementedError(None, None, "Remove not supported by InitializableLookupTable implementations")


class DenseTable(Table):
    """A table in which two keys may not be used: TensorFlow marks with them what is free and what is deleted."""

    def __init__(
        self, key_dtype: DType, value_dtype: DType, value_shape: tuple[int, ...], empty_key: Any, deleted_key: Any
    ) -> None:
        super().__init__(key_dtype, value_dtype, value_shape)
        self._marks = {"empty_key": empty_key, "deleted_key": deleted_key}
        if empty_key == deleted_key:
            raise invalid("Empty and deleted keys cannot be equal")

    def _check_keys(self, keys: Iterable[Any]) -> None:
        for key in keys:
            for what, mark in self._marks.items():
                if key == mark:
                    raise invalid(f"Using the {what} as a table key is not allowed\nReceived: {shown(key)}")

    def find(self, keys: Any, default: Any) -> Any:
        """Returns the values of keys; see `Table.find`."""
        self._check_keys(flat(keys))
        return super().find(keys, default)
