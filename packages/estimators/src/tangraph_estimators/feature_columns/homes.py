"""Modules that gather names of others, which are imported when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def gathered(module: str, names: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Makes the ``__getattr__`` and ``__dir__`` of a module.

    Args:
      module: its name.
      names: a line for each module of this folder: its name, a colon, and the names that are taken from it.
    """
    lines = (line.partition(":") for line in names.split("\n") if line.strip())
    homes = {name: home.strip() for home, _, taken in lines for name in taken.split()}

    def get_attribute(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return getattr(import_module(f"{__package__}.{homes[name]}"), name)

    return get_attribute, lambda: sorted(homes)
