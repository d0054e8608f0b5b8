"""What the package registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.plugin import hookimpl

if TYPE_CHECKING:
    from tangraph.plugins.registries import BackendRegistry, KernelRegistry


@hookimpl
def tangraph_register_backends(registry: BackendRegistry) -> None:
    """The GPU, or the simulated one."""
    registry.add("cuda", "tangraph_backend_cuda.backend:make_backend")


@hookimpl
def tangraph_register_kernels(registry: KernelRegistry) -> None:
    """The kernels that are written for the GPU; the others are those of the CPU's package."""
    from tangraph_backend_cuda._index import KERNELS

    registry.add_index("cuda", KERNELS)
