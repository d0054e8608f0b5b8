"""The registries that the hooks of :mod:`tangraph.plugins.hookspecs` fill, one a kind."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final, NamedTuple

from tangraph.plugins.base import NamedRegistry, RegistrationError, Registry
from tangraph.plugins.entries import member, resolve_entry

ANY_BACKEND: Final = "*"
CORE: Final = "core"


class OpRegistry(NamedRegistry):
    """Op type -> OpDef; an entry is an OpSet that has it, or the OpDef."""

    kind = "op"
    default_attribute = "ops"

    def _load(self, key: str, entry: object) -> Any:
        return member(super()._load(key, entry), key)


class _Borrowed(NamedTuple):
    lender: str


class KernelRegistry(Registry[tuple[str, str]]):
    """(backend, op type) -> kernel factory; an entry is a KernelSet that has it, or the factory."""

    kind = "kernel"
    default_attribute = "kernels"

    def add(self, backend: str, op_type: str, entry: object, *, override: bool = False) -> None:
        """Registers the kernel of one op on one backend.

        Args:
          backend: the backend's name, "cpu"; "*" for every backend that has no kernel of its own.
          op_type: the op's type.
          entry: a kernel factory, a KernelSet, or the import string of either.
          override: whether to replace another plugin's kernel.

        Raises:
          RegistrationError: the kernel is registered already and `override` is False.
        """
        self._stage((backend, op_type), entry, override=override)

    def add_index(self, backend: str, index: Mapping[str, object], *, override: bool = False) -> None:
        """Registers many kernels of one backend: op type -> entry."""
        for op_type, entry in index.items():
            self.add(backend, op_type, entry, override=override)

    def borrow(self, backend: str, lender: str, op_types: Iterable[str], *, override: bool = False) -> None:
        """Registers another backend's kernels for some ops of a backend, wherever they are written.

        Args:
          backend: the backend's name.
          lender: the name of the backend whose kernels they are, "cpu". They get the `xp` of the one that borrows.
          op_types: the types of the ops.
          override: whether to replace another plugin's kernels.

        Raises:
          RegistrationError: a kernel is registered already and `override` is False.
        """
        for op_type in op_types:
            self._stage((backend, op_type), _Borrowed(lender), override=override)

    def factory(self, backend: str, op_type: str, bases: Sequence[str] = ()) -> Any:
        """Returns the kernel factory of an op on a backend, or None.

        Args:
          backend: the backend's name; its own kernels come first.
          op_type: the op's type.
          bases: the backends whose kernels it takes over, in order; the kernels of every backend come last.
        """
        for name in (backend, *bases, ANY_BACKEND):
            if (name, op_type) in self.entries:
                return self.get((name, op_type))
        return None

    def describe(self, key: tuple[str, str]) -> str:
        """Returns a key as error messages show it."""
        return f"kernel '{key[1]}' of backend '{key[0]}'"

    def _load(self, key: tuple[str, str], entry: object) -> Any:
        if not isinstance(entry, _Borrowed):
            return member(super()._load(key, entry), key[1])
        found = self.factory(entry.lender, key[1])
        if found is None:
            raise LookupError(f"backend '{entry.lender}' has no kernel for '{key[1]}'")
        return found


class BackendRegistry(NamedRegistry):
    """Backend name -> a function of no arguments that makes the backend.

    Attributes:
      failures: name -> why the backend could not be made.
    """

    kind = "backend"
    default_attribute = "make_backend"

    def __init__(self) -> None:
        super().__init__()
        self.failures: dict[str, Exception] = {}
        self._made: dict[str, Any] = {}
        self._lock = threading.RLock()

    def make(self, name: str) -> Any:
        """Returns the backend of that name, made at the first call; None when there is none or it cannot be made."""
        with self._lock:
            if name in self.entries and name not in self._made and name not in self.failures:
                self._make(name)
            return self._made.get(name)

    def _make(self, name: str) -> None:
        try:
            self._made[name] = self.get(name)()
        except Exception as error:  # noqa: BLE001  a missing driver raises anything; the reason is kept and shown
            self.failures[name] = error

    def merge(self) -> list[str]:
        """Takes the staged entries over; a backend that is replaced is made again."""
        taken = super().merge()
        for name in taken:
            self._made.pop(name, None)
            self.failures.pop(name, None)
        return taken


class _Rewrite(NamedTuple):
    entry: object
    after: str | None


class RewriteRegistry(NamedRegistry):
    """Rewrite name -> a function of the plan compiler."""

    kind = "rewrite"
    default_attribute = "rewrite"

    def add(self, name: str, entry: object, *, after: str | None = None, override: bool = False) -> None:
        """Registers a rewrite.

        Args:
          name: its name.
          entry: the function, or its import string.
          after: the rewrite that must have run before; it need not be installed.
          override: whether to replace another plugin's rewrite of that name.

        Raises:
          RegistrationError: the name is registered already and `override` is False.
        """
        self._stage(name, _Rewrite(entry, after), override=override)

    def order(self) -> list[str]:
        """Returns the names in the order in which they run: as registered, each behind the one it comes after.

        Raises:
          RegistrationError: two rewrites are each to run after the other.
        """
        sorter: TopologicalSorter[str] = TopologicalSorter()
        for name, rewrite in self.entries.items():
            assert isinstance(rewrite, _Rewrite)
            sorter.add(name, *([rewrite.after] if rewrite.after in self.entries else []))
        try:
            return list(sorter.static_order())
        except CycleError as error:
            raise RegistrationError(f"rewrites are each to run after the other: {' -> '.join(error.args[1])}") from None

    def _load(self, key: str, entry: object) -> Any:
        assert isinstance(entry, _Rewrite)
        return resolve_entry(entry.entry, self.default_attribute)


class NamespaceRegistry(Registry[tuple[str, str]]):
    """(namespace, leaf) -> a public name: ("nn", "relu") is tf.nn.relu, ("", "add") is tf.add."""

    kind = "name"

    def add(self, namespace: str, names: Mapping[str, object], *, override: bool = False) -> None:
        """Registers the leaves of one namespace.

        Args:
          namespace: "train", "contrib.layers", or "" for the root.
          names: leaf -> entry; an import string without attribute is a module.
          override: whether to replace another plugin's names. Core's stay core's, since programs may hold them already.

        Raises:
          RegistrationError: a name is registered already and `override` is False.
        """
        for leaf, entry in names.items():
            self._stage((namespace, leaf), entry, override=override)

    def add_index(self, index: Mapping[str, object], *, override: bool = False) -> None:
        """Registers many names by their dotted spelling, "nn.relu" -> entry."""
        for name, entry in index.items():
            namespace, _, leaf = name.rpartition(".")
            self._stage((namespace, leaf), entry, override=override)

    def check(self) -> None:
        """Raises RegistrationError where a staged name collides with another plugin's."""
        super().check()
        for key in self._staged:
            if self.owners.get(key) == CORE:
                raise RegistrationError(f"{self.describe(key)} is core's own: plugin '{self._owner}' cannot replace it")

    def describe(self, key: tuple[str, str]) -> str:
        """Returns a key as error messages show it."""
        return f"name '{public_name(*key)}'"


class DatasetRegistry(NamedRegistry):
    """Dataset name -> the function that loads it."""

    kind = "dataset"


class SummarySinkRegistry(NamedRegistry):
    """Sink name -> the class that writes summaries there."""

    kind = "summary sink"


class CommandRegistry(NamedRegistry):
    """Command name -> the module or object that is a :class:`tangraph.cli.command.Command`."""

    kind = "command"


class Registries:
    """All registries, each under the name of its hook: `ops` is filled by ``tangraph_register_ops``."""

    def __init__(self) -> None:
        self.ops = OpRegistry()
        self.backends = BackendRegistry()
        self.kernels = KernelRegistry()
        self.rewrites = RewriteRegistry()
        self.namespaces = NamespaceRegistry()
        self.datasets = DatasetRegistry()
        self.summary_sinks = SummarySinkRegistry()
        self.commands = CommandRegistry()

    def items(self) -> Iterator[tuple[str, Registry[Any]]]:
        """Yields (kind, registry) in a fixed order."""
        yield from vars(self).items()

    @contextmanager
    def staging(self, owner: str) -> Iterator[dict[str, list[Any]]]:
        """Takes one plugin's entries: all of them when the block and every check go through, none when one raises.

        Yields:
          A dictionary that holds, after the block, the keys that were merged by kind.
        """
        provided: dict[str, list[Any]] = {}
        for registry in vars(self).values():
            registry.open(owner)
        try:
            yield provided
            for registry in vars(self).values():
                registry.check()
            for kind, registry in self.items():
                if keys := registry.merge():
                    provided[kind] = keys
        finally:
            for registry in vars(self).values():
                registry.close()


def public_name(namespace: str, leaf: str) -> str:
    """Returns a name as users spell it.

    >>> public_name("nn", "relu")
    'tf.nn.relu'
    """
    return ".".join(part for part in ("tf", namespace, leaf) if part)
