"""`tf.contrib.framework.deprecated` and its like: decorators that warn once for each function."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

from tangraph.export import export
from tangraph.util import tf_logging

_DATE: Final = re.compile(r"20\d\d-[01]\d-[0123]\d")
_silent: Final[list[bool]] = []


@contextmanager
def silenced() -> Iterator[None]:
    """Keeps these warnings to itself in the block."""
    _silent.append(True)
    try:
        yield
    finally:
        _silent.pop()


def _when(date: str | None) -> str:
    return "in a future version" if date is None else f"after {date}"


def _check(date: Any, instructions: Any) -> None:
    if date is not None and not _DATE.match(date):
        raise ValueError(f"Date must be YYYY-MM-DD. Received: {date!r}")
    if not instructions:
        raise ValueError(f"Don't deprecate things without conversion instructions! Received: {instructions!r}")


def _warn(text: str) -> None:
    if not _silent:
        caller = sys._getframe(2)  # noqa: SLF001  the warning names the line that calls
        tf_logging.warning("From %s:%d: %s", caller.f_code.co_filename, caller.f_lineno, text)


def _noted(func: Callable[..., Any], title: str, empty: str, notice: str, instructions: str) -> str:
    first, _, rest = (inspect.getdoc(func) or "").partition("\n")
    head = f"{first} {title}" if first else empty
    parts = [head, "", f"Warning: {notice}", "Instructions for updating:", instructions]
    return "\n".join([*parts, rest] if rest.strip() else parts)


@export("contrib.framework.deprecated")
def deprecated(date: str | None, instructions: str, warn_once: bool = True) -> Callable[..., Any]:
    """Decorator: a call of the function warns that it is deprecated.

    Args:
      date: "YYYY-MM-DD", after which it goes; None for some day.
      instructions: what to use instead.
      warn_once: whether to warn at the first call only.

    Raises:
      ValueError: the date is none, or there are no instructions.
    """
    _check(date, instructions)

    def decorate(func: Callable[..., Any]) -> Callable[..., Any]:
        text = (
            f"{func.__qualname__} (from {func.__module__}) is deprecated and will be removed {_when(date)}.\n"
            f"Instructions for updating:\n{instructions}"
        )
        warned: list[bool] = []

        @wraps(func)
        def call(*args: Any, **kwargs: Any) -> Any:
            if not (warned and warn_once):
                warned.append(True)
                _warn(text)
            return func(*args, **kwargs)

        notice = f"THIS FUNCTION IS DEPRECATED. It will be removed {_when(date)}."
        call.__doc__ = _noted(func, "(deprecated)", "DEPRECATED FUNCTION", notice, instructions)
        return call

    return decorate


@export("contrib.framework.deprecated_args")
def deprecated_args(
    date: str | None, instructions: str, *deprecated_arg_names_or_tuples: Any, **kwargs: Any
) -> Callable[..., Any]:
    """Decorator: passing one of these arguments warns that it is deprecated.

    Args:
      date: "YYYY-MM-DD", after which they go; None for some day.
      instructions: what to use instead.
      *deprecated_arg_names_or_tuples: names; or (name, value), where that value is all right.
      **kwargs: `warn_once`, whether to warn at the first call only.

    Raises:
      ValueError: the date is none, there are no instructions or no names, or the function lacks one of them.
    """
    _check(date, instructions)
    warn_once = kwargs.pop("warn_once", True)
    if kwargs or not deprecated_arg_names_or_tuples:
        raise ValueError(f"Specify which argument is deprecated. Received: {deprecated_arg_names_or_tuples}, {kwargs}")
    fine: dict[str, Any] = dict(a if isinstance(a, tuple) else (a, _NEVER) for a in deprecated_arg_names_or_tuples)
    return _decorate_args(
        date,
        instructions,
        warn_once,
        list(fine),
        lambda name, value: None if fine[name] is not _NEVER and value == fine[name] else name,
        "ARGUMENTS",
        f"SOME ARGUMENTS ARE DEPRECATED: `({', '.join(fine)})`",
    )


@export("contrib.framework.deprecated_arg_values")
def deprecated_arg_values(
    date: str | None, instructions: str, warn_once: bool = True, **deprecated_kwargs: Any
) -> Callable[..., Any]:
    """Decorator: passing an argument with one of these values warns that it is deprecated.

    Args:
      date: "YYYY-MM-DD", after which they go; None for some day.
      instructions: what to use instead.
      warn_once: whether to warn at the first call only.
      **deprecated_kwargs: argument -> value.

    Raises:
      ValueError: the date is none, or there are no instructions or no values.
    """
    _check(date, instructions)
    if not deprecated_kwargs:
        raise ValueError("Specify which argument values are deprecated. Received: none")
    shown = ", ".join(f"{name}={value!r}" for name, value in deprecated_kwargs.items())
    return _decorate_args(
        date,
        instructions,
        warn_once,
        list(deprecated_kwargs),
        lambda name, value: f"{name}={value}" if value == deprecated_kwargs[name] else None,
        "ARGUMENT VALUES",
        f"SOME ARGUMENT VALUES ARE DEPRECATED: `({shown})`",
    )


_NEVER: Final = object()


def _decorate_args(
    date: str | None,
    instructions: str,
    warn_once: bool,
    names: list[str],
    complaint: Callable[[str, Any], str | None],
    what: str,
    notice: str,
) -> Callable[..., Any]:
    def decorate(func: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(func)
        missing = [name for name in names if name not in signature.parameters]
        if missing:
            raise ValueError(f"The following deprecated arguments are not present in the signature: {missing}.")
        warned: set[str] = set()

        @wraps(func)
        def call(*args: Any, **kwargs: Any) -> Any:
            given = signature.bind_partial(*args, **kwargs).arguments
            for name in names:
                found = complaint(name, given[name]) if name in given else None
                if found is None or (warn_once and name in warned):
                    continue
                warned.add(name)
                _warn(
                    f"calling {func.__qualname__} (from {func.__module__}) with {found} is deprecated and will be removed "
                    f"{_when(date)}.\nInstructions for updating:\n{instructions}"
                )
            return func(*args, **kwargs)

        text = f"{notice}. They will be removed {_when(date)}."
        call.__doc__ = _noted(func, f"(deprecated {what.lower()})", f"DEPRECATED FUNCTION {what}", text, instructions)
        return call

    return decorate
