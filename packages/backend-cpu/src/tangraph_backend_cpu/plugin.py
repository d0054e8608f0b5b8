"""What the package registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.plugin import hookimpl

if TYPE_CHECKING:
    from tangraph.plugins.registries import BackendRegistry, KernelRegistry


@hookimpl
def tangraph_register_backends(registry: BackendRegistry) -> None:
    """The host."""
    registry.add("cpu", "tangraph_backend_cpu.backend:CpuBackend")


@hookimpl
def tangraph_register_kernels(registry: KernelRegistry) -> None:
    """The kernels, looked up lazily by the generated index."""
    from tangraph_backend_cpu._index import KERNELS

    registry.add_index("cpu", KERNELS)
