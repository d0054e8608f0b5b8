"""LoggingTensorHook: values of tensors in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import stacks
from tangraph.util import tf_logging
from tangraph_training.monitored.hooks import SessionRunArgs, SessionRunHook
from tangraph_training.monitored.timers import NeverTriggerTimer, SecondOrStepTimer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph_training.monitored.hooks import SessionRunContext, SessionRunValues


@export("train.LoggingTensorHook")
class LoggingTensorHook(SessionRunHook):
    """Writes the values of tensors to the log, every so many runs or seconds, or at the end.

    The lines are seen with ``tf.logging.set_verbosity(tf.logging.INFO)``.

    Args:
      tensors: tensors or their names: a list, or a dict by the names that the log has for them.
      every_n_iter: the number of runs between two lines.
      every_n_secs: the number of seconds between two lines.
      at_end: whether there is a line at the end.
      formatter: makes the line from a dict of values by name.

    Raises:
      ValueError: not exactly one of `every_n_iter` and `every_n_secs` is given (none is needed with `at_end`), or
        `every_n_iter` is not positive.
    """

    def __init__(
        self,
        tensors: Any,
        every_n_iter: int | None = None,
        every_n_secs: float | None = None,
        at_end: bool = False,
        formatter: Callable[[Any], str] | None = None,
    ) -> None:
        only_at_end = at_end and every_n_iter is None and every_n_secs is None
        if not only_at_end and (every_n_iter is None) == (every_n_secs is None):
            raise ValueError("either at_end and/or exactly one of every_n_iter and every_n_secs must be provided.")
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        if isinstance(tensors, dict):
            self._tag_order = sorted(tensors)
            self._tensors = tensors
        else:
            self._tag_order = tensors
            self._tensors = {item: item for item in tensors}
        self._formatter = formatter
        self._timer: Any = (
            NeverTriggerTimer() if only_at_end else SecondOrStepTimer(every_secs=every_n_secs, every_steps=every_n_iter)
        )
        self._log_at_end = at_end

    def begin(self) -> None:
        """Looks the tensors up."""
        self._timer.reset()
        self._iter_count = 0
        self._current_tensors = {tag: _as_graph_element(tensor) for tag, tensor in self._tensors.items()}

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Asks for the tensors when it is time."""
        self._should_trigger = self._timer.should_trigger_for_step(self._iter_count)
        return SessionRunArgs(self._current_tensors) if self._should_trigger else None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Logs them."""
        if self._should_trigger:
            self._log_tensors(run_values.results)
        self._iter_count += 1

    def end(self, session: Any) -> None:
        """Logs them once more if asked to."""
        if self._log_at_end:
            self._log_tensors(session.run(self._current_tensors))

    def _log_tensors(self, values: dict[Any, Any]) -> None:
        elapsed, _ = self._timer.update_last_triggered_step(self._iter_count)
        with np.printoptions(suppress=True):
            if self._formatter:
                tf_logging.info(self._formatter(values))
                return
            line = ", ".join(f"{tag} = {values[tag]!s}" for tag in self._tag_order)
        if elapsed is None:
            tf_logging.info("%s", line)
        else:
            tf_logging.info("%s (%.3f sec)", line, elapsed)


def _as_graph_element(item: Any) -> Any:
    """Returns a tensor of the default graph by itself or by its name.

    Raises:
      ValueError: it belongs to another graph, or an operation of that name has several outputs.
    """
    graph = stacks.get_default_graph()
    if not isinstance(item, str):
        if getattr(item, "graph", None) is not graph:
            raise ValueError(f"Passed {item} should have graph attribute that is equal to current graph {graph}.")
        return item
    if ":" in item:
        return graph.as_graph_element(item)
    element = graph.as_graph_element(item + ":0")
    if len(element.op.outputs) > 1:
        raise ValueError(f"Name {item} is ambiguous, as this `Operation` has multiple outputs (at least 2).")
    return element
