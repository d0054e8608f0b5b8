"""CuPy's second package, `cupyx`, and how its linear algebra tells that it failed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph_backend_cpu.kernels.linalg_input import raise_invalid

if TYPE_CHECKING:
    from collections.abc import Callable


def companion(xp: Any, path: str = "") -> Any:
    """Returns `cupyx`, or a module of it; of the simulated device, what stands for it."""
    return importlib.import_module(f"{xp.__name__}x{path and '.'}{path}")


def succeeding(xp: Any, compute: Callable[..., Any], text: str) -> Callable[..., Any]:
    """Returns a function of `cupy.linalg` that raises where it fails.

    By default CuPy goes on with what a failure left behind. TensorFlow's GPU kernels have cuSOLVER's status brought to
    the host and raise, so this waits for it too.

    Args:
      xp: the array module.
      compute: the function.
      text: what InvalidArgumentError says.
    """
    errstate = companion(xp).errstate

    def run(*args: Any) -> Any:
        try:
            with errstate(linalg="raise"):
                return compute(*args)
        except np.linalg.LinAlgError:
            raise_invalid(text)

    return run
