"""Steps that change nothing, given what the plan knows of their shapes and constants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tangraph.framework import raw_shape

if TYPE_CHECKING:
    from tangraph.plan.ir import Step, Value

_REDUCTIONS = frozenset({"Sum", "Mean", "Max", "Min", "Prod", "All", "Any"})


def trivial(step: Step) -> list[Value] | None:
    """Returns the input of a step that gives it back unchanged."""
    if not step.inputs or step.inputs[0].dtype.is_ref:
        return None
    value = step.inputs[0]
    kind = step.op_type
    if kind in {"Reshape", "BroadcastTo", "EnsureShape", "Tile", "Transpose", "Pad", "Squeeze", "ExpandDims"}:
        same = raw_shape.is_fully_defined(value.shape) and value.shape == step.outputs[0].shape
        if same and (kind != "Transpose" or _is_identity_permutation(step)):
            return [value]
        return None
    if kind in _REDUCTIONS:
        axes = step.inputs[1].constant
        if axes is not None and axes.size == 0:
            return [value]
        return None
    if kind in {"LogicalAnd", "LogicalOr"} and value is step.inputs[1]:
        return [value]
    if kind == "Cast" and value.dtype is step.outputs[0].dtype:
        return [value]
    if kind in {"AddN", "ConcatV2"} and len(step.inputs) - (kind == "ConcatV2") == 1:
        return [value]
    return None


def _is_identity_permutation(step: Step) -> bool:
    permutation = step.inputs[1].constant
    return permutation is not None and np.array_equal(permutation, np.arange(permutation.size))
