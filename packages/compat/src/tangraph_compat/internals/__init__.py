"""TensorFlow's own modules: each holds public names of Tangraph.

They are `tensorflow.python.*`, `tensorflow.core.*` and, of some packages, `tensorflow.contrib.<package>.python.*`.

Programs import these modules although they are no public interface. `names.txt` says which public names TensorFlow 1.15
has in each (tools/tensorflow_internals.py writes it). What TensorFlow has there and nowhere in public stands in files of
`tangraph_compat/python`, which take the rest from the table with :func:`names_of`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from tangraph import finder, registry
from tangraph_compat.internals import raw_ops

ROOT: Final = "tangraph_compat"
_TREES: Final = (f"{ROOT}.python", f"{ROOT}.core", f"{ROOT}.contrib")
_KERAS: Final = "python.keras"


@cache
def table() -> dict[str, dict[str, str]]:
    """Returns module -> attribute -> public name; modules by their names below `tensorflow`.

    >>> table()["python.ops.math_ops"]["matmul"], table()["python.ops.nn"]["relu"]
    ('matmul', 'nn.relu')
    """
    text = Path(__file__).with_name("names.txt").read_text(encoding="utf-8")
    lines = (line.partition(":") for line in text.splitlines())
    return {module: dict(map(_entry, words.split())) for module, _, words in lines}


def _entry(word: str) -> tuple[str, str]:
    attribute, _, name = word.partition("=")
    return attribute, name or attribute


@cache
def _packages() -> frozenset[str]:
    return frozenset(name.rpartition(".")[0] for name in table())


def names_of(module_name: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Makes the ``__getattr__`` and ``__dir__`` of a module of TensorFlow's.

    Args:
      module_name: its name here, "tangraph_compat.python.framework.ops".
    """
    below = module_name.removeprefix(f"{ROOT}.")
    leaf = below.rpartition(".")[2]
    # A raw op keeps TensorFlow's raw signature, though many are public under the same name too.
    entries = {} if leaf.startswith("gen_") else table().get(below, {})

    def get_attribute(name: str) -> Any:
        if name in entries:
            return public(entries[name])
        if name == "__all__":
            return sorted(entries)
        if not name.startswith("_"):
            with suppress(LookupError):
                return registry.resolve_name(below, name)  # what a plugin has there
            if f"{below}.{name}" in table():
                return import_module(f"{module_name}.{name}")
        if leaf.startswith("gen_") and (function := raw_ops.find(name)) is not None:
            return function
        raise AttributeError(f"module 'tensorflow.{below}' has no attribute '{name}' in Tangraph")

    def list_names() -> list[str]:
        return sorted({*vars(import_module(module_name)), *entries})

    return get_attribute, list_names


def public(name: str) -> Any:
    """Returns what a public name stands for.

    Raises:
      AttributeError: it does not exist here; the text says what to install.

    >>> public("nn.relu").__name__
    'relu'
    """
    import tangraph

    found: Any = tangraph
    for part in name.split("."):
        found = getattr(found, part)
    return found


class _Module(ModuleType):
    """A module in which a public name stays what it is when a module of the same name below is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        below = self.__name__.removeprefix(f"{ROOT}.")
        if not (isinstance(value, ModuleType) and name in table().get(below, {})):
            super().__setattr__(name, value)


def make(module_name: str) -> ModuleType | None:
    """Makes a module of TensorFlow's that has no file here; None for what is none of the table."""
    below = module_name.removeprefix(f"{ROOT}.")
    if below == _KERAS or below.startswith(f"{_KERAS}."):
        return import_module(f"tangraph.{below.removeprefix('python.')}")
    if not module_name.startswith(_TREES) or not (below in table() or below in _packages()):
        return None
    module = _Module(module_name, f"`tensorflow.{below}`.")
    module.__spec__ = ModuleSpec(module_name, None, is_package=below in _packages())
    if below in _packages():
        module.__path__ = []
    get_attribute, list_names = names_of(module_name)
    vars(module).update(__getattr__=get_attribute, __dir__=list_names)
    return module


finder.make_below(ROOT, make)
