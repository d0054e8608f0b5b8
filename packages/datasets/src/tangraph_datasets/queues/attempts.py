"""The two lines at a queue: those who bring and those who fetch, each served in the order of arrival."""

from __future__ import annotations

import enum
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from tangraph.plugin import errors
from tangraph_datasets.queues.waiting import pause


class Outcome(enum.Enum):
    """What came of trying."""

    NOTHING = 0
    PROGRESS = 1
    DONE = 2


class Attempt:
    """An operation on a queue that may have to wait.

    Attributes:
      step: tries to go on, under the queue's lock.
      undo: gives back what was taken, when the attempt ends early.
      result: what the operation returns.
      error: what it raises.
      finished: whether it is over.
    """

    __slots__ = ("cancelled_text", "error", "event", "finished", "result", "step", "undo")

    def __init__(
        self, step: Callable[[Attempt], Outcome], cancelled_text: str, undo: Callable[[], None] | None = None
    ) -> None:
        self.step = step
        self.undo = undo
        self.cancelled_text = cancelled_text
        self.result: Any = None
        self.error: Exception | None = None
        self.finished = False
        self.event: threading.Event | None = None

    def finish(self) -> None:
        """Ends it, and wakes who waits for it."""
        self.finished = True
        if self.event is not None:
            self.event.set()

    def cancel(self) -> None:
        """Ends it with CancelledError."""
        if self.undo is not None:
            self.undo()
        self.error = errors.CancelledError(None, None, self.cancelled_text)
        self.finish()


Line = deque[Attempt]


class Lines:
    """Serves two lines of attempts; nobody holds the lock while waiting.

    Attributes:
      lock: guards the state that the attempts' steps touch.
      bringing, fetching: the lines.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.bringing: Line = deque()
        self.fetching: Line = deque()
        self._cancelled = False

    def perform(self, line: Line, attempt: Attempt) -> Any:
        """Returns the result of an attempt, which waits for its turn in a line.

        Raises:
          CancelledError: the session closes, or somebody else cancels the attempt.
          DeadlineExceededError: the run is out of time.
          Exception: what the attempt's step says.
        """
        with self.lock:
            if self._cancelled:
                attempt.cancel()
            else:
                line.append(attempt)
                self.serve()
                if not attempt.finished:
                    attempt.event = threading.Event()
        if attempt.event is not None:
            self._wait(line, attempt)
        if attempt.error is not None:
            raise attempt.error
        return attempt.result

    def serve(self) -> None:
        """Lets the attempts go on as far as they can; under the lock."""
        moved = True
        while moved:
            moved = self._advance(self.bringing)
            moved = self._advance(self.fetching) or moved

    @staticmethod
    def _advance(line: Line) -> bool:
        moved = False
        while line:
            attempt = line[0]
            outcome = attempt.step(attempt)
            moved = moved or outcome is not Outcome.NOTHING
            if outcome is not Outcome.DONE:
                break
            line.popleft()
            attempt.finish()
        return moved

    def _wait(self, line: Line, attempt: Attempt) -> None:
        assert attempt.event is not None
        try:
            while not attempt.finished:
                pause(attempt.event.wait)
        except errors.DeadlineExceededError:
            if self._withdraw(line, attempt):
                raise
        except BaseException:  # KeyboardInterrupt too
            self._withdraw(line, attempt)
            raise

    def _withdraw(self, line: Line, attempt: Attempt) -> bool:
        """Takes an attempt out of its line; says whether it was still in there."""
        with self.lock:
            if attempt.finished:
                return False
            line.remove(attempt)
            attempt.cancel()
            self.serve()
            return True

    def cancel_line(self, line: Line) -> None:
        """Cancels all that wait in a line; under the lock."""
        while line:
            line.popleft().cancel()

    def cancel(self) -> None:
        """Ends all waiting, for good."""
        with self.lock:
            self._cancelled = True
            self.cancel_line(self.bringing)
            self.cancel_line(self.fetching)
