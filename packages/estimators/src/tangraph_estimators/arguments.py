"""Which arguments a user's function takes: input and model functions get those that they name."""

from __future__ import annotations

import functools
import inspect
from typing import Any


def argument_names(function: Any) -> tuple[str, ...]:
    """Returns the names of a function's arguments, without `self` of methods and without keyword-only ones.

    >>> argument_names(lambda features, labels, mode: None)
    ('features', 'labels', 'mode')
    >>> argument_names(functools.partial(lambda a, b, c: None, 1, c=2))
    ('b',)
    """
    if isinstance(function, functools.partial):
        left = argument_names(function.func)[len(function.args) :]
        return tuple(name for name in left if name not in function.keywords)
    if inspect.ismethod(getattr(function, "__call__", None)):  # noqa: B004  it is the method that is wanted
        function = function.__call__
    names = inspect.getfullargspec(function).args
    bound = inspect.ismethod(function) and function.__self__ is not None
    return tuple(names[1:] if bound else names)


def accepted(function: Any, **offered: Any) -> dict[str, Any]:
    """Returns those of the offered arguments that a function takes by name."""
    names = argument_names(function)
    return {name: value for name, value in offered.items() if name in names}
