"""Stage 4: which backend runs each step.

As in TensorFlow the whole graph is looked at: one operation that asks for a device that is not there breaks every run,
unless soft placement is on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.framework import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tangraph.backend import Backend
    from tangraph.framework.device import DeviceSpec
    from tangraph.framework.graph import Graph
    from tangraph.plan.ir import Program


class Devices:
    """The devices of a session: which backend serves which.

    Args:
      backends: by name, the CPU's first.
      soft: whether an operation may run elsewhere when its device is not there.
    """

    def __init__(self, backends: Mapping[str, Backend], *, soft: bool) -> None:
        self._by_type: dict[str, Backend] = {}
        self.names: list[str] = []
        for backend in backends.values():
            if backend.device_type not in self._by_type:
                self._by_type[backend.device_type] = backend
                self.names.extend(backend.devices())
        self.default = next(iter(self._by_type.values()))
        self._soft = soft
        self._checked: dict[str, str] = {}
        self._upto = 0

    def check(self, graph: Graph) -> None:
        """Looks at the operations that are new since the last call.

        Raises:
          InvalidArgumentError: one asks for a device that is not there.
        """
        operations = graph._ops
        if self._soft:
            self._upto = len(operations)
            return
        while self._upto < len(operations):
            op = operations[self._upto]
            if op._device and not self._exists(op._device):
                raise errors.InvalidArgumentError(
                    op.node_def,
                    op,
                    f"Cannot assign a device for operation {op.name}: {{{{node {op.name}}}}} was explicitly assigned to "
                    f"{op._device} but available devices are [ {', '.join(_full(n) for n in self.names)} ]. Make sure "
                    "the device specification refers to a valid device.",
                )
            self._upto += 1

    def _exists(self, device: str) -> bool:
        from tangraph.framework.device import DeviceSpec

        known = self._checked.get(device)
        if known is None:
            spec = DeviceSpec.from_string(device)
            exists = any(_matches(spec, DeviceSpec.from_string(_full(name))) for name in self.names)
            known = self._checked[device] = "yes" if exists else "no"
        return known == "yes"

    def backend_of(self, device: str) -> Backend:
        """Returns the backend that serves a device string; the default one when it asks for nothing."""
        if not device:
            return self.default
        from tangraph.framework.device import DeviceSpec

        kind = DeviceSpec.from_string(device).device_type
        return self._by_type.get(kind or "", self.default)


def _full(name: str) -> str:
    return f"/job:localhost/replica:0/task:0{name}"


def _matches(wanted: DeviceSpec, there: DeviceSpec) -> bool:
    fields = ("job", "replica", "task", "device_type", "device_index")
    return all(getattr(wanted, f) in (None, getattr(there, f)) for f in fields)


def place(program: Program, devices: Devices) -> None:
    """Gives every step its backend."""
    devices.check(program.graph)
    for step in program.region.walk():
        step.backend = devices.backend_of(step.device)
