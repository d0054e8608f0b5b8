"""The threads of a Supervisor: summaries, the speed and checkpoints, every so many seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tangraph.util import tf_logging
from tangraph_summary.messages import SessionLog, Summary
from tangraph_training.coordinator import LooperThread
from tangraph_training.global_step import global_step as read_global_step

if TYPE_CHECKING:
    from tangraph_training.monitored.supervisor import Supervisor


class SummaryThread(LooperThread):
    """Writes the merged summaries."""

    def __init__(self, supervisor: Supervisor, session: Any) -> None:
        super().__init__(supervisor.coord, supervisor.save_summaries_secs)
        self._sv = supervisor
        self._sess = session

    def run_loop(self) -> None:
        """Writes them once."""
        step = None
        if self._sv.global_step is not None:
            summary, step = self._sess.run([self._sv.summary_op, self._sv.global_step])
        else:
            summary = self._sess.run(self._sv.summary_op)
        if self._sv.summary_writer:
            tf_logging.info("Recording summary at step %s.", step)
            self._sv.summary_writer.add_summary(summary, step)


class StepCounterThread(LooperThread):
    """Writes how many steps are done in a second."""

    def __init__(self, supervisor: Supervisor, session: Any) -> None:
        super().__init__(supervisor.coord, supervisor.save_summaries_secs)
        self._sv = supervisor
        self._sess = session
        self._last_time = 0.0
        self._last_step = 0
        self._summary_tag = f"{supervisor.global_step.op.name}/sec"

    def start_loop(self) -> None:
        """Notes where it begins."""
        self._last_time = time.time()
        self._last_step = read_global_step(self._sess, self._sv.global_step)

    def run_loop(self) -> None:
        """Reckons once."""
        step, now = read_global_step(self._sess, self._sv.global_step), time.time()
        seconds = now - self._last_time
        speed = (step - self._last_step) / seconds if seconds > 0 else float("inf")
        self._last_step, self._last_time = step, now
        if self._sv.summary_writer:
            value = Summary.Value(tag=self._summary_tag, simple_value=speed)
            self._sv.summary_writer.add_summary(Summary(value=[value]), step)
        tf_logging.log_first_n(tf_logging.INFO, "%s: %g", 10, self._summary_tag, speed)


class CheckpointThread(LooperThread):
    """Saves checkpoints."""

    def __init__(self, supervisor: Supervisor, session: Any) -> None:
        super().__init__(supervisor.coord, supervisor.save_model_secs)
        self._sv = supervisor
        self._sess = session

    def run_loop(self) -> None:
        """Saves one."""
        tf_logging.info("Saving checkpoint to path %s", self._sv.save_path)
        self._sv.saver.save(self._sess, self._sv.save_path, global_step=self._sv.global_step)
        if self._sv.summary_writer and self._sv.global_step is not None:
            step = read_global_step(self._sess, self._sv.global_step)
            log = SessionLog(status=SessionLog.CHECKPOINT, checkpoint_path=self._sv.save_path)
            self._sv.summary_writer.add_session_log(log, step)
