"""What the package registers: its public names, TensorFlow's own modules, and its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.plugin import hookimpl

if TYPE_CHECKING:
    from tangraph.plugins.registries import CommandRegistry, NamespaceRegistry


@hookimpl
def tangraph_register_namespaces(registry: NamespaceRegistry) -> None:
    """The package's names under `tf`; `tensorflow.python.*` and `tensorflow.core.*` are modules below these two."""
    from tangraph._index import NAMES as CORES
    from tangraph_compat._index import NAMES
    from tangraph_compat.contrib.aliases import ALIASES

    registry.add_index(NAMES)
    registry.add("", {"python": "tangraph_compat.python", "core": "tangraph_compat.core"})
    registry.add("", {"raw_ops": "tangraph_compat.raw_ops"})
    registry.add("app", {"flags": "tangraph.flags"})
    registry.add("contrib.framework", {"python": "tangraph_compat.internals.contrib:framework"})
    for namespace, leaves in ALIASES.items():
        registry.add(namespace, {leaf: name for leaf, name in leaves.items() if f"{namespace}.{leaf}" not in CORES})


@hookimpl
def tangraph_register_commands(registry: CommandRegistry) -> None:
    """`tangraph run` and `tangraph check`."""
    registry.add("run", "tangraph_compat.runner.command")
    registry.add("check", "tangraph_compat.check.command")
