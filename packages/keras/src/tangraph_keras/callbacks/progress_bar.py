"""The progress bar."""

from __future__ import annotations

import math
import os
import sys
import time
from typing import Any

import numpy as np

from tangraph.export import export


@export("keras.utils.Progbar")
class Progbar:
    """Prints how far something is, with averages of what it gives.

    Args:
      target: how many units there are; None when that is not known.
      width: the width of the bar, in characters.
      verbose: 0 for nothing, 1 for a bar, 2 for one line at the end.
      interval: the least time between two updates, in seconds.
      stateful_metrics: the names of values that are not to be averaged.
      unit_name: what a unit is called.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 30,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Any = None,
        unit_name: str = "step",
    ) -> None:
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self._dynamic_display = (
            (hasattr(sys.stdout, "isatty") and sys.stdout.isatty())
            or "ipykernel" in sys.modules
            or "posix" in sys.modules
            or "PYCHARM_HOSTED" in os.environ
        )
        self._total_width = 0
        self._seen_so_far = 0
        # name -> [sum, number]
        self._values: dict[str, list[Any]] = {}
        self._start = time.time()
        self._last_update = 0.0

    def update(self, current: int, values: Any = None) -> None:
        """Prints.

        Args:
          current: how many units are done.
          values: pairs of a name and the value for the last of them.
        """
        self._add(current, values or ())
        now = time.time()
        if self.verbose == 1:
            if now - self._last_update < self.interval and self.target is not None and current < self.target:
                return
            self._print_bar(current, now - self._start)
        elif self.verbose == 2 and self.target is not None and current >= self.target:
            self._print_line(current, now - self._start)
        self._last_update = now

    def add(self, n: int, values: Any = None) -> None:
        """Prints that n more units are done."""
        self.update(self._seen_so_far + n, values)

    def _add(self, current: int, values: Any) -> None:
        new = current - self._seen_so_far
        for key, value in values:
            if key in self.stateful_metrics:
                self._values[key] = [value, 1]
            elif key in self._values:
                self._values[key][0] += np.float64(value) * new
                self._values[key][1] += new
            else:
                self._values[key] = [np.float64(value) * new, new]
        self._seen_so_far = current

    def _print_bar(self, current: int, seconds: float) -> None:
        before = self._total_width
        sys.stdout.write("\b" * before + "\r" if self._dynamic_display else "\n")
        bar = self._bar(current)
        sys.stdout.write(bar)
        info = self._times(current, seconds) + self._averages(absolute=True)
        self._total_width = len(bar) + len(info)
        info += " " * (before - self._total_width)
        if self.target is not None and current >= self.target:
            info += "\n"
        sys.stdout.write(info)
        sys.stdout.flush()

    def _print_line(self, current: int, seconds: float) -> None:
        assert self.target is not None
        digits = int(math.log10(self.target)) + 1
        sys.stdout.write(f"{current:{digits}d}/{self.target} - {seconds:.0f}s{self._averages(absolute=False)}\n")
        sys.stdout.flush()

    def _bar(self, current: int) -> str:
        if self.target is None:
            return f"{current:7d}/Unknown"
        digits = int(np.log10(self.target)) + 1
        done = int(self.width * (current / self.target))
        bar = f"{current:{digits}d}/{self.target} ["
        if done > 0:
            bar += "=" * (done - 1) + (">" if current < self.target else "=")
        return bar + "." * (self.width - done) + "]"

    def _times(self, current: int, seconds: float) -> str:
        unit = seconds / current if current else 0.0
        if self.target is not None and current < self.target:
            eta = unit * (self.target - current)
            if eta > 3600:
                return f" - ETA: {int(eta // 3600)}:{int(eta % 3600 // 60):02d}:{int(eta % 60):02d}"
            return f" - ETA: {int(eta // 60)}:{int(eta % 60):02d}" if eta > 60 else f" - ETA: {int(eta)}s"
        if unit >= 1 or unit == 0:
            pace = f"{unit:.0f}s"
        else:
            pace = f"{unit * 1e3:.0f}ms" if unit >= 1e-3 else f"{unit * 1e6:.0f}us"
        return f" - {seconds:.0f}s {pace}/{self.unit_name}"

    def _averages(self, absolute: bool) -> str:
        text = ""
        for key, (total, number) in self._values.items():
            average = np.mean(total / max(1, number))
            large = (abs(average) if absolute else average) > 1e-3
            text += f" - {key}: {average:.4f}" if large else f" - {key}: {average:.4e}"
        return text
