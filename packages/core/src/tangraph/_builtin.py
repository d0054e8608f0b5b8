"""Core's own plugin: its ops, kernels, names and commands, registered as any other plugin registers its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph._index import KERNELS, NAMES, OPS
from tangraph.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from tangraph.plugins.registries import CommandRegistry, KernelRegistry, NamespaceRegistry, OpRegistry


@hookimpl
def tangraph_register_ops(registry: OpRegistry) -> None:
    """Adds core's op schemas."""
    registry.add_index(OPS)


@hookimpl
def tangraph_register_kernels(registry: KernelRegistry) -> None:
    """Adds the kernels that need no array library."""
    registry.add_index("*", KERNELS)


@hookimpl
def tangraph_register_namespaces(registry: NamespaceRegistry) -> None:
    """Adds core's public names."""
    registry.add_index(NAMES)


@hookimpl
def tangraph_register_commands(registry: CommandRegistry) -> None:
    """Adds the commands that core has."""
    registry.add("doctor", "tangraph.cli.doctor")
    registry.add("plan", "tangraph.cli.plan")
    registry.add("plugins", "tangraph.cli.plugins")
