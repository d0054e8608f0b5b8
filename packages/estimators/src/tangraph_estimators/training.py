"""The loop that trains an estimator's model: the hooks around it, and its monitored session."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_estimators.task import TaskType
from tangraph_estimators.warm_start import warm_start


def train_with_spec(
    config: Any, spec: Any, hooks: list[Any], global_step: Any, saving_listeners: list[Any], warm_start_settings: Any
) -> Any:
    """Runs the training step of a spec until a hook or the end of the input stops it.

    Args:
      config: the estimator's RunConfig.
      spec: the EstimatorSpec.
      hooks: those of the input and of the user.
      global_step: the global step.
      saving_listeners: listeners of checkpoints.
      warm_start_settings: WarmStartSettings or None.

    Returns:
      The loss of the last step, None when there was none.

    Raises:
      ValueError: there are listeners, and nothing saves.
    """
    warm_start(warm_start_settings)
    if not any(summary.op.name == "loss" for summary in tf.get_collection(tf.GraphKeys.SUMMARIES)):
        tf.summary.scalar("loss", spec.loss)
    tf.add_to_collection(tf.GraphKeys.LOSSES, spec.loss)
    hooks = [*hooks, *_own_hooks(config, spec, global_step), *spec.training_hooks]
    _add_saver(config, spec)
    chief_hooks = _saving_hooks(config, spec, hooks, saving_listeners)
    summary_steps, log_steps = config.save_summary_steps, config.log_step_count_steps
    if config.cluster_spec and {TaskType.WORKER, TaskType.MASTER} <= set(config.cluster_spec.jobs):
        # There, the first worker writes summaries in the master's place.
        summary_steps, log_steps = 0, None
        if config.task_type == TaskType.WORKER and config.task_id == 0:
            hooks.extend(_summary_hooks(config, spec))
    session = tf.train.MonitoredTrainingSession(
        master=config.master,
        is_chief=config.is_chief,
        checkpoint_dir=config.model_dir,
        scaffold=spec.scaffold,
        hooks=hooks,
        chief_only_hooks=(*chief_hooks, *spec.training_chief_hooks),
        save_checkpoint_secs=0,
        save_summaries_steps=summary_steps,
        config=config.session_config,
        max_wait_secs=config.session_creation_timeout_secs,
        log_step_count_steps=log_steps,
    )
    return _loop(session, spec)


def _loop(monitored_session: Any, spec: Any) -> Any:
    with monitored_session as session:
        loss, ran = None, False
        while not session.should_stop():
            _, loss = session.run([spec.train_op, spec.loss])
            ran = True
    if not ran:
        tf.logging.warning("Training with estimator made no steps. Perhaps input is empty or misspecified.")
    return loss


def _own_hooks(config: Any, spec: Any, global_step: Any) -> list[Any]:
    hooks = [tf.train.NanTensorHook(spec.loss)]
    if config.log_step_count_steps is not None:
        shown = {"loss": spec.loss, "step": global_step}
        hooks.append(tf.train.LoggingTensorHook(shown, every_n_iter=config.log_step_count_steps))
    return hooks


def _add_saver(config: Any, spec: Any) -> None:
    if spec.scaffold.saver or tf.get_collection(tf.GraphKeys.SAVERS):
        return
    saver = tf.train.Saver(
        sharded=True,
        max_to_keep=config.keep_checkpoint_max,
        keep_checkpoint_every_n_hours=config.keep_checkpoint_every_n_hours,
        defer_build=True,
        save_relative_paths=True,
    )
    tf.add_to_collection(tf.GraphKeys.SAVERS, saver)


def _saving_hooks(config: Any, spec: Any, hooks: list[Any], listeners: list[Any]) -> list[Any]:
    """Returns the hook that saves, none when there is one already; it tells the listeners."""
    saving = [hook for hook in (*hooks, *spec.training_chief_hooks) if isinstance(hook, tf.train.CheckpointSaverHook)]
    added = []
    if not saving and (config.save_checkpoints_secs or config.save_checkpoints_steps):
        hook = tf.train.CheckpointSaverHook(
            config.model_dir,
            save_secs=config.save_checkpoints_secs,
            save_steps=config.save_checkpoints_steps,
            scaffold=spec.scaffold,
        )
        added, saving = [hook], [hook]
    if listeners and not saving:
        raise ValueError(
            "There should be a CheckpointSaverHook to use saving_listeners. Please set one of the "
            "RunConfig.save_checkpoints_steps or RunConfig.save_checkpoints_secs."
        )
    for listener in listeners:
        if listener not in saving[0]._listeners:
            saving[0]._listeners.append(listener)
    return added


def _summary_hooks(config: Any, spec: Any) -> list[Any]:
    hooks = []
    if config.save_summary_steps and config.save_summary_steps > 0:
        hooks.append(
            tf.train.SummarySaverHook(
                save_steps=config.save_summary_steps, output_dir=config.model_dir, scaffold=spec.scaffold
            )
        )
    if config.log_step_count_steps and config.log_step_count_steps > 0:
        hooks.append(tf.train.StepCounterHook(every_n_steps=config.log_step_count_steps, output_dir=config.model_dir))
    return hooks
