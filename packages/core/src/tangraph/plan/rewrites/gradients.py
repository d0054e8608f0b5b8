"""What gradients repeat: the three steps that undo a broadcast become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.framework import raw_shape

if TYPE_CHECKING:
    from tangraph.plan.ir import Step, Value


def collapse(step: Step) -> list[Value] | None:
    """Reshape(Sum(g, axes), shape) that undoes a broadcast becomes one `_SumToShape(g, shape)`.

    It does where the axes are those that BroadcastGradientArgs makes of the shape, or, with all shapes known, where the
    axes and the shape fit a broadcast. The step is changed in place. Where nothing but axes of size 1 would be summed
    over, `g` itself is the answer.
    """
    if step.op_type != "Reshape":
        return None
    summed, shape = step.inputs
    if summed.step.op_type != "Sum" or summed.step.attrs.get("keep_dims"):
        return None
    gradient, axes = summed.step.inputs
    if not _undoes_broadcast(gradient, axes, shape, step.outputs[0]):
        return None
    if raw_shape.is_fully_defined(gradient.shape) and gradient.shape == step.outputs[0].shape:
        step.controls.extend(summed.step.controls)
        return [gradient]
    step.op_type = "_SumToShape"
    step.op_def = None
    step.inputs = [gradient, shape]
    step.controls.extend(summed.step.controls)
    return None


def _undoes_broadcast(gradient: Value, axes: Value, shape: Value, result: Value) -> bool:
    if axes.step.op_type == "BroadcastGradientArgs":
        return axes.step.inputs[axes.index] is shape
    wide, narrow = gradient.shape, result.shape
    if axes.constant is None or wide is None or narrow is None or None in wide or len(narrow) > len(wide):
        return False
    padded = (1,) * (len(wide) - len(narrow)) + narrow
    summed = {i for i, (w, n) in enumerate(zip(wide, padded, strict=True)) if w != n}
    given = {int(a) % len(wide) for a in axes.constant.ravel()}
    return summed <= given and all(padded[i] == 1 for i in given)
