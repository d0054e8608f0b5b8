"""What the package registers: its public names, by the generated index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.plugin import hookimpl

if TYPE_CHECKING:
    from tangraph.plugins.registries import NamespaceRegistry


@hookimpl
def tangraph_register_namespaces(registry: NamespaceRegistry) -> None:
    """The package's names under `tf`."""
    from tangraph_estimators._index import NAMES

    registry.add_index(NAMES)
    registry.add("contrib.feature_column", {"python": "tangraph_compat.internals.contrib:feature_column"})
