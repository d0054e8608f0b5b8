"""What the package registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.plugin import hookimpl

if TYPE_CHECKING:
    from tangraph.plugins.registries import BackendRegistry


@hookimpl
def tangraph_register_backends(registry: BackendRegistry) -> None:
    """The GPU, or the simulated one; its kernels are those of the CPU's package."""
    registry.add("cuda", "tangraph_backend_cuda.backend:make_backend")
