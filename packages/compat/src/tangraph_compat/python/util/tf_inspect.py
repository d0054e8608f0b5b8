"""`tensorflow.python.util.tf_inspect`: Python's `inspect`."""

from inspect import *  # noqa: F403
from inspect import currentframe, getfullargspec, isclass, isfunction, ismethod, ismodule
from typing import Any, NamedTuple

__all__ = ["ArgSpec", "currentframe", "getargspec", "getfullargspec", "isclass", "isfunction", "ismethod", "ismodule"]


class ArgSpec(NamedTuple):
    """What `inspect.getargspec` returned."""

    args: list[str]
    varargs: str | None
    keywords: str | None
    defaults: tuple[Any, ...] | None


def getargspec(obj: Any) -> ArgSpec:
    """Returns names and defaults of a function's arguments."""
    return ArgSpec(*getfullargspec(obj)[:4])
