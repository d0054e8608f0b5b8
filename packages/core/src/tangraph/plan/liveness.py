"""Stage 7: when each value is used for the last time, who owns its memory, and which results can go in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph.framework import dtypes, raw_shape
from tangraph.plan.effects import Effects

if TYPE_CHECKING:
    from tangraph.plan.ir import Region, Step, Value

#: Below this many bytes an allocation costs less than the look at `out=`.
MIN_BYTES: Final = 8192
_ALIASES: Final[dict[str, dict[int, int]]] = {
    "_Alias": {0: 0},
    "_MergeInput": {0: 0},
    "_SumToShape": {0: 0},
    "Identity": {0: 0},
}
#: Ops of tensor lists, which hold what they are given and give what they hold.
_LISTS: Final = frozenset(
    {
        "TensorListFromTensor",
        "TensorListPushBack",
        "TensorListPopBack",
        "TensorListGetItem",
        "TensorListSetItem",
        "TensorListScatter",
        "TensorListScatterV2",
        "TensorListScatterIntoExistingList",
        "TensorListSplit",
        "TensorListConcatLists",
        "TensorListResize",
    }
)
#: Kernels whose results others may hold too: what comes off a stack, was an element, or belongs to a Python function.
_SHARERS: Final = _LISTS | frozenset(
    {
        "ReadVariableOp",
        "StackPushV2",
        "StackPopV2",
        "TensorArrayReadV3",
        "PyFunc",
        "PyFuncStateless",
        "EagerPyFunc",
        "OptionalGetValue",
        "_LoopSumResult",
        "_Gates",
    }
)
#: Kernels that keep what they are given, so that it must not change afterwards.
_KEEPERS: Final = _LISTS | frozenset(
    {
        "StackPushV2",
        "StackPush",
        "TensorArrayWriteV3",
        "TensorArrayScatterV3",
        "PyFunc",
        "PyFuncStateless",
        "EagerPyFunc",
        "OptionalFromValue",
        "Assign",
        "AssignVariableOp",
        "TensorArraySplitV3",
        "_LoopSum",
        "_LoopSumAdd",
    }
)


class Liveness:
    """The life of every value of one region, whose steps are in their final order.

    Attributes:
      free_after: step -> values that die there.
      in_place: step -> the input whose memory the result takes.
      copies: steps whose result is a view of a variable that is written while the view is alive.
      effects: the effects of the region.

    Args:
      region: the region.
      keep: the values that are needed after its last step.
      effects: as far as they are known to the caller (of the inside of a loop they must be).
      in_loop: whether the first step follows the last one.
    """

    def __init__(
        self, region: Region, keep: set[Value], effects: Effects | None = None, *, in_loop: bool = False
    ) -> None:
        self.free_after: dict[Step, list[Value]] = {}
        self.in_place: dict[Step, int] = {}
        self.copies: set[Step] = set()
        self._keep = keep
        self._position = {s: i for i, s in enumerate(region.steps)}
        self._memory: dict[Value, frozenset[Value]] = {}
        self._kept: set[Value] = set()
        self._last: dict[Value, int] = {}
        for step in region.steps:
            self._visit(step)
        self.effects = Effects(region.steps) if effects is None else effects
        self._find_copies(region, in_loop=in_loop)
        self._find_deaths(region)

    def _visit(self, step: Step) -> None:
        here = self._position[step]
        for value in step.inputs:
            self._last[value] = here
        for predicate, _ in step.guard:
            self._last[predicate] = here
        if step.loop is not None:
            for value in [*step.inputs, *step.outputs]:
                self._kept |= self.memory(value)
            for value in step.outputs:
                self._memory[value] = frozenset().union(*(self.memory(v) for v in step.inputs)) | {value}
                self._kept |= self._memory[value]
            return
        for value in step.outputs:
            self._memory[value] = frozenset({value})
            self._last.setdefault(value, here)
        if step.op_type == "_Merge":
            self._memory[step.outputs[0]] = frozenset().union(*(self.memory(v) for v in step.inputs))
        for out, source in aliases_of(step).items():
            if out < len(step.outputs) and source < len(step.inputs):
                self._memory[step.outputs[out]] |= self.memory(step.inputs[source])
        if step.op_type in _KEEPERS or _may_keep(step):
            for value in step.inputs:
                self._kept |= self.memory(value)

    def memory(self, value: Value) -> frozenset[Value]:
        """Returns the values whose buffers the value may share; constants, feeds and outer values are their own."""
        return self._memory.get(value, frozenset({value}))

    def owned(self, value: Value) -> bool:
        """Says whether the buffer belongs to this run alone: no constant, feed, variable or view of one."""
        return all(
            v in self._memory and v.constant is None and not v.dtype.is_ref and v.step.op_type not in _SHARERS
            for v in self.memory(value)
        )

    def _find_deaths(self, region: Region) -> None:
        users: dict[Value, int] = {}
        for value, last in self._last.items():
            for source in self.memory(value):
                users[source] = max(users.get(source, -1), last)
        kept_memory = set().union(*(self.memory(v) for v in self._keep)) if self._keep else set()
        at: dict[int, list[Value]] = {}
        for value, last in self._last.items():
            ends_here = value in self._memory and value not in self._keep and value.step.op_type != "_MergeInput"
            if ends_here and value.constant is None and value.step.loop is None:
                at.setdefault(last, []).append(value)
        for step in region.steps:
            here = self._position[step]
            self.free_after[step] = at.get(here, [])
            if not step.takes_out or len(step.outputs) != 1:
                continue
            for index, value in enumerate(step.inputs):
                if (
                    self._fits(value, step.outputs[0])
                    and self.owned(value)
                    and not self.memory(value) & (self._kept | kept_memory)
                    and all(users[s] <= here for s in self.memory(value))
                    and value.step.guard == step.guard
                    and value.step.op_type not in {"_Merge", "_MergeInput", "_While"}
                ):
                    self.in_place[step] = index
                    break

    @staticmethod
    def _fits(value: Value, result: Value) -> bool:
        if value.dtype is not result.dtype or value.shape != result.shape or not value.shape:
            return False
        if value.where is not result.where:
            return False
        count = raw_shape.num_elements(value.shape)
        return count is not None and count * value.dtype.np.itemsize >= MIN_BYTES

    def _find_copies(self, region: Region, *, in_loop: bool) -> None:
        """A view of a variable, made before a write and used after it, has to be a copy."""
        effects = self.effects
        # A loop that writes a variable and uses a view of it does so by turns.
        writes = [
            (self._position[s] - (s.loop is not None) * 0.5, effects.writes[s])
            for s in region.steps
            if effects.writes.get(s)
        ]
        if not writes:
            return
        for step in region.steps:
            if step.loop is not None or _is_live_read(step):
                continue
            for value in step.outputs:
                roots = effects.roots.get(value)
                if not roots or value.dtype.is_ref or value.dtype.np is None:
                    continue
                first, last = (
                    self._position[step],
                    max(
                        (self._last.get(v, -1) for v in self._memory if value in self.memory(v) or v is value),
                        default=-1,
                    ),
                )
                if value in self._keep:
                    last = len(region.steps)
                    # What is left for the next iteration meets all writes.
                    first = -1 if in_loop else first
                if any(first < at < last and roots & touched for at, touched in writes):
                    self.copies.add(step)


def _may_keep(step: Step) -> bool:
    """Says whether a step may keep its inputs for what its schema does not show: a store, an object that it makes."""
    if any(value.dtype is dtypes.variant for value in step.outputs):
        return True
    return step.op_def is not None and step.op_def.stateful and step.op_def.outputs == ()


def _is_live_read(step: Step) -> bool:
    """Says whether a step is the read of a variable that sees later writes, as in TensorFlow, but no other buffer."""
    return step.op_type == "Identity" and step.inputs[0].dtype.is_ref


def aliases_of(step: Step) -> dict[int, int]:
    """Returns output -> input pairs whose memory may be shared."""
    own = _ALIASES.get(step.op_type)
    if own is not None:
        return own
    return dict(step.op_def.aliases) if step.op_def is not None else {}
