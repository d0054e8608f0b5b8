"""One meta-path finder for modules that are served from elsewhere.

An alias is *the same module object* as its provider: ``tensorflow.nn`` and ``tangraph.nn`` are one module, with one
``__name__`` and one ``__spec__``, so that no class exists twice. The finder serves the aliases that are installed, and
the namespaces of the facade that have no file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from importlib.abc import Loader
else:
    Loader = object  # importing importlib.abc costs as much as all of this package

Provide = Callable[[], ModuleType]
Make = Callable[[str], "ModuleType | None"]


class _Loader(Loader):
    """Puts a module that exists already in the place of the one that is imported."""

    def __init__(self, provide: Provide) -> None:
        self._provide = provide

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Lets the import system make a module for the time being, so that it leaves the provider's spec alone."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Replaces it; the import system takes what is in `sys.modules` afterwards."""
        sys.modules[module.__name__] = self._provide()


class Finder:
    """Finds aliases and made modules; everything else is left to Python's own finders.

    Attributes:
      aliases: alias -> provider; a line for "prefix.*" stands for every module below.
      makers: top-level package -> the function that makes those of its modules that have no file.
      served: module name -> the line of `aliases` that it was served by; for a package above an alias, its own name.
    """

    def __init__(self) -> None:
        self.aliases: dict[str, str] = {}
        self.makers: dict[str, Make] = {}
        self.served: dict[str, str] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Returns the spec of a module that is served from elsewhere, or None."""
        if (line := self._line(fullname)) is not None:
            self.served[fullname] = line
            return _spec(fullname, lambda: self._provide(fullname, line))
        if (found := self._made(fullname, path, target)) is not None:
            return found
        if self._is_above(fullname):
            self.served[fullname] = fullname
            return _spec(fullname, lambda: _package(fullname))
        return None

    def _made(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        make = self.makers.get(fullname.partition(".")[0])
        if make is None or "." not in fullname:
            return None
        # Below an alias the provider's path must not be searched: its modules would be loaded a second time.
        if path and not _is_alias(fullname.rpartition(".")[0]):
            found = PathFinder.find_spec(fullname, path, target)
            if found is not None:
                return found
        module = make(fullname)
        return None if module is None else _spec(fullname, lambda: module)

    def remove(self, aliases: Mapping[str, str]) -> None:
        """Stops serving aliases, and forgets the modules that were imported under them."""
        for alias in aliases:
            self.aliases.pop(alias, None)
        for name, line in reversed(list(self.served.items())):
            if line in aliases or (line == name and not self._is_above(name)):
                self._forget(name, is_package=line == name and line not in aliases)

    def _forget(self, name: str, *, is_package: bool) -> None:
        del self.served[name]
        sys.modules.pop(name, None)
        parent, _, leaf = name.rpartition(".")
        if is_package and parent in sys.modules:
            vars(sys.modules[parent]).pop(leaf, None)

    def _line(self, fullname: str) -> str | None:
        if fullname in self.aliases:
            return fullname
        prefix = fullname.rpartition(".")[0]
        while prefix and f"{prefix}.*" not in self.aliases:
            prefix = prefix.rpartition(".")[0]
        return f"{prefix}.*" if prefix else None

    def _provide(self, fullname: str, line: str) -> ModuleType:
        provider = self.aliases[line].removesuffix("*") + fullname.removeprefix(line.removesuffix("*"))
        try:
            return import_module(provider)
        except ModuleNotFoundError as error:
            if not f"{provider}.".startswith(f"{error.name}."):
                raise  # the provider is there, and lacks something itself
            if not self._is_above(fullname):
                raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname) from error
        self.served[fullname] = fullname  # "prefix.*" has no such module, but there are aliases below it
        return _package(fullname)

    def _is_above(self, fullname: str) -> bool:
        return any(alias.startswith(f"{fullname}.") for alias in self.aliases)


_finder: Final = Finder()


def install(aliases: Mapping[str, str]) -> None:
    """Serves aliases from now on.

    Args:
      aliases: alias -> the module that it stands for; ``"tensorflow.*": "tangraph.*"`` is every module below that has
        no line of its own. Packages above an alias are made as they are needed.
    """
    _finder.aliases.update(aliases)
    _ensure_installed()


def uninstall(aliases: Mapping[str, str]) -> None:
    """Stops serving aliases, and forgets the modules that were imported under them."""
    _finder.remove(aliases)


def find_spec(fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
    """Returns the spec of a module that is served from elsewhere, or None; for finders that hand over to this one."""
    return _finder.find_spec(fullname, path, target)


def make_below(package: str, make: Make) -> None:
    """Has `make(fullname)` asked for the modules of a package that have no file; it returns None for what is none."""
    _finder.makers[package] = make
    _ensure_installed()


def _ensure_installed() -> None:
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def _is_alias(fullname: str) -> bool:
    module = sys.modules.get(fullname)
    return module is not None and module.__name__ != fullname


def _spec(fullname: str, provide: Provide) -> ModuleSpec:
    return ModuleSpec(fullname, _Loader(provide), is_package=True)


def _package(fullname: str) -> ModuleType:
    module = ModuleType(fullname)
    module.__spec__ = ModuleSpec(fullname, None, is_package=True)
    module.__path__ = []
    return module
