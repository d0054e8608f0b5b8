"""Hooks that feed runs, and that run something at the end: FeedFnHook, FinalOpsHook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import errors
from tangraph.util import tf_logging
from tangraph_training.monitored.hooks import SessionRunArgs, SessionRunHook

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph_training.monitored.hooks import SessionRunContext


@export("train.FinalOpsHook")
class FinalOpsHook(SessionRunHook):
    """Runs something at the end.

    Args:
      final_ops: what is fetched: a tensor, an operation or a nested structure of them; None for nothing.
      final_ops_feed_dict: what is fed then.
    """

    def __init__(self, final_ops: Any, final_ops_feed_dict: Any = None) -> None:
        self._final_ops = final_ops
        self._final_ops_feed_dict = final_ops_feed_dict
        self._final_ops_values: Any = None

    @property
    def final_ops_values(self) -> Any:
        """What the run at the end gave."""
        return self._final_ops_values

    def end(self, session: Any) -> None:
        """Runs it."""
        if self._final_ops is None:
            return
        try:
            self._final_ops_values = session.run(self._final_ops, feed_dict=self._final_ops_feed_dict)
        except (errors.OutOfRangeError, StopIteration):
            tf_logging.warning(
                "What FinalOpsHook ran at the end has asked for more input, and there is none. It should only read "
                "variables: of a metric, fetch the value, and not the update."
            )
            raise


@export("train.FeedFnHook")
class FeedFnHook(SessionRunHook):
    """Feeds every run.

    Args:
      feed_fn: returns a feed_dict.
    """

    def __init__(self, feed_fn: Callable[[], Any]) -> None:
        self.feed_fn = feed_fn

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Asks the function."""
        return SessionRunArgs(fetches=None, feed_dict=self.feed_fn())
