"""What is missing of the names that a program uses."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from tangraph_compat.check.uses import Use

_INSTALL = re.compile(r"pip install ([\w\-\[\],]+)")


@dataclass(frozen=True)
class Missing:
    """One thing that is missing.

    Attributes:
      what: the name, or the name with a keyword.
      why: the reason, and what to do.
      uses: where it is used.
    """

    what: str
    why: str
    uses: tuple[Use, ...]

    @property
    def distribution(self) -> str:
        """The distribution that would provide it, or ""."""
        found = _INSTALL.search(self.why)
        return found[1] if found else ""


def missing(uses: Iterable[Use]) -> list[Missing]:
    """Returns what is missing, in the order of its first use; what the program can do without does not count."""
    found: dict[str, tuple[str, list[Use]]] = {}
    for use in uses:
        if _is_needed(use):
            for what, why in _complaints(use):
                found.setdefault(what, (why, []))[1].append(use)
    return [Missing(what, why, tuple(places)) for what, (why, places) in found.items()]


def _is_needed(use: Use) -> bool:
    """Returns whether a program that gets to a use, needs it: nothing in whose place it stands is there."""
    if use.guarded:
        return False
    return not use.instead_of or any(_complaints(other) for other in use.instead_of)


def _complaints(use: Use) -> list[tuple[str, str]]:
    value, why = look_up(use.name)
    if why:
        return [(f"tf.{use.name}", why)]
    taken = _keywords(value)
    if taken is None:
        return []
    return [
        (f"tf.{use.name}({keyword}=)", _unknown(keyword, taken)) for keyword in use.keywords if keyword not in taken
    ]


@cache
def look_up(name: str) -> tuple[Any, str]:
    """Returns what a name stands for, and why it does not exist ("" when it does)."""
    import tangraph

    found: Any = tangraph
    path: list[str] = []
    for part in name.split("."):
        try:
            found = _member(found, path, part)
        except (AttributeError, ImportError) as error:
            return None, _reason(error, found, [*path, part])
        path.append(part)
        if not isinstance(found, ModuleType | type):
            break  # attributes of values and results are the program's affair
    return found, ""


def _member(found: Any, path: list[str], part: str) -> Any:
    try:
        return getattr(found, part)
    except AttributeError:
        if not isinstance(found, ModuleType):
            raise
        try:
            return import_module(".".join(["tangraph", *path, part]))
        except ModuleNotFoundError:
            pass
        raise


def _reason(error: Exception, owner: Any, path: list[str]) -> str:
    text = str(error).partition("\n")[0]
    if any(said in text for said in ("pip install", "Did you mean", "calls it", "is not implemented")):
        return text  # the name that is most alike would be another thing
    close = difflib.get_close_matches(path[-1], _names(owner), n=1, cutoff=0.75)
    return f"{text}; the nearest is {'.'.join(['tf', *path[:-1], close[0]])}" if close else text


def _names(owner: Any) -> list[str]:
    return [name for name in dir(owner) if not name.startswith("_")]


def _keywords(value: Any) -> set[str] | None:
    """Returns the keywords that a callable takes; None for any, or when that is not known."""
    if isinstance(value, ModuleType) or not callable(value):
        return None
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
        return None
    return {p.name for p in parameters if p.kind is not inspect.Parameter.POSITIONAL_ONLY}


def _unknown(keyword: str, taken: set[str]) -> str:
    close = difflib.get_close_matches(keyword, sorted(taken), n=1)
    return "there is no such argument" + (f"; the nearest is {close[0]}=" if close else "")
