"""OptionalValue: an element, or none."""

from __future__ import annotations

from tangraph_datasets.data.values.base import Element


class OptionalValue:
    """What a variant tensor of an Optional holds.

    Args:
      components: the element's, or None.
    """

    __slots__ = ("components",)

    def __init__(self, components: Element | None) -> None:
        self.components = components
