"""MonitoredTrainingSession: a MonitoredSession with the usual hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph_training.monitored.checkpoint_hook import CheckpointSaverHook
from tangraph_training.monitored.creators import ChiefSessionCreator, WorkerSessionCreator
from tangraph_training.monitored.scaffold import Scaffold
from tangraph_training.monitored.session import MonitoredSession
from tangraph_training.monitored.summary_hooks import StepCounterHook, SummarySaverHook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph_training.monitored.hooks import SessionRunHook

USE_DEFAULT: Final[Any] = object()


@export("train.MonitoredTrainingSession")
def MonitoredTrainingSession(
    master: str = "",
    is_chief: bool = True,
    checkpoint_dir: str | None = None,
    scaffold: Scaffold | None = None,
    hooks: Sequence[SessionRunHook] | None = None,
    chief_only_hooks: Sequence[SessionRunHook] | None = None,
    save_checkpoint_secs: Any = USE_DEFAULT,
    save_summaries_steps: Any = USE_DEFAULT,
    save_summaries_secs: Any = USE_DEFAULT,
    config: Any = None,
    stop_grace_period_secs: float = 120,
    log_step_count_steps: int | None = 100,
    max_wait_secs: float = 7200,
    save_checkpoint_steps: Any = USE_DEFAULT,
    summary_dir: str | None = None,
) -> MonitoredSession:
    """Returns a MonitoredSession that saves checkpoints and summaries, and logs its speed.

    Args:
      master: the session's target.
      is_chief: whether it initializes the variables and saves; others wait for the one that does.
      checkpoint_dir: the folder of the checkpoints; training goes on from its latest one.
      scaffold: the operations that it takes; a new Scaffold when None.
      hooks: SessionRunHooks besides.
      chief_only_hooks: the same, for the chief.
      save_checkpoint_secs: the seconds between two checkpoints; 600 unless `save_checkpoint_steps` is given.
      save_summaries_steps: the steps between two summaries; 100 unless `save_summaries_secs` is given.
      save_summaries_secs: the seconds between two summaries.
      config: the session's ConfigProto.
      stop_grace_period_secs: how long the threads may take to end.
      log_step_count_steps: the steps between two lines about the speed; None for none.
      max_wait_secs: how long to wait for the chief.
      save_checkpoint_steps: the steps between two checkpoints.
      summary_dir: the folder of the summaries; that of the checkpoints when None.

    >>> import tempfile, tangraph as tf
    >>> with tf.Graph().as_default(), tempfile.TemporaryDirectory() as folder:
    ...     train_op = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    ...     for last in (2, 4):
    ...         stop = tf.train.StopAtStepHook(last_step=last)
    ...         with tf.train.MonitoredTrainingSession(checkpoint_dir=folder, hooks=[stop]) as session:
    ...             while not session.should_stop():
    ...                 print(session.run(train_op))
    ...     tf.summary.FileWriterCache.clear()
    1
    2
    3
    4
    """
    if save_summaries_steps is USE_DEFAULT and save_summaries_secs is USE_DEFAULT:
        save_summaries_steps = 100
    if save_checkpoint_steps is USE_DEFAULT and save_checkpoint_secs is USE_DEFAULT:
        save_checkpoint_secs = 600
    scaffold = scaffold or Scaffold()
    if not is_chief:
        worker = WorkerSessionCreator(scaffold=scaffold, master=master, config=config, max_wait_secs=max_wait_secs)
        return MonitoredSession(worker, hooks or [], stop_grace_period_secs)

    all_hooks: list[SessionRunHook] = [*(chief_only_hooks or ())]
    creator = ChiefSessionCreator(scaffold=scaffold, checkpoint_dir=checkpoint_dir, master=master, config=config)
    summary_dir = summary_dir or checkpoint_dir
    if summary_dir and _is_positive(log_step_count_steps):
        all_hooks.append(StepCounterHook(output_dir=summary_dir, every_n_steps=log_step_count_steps))
    if summary_dir and (_is_positive(save_summaries_steps) or _is_positive(save_summaries_secs)):
        all_hooks.append(
            SummarySaverHook(
                scaffold=scaffold,
                save_steps=_given(save_summaries_steps),
                save_secs=_given(save_summaries_secs),
                output_dir=summary_dir,
            )
        )
    if checkpoint_dir and (_is_positive(save_checkpoint_secs) or _is_positive(save_checkpoint_steps)):
        all_hooks.append(
            CheckpointSaverHook(
                checkpoint_dir,
                save_steps=_given(save_checkpoint_steps),
                save_secs=_given(save_checkpoint_secs),
                scaffold=scaffold,
            )
        )
    all_hooks.extend(hooks or ())
    return MonitoredSession(creator, all_hooks, stop_grace_period_secs)


def _given(value: Any) -> Any:
    return None if value is USE_DEFAULT else value


def _is_positive(value: Any) -> bool:
    return bool(_given(value)) and value > 0
