"""Loop variables that count the same are one.

A recurrent network has three: the iterations that `while_loop` counts, the time step that `dynamic_rnn` counts, and the
iterations that its gradient counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tangraph.plan.ir import Loop, Value

_SAME: Final = frozenset({"Identity", "_Alias"})


def merge_counters(loop: Loop) -> dict[Value, Value]:
    """Takes counters out of a loop that begin and go on as an earlier one; returns what stands for each."""
    first: dict[Hashable, int] = {}
    same: dict[int, int] = {}
    for index, variable in enumerate(loop.variables):
        key = _count(loop, index)
        if key is not None and first.setdefault((variable.dtype, *key), index) != index:
            same[index] = first[variable.dtype, *key]
    if not same:
        return {}
    merged = {loop.variables[i]: loop.variables[j] for i, j in same.items()}
    kept = [i for i in range(len(loop.variables)) if i not in same]
    place = {index: at for at, index in enumerate(kept)}
    loop.exits = [(out, place[same.get(index, index)]) for out, index in loop.exits]
    for values in (loop.variables, loop.entries, loop.nexts):
        values[:] = [values[i] for i in kept]
    return merged


def _count(loop: Loop, index: int) -> tuple[bytes, bytes] | None:
    """Returns the first value and the difference of a variable that counts."""
    start, step = _constant(loop.entries[index]), _source(loop.nexts[index]).step
    if start is None or step.op_type not in {"Add", "AddV2"} or step.guard != ((loop.condition, True),):
        return None
    a, b = step.inputs
    by = _constant(b if _source(a) is loop.variables[index] else a)
    if by is None or loop.variables[index] not in (_source(a), _source(b)):
        return None
    return start.tobytes(), by.tobytes()


def _source(value: Value) -> Value:
    while value.step.op_type in _SAME:
        value = value.step.inputs[0]
    return value


def _constant(value: Value) -> np.ndarray[Any, Any] | np.generic | None:
    """Returns the value of a constant whole number."""
    value = _source(value)
    constant = value.step.attrs["value"] if value.step.op_type == "Const" else value.constant
    if not isinstance(constant, (np.ndarray, np.generic)) or constant.ndim or constant.dtype.kind not in "iu":
        return None
    return constant
