"""The whole contract between Tangraph and a plugin.

A plugin is a module (or any object) with implementations of some of these hooks, found through the entry-point group
``tangraph``. Core's own ops and commands come through the same hooks as everyone else's::

    # pyproject.toml:  [project.entry-points.tangraph]   mine = "my_package.plugin"
    # my_package/plugin.py
    from tangraph.plugin import hookimpl


    @hookimpl
    def tangraph_register_kernels(registry):
        registry.add("cpu", "MyOp", "my_package.kernels:my_op")

A ``tangraph_register_*`` hook receives a registry and adds *entries* to it. An entry is an object, or (better, since a
plugin module is imported at start-up) the import string ``"module:attribute"`` of one, which is imported on first use.
Registering a key that another plugin has is an error that names both, unless ``override=True``.

These hooks are historic: a plugin that is registered late, with :func:`tangraph.plugin.register`, is called too. They
take effect together: when one of a plugin's hooks raises, nothing of that plugin is registered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pluggy

if TYPE_CHECKING:
    from tangraph.plugins.registries import (
        BackendRegistry,
        CommandRegistry,
        DatasetRegistry,
        KernelRegistry,
        NamespaceRegistry,
        OpRegistry,
        RewriteRegistry,
        SummarySinkRegistry,
    )

_F = TypeVar("_F", bound=Callable[..., Any])

PROJECT: Final = "tangraph"
_spec = pluggy.HookspecMarker(PROJECT)
_impl = pluggy.HookimplMarker(PROJECT)


def hookimpl(function: _F) -> _F:
    """Marks a function of a plugin as the implementation of the hook of the same name."""
    return _impl(function)


def _register_hook(function: _F) -> _F:
    return _spec(historic=True)(function)


@_register_hook
def tangraph_register_ops(registry: OpRegistry) -> None:
    """Adds op types: ``registry.add("MyOp", "my_package.ops:ops")``, where ``ops`` is an OpSet (or one OpDef)."""


@_register_hook
def tangraph_register_backends(registry: BackendRegistry) -> None:
    """Adds backends: ``registry.add("mine", "my_package.backend:make")``; ``make()`` is called once, when needed."""


@_register_hook
def tangraph_register_kernels(registry: KernelRegistry) -> None:
    """Adds kernels: ``registry.add("cpu", "MyOp", "my_package.kernels:kernels")``, a KernelSet or a kernel factory.

    The backend ``"*"`` stands for every backend that has no kernel of its own for the op: for kernels that are written
    against `k.xp`, and for host-only ops such as file readers (whose schemas list all inputs as `host_inputs`).
    """


@_register_hook
def tangraph_register_rewrites(registry: RewriteRegistry) -> None:
    """Adds graph rewrites to the plan compiler: ``registry.add("my_fusion", "my_package.fuse:rewrite")``."""


@_register_hook
def tangraph_register_namespaces(registry: NamespaceRegistry) -> None:
    """Adds public names: ``registry.add("contrib.mine", {"dense": "my_package.dense:dense"})`` is tf.contrib.mine.dense."""


@_register_hook
def tangraph_register_datasets(registry: DatasetRegistry) -> None:
    """Adds named datasets: ``registry.add("mnist", "my_package.mnist:load")``."""


@_register_hook
def tangraph_register_summary_sinks(registry: SummarySinkRegistry) -> None:
    """Adds places where summaries can be written to: ``registry.add("csv", "my_package.csv:CsvSink")``."""


@_register_hook
def tangraph_register_commands(registry: CommandRegistry) -> None:
    """Adds ``tangraph NAME``: ``registry.add("name", "my_package.cli.name")``, see :mod:`tangraph.cli.command`."""


@_spec
def tangraph_session_hooks(session: Any) -> Any:
    """A session was made. Returns a SessionRunHook, a list of them, or None; each is called around every `run`."""


@_spec
def tangraph_plan_compiled(plan: Any) -> None:
    """A plan was compiled: its name is ``plan.name``, its Python source ``plan.source``. Called once a plan."""
