"""What a backend is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.plan.ir import Program


@runtime_checkable
class Backend(Protocol):
    """An array library that runs plans on the devices of one type.

    A backend whose `to_device` returns something else than a NumPy array has memory of its own: kernels get device arrays
    but for strings and an op's `host_inputs`, and may leave small integer results on the host. An op for which it has no
    kernel runs on the host's backend, and what it needs is moved there and back.

    It may have an attribute `types`, a frozenset of the names of the types that its arrays may have (operations on other
    types run on the host), and a method `describe()`, whose lines `tangraph doctor` prints: what is fast, what falls
    back and why.

    A method `memory_of(node)` says where its kernel for a node has its values, or None where it has no kernel (see
    `tangraph.plan.memory`), and `physical_description()` what `log_device_placement` prints of the device.

    Attributes:
      name: "cpu", under which kernels are registered.
      bases: names of the backends whose kernels it takes where it has none of its own.
      device_type: "CPU", "GPU".
      xp: the array module that kernels are written against.
    """

    name: str
    bases: Sequence[str]
    device_type: str
    xp: Any

    def devices(self) -> list[str]:
        """Returns the devices that are there, ["/device:CPU:0"]."""
        ...

    def to_device(self, array: Any) -> Any:
        """Returns a host array (NumPy) as an array of this backend."""
        ...

    def to_host(self, array: Any) -> Any:
        """Returns an array of this backend as a NumPy array."""
        ...

    def compile_pass(self, program: Program) -> None:
        """Changes an ordered program: fusion, library primitives. Called once a plan."""
        ...

    def synchronize(self) -> None:
        """Waits until everything that was started has finished."""
        ...
