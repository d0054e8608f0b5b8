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
        found = {"iters": iters, "cpu_time": cpu_time, "wall_time": wall_time, "throughput": throughput}
        words = [f"{key}: {value}" for key, value in {**found, **(extras or {})}.items() if value is not None]
        print(f"entry {{ name: {name or type(self).__name__!r} {' '.join(words)} }}")

    def run_op_benchmark(
        self,
        sess: Any,
        op_or_tensor: Any,
        feed_dict: Any = None,
        burn_iters: int = 2,
        min_iters: int = 10,
        store_trace: bool = False,
        store_memory_usage: bool = True,
        name: str | None = None,
        extras: Any = None,
        mbs: float = 0,
    ) -> dict[str, Any]:
        """Runs an op repeatedly and reports the median time.

        Args:
          sess: the session.
          op_or_tensor: what to run.
          feed_dict: what to feed.
          burn_iters: runs that are not timed.
          min_iters: runs that are.
          store_trace: not used.
          store_memory_usage: not used.
          name: the benchmark's name.
          extras: other values to report.
          mbs: megabytes that a run handles, for the throughput.
        """
        operation = getattr(op_or_tensor, "op", op_or_tensor)
        times = []
        for number in range(burn_iters + min_iters):
            start = time.perf_counter()
            sess.run(operation, feed_dict)
            if number >= burn_iters:
                times.append(time.perf_counter() - start)
        median = float(np.median(times))
        found: dict[str, Any] = {"iters": min_iters, "wall_time": median, "throughput": mbs / median if mbs else None}
        self.report_benchmark(**found, extras=extras, name=name)
        return {**found, "extras": extras or {}, "name": name}
