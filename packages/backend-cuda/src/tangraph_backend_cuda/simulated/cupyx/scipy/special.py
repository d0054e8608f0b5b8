"""SciPy's special functions for the simulated device's arrays."""

from __future__ import annotations

from typing import Any

from tangraph_backend_cuda.simulated.xp import Module


def __getattr__(name: str) -> Any:
    import scipy.special

    return getattr(Module(scipy.special, "cupyx.scipy.special"), name)
