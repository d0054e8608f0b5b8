"""What is computed from what."""

from __future__ import annotations

from typing import Any

import tangraph as tf


def dependent(targets: Any, inputs: Any) -> list[Any]:
    """Returns those of some tensors and operations that are computed from one of the inputs, or are one of them.

    Args:
      targets: a list of tensors and operations.
      inputs: a nested structure of tensors, operations and variables.
    """
    reached = {id(getattr(x, "op", x)) for x in tf.nest.flatten(inputs, expand_composites=True) if x is not None}
    if not reached:
        return []
    ancestors = sorted(_ancestors([getattr(target, "op", target) for target in targets]), key=lambda op: op._id)
    grown = True
    # Operations come after what they need, but for the edges that close loops: those take another round.
    while grown:
        grown = False
        for op in ancestors:
            if id(op) not in reached:
                before = [*(x.op for x in op.inputs), *op.control_inputs]
                if any(id(other) in reached for other in before):
                    reached.add(id(op))
                    grown = True
        grown = grown and any(op.type in {"NextIteration", "RefNextIteration"} for op in ancestors)
    return [target for target in targets if id(getattr(target, "op", target)) in reached]


def _ancestors(operations: list[Any]) -> set[Any]:
    found: set[Any] = set()
    todo = list(operations)
    while todo:
        op = todo.pop()
        if op not in found:
            found.add(op)
            todo += [x.op for x in op.inputs]
            todo += op.control_inputs
    return found
