"""Which writer `tf.contrib.summary` writes to, and whether it does."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework.scopes import device
from tangraph.ops.math.comparison import equal
from tangraph.ops.math.logical import logical_and

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from tangraph.framework.tensor import Tensor


class _State(threading.local):
    """What the blocks around have chosen, in this thread."""

    def __init__(self) -> None:
        self.writer: Any = None
        self.condition: Any = None


state: Final = _State()


def global_step() -> Any:
    """Returns the global step, which is made if there is none; the package that has it is asked for by name."""
    import tangraph as tf

    return tf.train.get_or_create_global_step()


@contextmanager
def record_if(condition: Any) -> Iterator[None]:
    """Inside the block, summaries are written if the condition is true when they run."""
    before = state.condition
    try:
        state.condition = condition
        yield
    finally:
        state.condition = before


@export("contrib.summary.should_record_summaries")
def should_record_summaries() -> Tensor:
    """Returns whether summaries are written, a bool scalar; they are not unless a block says so."""
    condition = state.condition() if callable(state.condition) else state.condition
    return logical_and(True, False if condition is None else condition)


@export("contrib.summary.record_summaries_every_n_global_steps")
def record_summaries_every_n_global_steps(n: int, global_step: Any = None) -> AbstractContextManager[None]:
    """Inside the block, summaries are written in every n-th step.

    Args:
      n: a number of steps.
      global_step: counts the steps; the graph's global step when None.
    """
    step = _global_step() if global_step is None else global_step
    with device("cpu:0"):
        return record_if(equal(step % n, 0))


_global_step = global_step


@export("contrib.summary.always_record_summaries")
def always_record_summaries() -> AbstractContextManager[None]:
    """Inside the block, all summaries are written."""
    return record_if(True)


@export("contrib.summary.never_record_summaries")
def never_record_summaries() -> AbstractContextManager[None]:
    """Inside the block, no summaries are written."""
    return record_if(False)
