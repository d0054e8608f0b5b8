"""The backend: where arrays are, and how they get there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import array_api_strict
import numpy as np

from example_backend import namespace

if TYPE_CHECKING:
    from tangraph.plugin import Program

#: A device that NumPy cannot read.
DEVICE: Final = array_api_strict.Device("device1")
TYPES: Final = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128"
_HOST: Final = array_api_strict.Device("CPU_DEVICE")


class StrictBackend:
    """Runs plans with array-api-strict; see `tangraph.plugin.Backend`."""

    name: Final = "strict"
    bases: Final = ()
    device_type: Final = "STRICT"
    xp: Final = namespace
    #: What its arrays hold; operations on other types (float16) run on the host.
    types: Final = frozenset(TYPES.split())

    def devices(self) -> list[str]:
        """Returns the one device."""
        return ["/device:STRICT:0"]

    def to_device(self, array: Any) -> Any:
        """Returns a copy on the device."""
        return array_api_strict.asarray(np.asarray(array), device=DEVICE, copy=True)

    def to_host(self, array: Any) -> Any:
        """Returns a copy on the host."""
        return np.array(array.to_device(_HOST))

    def compile_pass(self, program: Program) -> None:
        """Leaves the program as it is."""

    def synchronize(self) -> None:
        """Has nothing to wait for."""

    def describe(self) -> list[str]:
        """Returns what `tangraph doctor` says of it."""
        return [
            f"kernels on array-api-strict {array_api_strict.__version__}; what it has no kernel for runs on the host"
        ]
