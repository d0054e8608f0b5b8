"""The strict simulated device as a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph_backend_cuda import support
from tangraph_backend_cuda.simulated.array import DeviceArray
from tangraph_backend_cuda.simulated.transfers import TRANSFERS
from tangraph_backend_cuda.simulated.xp import Module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.plan.ir import Program
    from tangraph.plan.memory import Memory, Node
    from tangraph_backend_cuda.simulated.transfers import Transfers


class SimulatedBackend:
    """Stands for a GPU where there is none; see `tangraph.backend.Backend`.

    Attributes:
      transfers: what was moved between it and the host.
    """

    name: str = "cuda"
    bases: Sequence[str] = ("cpu",)
    device_type: str = "GPU"

    def __init__(self) -> None:
        self.xp: Any = Module(np)
        self.transfers: Transfers = TRANSFERS

    def devices(self) -> list[str]:
        """Returns the one device."""
        return ["/device:GPU:0"]

    def physical_description(self) -> str:
        """Returns what TensorFlow's "Device mapping" says of the device."""
        return "device: 0, name: simulated, pci bus id: 0000:00:00.0, compute capability: 0.0"

    def memory_of(self, node: Node) -> Memory | None:
        """See `tangraph.plan.memory`."""
        return support.memory_of(node)

    def to_device(self, array: Any) -> Any:
        """Returns a copy of a host array as a device array; counted."""
        host = np.asarray(array)
        self.transfers.count_to_device(host.nbytes)
        return DeviceArray(host.copy())

    def to_host(self, array: Any) -> Any:
        """Returns a copy of a device array as a NumPy array; counted.

        Raises:
          TypeError: it is no array of this device.
        """
        if not isinstance(array, DeviceArray):
            raise TypeError(f"to_host takes an array of the device. Received: {type(array).__name__}")
        self.transfers.count_to_host(array.nbytes)
        return array.peek().copy()

    def compile_pass(self, program: Program) -> None:
        """Leaves the program as it is."""

    def synchronize(self) -> None:
        """Has nothing to wait for."""

    def describe(self) -> list[str]:
        """Returns what `tangraph doctor` says of it."""
        return [
            "a simulated device (TANGRAPH_CUDA_SIMULATE=1): NumPy behind a wall, for tests; it is slower than the CPU",
            *support.describe(),
        ]
