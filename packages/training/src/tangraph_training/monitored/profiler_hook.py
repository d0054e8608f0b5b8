"""ProfilerHook: timelines of single runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tangraph.client.config import RunOptions
from tangraph.client.timeline import Timeline
from tangraph.export import export
from tangraph.util import tf_logging
from tangraph_interop.files import write_file
from tangraph_summary.writer.cache import FileWriterCache
from tangraph_training.monitored.hooks import SessionRunArgs, SessionRunHook
from tangraph_training.monitored.step_read import global_step_read
from tangraph_training.monitored.timers import SecondOrStepTimer

if TYPE_CHECKING:
    from tangraph_training.monitored.hooks import SessionRunContext, SessionRunValues


@export("train.ProfilerHook")
class ProfilerHook(SessionRunHook):
    """Traces a run every so many steps or seconds, for chrome://tracing and for TensorBoard.

    Args:
      save_steps: the number of steps between two times.
      save_secs: the number of seconds between two times.
      output_dir: the folder of the files ``timeline-<step>.json`` and of the event file.
      show_dataflow: whether there are arrows from operations to those that use their outputs.
      show_memory: whether the memory of operations is shown.

    Raises:
      ValueError: not exactly one of `save_steps` and `save_secs` is given.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str = "",
        show_dataflow: bool = True,
        show_memory: bool = False,
    ) -> None:
        self._output_file = os.path.join(output_dir, "timeline-{}.json")
        self._file_writer = FileWriterCache.get(output_dir)
        self._show_dataflow = show_dataflow
        self._show_memory = show_memory
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)

    def begin(self) -> None:
        """Finds the global step."""
        self._next_step: int | None = None
        self._global_step = global_step_read("ProfilerHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Asks for a trace when it is time."""
        self._is_traced = self._next_step is not None and self._timer.should_trigger_for_step(self._next_step)
        options = RunOptions(trace_level=RunOptions.FULL_TRACE) if self._is_traced else None
        return SessionRunArgs(self._global_step, options=options)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Writes it."""
        if self._next_step is None:
            # The first run compiles its plan, which says little about the others.
            self._timer.update_last_triggered_step(run_values.results)
        step = run_values.results + 1
        if self._is_traced:
            step = run_context.session.run(self._global_step)
            self._timer.update_last_triggered_step(step)
            self._save(step, run_values.run_metadata)
        self._next_step = step + 1

    def _save(self, step: int, run_metadata: Any) -> None:
        path = self._output_file.format(step)
        tf_logging.info("Saving timeline for %d into '%s'.", step, path)
        trace = Timeline(run_metadata.step_stats).generate_chrome_trace_format(self._show_dataflow, self._show_memory)
        write_file(path, trace.encode())
        self._file_writer.add_run_metadata(run_metadata, f"step_{step}")
