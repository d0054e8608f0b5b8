"""Whether linear algebra says that it failed, as `cupyx.errstate` has it: by default it does not, and goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tangraph_backend_cuda.simulated.transfers import TRANSFERS

_state = threading.local()


@contextmanager
def errstate(*, linalg: str) -> Iterator[None]:
    """Sets what happens in the block when a decomposition fails.

    Args:
      linalg: "ignore", or "raise", for which the host waits to hear of each.
    """
    if linalg not in {"ignore", "raise"}:
        raise NotImplementedError(linalg)
    before = getattr(_state, "linalg", "ignore")
    _state.linalg = linalg
    try:
        yield
    finally:
        _state.linalg = before


def report(failed: Any) -> None:
    """Notes how a decomposition went.

    Raises:
      LinAlgError: it failed and the host wants to know.
    """
    if getattr(_state, "linalg", "ignore") == "ignore":
        return
    TRANSFERS.count_read(4)
    if failed:
        raise np.linalg.LinAlgError("Error reported by the simulated device")
