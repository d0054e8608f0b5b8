"""What is computed from what."""

from __future__ import annotations

from typing import Any

import tangraph as tf


def depends(target: Any, inputs: Any) -> bool:
    """Returns whether a tensor or an operation is computed from one of the inputs, or is one of them.

    Args:
      target: a tensor or an operation.
      inputs: a nested structure of tensors, operations and variables.
    """
    wanted = {id(getattr(x, "op", x)) for x in tf.nest.flatten(inputs) if x is not None}
    seen: set[int] = set()
    todo = [getattr(target, "op", target)]
    while todo:
        here = todo.pop()
        if id(here) in wanted:
            return True
        if id(here) not in seen:
            seen.add(id(here))
            todo += [x.op for x in here.inputs]
            todo += here.control_inputs
    return False
