"""Session creators: how a monitored session gets its sessions, at the beginning and after each failure."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import stacks
from tangraph_training.monitored.scaffold import Scaffold
from tangraph_training.monitored.session_manager import SessionManager

if TYPE_CHECKING:
    from tangraph.client.session import Session


@export("train.SessionCreator")
class SessionCreator(abc.ABC):
    """Makes sessions."""

    @abc.abstractmethod
    def create_session(self) -> Any:
        """Returns a new session that is ready to train."""
        raise NotImplementedError(f"create_session is not implemented for {self}.")


class _ScaffoldCreator(SessionCreator):
    """What the creators of chiefs and workers share: a scaffold and a session manager."""

    def __init__(self, scaffold: Scaffold | None, master: str, config: Any) -> None:
        self._scaffold = scaffold or Scaffold()
        self._session_manager: SessionManager | None = None
        self._master = master
        self._config = config

    def _get_session_manager(self) -> SessionManager:
        if self._session_manager is None:
            self._session_manager = SessionManager(
                local_init_op=self._scaffold.local_init_op,
                ready_op=self._scaffold.ready_op,
                ready_for_local_init_op=self._scaffold.ready_for_local_init_op,
                graph=stacks.get_default_graph(),
            )
        return self._session_manager


@export("train.ChiefSessionCreator")
class ChiefSessionCreator(_ScaffoldCreator):
    """Makes sessions that it initializes itself, or restores from a checkpoint.

    Args:
      scaffold: the operations that this takes; a new Scaffold when None.
      master: the sessions' target.
      config: their ConfigProto.
      checkpoint_dir: the folder whose latest checkpoint is read, if there is one.
      checkpoint_filename_with_path: the checkpoint that is read.
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
    ) -> None:
        super().__init__(scaffold, master, config)
        self._checkpoint_dir = checkpoint_dir
        self._checkpoint_filename_with_path = checkpoint_filename_with_path

    def create_session(self) -> Session:
        """Finalizes the graph and returns a new session that is ready to train."""
        self._scaffold.finalize()
        return self._get_session_manager().prepare_session(
            self._master,
            saver=self._scaffold.saver,
            checkpoint_dir=self._checkpoint_dir,
            checkpoint_filename_with_path=self._checkpoint_filename_with_path,
            config=self._config,
            init_op=self._scaffold.init_op,
            init_feed_dict=self._scaffold.init_feed_dict,
            init_fn=self._scaffold.init_fn,
        )


@export("train.WorkerSessionCreator")
class WorkerSessionCreator(_ScaffoldCreator):
    """Makes sessions whose variables a chief initializes.

    Args:
      scaffold: the operations that this takes; a new Scaffold when None.
      master: the sessions' target.
      config: their ConfigProto.
      max_wait_secs: how long to wait for the chief.
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        max_wait_secs: float = 30 * 60,
    ) -> None:
        super().__init__(scaffold, master, config)
        self._max_wait_secs = max_wait_secs

    def create_session(self) -> Session:
        """Finalizes the graph and returns a new session once the chief has initialized the variables."""
        self._scaffold.finalize()
        return self._get_session_manager().wait_for_session(
            self._master, config=self._config, max_wait_secs=self._max_wait_secs
        )
