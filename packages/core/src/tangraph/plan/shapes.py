"""Shapes of values when the shapes of the feeds are known: the shape functions, run over the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import raw_shape
from tangraph.framework.handle_data import PASS_HANDLES, handle_of
from tangraph.framework.shape_context import ShapeContext

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    from tangraph.framework.dtypes import DType
    from tangraph.framework.raw_shape import Raw
    from tangraph.plan.ir import Step, Value


class PlanShapeContext(ShapeContext):
    """A shape context over values of a plan."""

    __slots__ = ("inputs",)

    def __init__(self, step: Step) -> None:
        super().__init__(step.op_type, step.attrs, [v.shape for v in step.inputs])
        self.inputs = step.inputs

    def value(self, index: int) -> np.ndarray[Any, Any] | None:
        """See `ShapeContext.value`."""
        return self.inputs[index].constant

    def partial_value(self, index: int) -> Raw:
        """See `ShapeContext.partial_value`."""
        constant = self.inputs[index].constant
        if constant is not None and constant.ndim == 1:
            return tuple(None if d < 0 else int(d) for d in constant)
        return _partial(self.inputs[index])

    def handle(self, index: int) -> tuple[DType, Raw] | None:
        """Returns the type and shape of the variable behind a resource input, None when it is not known."""
        value = self.inputs[index]
        while value.step.op_type in PASS_HANDLES and value.step.inputs:
            value = value.step.inputs[0]
        origin = value.step.origin
        if origin is not None and origin.graph._handle_data and value.index < len(origin.outputs):
            return origin.graph._handle_data.get(origin.outputs[value.index]) or handle_of(
                value.step.op_type, value.step.attrs
            )
        return handle_of(value.step.op_type, value.step.attrs)


def _partial(value: Value) -> Raw:
    """Follows a shape that is only partly known through the steps that make shapes."""
    step = value.step
    match step.op_type:
        case "Shape" | "ShapeN":
            return step.inputs[value.index].shape
        case "Pack":
            return tuple(None if v.constant is None or v.constant < 0 else int(v.constant) for v in step.inputs)
        case "Cast" | "Identity":
            return _partial(step.inputs[0])
    return None


def refine(steps: Iterable[Step]) -> None:
    """Merges what the shape functions say of the inputs' present shapes into the outputs' shapes."""
    for step in steps:
        refine_step(step)


def refine_step(step: Step) -> None:
    """As :func:`refine`, for one step; a shape function that objects is left to the kernel to report."""
    if step.loop is not None:
        return
    if step.op_type in {"_Alias", "_MergeInput"}:
        step.outputs[0].shape = step.inputs[0].shape
        return
    if step.op_def is None or step.op_def.shape is None:
        return
    if all(raw_shape.is_fully_defined(v.shape) for v in step.outputs):
        return
    try:
        shapes = step.op_def.shape(PlanShapeContext(step))
    except ValueError:
        return
    for value, shape in zip(step.outputs, shapes if isinstance(shapes, list) else [shapes], strict=True):
        try:
            value.shape = raw_shape.merge(value.shape, shape)
        except ValueError:
            value.shape = shape
