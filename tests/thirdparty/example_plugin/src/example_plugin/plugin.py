"""What the distribution registers: import strings, so that nothing is imported before somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.plugin import hookimpl

if TYPE_CHECKING:
    from tangraph.plugin import (
        CommandRegistry,
        DatasetRegistry,
        KernelRegistry,
        NamespaceRegistry,
        OpRegistry,
        RewriteRegistry,
    )


@hookimpl
def tangraph_register_ops(registry: OpRegistry) -> None:
    """The op's schema, with its gradient."""
    registry.add("SoftShrink", "example_plugin.shrink:ops")


@hookimpl
def tangraph_register_kernels(registry: KernelRegistry) -> None:
    """One kernel, for every backend."""
    registry.add("*", "SoftShrink", "example_plugin.shrink:kernels")


@hookimpl
def tangraph_register_namespaces(registry: NamespaceRegistry) -> None:
    """`tf.contrib.example.soft_shrink`."""
    registry.add("contrib.example", {"soft_shrink": "example_plugin.shrink:soft_shrink"})


@hookimpl
def tangraph_register_rewrites(registry: RewriteRegistry) -> None:
    """The rewrite."""
    registry.add("example_log_softmax", "example_plugin.log_softmax:rewrite")


@hookimpl
def tangraph_register_datasets(registry: DatasetRegistry) -> None:
    """`tangraph_datasets.load("spirals")`."""
    registry.add("spirals", "example_plugin.spirals:load")


@hookimpl
def tangraph_register_commands(registry: CommandRegistry) -> None:
    """`tangraph shrink`."""
    registry.add("shrink", "example_plugin.command")
