"""TensorFlow's modules whose names are public nowhere: they are taken from the module that has a public one."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from tangraph_compat.internals import names_of, public


def names_beside(
    module_name: str, public_name: str, inner: str = ""
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Makes the ``__getattr__`` and ``__dir__`` of a module of TensorFlow's.

    Args:
      module_name: its name here, "tangraph_compat.core.protobuf.saved_model_pb2".
      public_name: a public function or class in whose module its other names are.
      inner: a module that is an attribute of that module, if they are in it.
    """
    get_public, list_names = names_of(module_name)

    def get_attribute(name: str) -> Any:
        try:
            return get_public(name)
        except AttributeError:
            if name.startswith("__"):
                raise
            home = import_module(public(public_name).__module__)
            home = getattr(home, inner) if inner else home
            if not hasattr(home, name):
                raise
            return getattr(home, name)

    return get_attribute, list_names


def names_gathered(
    module_name: str, public_name: str, *homes: str
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Makes the ``__getattr__`` and ``__dir__`` of a module of TensorFlow's whose names a package of ours gathers.

    Args:
      module_name: its name here, "tangraph_compat.python.feature_column.feature_column".
      public_name: a public name of that package; asking for it says so when the package is not installed.
      *homes: the modules that gather the names.
    """
    get_public, list_names = names_of(module_name)

    def get_attribute(name: str) -> Any:
        if name.startswith("__"):
            return get_public(name)
        public(public_name)
        for home in map(import_module, homes):
            if name in dir(home):
                return getattr(home, name)
        return get_public(name)

    return get_attribute, list_names
