"""`tensorflow.python.util.deprecation`: see `tf.contrib.framework.deprecated`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tangraph_compat.contrib.framework.deprecation import deprecated, deprecated_arg_values, deprecated_args, silenced
from tangraph_compat.internals import names_of

__getattr__, __dir__ = names_of(__name__)
__all__ = ["deprecated", "deprecated_arg_values", "deprecated_args"]

_PRINT_DEPRECATION_WARNINGS = True  # programs set it to False; `tf.logging.set_verbosity` does the same here


def deprecated_argument_lookup(new_name: str, new_value: Any, old_name: str, old_value: Any) -> Any:
    """Returns the one of two values that was given.

    Raises:
      ValueError: both were.
    """
    if old_value is None:
        return new_value
    if new_value is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'")
    return old_value


def deprecated_endpoints(*args: str) -> Any:
    """Decorator: leaves the function as it is."""
    return lambda function: function


@contextmanager
def silence() -> Iterator[None]:
    """Keeps warnings about deprecated things to itself in the block."""
    with silenced():
        yield
