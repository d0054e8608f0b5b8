"""How long a run may take: `RunOptions.timeout_in_ms` and `ConfigProto.operation_timeout_in_ms`.

A run is one call of one function, so its deadline belongs to the thread. What may wait (a queue, a staging area) asks
:func:`time_left` how long.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from tangraph.framework import errors


class _Deadline(threading.local):
    at: float | None = None


_deadline = _Deadline()


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Gives the runs of this thread a deadline, inside the block."""
    before = _deadline.at
    at = time.monotonic() + seconds
    _deadline.at = at if before is None else min(at, before)
    try:
        yield
    finally:
        _deadline.at = before


def time_left() -> float | None:
    """Returns how many seconds the run of this thread may still wait; None when it has no deadline.

    Raises:
      DeadlineExceededError: none are left.
    """
    if _deadline.at is None:
        return None
    left = _deadline.at - time.monotonic()
    if left <= 0:
        raise errors.DeadlineExceededError(None, None, "Timed out waiting for notification")
    return left
