"""MonitoredSession and its like."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Self

from tangraph.export import export
from tangraph.framework import errors, stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph_training.monitored import wrapped
from tangraph_training.monitored.creators import ChiefSessionCreator, SessionCreator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from tangraph.client.session import BaseSession
    from tangraph.framework.graph import Graph
    from tangraph_training.monitored.hooks import SessionRunHook
    from tangraph_training.monitored.scaffold import Scaffold


class _CoordinatedSessionCreator(SessionCreator):
    """Makes a session, starts its queue runners, and tells the hooks."""

    def __init__(self, session_creator: Any, hooks: Sequence[SessionRunHook], stop_grace_period_secs: float) -> None:
        self._session_creator = session_creator
        self._hooks = hooks
        self._stop_grace_period_secs = stop_grace_period_secs
        self.coord: Any = None
        self.tf_sess: Any = None

    def create_session(self) -> wrapped.CoordinatedSession:
        """Returns a new session with all that belongs to it."""
        from tangraph_training.coordinator import Coordinator

        self.tf_sess = self._session_creator.create_session()
        self.coord = Coordinator(clean_stop_exception_types=[])
        for runner in stacks.get_default_graph().get_collection(GraphKeys.QUEUE_RUNNERS):
            runner.create_threads(self.tf_sess, coord=self.coord, daemon=True, start=True)
        for hook in self._hooks:
            hook.after_create_session(self.tf_sess, self.coord)
        return wrapped.CoordinatedSession(
            wrapped.HookedSession(self.tf_sess, self._hooks), self.coord, self._stop_grace_period_secs
        )


class _MonitoredSession:
    """What monitored sessions share."""

    StepContext = wrapped.StepContext

    def __init__(
        self,
        session_creator: Any,
        hooks: Sequence[SessionRunHook] | None,
        should_recover: bool,
        stop_grace_period_secs: float = 120,
    ) -> None:
        self._graph_was_finalized = stacks.get_default_graph().finalized
        self._hooks = hooks or []
        for hook in self._hooks:
            hook.begin()
        self._coordinated_creator = _CoordinatedSessionCreator(
            session_creator or ChiefSessionCreator(), self._hooks, stop_grace_period_secs
        )
        self._sess: wrapped.WrappedSession | None = (
            wrapped.RecoverableSession(self._coordinated_creator)
            if should_recover
            else self._coordinated_creator.create_session()
        )

    @property
    def graph(self) -> Graph | None:
        """The graph; None once the session is closed."""
        session = self._tf_sess()
        return None if session is None else session.graph

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """Runs what the fetches need, with the hooks, and returns their values; see `tf.Session.run`.

        Raises:
          RuntimeError: the session is closed, or should stop.
        """
        return self._open().run(fetches, feed_dict=feed_dict, options=options, run_metadata=run_metadata)

    def run_step_fn(self, step_fn: Callable[..., Any]) -> Any:
        """Calls a function, which may run the session with the hooks and without them.

        Args:
          step_fn: takes a `step_context`, with `session`, `run_with_hooks(...)` and `request_stop()`.

        Returns:
          What the function returns.

        Raises:
          ValueError: the function takes other arguments.
        """
        names = tuple(inspect.signature(step_fn).parameters)
        if names not in {("step_context",), ("self", "step_context")}:
            raise ValueError(
                "`step_fn` may either have one `step_context` argument, or `self` and `step_context` arguments if it's "
                f"an instance method. Got {names} instead."
            )
        return self._open().run_step_fn(step_fn, self._tf_sess(), run_with_hooks=None)

    def should_stop(self) -> bool:
        """Returns whether there is to be no other run."""
        return self._sess is None or self._sess.should_stop()

    def close(self) -> None:
        """Calls the hooks' `end`, ends the threads and closes the session."""
        self._close_internal()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> bool:
        # The end of the input is the end of training.
        failed = kind is not None and kind not in {errors.OutOfRangeError, StopIteration}
        self._close_internal(failed=failed)
        return not failed

    def _close_internal(self, *, failed: bool = False) -> None:
        try:
            if not failed:
                for hook in self._hooks:
                    hook.end(self._coordinated_creator.tf_sess)
        finally:
            try:
                self._open().close()
            finally:
                self._sess = None
                self._coordinated_creator.tf_sess = None
                self._coordinated_creator.coord = None
                if not self._graph_was_finalized:
                    stacks.get_default_graph()._unsafe_unfinalize()

    def _open(self) -> wrapped.WrappedSession:
        if self._sess is None:
            raise RuntimeError("Session is already closed.")
        return self._sess

    def _is_closed(self) -> bool:
        return self._coordinated_creator.tf_sess is None

    def _tf_sess(self) -> BaseSession | None:
        session: BaseSession | None = self._coordinated_creator.tf_sess
        return session


@export("train.MonitoredSession")
class MonitoredSession(_MonitoredSession):
    """A session that is initialized, starts the threads of the graph, calls hooks, and is made anew when it is lost.

    In a `with` block, an OutOfRangeError (the end of the input) ends the block and is no failure. The graph is
    finalized as long as the session lives.

    Args:
      session_creator: makes the sessions; a ChiefSessionCreator when None.
      hooks: SessionRunHooks.
      stop_grace_period_secs: how long the threads may take to end.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     step = tf.train.get_or_create_global_step()
    ...     train_op = tf.assign_add(step, 1)
    ...     with tf.train.MonitoredSession(hooks=[tf.train.StopAtStepHook(last_step=3)]) as session:
    ...         while not session.should_stop():
    ...             print(session.run(train_op))
    1
    2
    3
    """

    def __init__(
        self,
        session_creator: Any = None,
        hooks: Sequence[SessionRunHook] | None = None,
        stop_grace_period_secs: float = 120,
    ) -> None:
        super().__init__(session_creator, hooks, True, stop_grace_period_secs)


@export("train.SingularMonitoredSession")
class SingularMonitoredSession(_MonitoredSession):
    """A MonitoredSession that is not made anew: what is lost is raised.

    Args:
      hooks: SessionRunHooks.
      scaffold: the operations that it takes; a new Scaffold when None.
      master: the session's target.
      config: its ConfigProto.
      checkpoint_dir: the folder whose latest checkpoint is read, if there is one.
      stop_grace_period_secs: how long the threads may take to end.
      checkpoint_filename_with_path: the checkpoint that is read.
    """

    def __init__(
        self,
        hooks: Sequence[SessionRunHook] | None = None,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | None = None,
        stop_grace_period_secs: float = 120,
        checkpoint_filename_with_path: str | None = None,
    ) -> None:
        creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path)
        super().__init__(creator, hooks, False, stop_grace_period_secs)

    def raw_session(self) -> BaseSession | None:
        """Returns the session without hooks, for a Saver for example."""
        return self._tf_sess()
