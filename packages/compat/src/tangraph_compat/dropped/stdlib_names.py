"""Names that Python itself, and Pillow, have dropped."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from tangraph_compat.dropped import answer, constant, used

_ABSTRACT: Final = """
Awaitable Coroutine AsyncIterable AsyncIterator AsyncGenerator Hashable Iterable Iterator Generator Reversible Sized
Container Callable Collection Set MutableSet Mapping MutableMapping MappingView KeysView ItemsView ValuesView Sequence
MutableSequence ByteString
""".split()  # noqa: SIM905  a table


def complete_loaded() -> None:
    """Completes the modules that every interpreter has loaded before a program starts."""
    import collections
    import collections.abc

    present = [name for name in _ABSTRACT if hasattr(collections.abc, name)]
    answer(collections, {name: constant(getattr(collections.abc, name)) for name in present})
    answer(time, {"clock": constant(time.process_time)})
    os = import_module("os")
    answer(os, {"errno": lambda: import_module("errno"), "getcwdu": constant(os.getcwd)})


def complete_inspect(module: ModuleType) -> None:
    """`inspect.getargspec`, dropped in Python 3.11."""

    def getargspec() -> Callable[[Any], Any]:
        from collections import namedtuple

        ArgSpec = namedtuple("ArgSpec", "args varargs keywords defaults")  # noqa: PYI024  the type that it was

        def call(function: Any) -> Any:
            return ArgSpec(*module.getfullargspec(function)[:4])

        return call

    answer(module, {"getargspec": getargspec})


def complete_fractions(module: ModuleType) -> None:
    """`fractions.gcd`, dropped in Python 3.9."""
    import math

    answer(module, {"gcd": constant(math.gcd)})


def complete_base64(module: ModuleType) -> None:
    """`base64.encodestring` and `decodestring`, dropped in Python 3.9."""
    answer(module, {"encodestring": constant(module.encodebytes), "decodestring": constant(module.decodebytes)})


def complete_cgi(module: ModuleType) -> None:
    """`cgi.escape`, dropped in Python 3.8."""
    import html

    answer(module, {"escape": constant(lambda text, quote=False: html.escape(text, quote))})


def complete_json(module: ModuleType) -> None:
    """The argument `encoding` of `json.load` and `json.loads`, dropped in Python 3.9; it had no effect in Python 3."""
    for name in ("load", "loads"):
        setattr(module, name, without_argument(getattr(module, name), "encoding", f"json.{name}(encoding=)"))


def complete_threading(module: ModuleType) -> None:
    """`Thread.isAlive`, dropped in Python 3.9."""

    def is_alive(self: Any) -> bool:
        used.add("Thread.isAlive")
        return bool(self.is_alive())

    if not hasattr(module.Thread, "isAlive"):
        module.Thread.isAlive = is_alive


def complete_pil(module: ModuleType) -> None:
    """`PIL.Image.ANTIALIAS`, dropped in Pillow 10."""
    answer(module, {"ANTIALIAS": constant(module.Resampling.LANCZOS)}, "PIL.Image")


def make_imp() -> dict[str, Any]:
    """What programs use of `imp`, dropped in Python 3.12."""
    import importlib
    import importlib.util

    def load_source(name: str, path: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"'{path}' is no Python source", name=name, path=path)
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return {"reload": importlib.reload, "load_source": load_source, "new_module": ModuleType}


def make_c_element_tree() -> dict[str, Any]:
    """`xml.etree.cElementTree`, dropped in Python 3.9: the plain one is as fast."""
    return public(import_module("xml.etree.ElementTree"))


def public(module: ModuleType) -> dict[str, Any]:
    """Returns the public names of a module, for a stand-in that has moved."""
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    found = {}
    for name in names:
        try:
            found[name] = getattr(module, name)
        except (AttributeError, ImportError):
            continue  # scikit-learn lists what must be enabled first
    return found


def without_argument(function: Callable[..., Any], argument: str, label: str) -> Callable[..., Any]:
    """Returns a function that takes an argument which it had once, and leaves it out."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if argument in kwargs:
            used.add(label)
            del kwargs[argument]
        return function(*args, **kwargs)

    return call
