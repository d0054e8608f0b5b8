"""Which variables a step reads and writes, and whose memory a value shares.

A *root* is the step that makes a reference or a handle (VariableV2, VarHandleOp). References pass their roots on; so do
views of a live buffer (the Reshape of a variable).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph.framework import dtypes

if TYPE_CHECKING:
    from tangraph.plan.ir import Loop, Region, Step, Value

VARIABLES: Final = frozenset({"VariableV2", "Variable", "TemporaryVariable", "VarHandleOp"})
_PASS_REFERENCES: Final = frozenset(
    {
        "RefSwitch",
        "RefMerge",
        "RefEnter",
        "RefExit",
        "RefNextIteration",
        "RefIdentity",
        "RefSelect",
        "_Alias",
        "_MergeInput",
        "_Merge",
        "Identity",
        "Switch",
        "IsVariableInitialized",
        "VarIsInitializedOp",
        "VariableShape",
    }
)
_RESOURCE_READERS: Final = frozenset({"ReadVariableOp", "ResourceGather", "ResourceGatherNd"})
_NONE: Final[frozenset[Step]] = frozenset()
Roots = "frozenset[Step]"


class Effects:
    """Roots of values, and what each step reads and writes, for one region (loops count as one step)."""

    def __init__(self, steps: list[Step], outer: Effects | None = None) -> None:
        self.roots: dict[Value, frozenset[Step]] = dict(outer.roots) if outer is not None else {}
        self.reads: dict[Step, frozenset[Step]] = {}
        self.writes: dict[Step, frozenset[Step]] = {}
        for step in steps:
            self._add(step)

    def behind(self, value: Value) -> frozenset[Step]:
        """Returns the variables whose memory a value may be."""
        found = self.roots.get(value)
        if found is not None:
            return found
        # A handle that was passed to a function stands for a variable of its own.
        is_argument = value.dtype is dtypes.resource and value.step.op_type == "_Feed"
        return frozenset({value.step}) if is_argument else _NONE

    def _add(self, step: Step) -> None:
        if step.op_type in VARIABLES:
            self.roots[step.outputs[0]] = frozenset({step})
            self.reads[step] = self.writes[step] = _NONE
            return
        if step.loop is not None:
            self._add_loop(step)
            return
        touched = [self.behind(v) for v in step.inputs]
        if not any(touched):
            self.reads[step] = self.writes[step] = _NONE
            return
        everything = frozenset().union(*touched)
        if step.op_type == "_Snapshot":
            self.reads[step], self.writes[step] = everything, _NONE
            return
        if step.op_type in _PASS_REFERENCES:
            self.reads[step], self.writes[step] = everything, _NONE
            for value in step.outputs:
                self.roots[value] = everything
            return
        written: set[Step] = set()
        for index, value in enumerate(step.inputs):
            if touched[index] and takes_reference(step, index) and step.op_type not in _RESOURCE_READERS:
                written |= touched[index]
            del value
        self.writes[step] = frozenset(written)
        self.reads[step] = everything
        for value in step.outputs:
            if value.dtype.is_ref:
                self.roots[value] = frozenset(written)
        if step.op_type == "ReadVariableOp":
            self.roots[step.outputs[0]] = everything
        elif step.op_def is not None:
            for out, source in step.op_def.aliases.items():
                if out < len(step.outputs) and source < len(step.inputs) and touched[source]:
                    self.roots[step.outputs[out]] = touched[source]

    def _add_loop(self, step: Step) -> None:
        loop = step.loop
        assert loop is not None
        inner = self.inside(loop)
        self.reads[step] = frozenset().union(*inner.reads.values()) if inner.reads else _NONE
        self.writes[step] = frozenset().union(*inner.writes.values()) if inner.writes else _NONE
        for out, index in loop.exits:
            roots = inner.behind(loop.variables[index])
            if out.dtype.is_ref or roots:
                self.roots[out] = roots

    def inside(self, loop: Loop) -> Effects:
        """Returns the effects of a loop's region, which knows the variables of the region around it."""
        inner = Effects([], self)
        for variable, entry in zip(loop.variables, loop.entries, strict=True):
            inner.roots[variable] = self.behind(entry)
        grown = True
        while grown:
            for nested in loop.region.steps:
                inner._add(nested)
            # A loop variable may stand for the memory of whatever an iteration leaves in it.
            grown = False
            for variable, following in zip(loop.variables, loop.nexts, strict=True):
                roots = inner.behind(variable) | inner.behind(following)
                if roots != inner.behind(variable):
                    inner.roots[variable] = roots
                    grown = True
        return inner


def takes_reference(step: Step, index: int) -> bool:
    """Says whether an input is taken as the variable itself (its cell), not as its value."""
    value = step.inputs[index]
    if value.dtype is dtypes.resource:
        return True
    if not value.dtype.is_ref:
        return False
    if step.op_def is None:
        return True
    return arg_is_ref(step, index)


def arg_is_ref(step: Step, index: int) -> bool:
    """Says whether the schema declares the input as a reference."""
    assert step.op_def is not None
    position = argument_position(step, index)
    return position < len(step.op_def.inputs) and step.op_def.inputs[position].is_ref


def argument_position(step: Step, index: int) -> int:
    """Returns which argument of the schema an input belongs to: a list of tensors is one argument."""
    assert step.op_def is not None
    left = index
    for position, spec in enumerate(step.op_def.inputs):
        count = 1
        if spec.number_attr:
            count = step.attrs[spec.number_attr]
        elif spec.type_list_attr:
            count = len(step.attrs[spec.type_list_attr])
        if left < count:
            return position
        left -= count
    return len(step.op_def.inputs)


def effects_of(region: Region) -> Effects:
    """Returns the effects of a region whose steps are in a topological order."""
    return Effects(region.steps)
