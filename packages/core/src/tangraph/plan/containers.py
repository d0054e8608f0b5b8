"""What the plan knows of stacks and TensorArrays: who writes to which, and so the shape of what comes out.

Handles are followed back to the step that makes them. Where every writer is known and all of them write one known shape,
whatever is read has that shape. The elements of an array of gradients have the shapes of the array's own elements (the
kernels see to that).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph.framework import raw_shape

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.plan.ir import Program, Region, Step, Value

_PASS_ON: Final = frozenset({"Identity", "_Alias", "Switch", "Enter", "Exit"})
#: Which input is written.
_WRITERS: Final = {"StackPushV2": 1, "TensorArrayWriteV3": 2, "TensorArrayScatterV3": 2}
#: These leave the elements as they are.
_READERS: Final = frozenset(
    {
        "StackPopV2",
        "TensorArrayReadV3",
        "TensorArrayGatherV3",
        "TensorArrayConcatV3",
        "TensorArraySizeV3",
        "TensorArrayGradV3",
        "TensorArrayCloseV3",
    }
)


class Containers:
    """The stacks and TensorArrays of a program."""

    def __init__(self, region: Region) -> None:
        self._writers: dict[Step, list[Step]] = {}
        self._unclear: set[Step] = set()
        for step in region.walk():
            for index, value in enumerate(step.inputs):
                root = self.root(value)
                if root is None or step.op_type in _PASS_ON or step.loop is not None:
                    continue
                if index == 0 and step.op_type in _WRITERS:
                    if value.step.op_type == "TensorArrayGradV3":
                        continue
                    self._writers.setdefault(root, []).append(step)
                elif index != 0 or step.op_type not in _READERS:
                    self._unclear.add(root)

    @staticmethod
    def root(handle: Value) -> Step | None:
        """Returns the StackV2 or TensorArrayV3 behind a handle (that of gradients counts as the array itself)."""
        value = handle
        while value.step.inputs and (value.step.op_type in _PASS_ON or _is_gradient_array(value)):
            value = value.step.inputs[0]
        made = value.step.op_type in {"StackV2", "TensorArrayV3"} and value.index == 0
        return value.step if made else None

    def writers(self, root: Step) -> list[Step] | None:
        """Returns the steps that write to a container; None when there may be others."""
        return None if root in self._unclear else self._writers.get(root, [])

    def refine(self, step: Step) -> None:
        """Merges what is known of the elements into the shape of what is read."""
        if step.op_type in {"StackPopV2", "TensorArrayReadV3", "TensorArrayGatherV3"}:
            out = step.outputs[0]
            if raw_shape.is_fully_defined(out.shape):
                return
            shape = self._element_shape(step.inputs[0])
            if step.op_type == "TensorArrayGatherV3":
                indices = step.inputs[1].shape
                shape = None if indices is None else raw_shape.concatenate(indices[:1], shape)
            if raw_shape.compatible(out.shape, shape):
                out.shape = raw_shape.merge(out.shape, shape)

    def _element_shape(self, handle: Value) -> Raw:
        root = self.root(handle)
        writers = None if root is None else self.writers(root)
        if not writers:
            return None
        shapes = {_written(step) for step in writers}
        if len(shapes) > 1:
            return None
        (shape,) = shapes
        return shape if raw_shape.is_fully_defined(shape) else None

    def size(self, handle: Value) -> int | None:
        """Returns the number of elements of a TensorArray that does not grow, where it is known."""
        root = self.root(handle)
        if root is None or root.attrs.get("dynamic_size", True):
            return None
        constant = root.inputs[0].constant
        return None if constant is None or constant.ndim or constant < 0 else int(constant)

    def constant(self, handle: Value) -> Value | None:
        """Returns the constant that every push onto a stack pushes, None where there is none."""
        root = self.root(handle)
        writers = None if root is None else self.writers(root)
        if not writers or any(w.inputs[1].constant is not writers[0].inputs[1].constant for w in writers):
            return None
        value = writers[0].inputs[1]
        return None if value.constant is None else value


def drop_unread_stacks(program: Program) -> bool:
    """Drops the stacks of which nothing is taken, or nothing that is used; says whether there were any."""
    region = program.region
    used = set(program.fetches)
    for step in region.walk():
        used.update(step.inputs)
        used.update(p for p, _ in step.guard)
        if step.loop is not None:
            used.update(step.loop.nexts)
            used.add(step.loop.condition)
    users: dict[Step, list[Step]] = {}
    for step in region.walk():
        for value in step.inputs if step.loop is None else ():
            if value.step.op_type == "StackV2":
                users.setdefault(value.step, []).append(step)
    kept = set(program.targets)
    dropped: set[Step] = set()
    for stack, steps in users.items():
        unread = all(s.op_type in {"StackPopV2", "StackPushV2"} and not used.intersection(s.outputs) for s in steps)
        if unread and kept.isdisjoint([stack, *steps]):
            dropped.update(steps)
    if dropped:
        _drop(region, dropped)
    return bool(dropped)


def _drop(region: Region, dropped: set[Step]) -> None:
    """Takes steps out; what waited for them waits for what they waited for."""
    for step in region.steps:
        if step.loop is not None:
            _drop(step.loop.region, dropped)
        todo, controls = list(step.controls), []
        while todo:
            control = todo.pop()
            if control in dropped:
                todo.extend([*(v.step for v in control.inputs), *control.controls])
            else:
                controls.append(control)
        step.controls = [c for c in dict.fromkeys(reversed(controls)) if c is not step]
    region.steps = [s for s in region.steps if s not in dropped]


def _is_gradient_array(value: Value) -> bool:
    return value.step.op_type == "TensorArrayGradV3" and value.index == 0


def _written(step: Step) -> Raw:
    shape = step.inputs[_WRITERS[step.op_type]].shape
    if step.op_type == "TensorArrayScatterV3":
        return None if shape is None else shape[1:]
    return shape
