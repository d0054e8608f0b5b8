"""The logarithm of a softmax, where nothing else uses the softmax.

TensorFlow's graph optimizer makes LogSoftmax of it, so that the hand-made cross entropy of a probability that underflows
is finite when it is evaluated, while the run that trains, whose gradients need the softmax too, gives infinity.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from tangraph import registry
from tangraph.framework import dtypes

if TYPE_CHECKING:
    from tangraph.plan.ir import Program, Step, Value

_TYPES: Final = (dtypes.float32, dtypes.float64)
#: TensorFlow leaves smaller graphs as they are.
_MIN_NODES: Final = 4


def log_softmax(program: Program) -> bool:
    """Replaces each such pair by one step; returns whether there was one."""
    logs = [s for s in program.region.walk() if s.op_type == "Log" and s.inputs[0].step.op_type == "Softmax"]
    if not logs or program.graph.version < _MIN_NODES:
        return False
    uses = _uses(program)
    found = False
    for log in logs:
        probability = log.inputs[0]
        softmax = probability.step
        if uses[probability] > 1 or probability.dtype not in _TYPES or not _adjacent(log, softmax):
            continue
        log.op_type, log.op_def, log.attrs = "LogSoftmax", registry.op_def("LogSoftmax"), softmax.attrs
        log.inputs = list(softmax.inputs)
        log.controls.extend(softmax.controls)
        found = True
    return found


def _adjacent(log: Step, softmax: Step) -> bool:
    """Whether the graph, too, has nothing but identities between the two."""
    op = log.origin and log.origin._inputs[0].op
    while op is not None and op.type == "Identity":
        op = op._inputs[0].op
    return op is not None and op is softmax.origin


def _uses(program: Program) -> Counter[Value]:
    """Counts how often each value is used."""
    uses = Counter(program.fetches)
    for step in program.region.walk():
        uses.update(step.inputs)
        if step.loop is not None:
            uses.update([*step.loop.entries, *step.loop.nexts, step.loop.condition])
    return uses
