"""Public names: which TensorFlow names a function, class or value answers to.

``tools/index.py`` collects the names into ``_index.py``, from which the facade serves ``tf.*`` without importing what
is not used. A value that cannot carry an attribute (a dtype, a number) stands in its module's ``__tf_values__``::

    __tf_values__ = {"float32": float32, "newaxis": newaxis}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from tangraph.framework.dispatch import dispatched

_T = TypeVar("_T", bound=Callable[..., Any])

NAMES_ATTRIBUTE: Final = "_tf_names"
VALUES_ATTRIBUTE: Final = "__tf_values__"


def export(*names: str) -> Callable[[_T], _T]:
    """Decorator: makes a function or class public under TensorFlow's names.

    Args:
      *names: dotted names without "tf.", such as "matmul" and "linalg.matmul".

    Raises:
      ValueError: no name is given.

    >>> @export("nn.relu")
    ... def relu(features): ...
    >>> exported_names(relu)
    ('nn.relu',)
    """
    if not names:
        raise ValueError("export needs at least one public name. Received none.")

    def record(target: _T) -> _T:
        target = dispatched(target, names)
        setattr(target, NAMES_ATTRIBUTE, (*exported_names(target), *names))
        return target

    return record


def named(name: str, doc: str) -> Callable[[_T], _T]:
    """Decorator: gives a function that another function makes its name and docstring.

    >>> def power(exponent: int):
    ...     return named(f"power{exponent}", f"Returns x**{exponent}.")(lambda x: x**exponent)
    >>> power(3).__name__, power(3)(2)
    ('power3', 8)
    """

    def record(target: _T) -> _T:
        target.__name__ = target.__qualname__ = name
        target.__doc__ = doc
        return target

    return record


def exported_names(target: object) -> tuple[str, ...]:
    """Returns the public names recorded on an object itself (a class does not inherit those of its base)."""
    names: tuple[str, ...] = getattr(target, "__dict__", {}).get(NAMES_ATTRIBUTE, ())
    return names
