"""The hook that starts a :class:`SyncReplicasOptimizer` in a monitored session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph_training.monitored.hooks import SessionRunHook

if TYPE_CHECKING:
    from tangraph_training.sync_replicas import SyncReplicasOptimizer


class SyncReplicasHook(SessionRunHook):
    """Initializes the local step, hands out the first tokens and starts the chief's queue runner.

    Args:
      sync_optimizer: the optimizer, which must have applied gradients when the session begins.
      is_chief: whether this is the chief.
      num_tokens: see `SyncReplicasOptimizer.get_init_tokens_op`.
    """

    def __init__(self, sync_optimizer: SyncReplicasOptimizer, is_chief: bool, num_tokens: int) -> None:
        self._sync_optimizer = sync_optimizer
        self._is_chief = is_chief
        self._num_tokens = num_tokens
        self._runner: Any = None
        self._init_tokens_op: Any = None

    def begin(self) -> None:
        """Makes the operations; see `SessionRunHook`.

        Raises:
          ValueError: the optimizer has not applied gradients.
        """
        optimizer = self._sync_optimizer
        if optimizer.chief_init_op is None:
            raise ValueError("SyncReplicasOptimizer.apply_gradient should be called before using the hook.")
        self._ready_op = optimizer.ready_for_local_init_op
        if self._is_chief:
            self._local_init_op = optimizer.chief_init_op
            self._runner = optimizer.get_chief_queue_runner()
            self._init_tokens_op = optimizer.get_init_tokens_op(self._num_tokens)
        else:
            self._local_init_op = optimizer.local_step_init_op

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Runs them; see `SessionRunHook`.

        Raises:
          RuntimeError: a variable is not initialized.
        """
        missing = session.run(self._ready_op)
        if missing.size:
            names = ", ".join(name.decode() for name in missing.tolist())
            raise RuntimeError(
                "Init operations did not make model ready for SyncReplicasOptimizer local_init. Init op: "
                f"{self._local_init_op.name}, error: Variables not initialized: {names}"
            )
        session.run(self._local_init_op)
        if self._init_tokens_op is not None:
            session.run(self._init_tokens_op)
        if self._runner is not None:
            self._runner.create_threads(session, coord=coord, daemon=True, start=True)
