"""Names with a scope put before them or taken off, as imports and exports of part of a graph do."""

from __future__ import annotations

import re


def prepend_name_scope(name: str, import_scope: str | None) -> str:
    """Returns a name as it is after an import under a scope; the leading "^" and "loc:@" stay in front.

    >>> prepend_name_scope("^w", "a"), prepend_name_scope("loc:@w", "a")
    ('^a/w', 'loc:@a/w')
    """
    if not import_scope:
        return name
    scope = import_scope.rstrip("/")
    return re.sub(r"([\^]|loc:@|^)(.*)", lambda m: f"{m[1]}{scope}/{m[2]}", name, count=1)


def strip_name_scope(name: str, export_scope: str | None) -> str:
    """Returns a name without the scope that is exported.

    >>> strip_name_scope("a/b/w:0", "a")
    'b/w:0'
    """
    if not export_scope:
        return name
    scope = re.escape(export_scope.rstrip("/"))
    return re.sub(rf"([\^]|loc:@|^){scope}[/]+(.*)", r"\1\2", name, count=1)
