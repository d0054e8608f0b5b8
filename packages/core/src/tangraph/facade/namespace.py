"""Namespaces: modules whose leaves are looked up when they are first used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final

from tangraph._index import NAMES
from tangraph.facade import absent
from tangraph.facade.providers import CLOSED, MODULES, OPEN
from tangraph.plugins import manager
from tangraph.plugins.entries import resolve_entry
from tangraph.plugins.registries import CORE

ROOT: Final = "tangraph"

GetAttribute = Callable[[str], Any]
ListNames = Callable[[], list[str]]


def _parents(path: str) -> Iterator[str]:
    """Yields a namespace and those above it, the root left out."""
    while path:
        yield path
        path = path.rpartition(".")[0]


def _closed_root(path: str) -> str:
    """Returns the namespace at or above this one that a distribution provides whole, or ""."""
    return next((parent for parent in _parents(path) if parent in CLOSED), "")


def _namespaces_of(names: Iterable[str]) -> frozenset[str]:
    return frozenset(parent for name in names for parent in _parents(name.rpartition(".")[0]))


# A name of core's does not open a namespace that is a distribution's: tf.keras.backend.name_scope waits for tf.keras.
_IN_CLOSED: Final = frozenset(path for path in _namespaces_of(NAMES) if _closed_root(path))
_CORE_NAMESPACES: Final = (_namespaces_of(NAMES) - _IN_CLOSED) | OPEN | {"compat.v1"}
_kept: list[tuple[ModuleType, str]] = []


def namespace(module_name: str) -> tuple[GetAttribute, ListNames, list[str]]:
    """Makes the ``__getattr__``, ``__dir__`` and ``__path__`` of a namespace's module, which is being imported.

    Args:
      module_name: the module's name, "tangraph.layers".

    Raises:
      ImportError: the namespace belongs to a distribution that is not installed.
    """
    path = module_name.removeprefix(ROOT).removeprefix(".")
    if path and not is_namespace(path):
        raise missing_error(path, ImportError)
    return *_functions(sys.modules[module_name], path), []


def _functions(module: ModuleType, path: str) -> tuple[GetAttribute, ListNames]:
    def get_attribute(name: str) -> Any:
        if name == "__all__":  # for `from tangraph.nn.rnn_cell import *`
            return leaves(path)
        if name.startswith("_") and name != "__version__":  # tf.keras has one
            raise AttributeError(f"module '{module.__name__}' has no attribute '{name}'")
        found = look_up(path, name)
        setattr(module, name, found)
        _kept.append((module, name))
        return found

    def list_names() -> list[str]:
        return sorted({*vars(module), *leaves(path)} - {"facade", "finder"})

    return get_attribute, list_names


def look_up(path: str, leaf: str) -> Any:
    """Returns ``tf.<path>.<leaf>``: a leaf of core's, a leaf of a plugin's, or a namespace.

    Raises:
      AttributeError: there is none; the text says what to install, where that would help.
    """
    name = f"{path}.{leaf}".removeprefix(".")
    if name in NAMES:
        return resolve_entry(NAMES[name])
    if name in _CORE_NAMESPACES:
        return import_module(f"{ROOT}.{name}")
    if not path and _is_own_module(leaf):
        return import_module(f"{ROOT}.{leaf}")
    registry = manager.current().registries.namespaces
    if (path, leaf) in registry.entries:
        try:
            return registry.get((path, leaf))
        except ModuleNotFoundError as error:
            if (distribution := absent.distribution_of(error)) is None:
                raise
            raise AttributeError(f"tf.{name} needs {absent.advice(distribution)}") from None
    if is_namespace(name):
        return import_module(f"{ROOT}.{name}")
    raise missing_error(name, AttributeError)


def _is_own_module(leaf: str) -> bool:
    """Returns whether a name is that of a module of core's own, as in `from tangraph import registry`."""
    return leaf not in CLOSED and PathFinder.find_spec(f"{ROOT}.{leaf}", sys.modules[ROOT].__path__) is not None


def is_namespace(path: str) -> bool:
    """Returns whether a namespace exists here: core's, or one in which a plugin has leaves."""
    return path in _CORE_NAMESPACES or path in _plugin_namespaces()


def _plugin_namespaces() -> frozenset[str]:
    owners = manager.current().registries.namespaces.owners
    found = _namespaces_of(".".join(key) for key, owner in owners.items() if owner != CORE)
    # What others add below tf.python is there when the package that provides tf.python is.
    without_root = {name for name in MODULES if ("", name) not in owners}
    found = frozenset(path for path in found if path.partition(".")[0] not in without_root)
    return found | {path for path in _IN_CLOSED if _closed_root(path) in found}


def leaves(path: str) -> list[str]:
    """Returns the names in a namespace that exist here, namespaces included, sorted."""
    entries = manager.current().registries.namespaces.entries
    names = {leaf for namespace, leaf in entries if namespace == path}
    start = f"{path}." if path else ""
    below = (name for name in _CORE_NAMESPACES | _plugin_namespaces() if name.startswith(start))
    return sorted(names | {name.removeprefix(start).partition(".")[0] for name in below})


def missing_error(name: str, error_type: type[Exception]) -> Exception:
    """Returns the error about a name that does not exist here."""
    from tangraph.facade.missing import explain

    path = name.rpartition(".")[0]
    missing = explain(name, set(leaves(path)) if not path or is_namespace(path) else set())
    error = error_type(missing.text)
    error.__cause__ = missing.cause
    return error


def module_for(module_name: str) -> ModuleType | None:
    """Returns the module for an import below ``tangraph`` that has no file, or None.

    It is the module that a plugin registered under that name, one below such a module, or a new one for a namespace.

    Raises:
      ImportError: the name is one of TensorFlow's that does not exist here, or needs what is not here; the text says
        what to install.
    """
    from tangraph.facade.missing import is_explained

    name = module_name.removeprefix(f"{ROOT}.")
    path, _, leaf = name.rpartition(".")
    if leaf.startswith("_"):
        return None
    if name in NAMES or (path, leaf) in manager.current().registries.namespaces.entries:
        try:
            found = look_up(path, leaf)
        except AttributeError as error:
            raise ImportError(str(error)) from error.__cause__
        return found if isinstance(found, ModuleType) else None
    if (below := _below_registered(name)) is not None:
        return below
    if is_namespace(name):
        return _make_module(module_name)
    if is_explained(name):
        raise missing_error(name, ImportError)
    return None


def _below_registered(name: str) -> ModuleType | None:
    """Returns the module that lies below one that a plugin registered: `python.framework.ops`, below `python`."""
    entries = manager.current().registries.namespaces.entries
    for above in _parents(name.rpartition(".")[0]):
        path, _, leaf = above.rpartition(".")
        if (path, leaf) in entries:
            registered = look_up(path, leaf)
            return _import_below(registered, name.removeprefix(above)) if isinstance(registered, ModuleType) else None
    return None


def _import_below(module: ModuleType, rest: str) -> ModuleType | None:
    provider = f"{module.__name__}{rest}"
    try:
        return import_module(provider)
    except ModuleNotFoundError as error:
        if not f"{provider}.".startswith(f"{error.name}."):
            raise  # the module is there, and lacks something itself
        return None


def _make_module(module_name: str) -> ModuleType:
    module = ModuleType(module_name, f"`tf{module_name.removeprefix(ROOT)}`.")
    module.__spec__ = ModuleSpec(module_name, None, is_package=True)
    module.__package__ = module_name
    module.__path__ = []
    get_attribute, list_names = _functions(module, module_name.removeprefix(f"{ROOT}."))
    vars(module).update(__getattr__=get_attribute, __dir__=list_names)
    return module


def forget() -> None:
    """Drops what the namespaces keep of plugins: they may have changed."""
    for module, name in _kept:
        vars(module).pop(name, None)
    _kept.clear()
    for path in CLOSED:
        module_name = f"{ROOT}.{path}"
        if sys.modules.pop(module_name, None) is not None:
            parent, _, leaf = module_name.rpartition(".")
            if parent in sys.modules:  # one that is closed itself has gone before
                vars(sys.modules[parent]).pop(leaf, None)


manager.call_on_change(forget)
