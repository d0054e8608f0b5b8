"""Evaluations in monitored sessions: their counter, the hook that ends them, and one of a checkpoint."""

from __future__ import annotations

import time
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_training.monitored.hooks import SessionRunArgs, SessionRunHook


@export("contrib.training.get_or_create_eval_step")
def get_or_create_eval_step() -> Any:
    """Returns the graph's local variable that counts evaluations, made when there is none.

    Raises:
      ValueError: there are several.
    """
    known = tf.get_collection(tf.GraphKeys.EVAL_STEP)
    if len(known) > 1:
        raise ValueError("Multiple tensors added to tf.GraphKeys.EVAL_STEP")
    if known:
        return known[0]
    return tf.get_variable(
        "eval_step",
        shape=[],
        dtype=tf.int64,
        initializer=tf.zeros_initializer(),
        trainable=False,
        collections=[tf.GraphKeys.LOCAL_VARIABLES, tf.GraphKeys.EVAL_STEP],
    )


@export("contrib.training.StopAfterNEvalsHook")
class StopAfterNEvalsHook(SessionRunHook):
    """Ends an evaluation after so many runs.

    Args:
      num_evals: how many; None to go on until the inputs are at their end.
      log_progress: whether to log the count.
    """

    def __init__(self, num_evals: int | None, log_progress: bool = True) -> None:
        self._num_evals = num_evals
        self._evals_completed: Any = None
        self._log_progress = log_progress
        self._log_frequency = 1 if num_evals is None or num_evals < 20 else num_evals // 10

    def _set_evals_completed_tensor(self, updated_eval_step: Any) -> None:
        self._evals_completed = updated_eval_step

    def before_run(self, run_context: Any) -> Any:
        """Asks for the count."""
        return SessionRunArgs({"evals_completed": self._evals_completed})

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Ends the evaluation when the count is reached."""
        done, wanted = run_values.results["evals_completed"], self._num_evals
        if self._log_progress and wanted is None:
            tf.logging.info("Evaluation [%d]", done)
        elif self._log_progress and (done % self._log_frequency == 0 or done == wanted):
            tf.logging.info("Evaluation [%d/%d]", done, wanted)
        if wanted is not None and done >= wanted:
            run_context.request_stop()


def with_update(eval_ops: Any, update: Any) -> Any:
    """Returns operations with the one that counts beside them; a dictionary is changed itself, as in TensorFlow."""
    if isinstance(eval_ops, dict):
        eval_ops["update_eval_step"] = update
        return eval_ops
    return [*eval_ops, update] if isinstance(eval_ops, list | tuple) else [eval_ops, update]


def count_for(hooks: Any, count: Any) -> None:
    """Tells the hooks that end evaluations what counts them."""
    for hook in hooks:
        if isinstance(hook, StopAfterNEvalsHook):
            hook._set_evals_completed_tensor(count)


@export("contrib.training.evaluate_once")
def evaluate_once(
    checkpoint_path: Any,
    master: Any = "",
    scaffold: Any = None,
    eval_ops: Any = None,
    feed_dict: Any = None,
    final_ops: Any = None,
    final_ops_feed_dict: Any = None,
    hooks: Any = None,
    config: Any = None,
) -> Any:
    """Restores a checkpoint and runs operations until a hook says that it is enough.

    Args:
      checkpoint_path: the checkpoint; None for the initial values.
      master: the target of the session.
      scaffold: a `tf.train.Scaffold`.
      eval_ops: what is run: a tensor, a list, or a dictionary.
      feed_dict: what is fed to it.
      final_ops: what is run once at the end.
      final_ops_feed_dict: what is fed to that.
      hooks: hooks of the session.
      config: a `ConfigProto`.

    Returns:
      The values of `final_ops`.
    """
    eval_step = get_or_create_eval_step()
    hooks = list(hooks or [])
    if eval_ops is not None:
        eval_ops = with_update(eval_ops, tf.assign_add(eval_step, 1, use_locking=True))
        with tf.control_dependencies(list(eval_ops.values()) if isinstance(eval_ops, dict) else eval_ops):
            count = tf.identity(get_or_create_eval_step().read_value())
        count_for(hooks, count)
    tf.logging.info("Starting evaluation at %s", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.localtime()))
    creator = tf.train.ChiefSessionCreator(
        scaffold=scaffold, checkpoint_filename_with_path=checkpoint_path, master=master, config=config
    )
    final = tf.train.FinalOpsHook(final_ops, final_ops_feed_dict)
    hooks.append(final)
    run_until_stopped(creator, hooks, eval_ops, feed_dict)
    tf.logging.info("Finished evaluation at %s", time.strftime("%Y-%m-%d-%H:%M:%S", time.localtime()))
    return final.final_ops_values


def run_until_stopped(creator: Any, hooks: Any, eval_ops: Any, feed_dict: Any) -> None:
    """Runs operations in a monitored session until something asks it to stop."""
    with tf.train.MonitoredSession(session_creator=creator, hooks=hooks) as session:
        while eval_ops is not None and not session.should_stop():
            session.run(eval_ops, feed_dict)
