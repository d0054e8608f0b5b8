"""ExamplesPerSecondHook: how many examples are done in a second."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_training.monitored.summary_hooks import StepCounterHook


class ExamplesPerSecondHook(StepCounterHook):
    """Logs, and writes as summaries, how many steps and examples are done in a second.

    Args:
      batch_size: the examples of a step.
      every_n_steps: the number of steps between two times.
      every_n_secs: the number of seconds between two times.
      output_dir: the folder of the event file.
      summary_writer: a FileWriter in place of the folder.
    """

    def __init__(
        self,
        batch_size: Any,
        every_n_steps: int | None = 100,
        every_n_secs: float | None = None,
        output_dir: str | None = None,
        summary_writer: Any = None,
    ) -> None:
        self._batch_size = batch_size
        super().__init__(every_n_steps, every_n_secs, output_dir, summary_writer)

    def _log_and_record(self, elapsed_steps: int, elapsed_time: float, global_step: int) -> None:
        """Logs and writes both speeds."""
        steps = elapsed_steps / elapsed_time
        for tag, speed in (("global_step/sec", steps), ("examples/sec", self._batch_size * steps)):
            if self._summary_writer is not None:
                value = tf.Summary.Value(tag=tag, simple_value=speed)
                self._summary_writer.add_summary(tf.Summary(value=[value]), global_step)
            tf.logging.info("%s: %g", tag, speed)
