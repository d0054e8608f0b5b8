"""The one place where the rest of core looks up what plugins provide.

The first look-up loads the plugins. A look-up that finds nothing says which plugins could not be loaded, since what is
missing may be theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from tangraph.plugins import manager
from tangraph.plugins.base import Entries
from tangraph.plugins.registries import public_name

if TYPE_CHECKING:
    from pluggy import HookRelay

    from tangraph.backend import Backend
    from tangraph.framework.op_def import OpDef

NO_BACKEND: Final = (
    "No backend is installed: tf.Session needs one. Install the CPU backend: pip install tangraph-backend-cpu"
)


def op_def(op_type: str) -> OpDef:
    """Returns the schema of an op type.

    Raises:
      NotFoundError: no plugin has it.
    """
    found: OpDef | None = manager.current().registries.ops.get(op_type)
    if found is None:
        raise _not_found(f"Op type not registered '{op_type}' in Tangraph.")
    return found


def kernel_factory(backend: str, op_type: str, bases: Sequence[str] = ()) -> Any:
    """Returns the kernel factory of an op: the backend's own, else its bases', else every backend's, else None."""
    return manager.current().registries.kernels.factory(backend, op_type, bases)


def kernels_of(backend: str) -> list[str]:
    """Returns the types of the ops for which a backend has kernels under its own name."""
    return sorted(op_type for name, op_type in manager.current().registries.kernels.entries if name == backend)


def backends() -> dict[str, Backend]:
    """Returns the backends that work on this machine by name, those of CPUs first; empty when there is none."""
    registry = manager.current().registries.backends
    made = {name: registry.make(name) for name in sorted(registry.entries)}
    present = {name: backend for name, backend in made.items() if backend is not None}
    return dict(sorted(present.items(), key=lambda item: item[1].device_type != "CPU"))


def backend(name: str) -> Backend:
    """Returns one backend.

    Raises:
      NotFoundError: it is not installed or does not work on this machine; the error says why.
      RuntimeError: no backend is installed at all.
    """
    registry = manager.current().registries.backends
    found: Backend | None = registry.make(name)
    if found is not None:
        return found
    if name in registry.failures:
        failure = registry.failures[name]
        raise _not_found(f"Backend '{name}' does not work here: {type(failure).__name__}: {failure}") from failure
    present = backends()
    if not present:
        raise no_backend()
    raise _not_found(f"Backend '{name}' is not installed. Received: '{name}', installed: {', '.join(present)}.")


def no_backend() -> RuntimeError:
    """Returns the error for a session without any backend, with the reasons why those that exist do not work."""
    failures = manager.current().registries.backends.failures
    reasons = [f"\nBackend '{name}' does not work here: {type(e).__name__}: {e}" for name, e in failures.items()]
    error = RuntimeError(NO_BACKEND + "".join(reasons) + broken_note())
    error.__cause__ = broken_cause() or next(iter(failures.values()), None)
    return error


def rewrites() -> list[Any]:
    """Returns the plan rewrites of all plugins, in the order in which they run."""
    registry = manager.current().registries.rewrites
    return [registry.get(name) for name in registry.order()]


def commands() -> Mapping[str, Any]:
    """Returns the commands of ``tangraph`` by name, each imported when it is taken."""
    return Entries(manager.current().registries.commands)


def datasets() -> Mapping[str, Any]:
    """Returns the loaders of the named datasets, each imported when it is taken."""
    return Entries(manager.current().registries.datasets)


def sinks() -> Mapping[str, Any]:
    """Returns the summary sinks by name, each imported when it is taken."""
    return Entries(manager.current().registries.summary_sinks)


def resolve_name(namespace: str, leaf: str) -> Any:
    """Returns the object behind a public name, ("nn", "relu") for tf.nn.relu.

    Raises:
      LookupError: no plugin provides it.
    """
    registry = manager.current().registries.namespaces
    if (namespace, leaf) not in registry.entries:
        raise LookupError(f"No plugin provides {public_name(namespace, leaf)}.{broken_note()}") from broken_cause()
    return registry.get((namespace, leaf))


def hook() -> HookRelay:
    """Returns the hooks that are called in the course of a program: session_hooks and plan_compiled."""
    return manager.current().hook


def _not_found(message: str) -> Exception:
    from tangraph.framework import errors

    error = errors.NotFoundError(None, None, message + broken_note())
    error.__cause__ = broken_cause()
    return error


def broken_note() -> str:
    """Returns what an error about something missing says of the plugins that could not be loaded; "" for none."""
    broken = manager.current().broken
    if not broken:
        return ""
    names = "; ".join(f"'{p.name}' ({p.distribution or p.module}): {type(p.error).__name__}: {p.error}" for p in broken)
    return f"\nPlugins that could not be loaded, and might provide it (see `tangraph plugins`): {names}"


def broken_cause() -> BaseException | None:
    """Returns the error of the first plugin that could not be loaded, as the cause of an error about something missing."""
    return next((plugin.error for plugin in manager.current().broken), None)
