"""Shapes that the plan knows become constants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plan.rewrites.fold import constant_value

if TYPE_CHECKING:
    from tangraph.plan.ir import Step, Value


def shape_ops(step: Step) -> list[Value] | None:
    """Folds Shape, ShapeN, Size and Rank of values whose shapes are known."""
    match step.op_type:
        case "Shape" | "ShapeN":
            shapes = [v.shape for v in step.inputs]
            if all(raw_shape.is_fully_defined(s) for s in shapes):
                return [_constant(step, i, s) for i, s in enumerate(shapes)]
        case "Size":
            if raw_shape.is_fully_defined(step.inputs[0].shape):
                return [_constant(step, 0, raw_shape.num_elements(step.inputs[0].shape))]
        case "Rank":
            # `tf.assert_variables_initialized` asks for the rank of a variable because that fails before it is assigned.
            if step.inputs[0].shape is not None and not _is_variable(step.inputs[0]):
                return [_constant(step, 0, len(step.inputs[0].shape))]
    return None


def _is_variable(value: Value) -> bool:
    return value.dtype.is_ref or value.step.op_type == "ReadVariableOp"


def _constant(step: Step, index: int, value: Any) -> Value:
    return constant_value(step, np.array(value, step.outputs[index].dtype.np))
