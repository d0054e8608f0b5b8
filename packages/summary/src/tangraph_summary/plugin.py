"""What the package registers: its public names, its ops and their kernels, by the generated index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.plugin import hookimpl

if TYPE_CHECKING:
    from tangraph.plugins.registries import KernelRegistry, NamespaceRegistry, OpRegistry


@hookimpl
def tangraph_register_namespaces(registry: NamespaceRegistry) -> None:
    """The package's names under `tf`."""
    from tangraph_summary._index import NAMES

    registry.add_index(NAMES)


@hookimpl
def tangraph_register_ops(registry: OpRegistry) -> None:
    """The ops that make summaries and write them."""
    from tangraph_summary._index import OPS

    registry.add_index(OPS)


@hookimpl
def tangraph_register_kernels(registry: KernelRegistry) -> None:
    """Their kernels, which are those of every backend."""
    from tangraph_summary._index import KERNELS

    registry.add_index("*", KERNELS)
