"""`tf.test.Benchmark`: a class whose `benchmark...` methods time things."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from tangraph.export import export


@export("test.Benchmark")
class Benchmark:
    """Times ops and reports what it finds on standard output."""

    def report_benchmark(
        self,
        iters: int | None = None,
        cpu_time: float | None = None,
        wall_time: float | None = None,
        throughput: float | None = None,
        extras: Any = None,
        name: str | None = None,
        metrics: Any = None,
    ) -> None:
        """Prints one line for a benchmark.

        Args:
          iters: how often it ran.
          cpu_time: seconds of the processor.
          wall_time: seconds, per iteration.
          throughput: MB a second.
          extras: other values by name.
          name: the benchmark's name.
          metrics: a list of dictionaries.
        """
        found: dict[str, Any] = {"iters": min_iters, "wall_time": median, "throughput": throughput}
        self.report_benchmark(**found, extras=extras, name=name)
        return {**found, "extras": extras or {}, "name": name}
