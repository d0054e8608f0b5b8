"""The layers of a monitored session: hooks, threads, recovery. Each wraps the session below it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

from tangraph.client.config import RunMetadata, RunOptions
from tangraph.framework import errors
from tangraph.util import tf_logging
from tangraph_training.monitored.hooks import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.graph import Graph

#: What a lost worker or parameter server raises; a new session goes on from the last checkpoint.
PREEMPTION_ERRORS: Final = (errors.AbortedError, errors.UnavailableError)


class StepContext:
    """What the function of `run_step_fn` gets.

    Args:
      session: the session without hooks.
      run_with_hooks_fn: runs with them.
    """

    def __init__(self, session: Any, run_with_hooks_fn: Callable[..., Any]) -> None:
        self._session = session
        self._run_with_hooks_fn = run_with_hooks_fn

    @property
    def session(self) -> Any:
        """The session; its runs are those of no hook."""
        return self._session

    def run_with_hooks(self, *args: Any, **kwargs: Any) -> Any:
        """Runs as `MonitoredSession.run` does."""
        return self._run_with_hooks_fn(*args, **kwargs)

    def request_stop(self) -> None:
        """Ends the step and makes the monitored session stop.

        Raises:
          StopIteration: always.
        """
        raise StopIteration("step_fn has requested the iterations to stop.")


class WrappedSession:
    """Passes everything on to the session below, and says when to stop.

    Args:
      session: a session, or another layer.
    """

    def __init__(self, session: Any) -> None:
        self._sess = session
        self._wrapped_is_stoppable = isinstance(session, WrappedSession)

    @property
    def graph(self) -> Graph:
        """The graph."""
        graph: Graph = self._sess.graph
        return graph

    @property
    def sess_str(self) -> str:
        """The target of the session."""
        target: str = self._sess.sess_str
        return target

    def should_stop(self) -> bool:
        """Returns whether there is to be no other run."""
        if self._check_stop() or not self._sess:
            return True
        return bool(self._wrapped_is_stoppable and self._sess.should_stop())

    def _check_stop(self) -> bool:
        """Returns whether this layer wants to stop."""
        return False

    def close(self) -> None:
        """Closes the session below."""
        if self._sess:
            try:
                self._sess.close()
            except PREEMPTION_ERRORS as error:
                tf_logging.warning("An error occurred when attempting to close the session. Error: %s", error)
            finally:
                self._sess = None

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Runs in the session below."""
        return self._sess.run(*args, **kwargs)

    def run_step_fn(
        self, step_fn: Callable[[StepContext], Any], raw_session: Any, run_with_hooks: Callable[..., Any] | None
    ) -> Any:
        """Calls a function with a StepContext."""
        return step_fn(StepContext(raw_session, run_with_hooks or self.run))


class RecoverableSession(WrappedSession):
    """Makes a new session below when one is lost.

    Args:
      creator: makes the sessions.
    """

    def __init__(self, creator: Any) -> None:
        self._sess_creator = creator
        super().__init__(self._create_session())

    def _create_session(self) -> Any:
        while True:
            try:
                return self._sess_creator.create_session()
            except PREEMPTION_ERRORS as error:
                tf_logging.info(
                    "An error was raised while a session was being created. A new session will be created. Error: %s",
                    error,
                )

    def _check_stop(self) -> bool:
        try:
            return self._sess._check_stop() if self._sess else True
        except PREEMPTION_ERRORS as error:
            tf_logging.info(
                "An error was raised while considering whether the session is complete. The current session will be "
                "closed and a new session will be created. Error: %s",
                error,
            )
            self.close()
            self._sess = self._create_session()
            return False
        except Exception:  # noqa: BLE001  what a thread has raised; `close` raises it
            return True

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """Runs, in a new session if this one is lost."""
        return self._recovering(lambda session: session.run(fetches, feed_dict, options, run_metadata))

    def run_step_fn(
        self, step_fn: Callable[[StepContext], Any], raw_session: Any, run_with_hooks: Callable[..., Any] | None
    ) -> Any:
        """Calls a function with a StepContext, again if the session is lost."""
        # The raw session may have been lost; the creator knows the present one.
        return self._recovering(
            lambda session: session.run_step_fn(
                step_fn, getattr(self._sess_creator, "tf_sess", raw_session), session.run
            )
        )

    def _recovering(self, action: Callable[[Any], Any]) -> Any:
        while True:
            try:
                if not self._sess:
                    self._sess = self._create_session()
                return action(self._sess)
            except PREEMPTION_ERRORS as error:
                tf_logging.info(
                    "An error was raised. The current session will be closed and a new session will be created. "
                    "Error: %s",
                    error,
                )
                self.close()
                self._sess = None


class CoordinatedSession(WrappedSession):
    """Stops when one of the threads does, and ends them when it is closed.

    Args:
      session: the layer below.
      coord: the Coordinator of the threads.
      stop_grace_period_secs: how long they may take to end.
    """

    def __init__(self, session: Any, coord: Any, stop_grace_period_secs: float = 120) -> None:
        super().__init__(session)
        self._coord = coord
        self._stop_grace_period_secs = stop_grace_period_secs

    def _check_stop(self) -> bool:
        # A thread that has lost its session is a reason to make a new one.
        self._coord.raise_requested_exception()
        return bool(self._coord.should_stop())

    def close(self) -> None:
        """Ends the threads, then closes the session below.

        Raises:
          Exception: what a thread has raised.
        """
        self._coord.request_stop()
        try:
            self._coord.join(stop_grace_period_secs=self._stop_grace_period_secs, ignore_live_threads=True)
        finally:
            with contextlib.suppress(Exception):  # what the threads raised says more
                super().close()

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Runs; a lost session that a thread has noticed first is raised in place of what followed from it."""
        try:
            return self._sess.run(*args, **kwargs)
        except PREEMPTION_ERRORS:
            raise
        except Exception as original:
            try:
                self._coord.raise_requested_exception()
            except PREEMPTION_ERRORS:
                raise
            except Exception:  # noqa: BLE001  the caller is told what happened in its own run
                raise original from None
            raise


class HookedSession(WrappedSession):
    """Calls hooks before and after every run.

    Args:
      session: the session.
      hooks: the hooks.
    """

    def __init__(self, session: Any, hooks: Sequence[SessionRunHook]) -> None:
        super().__init__(session)
        self._hooks = hooks
        self._should_stop = False

    def _check_stop(self) -> bool:
        return self._should_stop

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """Runs what the caller and the hooks ask for in one run.

        Raises:
          RuntimeError: the session should stop, or two want to feed the same tensor.
        """
        if self.should_stop():
            raise RuntimeError("Run called even after should_stop requested.")
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), self._sess)
        options = options or RunOptions()
        run_metadata = run_metadata or RunMetadata()
        asked, feeds = self._call_before_run(context, feed_dict, options)
        wanted = {hook: args.fetches for hook, args in asked.items() if args.fetches is not None}
        results = self._sess.run([fetches, *wanted.values()], feeds, options, run_metadata)
        by_hook = dict(zip(wanted, results[1:], strict=True))
        for hook in self._hooks:
            hook.after_run(context, SessionRunValues(by_hook.get(hook), options, run_metadata))
        self._should_stop = self._should_stop or context.stop_requested
        return results[0]

    def _call_before_run(
        self, context: SessionRunContext, feed_dict: Any, options: RunOptions
    ) -> tuple[dict[SessionRunHook, SessionRunArgs], Any]:
        """Returns what each hook asks for, and what is fed; merges the options."""
        asked: dict[SessionRunHook, SessionRunArgs] = {}
        feeds: dict[Any, Any] = {}
        for hook in self._hooks:
            args = hook.before_run(context)
            if args is None:
                continue
            asked[hook] = args
            if args.feed_dict:
                _check_disjoint(feeds, args.feed_dict, "Same tensor is fed by two hooks.")
                feeds.update(args.feed_dict)
            if args.options:
                _merge_options(options, args.options)
        if not feeds:
            return asked, feed_dict
        if feed_dict:
            _check_disjoint(feed_dict, feeds, "Same tensor is fed by a SessionRunHook and user.")
            feeds.update(feed_dict)
        return asked, feeds


def _check_disjoint(first: Any, second: Any, message: str) -> None:
    both = set(first) & set(second)
    if both:
        raise RuntimeError(f"{message} Conflict(s): {list(both)}")


def _merge_options(options: RunOptions, added: RunOptions) -> None:
    """Gives a run the most that anybody asks for."""
    options.trace_level = max(options.trace_level, added.trace_level)
    options.timeout_in_ms = max(options.timeout_in_ms, added.timeout_in_ms)
    options.inter_op_thread_pool = max(options.inter_op_thread_pool, added.inter_op_thread_pool)
    options.output_partition_graphs = max(options.output_partition_graphs, added.output_partition_graphs)
    options.debug_options.debug_tensor_watch_opts.extend(added.debug_options.debug_tensor_watch_opts)
    options.debug_options.reset_disk_byte_usage |= added.debug_options.reset_disk_byte_usage
    options.report_tensor_allocations_upon_oom |= added.report_tensor_allocations_upon_oom
