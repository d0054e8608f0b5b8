"""What the package registers: its public names, by the generated index, and those that are other names' aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.plugin import hookimpl

if TYPE_CHECKING:
    from tangraph.plugins.registries import NamespaceRegistry


@hookimpl
def tangraph_register_namespaces(registry: NamespaceRegistry) -> None:
    """The package's names under `tf`."""
    from tangraph_layers._index import NAMES
    from tangraph_layers.contrib.aliases import ALIASES

    registry.add_index(NAMES)
    for namespace, leaves in ALIASES.items():
        registry.add(namespace, leaves)
    for name in ("layers", "legacy_seq2seq", "rnn", "seq2seq", "slim"):
        registry.add(f"contrib.{name}", {"python": f"tangraph_compat.internals.contrib:{name}"})
