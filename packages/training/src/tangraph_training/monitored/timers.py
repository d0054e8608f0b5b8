"""When hooks do what they do every so often."""

from __future__ import annotations

import time

from tangraph.export import export


@export("train.SecondOrStepTimer")
class SecondOrStepTimer:
    """Says at which steps to act: every so many steps, or at the first step after so many seconds.

    Args:
      every_secs: seconds between two times.
      every_steps: steps between two times.

    Raises:
      ValueError: not exactly one of them is given.

    >>> timer = SecondOrStepTimer(every_steps=10)
    >>> timer.should_trigger_for_step(0)
    True
    >>> timer.update_last_triggered_step(0)
    (None, None)
    >>> timer.should_trigger_for_step(9), timer.should_trigger_for_step(10)
    (False, True)
    """

    def __init__(self, every_secs: float | None = None, every_steps: int | None = None) -> None:
        if every_secs is None and every_steps is None:
            raise ValueError("Either every_secs or every_steps should be provided.")
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can not provide both every_secs and every_steps.")
        self._every_secs = every_secs
        self._every_steps = every_steps
        self.reset()

    def reset(self) -> None:
        """Forgets when it was last."""
        self._last_step: int | None = None
        self._last_time = 0.0

    def should_trigger_for_step(self, step: int) -> bool:
        """Returns whether to act at a step; never twice at the same one."""
        if self._last_step is None:
            return True
        if step == self._last_step:
            return False
        if self._every_secs is not None:
            return time.time() >= self._last_time + self._every_secs
        return self._every_steps is not None and step >= self._last_step + self._every_steps

    def update_last_triggered_step(self, step: int) -> tuple[float | None, int | None]:
        """Notes that one has acted at a step; returns the seconds and steps since the time before, if there was one."""
        now = time.time()
        since = (None, None) if self._last_step is None else (now - self._last_time, step - self._last_step)
        self._last_time, self._last_step = now, step
        return since

    def last_triggered_step(self) -> int | None:
        """Returns the step at which one has last acted."""
        return self._last_step


class NeverTriggerTimer:
    """A timer for what is done at the end only."""

    def reset(self) -> None:
        """Has nothing to forget."""

    def should_trigger_for_step(self, step: int) -> bool:
        """Returns False."""
        return False

    def update_last_triggered_step(self, step: int) -> tuple[None, None]:
        """Returns that there was no time before."""
        return None, None

    def last_triggered_step(self) -> None:
        """Returns None."""
