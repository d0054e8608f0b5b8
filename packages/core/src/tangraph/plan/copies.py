"""The second half of stage 4, where a device has memory of its own: copies as steps of the plan.

Every value gets the place where its step leaves it; every step says where it wants its inputs. Where the two differ a
`_ToDevice` or `_ToHost` step stands between them, one for each value and device. Three things are particular:

* the value of a reference is copied for each consumer, right before it runs, since a variable is live;
* constants are copied when the plan is made;
* what decides about an `if` or a `while` is on the host, and so are int32 and bool values that control flow passes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes
from tangraph.framework.op_def import ArgDef, OpDef
from tangraph.plan.effects import argument_position, takes_reference
from tangraph.plan.ir import Step, Value
from tangraph.plan.lower import outer_inputs
from tangraph.plan.memory import memory_of, node_of_step
from tangraph.plan.transfer import is_host_input

if TYPE_CHECKING:
    from tangraph.backend import Backend
    from tangraph.plan.ir import Guard, Loop, Program, Region
    from tangraph.plan.transfer import Transfers

_X: Final = ArgDef("x", type_attr="T")
_Y: Final = ArgDef("y", type_attr="T")
_OPS: Final = {n: OpDef(n, (_X,), (_Y,), {}, shape=None) for n in ("_ToDevice", "_ToHost")}
#: They leave a value where it is.
_FOLLOW: Final = frozenset({"_Alias", "Identity", "_Snapshot", "ReadVariableOp"})
#: TensorFlow's control flow on a GPU passes these on in the host's memory.
_STRINGS: Final = frozenset({dtypes.string, dtypes.variant})
_HOST_TYPES: Final = frozenset({dtypes.int32, dtypes.bool, dtypes.string, dtypes.variant})
#: Of the TensorArray ops, what is not an element: it orders them, or is read by Python.
_ARRAY_HOST: Final = frozenset(
    {"size", "index", "indices", "lengths", "flow_in", "flow", "flow_out", "handle", "grad_handle"}
)
_FLOWS: Final = frozenset({"flow", "flow_out"})


def _array_output(value: Value) -> str:
    """Returns what an output of a TensorArray op is called; "" of other ops."""
    step = value.step
    if not step.op_type.startswith("TensorArray") or step.op_def is None:
        return ""
    return step.op_def.outputs[value.index].name


class Copies:
    """Inserts the copies of one program, whose steps have their nominal backends.

    Args:
      program: the program.
      transfers: which backends have memory of their own, and how it is reached.
      host: the backend that runs what belongs on the host; None when there is none but the devices'.
    """

    def __init__(self, program: Program, transfers: Transfers, host: Backend | None) -> None:
        self._program = program
        self._transfers = transfers
        self._host = host
        self._memory: dict[Step, str] = {}
        self._region: dict[Step, Region] = {}
        self._made: dict[tuple[Value, int], Value] = {}
        self._users: dict[tuple[Value, int], list[Step]] = {}
        self._flows: set[Value] = set()  # of TensorArrays: they order and hold nothing
        self._everywhere = set(program.fetches)  # asked for by more than steps

    def insert(self) -> None:
        """Does it."""
        program = self._program
        self._locate(program.region)
        self._note_users(program.region)
        self._move(program.region)
        # Conditionals ask for the copies on the host.
        program.predicates = {op: self._made.get((v, id(None)), v) for op, v in program.predicates.items()}
        program.fetches = [v if v.dtype.is_ref else self._at(v, None) for v in program.fetches]
        for step in reversed(list(program.region.walk())):
            if step.loop is not None:
                step.inputs = outer_inputs(step.loop)

    # -- where values are -----------------------------------------------------------------------------------------

    def _locate(self, region: Region) -> None:
        for step in region.steps:
            self._region[step] = region
            if step.loop is not None:
                self._locate_loop(step, step.loop)
            else:
                self._locate_step(step)

    def _locate_step(self, step: Step) -> None:
        if step.op_type in _FOLLOW:
            step.outputs[0].where = step.inputs[0].where
            self._follow_flow(step.outputs[0], step.inputs[0])
            return
        if step.op_type in {"_MergeInput", "_Merge"}:
            self._follow_flow(step.outputs[0], step.inputs[0])
            follows = self._follows(step.outputs[0])
            step.outputs[0].where = step.inputs[0].where if follows else self._passing(step, step.outputs[0])
            return
        memory = self._memory_of(step)
        self._memory[step] = memory
        device = self._device(step)
        for value in step.outputs:
            name = _array_output(value)
            if name in _FLOWS:
                self._flows.add(value)
            on_device = memory == "device" and value.dtype not in _STRINGS and name not in _ARRAY_HOST
            value.where = device if on_device else None

    def _follow_flow(self, value: Value, source: Value) -> None:
        if source in self._flows:
            self._flows.add(value)

    def _follows(self, value: Value) -> bool:
        """Says whether control flow leaves a value where it was."""
        return value.dtype.is_ref or value.dtype is dtypes.resource or value in self._flows

    def _memory_of(self, step: Step) -> str:
        """Says where a step works; one that works on the host gets the host's backend."""
        if self._device(step) is None:
            return "host"
        memory = memory_of(step.backend, node_of_step(step))
        if memory in {None, "host"} and self._host is not None:
            step.backend = self._host
        return memory or "host"

    def _device(self, step: Step) -> Any:
        return step.backend if self._transfers.has_memory(step.backend) else None

    def _passing(self, step: Step, value: Value) -> Any:
        return None if value.dtype.base in _HOST_TYPES else self._device(step)

    def _locate_loop(self, step: Step, loop: Loop) -> None:
        for variable, entry in zip(loop.variables, loop.entries, strict=True):
            self._region[variable.step] = loop.region
            self._follow_flow(variable, entry)
            variable.where = entry.where if self._follows(variable) else self._passing(step, variable)
        self._locate(loop.region)
        for value, index in loop.exits:
            value.where = loop.variables[index].where
            self._follow_flow(value, loop.variables[index])

    # -- where they are wanted ------------------------------------------------------------------------------------

    def _wanted(self, step: Step, index: int) -> tuple[bool, Any]:
        """Returns whether an input has to be in a particular place, and which."""
        if step.op_type in _FOLLOW or step.op_type == "_Merge" or step.loop is not None or step.op_type in _OPS:
            return False, None
        if step.op_type == "_MergeInput":
            return not step.inputs[0].dtype.is_ref, step.outputs[0].where
        memory = self._memory[step]
        if memory == "metadata" or takes_reference(step, index):
            return False, None
        on_host = memory == "host" or is_host_input(step, index) or self._is_array_host_input(step, index)
        return True, None if on_host else self._device(step)

    @staticmethod
    def _is_array_host_input(step: Step, index: int) -> bool:
        if not step.op_type.startswith("TensorArray") or step.op_def is None:
            return False
        return step.op_def.inputs[argument_position(step, index)].name in _ARRAY_HOST

    def _note_users(self, region: Region) -> None:
        for step in region.steps:
            self._everywhere.update(p for p, _ in step.guard)
            if step.loop is not None:
                self._everywhere.update((*step.loop.nexts, *step.loop.entries, step.loop.condition))
            for index, value in enumerate(step.inputs):
                moves, where = self._wanted(step, index)
                if moves and value.where is not where:
                    self._users.setdefault((value, id(where)), []).append(step)
            if step.loop is not None:
                self._note_users(step.loop.region)

    def _move(self, region: Region) -> None:
        for step in list(region.steps):
            for index, value in enumerate(step.inputs):
                moves, where = self._wanted(step, index)
                if moves and value.where is not where:
                    step.inputs[index] = self._at(value, where, step, index)
            if step.guard:
                step.guard = tuple((self._predicate(p), b) for p, b in step.guard)
            loop = step.loop
            if loop is not None:
                self._move(loop.region)
                loop.condition = self._predicate(loop.condition)
                wheres = [v.where for v in loop.variables]
                for side in (loop.entries, loop.nexts):
                    side[:] = [v if v.dtype.is_ref else self._at(v, w) for v, w in zip(side, wheres, strict=True)]

    def _predicate(self, value: Value) -> Value:
        return value if value.dtype.is_ref else self._at(value, None)

    # -- the copies -----------------------------------------------------------------------------------------------

    def _at(self, value: Value, where: Any, consumer: Step | None = None, index: int = 0) -> Value:
        """Returns a value in the wanted place."""
        if value.where is where:
            return value
        if value.dtype.is_ref and consumer is not None:
            before = [v.step for i, v in enumerate(consumer.inputs) if i != index]
            return self._copy(value, where, consumer.guard, consumer, [*consumer.controls, *before])
        key = (value, id(where))
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = (
                self._constant(value, where)
                if value.constant is not None
                else self._copy(value, where, self._guard(value, key), value.step, [])
            )
        return made

    def _constant(self, value: Value, where: Any) -> Value:
        """A constant on a device; the array is moved when the plan is emitted."""
        step = Step("Const", None, value.step.attrs, value.step.origin, value.step.order)
        step.backend = where
        copy = step.add_output(value.dtype, value.shape)
        copy.constant, copy.where = value.constant, where
        return copy

    def _guard(self, value: Value, key: tuple[Value, int]) -> Guard:
        """Returns the condition for a copy: what all consumers have in common, but at least the value's own."""
        own = value.step.guard
        home = self._region.get(value.step, self._program.region)
        users = self._users.get(key, ())
        if not users or value in self._everywhere or any(self._region[u] is not home for u in users):
            return own
        common = users[0].guard
        for user in users[1:]:
            same = 0
            while same < min(len(common), len(user.guard)) and common[same] == user.guard[same]:
                same += 1
            common = common[:same]
        return common if common[: len(own)] == own else own

    def _copy(self, value: Value, where: Any, guard: Guard, near: Step, controls: list[Step]) -> Value:
        step = Step("_ToHost" if where is None else "_ToDevice", None, {}, near.origin, near.order)
        step.op_def = _OPS[step.op_type]
        step.backend = where if where is not None else self._host
        step.kernel = self._transfers.to_host if where is None else self._transfers.to_device(where)
        step.inputs = [value]
        step.guard = tuple((self._predicate(p), b) for p, b in guard)
        home = self._region.get(near, self._program.region)
        inside = set(home.steps)
        step.controls = [c for c in dict.fromkeys(controls) if c in inside and c is not value.step]
        home.steps.append(step)
        self._region[step] = home
        copy = step.add_output(value.dtype.base, value.shape)
        copy.where = where
        return copy
