"""Entries: what is registered is the object itself, or an import string that is resolved on first use."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from operator import attrgetter
from typing import Any


def resolve_entry(entry: object, attribute: str = "") -> Any:
    """Returns the object that an entry stands for.

    Args:
      entry: any object but a string, which is returned as it is; or ``"module:attribute"``; or ``"module"``, which
        stands for the attribute of that module named by `attribute`.
      attribute: the attribute to take when the entry names none; empty for the module itself.

    Raises:
      ImportError: the module cannot be imported.
      AttributeError: it has no such attribute.

    >>> resolve_entry("math:sqrt")(4.0)
    2.0
    """
    if not isinstance(entry, str):
        return entry
    module_name, _, path = entry.partition(":")
    module = importlib.import_module(module_name)
    path = path or attribute
    return attrgetter(path)(module) if path else module


def member(found: object, key: str) -> Any:
    """Returns ``found[key]`` where `found` is a table (an OpSet, a KernelSet), else `found` itself.

    Raises:
      LookupError: the table has no such key.
    """
    if not isinstance(found, Mapping):
        return found
    if key not in found:
        raise LookupError(f"there is no '{key}' in it, but: {', '.join(sorted(found)) or 'nothing'}")
    return found[key]
