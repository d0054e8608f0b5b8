"""What stands for CuPy's second package, `cupyx`."""

from __future__ import annotations

from tangraph_backend_cuda.simulated.error_state import errstate

__all__ = ["errstate"]
