"""What the package registers: its public names, by the generated index, and its data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.plugin import hookimpl

if TYPE_CHECKING:
    from tangraph.plugins.registries import DatasetRegistry, NamespaceRegistry


@hookimpl
def tangraph_register_namespaces(registry: NamespaceRegistry) -> None:
    """The package's names under `tf`."""
    from tangraph_datasets._index import NAMES

    registry.add_index(NAMES)
    registry.add("examples.tutorials.mnist", {"input_data": "tangraph_datasets.mnist"})


@hookimpl
def tangraph_register_datasets(registry: DatasetRegistry) -> None:
    """The data sets that come without a download."""
    registry.add("digits", "tangraph_datasets.digits:load")
