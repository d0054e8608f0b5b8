"""Steps that compute what another step has computed already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import dtypes
from tangraph.plan.effects import takes_reference

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tangraph.plan.ir import Step, Value


#: Ops of two arguments whose order TensorFlow's optimizer takes for making no difference.
_COMMUTATIVE: Final = frozenset(
    {
        "Add",
        "AddV2",
        "BitwiseAnd",
        "BitwiseOr",
        "BitwiseXor",
        "Equal",
        "LogicalAnd",
        "LogicalOr",
        "Mul",
        "NotEqual",
        "SquaredDifference",
    }
)


class Seen:
    """The steps of one region so far, by what they compute.

    Two steps that read a variable are merged, too, as TensorFlow's graph optimizer does it: where a run writes the
    variable and nothing says which comes first, that decides what they see.
    """

    def __init__(self) -> None:
        self._steps: dict[Hashable, Step] = {}
        self._constants: dict[Hashable, Value] = {}

    def merge(self, step: Step) -> list[Value] | None:
        """Returns the outputs of an equal step under the same condition."""
        if step.stateful or step.loop is not None or not step.inputs or step.op_type.startswith("_"):
            return None
        if any(v.dtype.np is None for v in (*step.inputs, *step.outputs)) or any(v.dtype.is_ref for v in step.outputs):
            return None
        if any(v.dtype.is_ref and takes_reference(step, index) for index, v in enumerate(step.inputs)):
            return None
        inputs = [self._input_key(v) for v in step.inputs]
        if step.op_type in _COMMUTATIVE and step.inputs[0].dtype.base is not dtypes.string:
            inputs.sort(key=id)
        key = (
            step.op_type,
            tuple(inputs),
            tuple((k, freeze(v)) for k, v in step.attrs.items() if not k.startswith("_")),
            step.guard,
            frozenset(step.controls),
            step.device,
        )
        found = self._steps.setdefault(key, step)
        return None if found is step else list(found.outputs)

    def _input_key(self, value: Value) -> Hashable:
        constant = value.constant
        if constant is None or constant.dtype == object or constant.size > 64:
            return value
        key = (constant.dtype.str, constant.shape, constant.tobytes())
        return self._constants.setdefault(key, value)


def freeze(value: Any) -> Hashable:
    """Returns what stands for an attr's value in a key."""
    if isinstance(value, list):
        return tuple(freeze(v) for v in value)
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes()) if value.dtype != object else id(value)
    try:
        hash(value)
    except TypeError:
        return id(value)
    return value  # type: ignore[no-any-return]
