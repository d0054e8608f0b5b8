"""CuPy as a backend, and the choice between it and the simulated device."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph_backend_cuda import support

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.backend import Backend
    from tangraph.plan.ir import Program
    from tangraph.plan.memory import Memory, Node

#: Set to 1, it puts the simulated device in the GPU's place.
SIMULATE: Final = "TANGRAPH_CUDA_SIMULATE"


class CudaUnavailableError(RuntimeError):
    """Why there is no GPU to run on."""


def make_backend() -> Backend:
    """Returns the backend of this machine.

    Raises:
      CudaUnavailableError: CuPy, its driver or a GPU is missing; the text says which.
    """
    if os.environ.get(SIMULATE, "0") not in {"", "0"}:
        from tangraph_backend_cuda.simulated.backend import SimulatedBackend

        return SimulatedBackend()
    return CudaBackend(_cupy())


def _cupy() -> Any:
    try:
        import cupy
    except ImportError as error:
        raise CudaUnavailableError(
            f"CuPy cannot be imported ({error}): pip install 'tangraph-backend-cuda[cuda12]' (or cuda13 for CUDA 13); "
            f"{SIMULATE}=1 simulates a device."
        ) from error
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except Exception as error:
        raise CudaUnavailableError(f"CuPy is installed but finds no usable CUDA driver: {error}") from error
    if not count:
        raise CudaUnavailableError("CuPy is installed but the CUDA driver reports no GPU.")
    return cupy


class CudaBackend:
    """Runs plans on the first GPU with CuPy; see `tangraph.backend.Backend`.

    Args:
      cupy: the module.
    """

    name: str = "cuda"
    bases: Sequence[str] = ("cpu",)
    device_type: str = "GPU"

    def __init__(self, cupy: Any) -> None:
        self.xp = cupy
        properties = cupy.cuda.runtime.getDeviceProperties(0)
        name = properties["name"]
        self._gpu: str = name.decode() if isinstance(name, bytes) else str(name)
        self._compute = f"{properties['major']}.{properties['minor']}"
        self._bus: str = cupy.cuda.Device(0).pci_bus_id

    def devices(self) -> list[str]:
        """Returns the one device that is used."""
        return ["/device:GPU:0"]

    def physical_description(self) -> str:
        """Returns what TensorFlow's "Device mapping" says of the device."""
        return f"device: 0, name: {self._gpu}, pci bus id: {self._bus}, compute capability: {self._compute}"

    def memory_of(self, node: Node) -> Memory | None:
        """See `tangraph.plan.memory`."""
        return support.memory_of(node)

    def to_device(self, array: Any) -> Any:
        """Returns a host array as a CuPy array."""
        return self.xp.asarray(np.asarray(array))

    def to_host(self, array: Any) -> Any:
        """Returns a CuPy array as a NumPy array."""
        return self.xp.asnumpy(array)

    def compile_pass(self, program: Program) -> None:
        """Leaves the program as it is."""

    def synchronize(self) -> None:
        """Waits for the device."""
        self.xp.cuda.Device(0).synchronize()

    def describe(self) -> list[str]:
        """Returns what `tangraph doctor` says of it."""
        return [f"{self.physical_description()}; CuPy {self.xp.__version__}", *support.describe()]
