"""The global step as hooks read it."""

from __future__ import annotations

from tangraph.framework.tensor import Tensor
from tangraph_training.global_step import get_or_create_global_step_read


def global_step_read(hook: str) -> Tensor:
    """Returns the tensor that reads the global step before a run increments it.

    Raises:
      RuntimeError: there is no global step; the text names the hook.
    """
    read = get_or_create_global_step_read()
    if read is None:
        raise RuntimeError(f"Global step should be created to use {hook}.")
    return read
