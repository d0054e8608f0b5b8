"""A registry: what plugins provide of one kind.

A registry takes entries only while the manager loads a plugin: they are staged, and merged when all of the plugin's
hooks went through. Between loads it is plain dictionaries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from tangraph.plugins.entries import resolve_entry

K = TypeVar("K", str, tuple[str, str])


class RegistrationError(Exception):
    """A plugin registered what it may not: a key that another plugin has, or outside of its hooks."""


class _Staged(NamedTuple):
    entry: object
    override: bool


class Registry(Generic[K]):
    """One kind of thing that plugins provide.

    Attributes:
      entries: key -> what was registered, an object or an import string.
      owners: key -> the name of the plugin that registered it.
      found: key -> the object itself, from its first use on.
    """

    kind: ClassVar[str]
    default_attribute: ClassVar[str] = ""

    def __init__(self) -> None:
        self.entries: dict[K, object] = {}
        self.owners: dict[K, str] = {}
        self.found: dict[K, Any] = {}
        self._overriding: set[K] = set()
        self._staged: dict[K, _Staged] = {}
        self._owner: str | None = None

    def get(self, key: K) -> Any:
        """Returns the object under a key, or None; imports it at the first use, and raises what the import raises."""
        try:
            return self.found[key]
        except KeyError:
            if key not in self.entries:
                return None
        entry = self.entries[key]
        try:
            found = self._load(key, entry)
        except Exception as error:
            error.add_note(f"{self.describe(key)} is registered by plugin '{self.owners[key]}' as {entry!r}")
            raise
        self.found[key] = found
        return found

    def describe(self, key: K) -> str:
        """Returns a key as error messages show it."""
        return f"{self.kind} '{key}'"

    def _load(self, key: K, entry: object) -> Any:
        return resolve_entry(entry, self.default_attribute)

    def _stage(self, key: K, entry: object, *, override: bool) -> None:
        if self._owner is None:
            raise RegistrationError(
                f"{self.describe(key)} was registered outside of a plugin's hook; "
                "tangraph.plugin.register adds a plugin to a running program"
            )
        if key in self._staged and not override:
            raise RegistrationError(f"{self.describe(key)} is registered twice by plugin '{self._owner}'")
        self._staged[key] = _Staged(entry, override)

    def open(self, owner: str) -> None:
        """Starts to take the entries of one plugin."""
        self._owner = owner
        self._staged = {}

    def check(self) -> None:
        """Raises RegistrationError where a staged entry collides with another plugin's."""
        for key, staged in self._staged.items():
            if key in self.entries and not (staged.override or key in self._overriding):
                raise RegistrationError(
                    f"{self.describe(key)} is registered by plugin '{self.owners[key]}' and again by plugin "
                    f"'{self._owner}'; pass override=True to replace it"
                )

    def merge(self) -> list[K]:
        """Takes the staged entries over and returns their keys; an override wins in whichever order plugins load."""
        taken = []
        for key, staged in self._staged.items():
            if key in self._overriding and not staged.override:
                continue
            self.entries[key] = staged.entry
            self.owners[key] = str(self._owner)
            self.found.pop(key, None)
            if staged.override:
                self._overriding.add(key)
            taken.append(key)
        return taken

    def close(self) -> None:
        """Stops taking entries, and forgets those that were not merged."""
        self._owner = None
        self._staged = {}


class NamedRegistry(Registry[str]):
    """A registry whose keys are plain names."""

    def add(self, name: str, entry: object, *, override: bool = False) -> None:
        """Registers one entry.

        Args:
          name: the key.
          entry: the object, or its import string.
          override: whether to replace another plugin's entry.

        Raises:
          RegistrationError: the name is registered already and `override` is False.
        """
        self._stage(name, entry, override=override)

    def add_index(self, index: Mapping[str, object], *, override: bool = False) -> None:
        """Registers many entries: name -> entry."""
        for name, entry in index.items():
            self.add(name, entry, override=override)


class Entries(Mapping[str, Any]):
    """A registry as a mapping from name to object, sorted; an object is imported when it is taken."""

    def __init__(self, registry: NamedRegistry) -> None:
        self._registry = registry

    def __getitem__(self, name: str) -> Any:
        if name not in self._registry.entries:
            raise KeyError(f"no {self._registry.describe(name)}; there are: {', '.join(self) or 'none'}")
        return self._registry.get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._registry.entries))

    def __len__(self) -> int:
        return len(self._registry.entries)
