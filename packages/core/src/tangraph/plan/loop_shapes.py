"""The shapes of loop variables, and of everything in a loop's body.

A variable is taken to have the shape of its first value. A dry walk of the body shows what an iteration makes of that;
where it is something else, the variable is taken to be as unknown as both allow, and the walk is repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph.framework import raw_shape
from tangraph.plan.prune import topological
from tangraph.plan.rewrites.shape_ops import shape_ops
from tangraph.plan.shapes import refine_step

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.plan.containers import Containers
    from tangraph.plan.ir import Loop, Step, Value
    from tangraph.plan.rewrites.fold import Folder

#: Walks of one body; what is not settled then stays as the graph has it.
MAX_WALKS: Final = 4


def infer(loop: Loop, containers: Containers, fold: Folder) -> None:
    """Refines the shapes of the values in a loop; the steps stay as they are."""
    steps = topological(loop.region.steps)
    inside = [v for s in loop.region.walk() for v in _made(s)]
    static = {v: v.shape for v in [*loop.variables, *inside]}
    folded: list[Value] = []
    shapes = [_first(v.shape, e.shape) for v, e in zip(loop.variables, loop.entries, strict=True)]
    for _ in range(MAX_WALKS):
        for variable, shape in zip(loop.variables, shapes, strict=True):
            variable.shape = shape
        for step in steps:
            _visit(step, containers, fold, folded)
        after = [_common(a, n.shape) for a, n in zip(shapes, loop.nexts, strict=True)]
        for value in folded:
            value.constant = None
        folded.clear()
        if after == shapes:
            return
        shapes = [_first(static[v], a) for v, a in zip(loop.variables, after, strict=True)]
        for value, known in static.items():
            value.shape = known
    for value, known in static.items():
        value.shape = known


def _made(step: Step) -> list[Value]:
    return step.outputs if step.loop is None else [*step.outputs, *step.loop.variables]


def _visit(step: Step, containers: Containers, fold: Folder, folded: list[Value]) -> None:
    if step.loop is not None:
        infer(step.loop, containers, fold)
        leave(step)
        return
    if step.op_type == "Const":
        answer = None
        step.outputs[0].constant = step.attrs["value"]
        return
    refine_step(step)
    containers.refine(step)
    answer = shape_ops(step)
    if answer is None and all(v.dtype.is_integer and v.shape is not None and len(v.shape) < 2 for v in step.outputs):
        answer = fold(step)
    for value, constant in zip(step.outputs, answer or (), strict=bool(answer)):
        if value.constant is None:
            value.constant = constant.constant
            folded.append(value)


def leave(step: Step) -> None:
    """Gives the results of a loop step the shapes of its variables."""
    assert step.loop is not None
    for out, index in step.loop.exits:
        known = step.loop.variables[index].shape
        if raw_shape.compatible(out.shape, known):
            out.shape = raw_shape.merge(out.shape, known)


def _first(static: Raw, entry: Raw) -> Raw:
    return raw_shape.merge(static, entry) if raw_shape.compatible(static, entry) else static


def _common(a: Raw, b: Raw) -> Raw:
    """What two shapes have in common; where the first is as vague as the second, the first."""
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(x if x == y else None for x, y in zip(a, b, strict=True))
