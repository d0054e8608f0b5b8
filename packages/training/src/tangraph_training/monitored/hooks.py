"""What takes part in every run of a monitored session."""

from __future__ import annotations

from typing import Any, NamedTuple

from tangraph.export import export


@export("train.SessionRunArgs")
class SessionRunArgs(NamedTuple):
    """What a hook adds to a run.

    Attributes:
      fetches: what is fetched besides: a tensor, or a nested structure of tensors.
      feed_dict: what is fed besides.
      options: RunOptions, which are merged with those of the run.
    """

    fetches: Any
    feed_dict: Any = None
    options: Any = None


@export("train.SessionRunValues")
class SessionRunValues(NamedTuple):
    """What a run gave a hook.

    Attributes:
      results: the values of what the hook asked for, in the same structure.
      options: the RunOptions that the run had.
      run_metadata: the RunMetadata of the run.
    """

    results: Any
    options: Any
    run_metadata: Any


@export("train.SessionRunContext")
class SessionRunContext:
    """A run, as hooks see it."""

    def __init__(self, original_args: SessionRunArgs, session: Any) -> None:
        self._original_args = original_args
        self._session = session
        self._stop_requested = False

    @property
    def original_args(self) -> SessionRunArgs:
        """What the caller of `run` gave, as `SessionRunArgs`."""
        return self._original_args

    @property
    def session(self) -> Any:
        """The session; hooks that run something in it are not called for that run."""
        return self._session

    @property
    def stop_requested(self) -> bool:
        """Whether a hook has asked to stop."""
        return self._stop_requested

    def request_stop(self) -> None:
        """Makes the monitored session stop after this run."""
        self._stop_requested = True


@export("train.SessionRunHook")
class SessionRunHook:
    """Takes part in a monitored session: subclasses override what they need.

    The calls come in this order::

        begin()  # the graph may still be added to
        after_create_session(session, coord)  # after each recovery too
        before_run(context), after_run(...)  # around every run
        end(session)  # unless an error ended the session
    """

    def begin(self) -> None:
        """Called once, before the session is made and the graph finalized."""

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Called when a session was made, anew after each failure that is recovered from.

        Args:
          session: the session.
          coord: the Coordinator of its threads.
        """

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Called before every run; returns what to add to it.

        Args:
          run_context: the run.
        """

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Called after every run that has not failed.

        Args:
          run_context: the run.
          run_values: what it gave.
        """

    def end(self, session: Any) -> None:
        """Called at the end, before the session is closed; not when an error ended it.

        Args:
          session: the session, which can still run.
        """
