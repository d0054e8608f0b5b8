"""Values of type variant: what handles of optionals are while a graph runs."""

from __future__ import annotations

from typing import Any

import numpy as np


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


def zeros_like(value: Any) -> Any:
    """Returns a value of the same kind, with zeros for the numbers in it."""
    if isinstance(value, OptionalValue):
        components = value.components
        return OptionalValue(None if components is None else tuple([zeros_like(item) for item in components]))
    return np.zeros_like(value)
