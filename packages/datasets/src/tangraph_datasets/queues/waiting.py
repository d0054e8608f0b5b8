"""How operations wait: on a lock that they do not hold meanwhile, until the session closes or the run is out of time."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from tangraph.client.deadline import time_left
from tangraph.plugin import errors

#: Seconds after which a wait looks up, so that Ctrl-C is heard where it cannot interrupt one.
_POLL: Final = 0.2 if sys.platform == "win32" else None


def pause(wait: Callable[[float | None], object]) -> None:
    """Waits once, as long as the run may.

    Args:
      wait: takes seconds or None, as `threading.Event.wait` does.

    Raises:
      DeadlineExceededError: the run is out of time.
    """
    left = time_left()
    if _POLL is None:
        wait(left)
    else:
        wait(_POLL if left is None else min(left, _POLL))


class Gate:
    """A lock as a context manager, and waiting on it until something is so.

    Args:
      cancelled_text: what CancelledError says when the session closes.
    """

    def __init__(self, cancelled_text: str) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._cancelled = False
        self._text = cancelled_text

    def __enter__(self) -> Self:
        self._changed.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._changed.release()

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Waits, inside the block, until `ready()`; it is asked again after every :meth:`notify`.

        Raises:
          CancelledError: the session closes.
          DeadlineExceededError: the run is out of time.
        """
        while not ready():
            if self._cancelled:
                raise errors.CancelledError(None, None, self._text)
            pause(self._changed.wait)

    def notify(self) -> None:
        """Says, inside the block, that something has changed."""
        self._changed.notify_all()

    def cancel(self) -> None:
        """Ends all waiting, for good."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()
