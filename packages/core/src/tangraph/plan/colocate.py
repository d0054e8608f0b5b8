"""Which device every operation of a graph is assigned to, as TensorFlow's placer decides it.

Operations that share a variable, or ask for it (``loc:@name``), go together. A group goes where it asks to be; otherwise
to the first device type, in the order of preference, that has kernels for all of its members. What is looked at is the
whole graph, and operations keep their device when the graph grows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from tangraph.framework import dtypes, errors
from tangraph.framework.device import DeviceSpec
from tangraph.plan.memory import memory_of, node_of_operation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tangraph.backend import Backend
    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation

_METADATA: Final = frozenset({"Shape", "Size", "Rank"})


class _Group:
    """Operations that go together."""

    __slots__ = ("assigned", "members", "supported", "task", "wanted")

    def __init__(
        self, op: Operation, wanted: DeviceSpec | None, task: DeviceSpec | None, supported: frozenset[str]
    ) -> None:
        self.members = [op]
        self.wanted = wanted
        self.task = task
        self.supported = supported
        self.assigned = ""


class Placer:
    """Assigns the operations of one graph.

    Args:
      backends: by device type, in the order of preference.
      names: the devices.
      tasks: the tasks that have these devices.
      soft: whether what an operation asks for gives way.
    """

    def __init__(
        self, backends: Mapping[str, Backend], names: Sequence[str], tasks: Sequence[str], *, soft: bool
    ) -> None:
        self._backends = backends
        self._names = names
        self._tasks = {task: DeviceSpec.from_string(task) for task in sorted(tasks)}
        self._soft = soft
        self._parent: list[int] = []
        self._groups: dict[int, _Group] = {}
        self._operations: list[Operation] = []
        self._index: dict[Operation, int] = {}
        self._type_of: dict[Operation, str] = {}
        self._task_of: dict[Operation, str] = {}
        self._specs: dict[str, DeviceSpec] = {}

    def type_of(self, op: Operation) -> str:
        """Returns the device type that an operation was assigned to."""
        return self._type_of[op]

    def device_of(self, op: Operation) -> str:
        """Returns the full name of the device that an operation was assigned to."""
        kind = self._type_of[op]
        name = next(n for n in self._names if DeviceSpec.from_string(n).device_type == kind)
        return f"{self._task_of[op]}{name}"

    def in_order(self) -> list[Operation]:
        """Returns the operations in the order in which TensorFlow assigns them: what feeds only one device comes last."""
        generators = [_is_generator(op) for op in self._operations]
        pairs = list(zip(self._operations, generators, strict=True))
        return [op for op, late in pairs if not late] + [op for op, late in pairs if late]

    # -- growth ---------------------------------------------------------------------------------------------------

    def grow(self, graph: Graph) -> bool:
        """Assigns the operations that are new; says whether there were any.

        Raises:
          InvalidArgumentError: what operations ask for cannot be had.
        """
        start = len(self._operations)
        new = graph._ops[start:]
        if not new:
            return False
        try:
            self._add(graph, new, start)
        except errors.OpError:
            self._forget()
            raise
        return True

    def _forget(self) -> None:
        """Starts anew at the next call: what was half done is worth nothing."""
        self._parent.clear()
        self._groups.clear()
        self._operations.clear()
        self._index.clear()
        self._type_of.clear()
        self._task_of.clear()

    def _add(self, graph: Graph, new: Sequence[Operation], start: int) -> None:
        for index, op in enumerate(new, start):
            self._operations.append(op)
            self._index[op] = index
            self._parent.append(index)
            self._groups[index] = _Group(op, *self._wanted(op), self._supported(op))
        for op in new:
            for other in self._partners(graph, op):
                self._join(self._index[op], self._index[other])
        late = []
        for index, op in enumerate(new, start):
            if _is_generator(op):
                late.append((index, op))
            else:
                self._type_of[op] = self._assign(index, op)
                self._task_of[op] = self._task(index, op)
        for index, op in late:
            self._type_of[op] = self._assign_generator(index, op)
            self._task_of[op] = self._task(index, op)

    def _task(self, index: int, op: Operation) -> str:
        """The first task, by name, that the group may go to; what is alone goes to its consumers' or its input's."""
        group = self._groups[self._root(index)]
        if len(self._tasks) > 1 and group.task is None and len(group.members) == 1:
            near = [user for tensor in op.outputs for user in tensor.consumers()] if _is_generator(op) else []
            near = [op._inputs[0].op] if op.type in _METADATA else near
            tasks = {self._task_of.get(other) for other in near} - {None}
            if len(tasks) == 1:
                return str(tasks.pop())
        return next(
            (task for task, spec in self._tasks.items() if group.task is None or _fits(group.task, spec)),
            next(iter(self._tasks)),
        )

    def _wanted(self, op: Operation) -> tuple[DeviceSpec | None, DeviceSpec | None]:
        """What an operation asks for: a device with a type, and a task."""
        if not op._device:
            return None, None
        spec = self._specs.get(op._device)
        if spec is None:
            spec = self._specs[op._device] = DeviceSpec.from_string(op._device)
        has_task = spec.job is not None or spec.replica is not None or spec.task is not None
        return spec if spec.device_type else None, spec if has_task else None

    def _supported(self, op: Operation) -> frozenset[str]:
        node = node_of_operation(op)
        found = frozenset(kind for kind, backend in self._backends.items() if memory_of(backend, node) is not None)
        # A kernel that is missing everywhere is told of by the plan that needs it.
        return found or frozenset(self._backends)

    @staticmethod
    def _partners(graph: Graph, op: Operation) -> list[Operation]:
        partners = []
        for group in op.attrs.get("_class", ()):
            name = (group.decode() if isinstance(group, bytes) else group).removeprefix("loc:@")
            other = graph._by_name.get(name)
            if other is not None and other is not op:
                partners.append(other)
        for index, tensor in enumerate(op._inputs):
            if tensor.dtype is dtypes.resource or (tensor.dtype.is_ref and _takes_reference(op, index)):
                partners.append(tensor.op)
        return partners

    def _root(self, index: int) -> int:
        while self._parent[index] != index:
            self._parent[index] = index = self._parent[self._parent[index]]
        return index

    def _join(self, index: int, other: int) -> None:
        mine, theirs = self._root(index), self._root(other)
        if mine == theirs:
            return
        keep, gone = min(mine, theirs), max(mine, theirs)
        kept, merged = self._groups[keep], self._groups.pop(gone)
        self._parent[gone] = keep
        if kept.wanted is None:
            kept.wanted = merged.wanted
        elif merged.wanted is not None and merged.wanted.device_type != kept.wanted.device_type:
            if not self._soft:
                self._conflict(self._operations[index], self._operations[other], kept, merged)
            kept.wanted = None
        kept.task = _both(kept.task, merged.task)
        common = kept.supported & merged.supported
        if not common and not kept.assigned:
            a, b = self._operations[index], self._operations[other]
            raise errors.InvalidArgumentError(
                a.node_def,
                a,
                f"Cannot colocate nodes {{{{colocation_node {a.name}}}}} and {{{{colocation_node {b.name}}}}} because no "
                "device type supports both of those nodes and the other nodes colocated with them.",
            )
        kept.supported = common
        kept.assigned = kept.assigned or merged.assigned
        kept.members += merged.members

    @staticmethod
    def _conflict(a: Operation, b: Operation, kept: _Group, merged: _Group) -> NoReturn:
        assert kept.wanted is not None
        assert merged.wanted is not None
        raise errors.InvalidArgumentError(
            a.node_def,
            a,
            f"Cannot colocate nodes {{{{colocation_node {a.name}}}}} and {{{{colocation_node {b.name}}}}}: Cannot merge "
            f"devices with incompatible types: '{kept.wanted.to_string()}' and '{merged.wanted.to_string()}'",
        )

    # -- assignment -----------------------------------------------------------------------------------------------

    def _assign(self, index: int, op: Operation) -> str:
        group = self._groups[self._root(index)]
        if not group.assigned:
            group.assigned = self._choose(group, op)
        if op.type in _METADATA and group.wanted is None and len(group.members) == 1:
            source = self._type_of.get(op._inputs[0].op)
            return source if source in group.supported else group.assigned
        return group.assigned

    def _choose(self, group: _Group, op: Operation) -> str:
        wanted = group.wanted.device_type if group.wanted is not None else None
        if wanted in group.supported:
            return str(wanted)
        if wanted is not None and not self._soft:
            self._unsatisfied(group, op, wanted)
        return next((kind for kind in self._backends if kind in group.supported), next(iter(self._backends)))

    def _assign_generator(self, index: int, op: Operation) -> str:
        """What has no inputs goes to the device of its consumers, where they agree."""
        group = self._groups[self._root(index)]
        if not group.assigned and group.wanted is None and len(group.members) == 1:
            users = {self._type_of.get(user) for tensor in op.outputs for user in tensor.consumers()} - {None}
            if len(users) == 1 and users <= group.supported:
                group.assigned = str(users.pop())
        return self._assign(index, op)

    def _unsatisfied(self, group: _Group, op: Operation, kind: str) -> NoReturn:
        types: dict[str, str] = {}
        for member in group.members:
            supported = self._supported(member)
            types[member.type] = "".join(f"{t} " for t in reversed(list(self._backends)) if t in supported)
        device = op._device or f"/device:{kind}:0"
        head = (
            f"Could not satisfy explicit device specification '{device}' because no supported kernel for {kind} devices"
        )
        lines = [
            f"{head} is available.",
            "Colocation Debug Info:",
            "Colocation group had the following types and supported devices: ",
            *(f"{name}: {devices}" for name, devices in types.items()),
            "",
            "Colocation members, user-requested devices, and framework assigned devices, if any:",
            *(f"  {m.name} ({m.type}) {m._device}" for m in group.members),
            "",
            f"Op: {op.type}",
        ]
        text = f"Cannot assign a device for operation {op.name}: " + "\n".join(lines)
        raise errors.InvalidArgumentError(op.node_def, op, f"{text}\n\t [[{{{{node {op.name}}}}}]]")


def _fits(wanted: DeviceSpec, task: DeviceSpec) -> bool:
    return all(getattr(wanted, field) in (None, getattr(task, field)) for field in ("job", "replica", "task"))


def _both(first: DeviceSpec | None, second: DeviceSpec | None) -> DeviceSpec | None:
    """What two members of a group ask for together; the first counts where they contradict each other."""
    if first is None or second is None:
        return first or second
    return second.make_merged_spec(first)


def _is_generator(op: Operation) -> bool:
    return not op._inputs and len(op.outputs) == 1 and not op.outputs[0].dtype.is_ref


def _takes_reference(op: Operation, index: int) -> bool:
    left = index
    for spec in op.op_def.inputs:
        count = 1
        if spec.number_attr:
            count = op.attrs[spec.number_attr]
        elif spec.type_list_attr:
            count = len(op.attrs[spec.type_list_attr])
        if left < count:
            return spec.is_ref
        left -= count
    return False
