"""Stage 4: which backend runs each step.

As in TensorFlow the whole graph is looked at: one operation that asks for a device that is not there breaks every run,
unless soft placement is on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph import registry
from tangraph.framework import errors
from tangraph.plan.bind import INLINE
from tangraph.plan.transfer import Transfers, shares_host_memory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tangraph.backend import Backend
    from tangraph.framework.device import DeviceSpec
    from tangraph.framework.graph import Graph
    from tangraph.plan.ir import Program, Step


#: Types of what is on no device: handles of variables, queues, stacks.
_HANDLES: Final = frozenset({"resource", "variant"})


class Devices:
    """The devices of a session: which backend serves which.

    Args:
      backends: by name, the CPU's first.
      soft: whether an operation may run elsewhere when its device is not there.

    Attributes:
      names: the devices.
      default: the backend of what asks for no device.
      host: the first backend whose arrays are NumPy's, or None.
      transfers: moves values between the host and devices with arrays of their own; None where there are none.
    """

    def __init__(self, backends: Mapping[str, Backend], *, soft: bool) -> None:
        self._by_type: dict[str, Backend] = {}
        self.names: list[str] = []
        for backend in backends.values():
            if backend.device_type not in self._by_type:
                self._by_type[backend.device_type] = backend
                self.names.extend(backend.devices())
        self.default = next(iter(self._by_type.values()))
        self.host = next((b for b in self._by_type.values() if shares_host_memory(b)), None)
        self.transfers = Transfers(self._by_type.values()) or None
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

    def backend_for(self, step: Step) -> Backend:
        """Returns the backend that runs a step: as it asks for, but the host's where that one has no kernel for it.

        Strings, and types that the backend does not list, stay on the host as well. A step that asks for a device by
        name, or that works on a variable (whose array is there), does not move.
        """
        backend = self.backend_of(step.device)
        if self.host is None or self.host is backend or self.transfers is None or step.op_type in INLINE:
            return backend
        types = getattr(backend, "types", None)
        names = {v.dtype.base.name for v in (*step.inputs, *step.outputs)} - _HANDLES
        if "string" in names or (types is not None and not names <= types):
            return self.host
        if (step.device and not self._soft) or any(v.dtype.is_ref for v in step.inputs):
            return backend
        if registry.kernel_factory(backend.name, step.op_type, backend.bases) is not None:
            return backend
        has_one = registry.kernel_factory(self.host.name, step.op_type, self.host.bases) is not None
        return self.host if has_one else backend


def _full(name: str) -> str:
    return f"/job:localhost/replica:0/task:0{name}"


def _matches(wanted: DeviceSpec, there: DeviceSpec) -> bool:
    fields = ("job", "replica", "task", "device_type", "device_index")
    return all(getattr(wanted, f) in (None, getattr(there, f)) for f in fields)


def place(program: Program, devices: Devices) -> None:
    """Gives every step its backend."""
    devices.check(program.graph)
    for step in program.region.walk():
        step.backend = devices.backend_for(step)
