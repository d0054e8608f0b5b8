"""`tensorflow.python.util.function_utils`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from tangraph_compat.internals import names_of

__getattr__, __dir__ = names_of(__name__)


def fn_args(fn: Callable[..., Any]) -> tuple[str, ...]:
    """Returns the names of the arguments that a function, method or callable object takes from its caller."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return tuple(name for name, p in inspect.signature(fn).parameters.items() if p.kind in kinds)


def has_kwargs(fn: Callable[..., Any]) -> bool:
    """Returns whether a function takes any keyword arguments."""
    return any(p.kind is inspect.Parameter.VAR_KEYWORD for p in inspect.signature(fn).parameters.values())


def get_func_name(func: Any) -> str:
    """Returns the name of a function."""
    return str(getattr(func, "__name__", None) or getattr(getattr(func, "func", None), "__name__", None) or type(func))
