"""Values of type variant: what optionals and tensor lists are while a graph runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.raw_shape import Raw


class OptionalValue:
    """What an optional is.

    Attributes:
      components: the values that it holds; None when it holds nothing.
    """

    __slots__ = ("components",)

    def __init__(self, components: tuple[Any, ...] | None = None) -> None:
        self.components = components

    def __repr__(self) -> str:
        return "<OptionalValue none>" if self.components is None else f"<OptionalValue of {len(self.components)}>"


class TensorListValue:
    """What a tensor list is: a list that never changes, though changing it costs no copy.

    The newest list of a family holds the elements. An older one knows how it differs from the next newer, and takes the
    elements over when somebody asks for them again (Baker, Shallow binding makes functional arrays fast, 1991).

    Attributes:
      dtype: the type of the elements.
      element_shape: their shape, as far as it is given.
      max_elements: how many there may be; -1 for any number.
    """

    __slots__ = ("_difference", "_items", "_newer", "dtype", "element_shape", "max_elements")

    def __init__(self, dtype: DType, element_shape: Raw, items: list[Any], max_elements: int = -1) -> None:
        self.dtype = dtype
        self.element_shape = element_shape
        self.max_elements = max_elements
        self._items: list[Any] | None = items
        self._newer: TensorListValue | None = None
        self._difference: tuple[Any, ...] = ()

    @property
    def items(self) -> list[Any]:
        """The elements, None for those that are not there yet. To be looked at only."""
        items = self._items
        return self._take() if items is None else items

    def _take(self) -> list[Any]:
        """Makes this list the one that holds the elements."""
        chain: list[TensorListValue] = []
        current = self
        while current._items is None:
            chain.append(current)
            assert current._newer is not None
            current = current._newer
        items, current._items = current._items, None
        for older in reversed(chain):
            kind, *details = older._difference
            newer = older._newer
            assert newer is not None
            if kind == "set":
                index, value = details
                newer._difference = ("set", index, items[index])
                items[index] = value
            elif kind == "pop":
                newer._difference = ("push", items.pop())
            else:
                newer._difference = ("pop",)
                items.append(details[0])
            newer._newer = older
        self._items, self._newer, self._difference = items, None, ()
        return items

    def _next(self, items: list[Any], difference: tuple[Any, ...]) -> TensorListValue:
        made = TensorListValue(self.dtype, self.element_shape, items, self.max_elements)
        self._items, self._newer, self._difference = None, made, difference
        return made

    def with_item(self, index: int, value: Any) -> TensorListValue:
        """Returns the list with another element at an index."""
        items = self.items
        old, items[index] = items[index], value
        return self._next(items, ("set", index, old))

    def pushed(self, value: Any) -> TensorListValue:
        """Returns the list with one more element."""
        items = self.items
        items.append(value)
        return self._next(items, ("pop",))

    def popped(self) -> tuple[TensorListValue, Any]:
        """Returns the list with one element less, and that element."""
        items = self.items
        value = items.pop()
        return self._next(items, ("push", value)), value

    def like(self, items: list[Any]) -> TensorListValue:
        """Returns another list of such elements."""
        return TensorListValue(self.dtype, self.element_shape, items, self.max_elements)

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"<TensorListValue of {len(self)} {self.dtype.name}>"


def zeros_like(value: Any) -> Any:
    """Returns a value of the same kind, with zeros for the numbers in it."""
    if isinstance(value, OptionalValue):
        components = value.components
        return OptionalValue(None if components is None else tuple([zeros_like(item) for item in components]))
    if isinstance(value, TensorListValue):
        return value.like([None if item is None else zeros_like(item) for item in value.items])
    return np.zeros_like(value)


def add(first: Any, second: Any) -> Any:
    """Returns the sum of two values, number by number.

    Raises:
      ValueError: they are of different kinds or lengths.
    """
    if isinstance(first, TensorListValue) and isinstance(second, TensorListValue):
        if len(first) != len(second):
            raise ValueError("Trying to add two lists of tensors of different lengths")
        pairs = zip(first.items, second.items, strict=True)
        return first.like([b if a is None else a if b is None else add(a, b) for a, b in pairs])
    if isinstance(first, OptionalValue) and isinstance(second, OptionalValue):
        if first.components is None or second.components is None:
            if first.components is not second.components:
                raise ValueError("Cannot add optionals because one has a value and the other doesn't.")
            return first
        pairs = zip(first.components, second.components, strict=True)
        return OptionalValue(tuple([add(a, b) for a, b in pairs]))
    return np.add(first, second)
