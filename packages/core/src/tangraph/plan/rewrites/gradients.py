"""What gradients repeat: the three steps that undo a broadcast become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tangraph.plan.ir import Step, Value


def collapse(step: Step) -> list[Value] | None:
    """Reshape(Sum(g, BroadcastGradientArgs(Shape(x), Shape(y))), Shape(x)) becomes one `_SumToShape(g, Shape(x))`.

    The step is changed in place: without axes to sum over and with the shape reached, its kernel gives `g` back.
    """
    if step.op_type != "Reshape":
        return None
    summed, shape = step.inputs
    if summed.step.op_type != "Sum" or summed.step.attrs.get("keep_dims"):
        return None
    gradient, axes = summed.step.inputs
    if axes.step.op_type != "BroadcastGradientArgs" or axes.step.inputs[axes.index] is not shape:
        return None
    step.op_type = "_SumToShape"
    step.op_def = None
    step.inputs = [gradient, shape]
    step.controls.extend(summed.step.controls)
    return None
