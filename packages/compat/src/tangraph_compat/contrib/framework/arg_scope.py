"""`tf.contrib.framework.arg_scope`: default arguments of functions for the length of a block."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

from tangraph.export import export

Scope = dict[str, dict[str, Any]]

_takes: Final[dict[str, tuple[str, ...]]] = {}


class _Scopes(threading.local):
    def __init__(self) -> None:
        self.stack: list[Scope] = [{}]


_scopes: Final = _Scopes()


def _key(op: Any) -> str:
    return str(getattr(op, "_key_op", None) or op)


@export("contrib.framework.current_arg_scope")
def current_arg_scope() -> Scope:
    """Returns the arguments that are in force: function -> argument -> value."""
    return _scopes.stack[-1]


@export("contrib.framework.arg_scope")
@contextmanager
def arg_scope(list_ops_or_scope: Any, **kwargs: Any) -> Iterator[Scope]:
    """Gives functions decorated with `add_arg_scope` these arguments by default, in the block.

    Args:
      list_ops_or_scope: a list of such functions; or a scope that another block gave, which is used again.
      **kwargs: the arguments.

    Yields:
      The scope, to be used again.

    Raises:
      TypeError: the first argument is neither a list nor a scope.
      ValueError: a function is not decorated, or a scope comes with arguments.

    >>> @add_arg_scope
    ... def scaled(x, by=1):
    ...     return x * by
    >>> with arg_scope([scaled], by=10):
    ...     print(scaled(2), scaled(2, by=3))
    20 6
    """
    _scopes.stack.append(_new_scope(list_ops_or_scope, kwargs))
    try:
        yield _scopes.stack[-1]
    finally:
        _scopes.stack.pop()


def _new_scope(ops: Any, arguments: Mapping[str, Any]) -> Scope:
    if isinstance(ops, dict):
        if arguments:
            raise ValueError("When attempting to re-use a scope by suppling adictionary, kwargs must be empty.")
        return ops.copy()
    if not isinstance(ops, list | tuple):
        raise TypeError("list_ops_or_scope must either be a list/tuple or reused scope (i.e. dict)")
    scope = {key: dict(values) for key, values in current_arg_scope().items()}
    for op in ops:
        if not has_arg_scope(op):
            name = (getattr(op, "__module__", ""), getattr(op, "__name__", str(op)))
            raise ValueError("%s is not decorated with @add_arg_scope", name)
        scope.setdefault(_key(op), {}).update(arguments)
    return scope


@export("contrib.framework.add_arg_scope")
def add_arg_scope(func: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: lets `arg_scope` give a function arguments."""
    key = _key(func)
    parameters = inspect.signature(func).parameters.values()
    _takes[key] = tuple(p.name for p in parameters if p.default is not inspect.Parameter.empty)

    @wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        given = current_arg_scope().get(key)
        return func(*args, **({**given, **kwargs} if given else kwargs))

    vars(call)["_key_op"] = key
    return call


@export("contrib.framework.has_arg_scope")
def has_arg_scope(func: Any) -> bool:
    """Returns whether a function is decorated with `add_arg_scope`."""
    return _key(func) in _takes


@export("contrib.framework.arg_scoped_arguments")
def arg_scoped_arguments(func: Any) -> tuple[str, ...]:
    """Returns the names of the arguments that `arg_scope` can give a function.

    Raises:
      ValueError: it is not decorated with `add_arg_scope`.
    """
    if not has_arg_scope(func):
        raise ValueError(f"{func} is not decorated with @add_arg_scope")
    return _takes[_key(func)]
