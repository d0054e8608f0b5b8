"""SessionManager: sessions whose variables are initialized, or restored from a checkpoint."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.client.session import Session
from tangraph.export import export
from tangraph.framework import errors, stacks
from tangraph.util import tf_logging
from tangraph_interop.checkpoint.state import get_checkpoint_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.graph import Graph


@export("train.SessionManager")
class SessionManager:
    """Makes sessions that are ready to train.

    Args:
      local_init_op: run in every new session.
      ready_op: gives the names of what is not initialized.
      ready_for_local_init_op: the same, before `local_init_op` is run.
      graph: the graph; the default one when None.
      recovery_wait_secs: how long to wait before looking again.
      local_init_run_options: the RunOptions for `local_init_op`.

    Raises:
      ValueError: there is a `ready_for_local_init_op` and no `local_init_op`.
    """

    def __init__(
        self,
        local_init_op: Any = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        graph: Graph | None = None,
        recovery_wait_secs: float = 30,
        local_init_run_options: Any = None,
    ) -> None:
        self._local_init_op = local_init_op
        self._ready_op = ready_op
        self._ready_for_local_init_op = ready_for_local_init_op
        self._graph = stacks.get_default_graph() if graph is None else graph
        self._recovery_wait_secs = recovery_wait_secs
        self._local_init_run_options = local_init_run_options
        if ready_for_local_init_op is not None and local_init_op is None:
            raise ValueError(
                "If you pass a ready_for_local_init_op you must also pass a local_init_op , ready_for_local_init_op "
                f"[{ready_for_local_init_op}]"
            )

    def prepare_session(
        self,
        master: str,
        init_op: Any = None,
        saver: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[[Any], Any] | None = None,
    ) -> Session:
        """Returns a session with the variables from a checkpoint, or initialized if there is none.

        Args:
          master: the session's target.
          init_op: initializes the variables.
          saver: reads checkpoints.
          checkpoint_dir: a folder, whose latest checkpoint is read.
          checkpoint_filename_with_path: a checkpoint.
          wait_for_checkpoint: whether to wait until there is one.
          max_wait_secs: how long.
          config: the session's ConfigProto.
          init_feed_dict: what is fed to `init_op`.
          init_fn: called with the session after `init_op`.

        Raises:
          RuntimeError: the model is not ready then, or nothing was given that could initialize it.
          ValueError: both a folder and a checkpoint are given.
        """
        session, is_restored = self._restore_checkpoint(
            master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint, max_wait_secs, config
        )
        if not is_restored:
            if init_op is None and not init_fn and self._local_init_op is None:
                raise RuntimeError("Model is not initialized and no init_op or init_fn or local_init_op was given")
            if init_op is not None:
                session.run(init_op, feed_dict=init_feed_dict)
            if init_fn:
                init_fn(session)
        problem = self._try_run_local_init_op(session)
        if problem is not None:
            raise RuntimeError(
                "Init operations did not make model ready for local_init.  "
                f"Init op: {_name_of(init_op)}, init fn: {init_fn}, error: {problem}"
            )
        problem = _not_ready(self._ready_op, session, "Model not ready")
        if problem is not None:
            raise RuntimeError(
                f"Init operations did not make model ready.  Init op: {_name_of(init_op)}, init fn: {init_fn}, "
                f"local_init_op: {self._local_init_op}, error: {problem}"
            )
        return session

    def recover_session(
        self,
        master: str,
        saver: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
    ) -> tuple[Session, bool]:
        """Returns a session, and whether its variables are those of a checkpoint; see `prepare_session`."""
        session, is_restored = self._restore_checkpoint(
            master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint, max_wait_secs, config
        )
        problem = self._try_run_local_init_op(session)
        if not is_restored:
            return session, False
        source = checkpoint_dir or checkpoint_filename_with_path
        if problem is not None:
            tf_logging.info("Restoring model from %s did not make model ready for local init: %s", source, problem)
            return session, False
        problem = _not_ready(self._ready_op, session, "Model not ready")
        if problem is not None:
            tf_logging.info("Restoring model from %s did not make model ready: %s", source, problem)
            return session, False
        tf_logging.info("Restored model from %s", source)
        return session, True

    def wait_for_session(self, master: str, config: Any = None, max_wait_secs: float | None = float("inf")) -> Session:
        """Returns a session once another process has initialized the variables.

        Raises:
          DeadlineExceededError: none has in that time.
        """
        limit = float("inf") if max_wait_secs is None else max_wait_secs
        end = time.monotonic() + limit
        while True:
            session = Session(master, graph=self._graph, config=config)
            not_ready = None
            not_ready_for_local = self._try_run_local_init_op(session)
            if not_ready_for_local is None:
                not_ready = _not_ready(self._ready_op, session, "Model not ready")
                if not_ready is None:
                    return session
            with contextlib.suppress(Exception):
                session.close()
            if max(0.0, end - time.monotonic()) - self._recovery_wait_secs < 0:
                raise errors.DeadlineExceededError(None, None, f"Session was not ready after waiting {limit:.0f} secs.")
            tf_logging.info(
                "Waiting for model to be ready.  Ready_for_local_init_op:  %s, ready: %s",
                not_ready_for_local,
                not_ready,
            )
            time.sleep(self._recovery_wait_secs)

    def _restore_checkpoint(
        self,
        master: str,
        saver: Any,
        checkpoint_dir: str | None,
        checkpoint_filename_with_path: str | None,
        wait_for_checkpoint: bool,
        max_wait_secs: float,
        config: Any,
    ) -> tuple[Session, bool]:
        """Returns a new session, and whether a checkpoint was read into it."""
        session = Session(master, graph=self._graph, config=config)
        if checkpoint_dir and checkpoint_filename_with_path:
            raise ValueError("Can not provide both checkpoint_dir and checkpoint_filename_with_path.")
        if not saver or not (checkpoint_dir or checkpoint_filename_with_path):
            return session, False
        if checkpoint_filename_with_path:
            saver.restore(session, checkpoint_filename_with_path)
            return session, True
        assert checkpoint_dir is not None
        waited = 0.0
        while True:
            state = get_checkpoint_state(checkpoint_dir)
            if state and state.model_checkpoint_path:
                break
            if not wait_for_checkpoint or waited >= max_wait_secs:
                return session, False
            tf_logging.info("Waiting for checkpoint to be available.")
            time.sleep(self._recovery_wait_secs)
            waited += self._recovery_wait_secs
        saver.restore(session, state.model_checkpoint_path)
        saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        return session, True

    def _try_run_local_init_op(self, session: Session) -> str | None:
        """Runs `local_init_op` if all that it needs is there; returns what is missing."""
        if self._local_init_op is None:
            return None
        problem = _not_ready(self._ready_for_local_init_op, session, "Model not ready for local init")
        if problem is None:
            tf_logging.info("Running local_init_op.")
            session.run(self._local_init_op, options=self._local_init_run_options)
            tf_logging.info("Done running local_init_op.")
        return problem


def _not_ready(ready_op: Any, session: Session, message: str) -> str | None:
    """Returns what a ready operation misses, or None."""
    if ready_op is None:
        return None
    try:
        missing = session.run(ready_op)
    except errors.FailedPreconditionError as error:
        if "uninitialized" not in str(error):
            tf_logging.warning("%s : error [%s]", message, str(error))
            raise
        return str(error)
    # Old programs return the numbers of assertions here.
    if missing is None or missing.dtype == np.int32 or missing.size == 0:
        return None
    return "Variables not initialized: " + ", ".join(name.decode("utf-8") for name in missing)


def _name_of(item: Any) -> str:
    return str(getattr(item, "name", None if item is None else f"<no name for {type(item)}>"))
