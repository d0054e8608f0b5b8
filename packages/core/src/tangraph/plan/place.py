"""Stage 4: which backend runs each step, and where its values are.

As in TensorFlow the whole graph is looked at: one operation that asks for a device that is not there breaks every run,
unless soft placement is on. Where there is more than the host, `colocate` assigns the operations and `copies` puts the
transfers between the steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph.framework import dtypes, errors
from tangraph.framework.device import DeviceSpec
from tangraph.plan.colocate import Placer
from tangraph.plan.copies import Copies
from tangraph.plan.memory import memory_of, node_of_step
from tangraph.plan.transfer import Transfers, shares_host_memory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tangraph.backend import Backend
    from tangraph.framework.graph import Graph
    from tangraph.plan.ir import Program, Step


#: The tasks of a session without a server.
_LOCAL: Final = ("/job:localhost/replica:0/task:0",)


class Devices:
    """The devices of a session: which backend serves which.

    Args:
      backends: by name, the CPU's first.
      soft: whether an operation may run elsewhere when its device is not there.
      prefer: the device type for operations that ask for none; that of the first backend where it is not there.
      log: whether to print where operations are placed.
      tasks: the tasks whose devices these are, the session's own first; all of them are this process.

    Attributes:
      names: the devices.
      default: the backend of what asks for no device.
      host: the first backend whose arrays are NumPy's, or None.
      transfers: moves values between the host and devices with arrays of their own; None where there are none.
    """

    def __init__(
        self,
        backends: Mapping[str, Backend],
        *,
        soft: bool,
        prefer: str = "",
        log: bool = False,
        tasks: Sequence[str] = _LOCAL,
    ) -> None:
        self._backends = backends
        self._tasks = tasks
        self._by_type: dict[str, Backend] = {}
        self.names: list[str] = []
        for backend in backends.values():
            if backend.device_type not in self._by_type:
                self._by_type[backend.device_type] = backend
                self.names.extend(backend.devices())
        self.host = next((b for b in self._by_type.values() if shares_host_memory(b)), None)
        self.transfers = Transfers(self._by_type.values()) or None
        ordered = dict(sorted(self._by_type.items(), key=lambda item: item[0] != prefer))
        self._ordered = ordered
        self.default = next(iter(ordered.values()))
        self._placer = Placer(ordered, self.names, tasks, soft=soft) if len(ordered) > 1 or log else None
        self._log = log
        self._soft = soft
        self._checked: dict[str, str] = {}
        self._upto = 0
        if log and tuple(tasks) == _LOCAL:
            print(self._mapping(), flush=True)  # noqa: T201  TensorFlow prints it, too

    def for_function(self, *, host: bool) -> Devices:
        """Returns the devices for the body of a function, which is a graph of its own.

        Args:
          host: whether there is the host alone; what asks for another device is run there then.
        """
        backends = dict(self._backends)
        if host and self.host is not None:
            backends = {name: backend for name, backend in backends.items() if backend is self.host}
        return Devices(backends, soft=self._soft or host, prefer="" if host else "GPU", tasks=self._tasks)

    def _mapping(self) -> str:
        described = [
            f"{self._full(b.devices()[0])} -> "
            + (b.physical_description() if hasattr(b, "physical_description") else f"device: 0, name: {b.name}")
            for b in self._by_type.values()
            if b is not self.host
        ]
        return "\n".join(["Device mapping:", *described]) if described else "Device mapping: no known devices."

    def _full(self, name: str) -> str:
        return f"{self._tasks[0]}{name}"

    def full_name(self, device: str) -> str:
        """Returns the name of the first device that an operation's wish fits, or of the first of all."""
        names = [task + name for task in sorted(self._tasks) for name in self.names]
        spec = DeviceSpec.from_string(device)
        return next((name for name in names if _matches(spec, DeviceSpec.from_string(name))), names[0])

    def check(self, graph: Graph) -> None:
        """Looks at the operations that are new since the last call.

        Raises:
          InvalidArgumentError: one asks for a device that is not there, or that has no kernel for it.
        """
        self._check_names(graph)
        if self._placer is None or not self._placer.grow(graph) or not self._log:
            return
        lines = [f"{op.name}: ({op.type}): {self._placer.device_of(op)}" for op in self._placer.in_order()]
        print("\n".join(lines), flush=True)  # noqa: T201  TensorFlow prints them, too

    def _check_names(self, graph: Graph) -> None:
        operations = graph._ops
        if self._soft:
            self._upto = len(operations)
            return
        while self._upto < len(operations):
            op = operations[self._upto]
            if op._device and not self._exists(op._device):
                hint = ""
                if "GPU" not in self._by_type and DeviceSpec.from_string(op._device).device_type == "GPU":
                    hint = " The requested device appears to be a GPU, but CUDA is not enabled."
                raise errors.InvalidArgumentError(
                    op.node_def,
                    op,
                    f"Cannot assign a device for operation {op.name}: {{{{node {op.name}}}}} was explicitly assigned to "
                    f"{op._device} but available devices are [ {', '.join(task + n for task in self._tasks for n in self.names)} ]. Make sure "
                    f"the device specification refers to a valid device.{hint}",
                )
            self._upto += 1

    def _exists(self, device: str) -> bool:
        known = self._checked.get(device)
        if known is None:
            spec = DeviceSpec.from_string(device)
            full = (DeviceSpec.from_string(task + name) for task in self._tasks for name in self.names)
            exists = any(_matches(spec, there) for there in full)
            known = self._checked[device] = "yes" if exists else "no"
        return known == "yes"

    def backend_for(self, step: Step, graph: Graph) -> Backend:
        """Returns the backend of the device that a step's operation was assigned to.

        Args:
          step: the step.
          graph: the graph that was checked; a step of a function's body comes from another.
        """
        if self._placer is None or step.origin is None:
            return self.default
        if step.origin.graph is not graph:
            return self._inside_function(step)
        return self._by_type[self._placer.type_of(step.origin)]

    def _inside_function(self, step: Step) -> Backend:
        """A step of a body goes where its variables are, where it asks to be, or to the first device with a kernel."""
        for value in step.inputs:
            owner = value.step.backend if value.dtype is dtypes.resource or value.dtype.is_ref else None
            if owner is not None:
                return owner  # type: ignore[no-any-return]
        node = node_of_step(step)
        able = {kind: b for kind, b in self._ordered.items() if memory_of(b, node) is not None} or self._ordered
        wanted = DeviceSpec.from_string(step.device).device_type if step.device else None
        return able.get(wanted or "") or next(iter(able.values()))


def _matches(wanted: DeviceSpec, there: DeviceSpec) -> bool:
    fields = ("job", "replica", "task", "device_type", "device_index")
    return all(getattr(wanted, f) in (None, getattr(there, f)) for f in fields)


def place(program: Program, devices: Devices) -> None:
    """Gives every step its backend, and puts copies where values cross between devices."""
    devices.check(program.graph)
    for step in program.region.walk():
        step.backend = devices.backend_for(step, program.graph)
    if devices.transfers is not None:
        Copies(program, devices.transfers, devices.host).insert()
