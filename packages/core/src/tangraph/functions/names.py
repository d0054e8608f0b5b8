"""Names that functions get."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable
from typing import Any

_numbers = itertools.count(1)


def uid() -> int:
    """Returns a number that nothing else in this process has got."""
    return next(_numbers)


def function_name(func: Callable[..., Any]) -> str:
    """Returns the name that TensorFlow gives a function after the Python function.

    Raises:
      ValueError: it cannot be called.

    >>> function_name(lambda x: x), function_name([].append)[:6]
    ('<lambda>', '<class')
    """
    if not callable(func):
        raise ValueError("Argument must be callable")
    func = inspect.unwrap(func)
    if inspect.isfunction(func):
        return func.__name__
    if inspect.ismethod(func):
        return f"{type(func.__self__).__name__}.{func.__func__.__name__}"
    return str(type(func))
