"""Constants: steps that have nothing but constants to work on are run when the plan is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import dtypes
from tangraph.plan.bind import bind_kernel
from tangraph.plan.ir import Step

if TYPE_CHECKING:
    from tangraph.backend import Backend
    from tangraph.plan.ir import Value

#: Larger results stay steps.
MAX_BYTES: Final = 10 << 20
_OBJECTS: Final = frozenset({dtypes.resource, dtypes.variant})
_NEVER: Final = frozenset(
    {"Placeholder", "PlaceholderV2", "VariableV2", "VarHandleOp", "CheckNumerics", "Assert", "PyFuncStateless"}
)


def constant_value(step: Step, array: np.ndarray[Any, Any]) -> Value:
    """Returns a constant value that stands for an output of a step."""
    source = Step("Const", None, {"value": array}, step.origin, step.order)
    value = source.add_output(dtypes.as_dtype(array.dtype), array.shape)
    value.constant = array
    return value


class Folder:
    """The rule; it keeps the backend that evaluates."""

    def __init__(self, backend: Backend | None) -> None:
        self._backend = backend

    def __call__(self, step: Step) -> list[Value] | None:
        """Evaluates a step without side effects whose inputs are all constant; None when it must run."""
        if self._backend is None or not step.inputs or step.stateful or step.op_def is None:
            return None
        if step.op_type in _NEVER or any(v.constant is None for v in step.inputs):
            return None
        if any(v.dtype.np is None or v.dtype.is_ref or v.dtype in _OBJECTS for v in step.outputs):
            return None
        try:
            kernel = bind_kernel(step, self._backend, None)
            with np.errstate(all="ignore"):
                results = kernel(*[v.constant for v in step.inputs])
        except Exception:  # noqa: BLE001  whatever it is, the step itself will raise it with its name when it runs
            return None
        if len(step.outputs) == 1:
            results = (results,)
        arrays = [np.asarray(r) for r in results]
        if sum(a.nbytes for a in arrays) > MAX_BYTES or any(
            a.dtype != v.dtype.np for a, v in zip(arrays, step.outputs, strict=True)
        ):
            return None
        return [constant_value(step, a) for a in arrays]
