"""`tf.contrib.slim.evaluation`: checkpoints evaluated once, or as they appear."""

from __future__ import annotations

from typing import Any, Final

import tangraph as tf
from tangraph.export import export

_USE_DEFAULT: Final = 0


def _hooks(num_evals: int, logdir: Any, summary_op: Any, summary_op_feed_dict: Any, hooks: Any) -> list[Any]:
    """Returns the hooks that end an evaluation and write its summary, and those that are given."""
    training = tf.contrib.training
    if summary_op is _USE_DEFAULT:
        summary_op = tf.summary.merge_all()
    found = [training.StopAfterNEvalsHook(num_evals)]
    if summary_op is not None:
        found.append(training.SummaryAtEndHook(log_dir=logdir, summary_op=summary_op, feed_dict=summary_op_feed_dict))
    return found + list(hooks or [])


@export("contrib.slim.evaluation.evaluate_once")
def evaluate_once(
    master: Any,
    checkpoint_path: Any,
    logdir: Any,
    num_evals: int = 1,
    initial_op: Any = None,
    initial_op_feed_dict: Any = None,
    eval_op: Any = None,
    eval_op_feed_dict: Any = None,
    final_op: Any = None,
    final_op_feed_dict: Any = None,
    summary_op: Any = _USE_DEFAULT,
    summary_op_feed_dict: Any = None,
    variables_to_restore: Any = None,
    session_config: Any = None,
    hooks: Any = None,
) -> Any:
    """Restores a checkpoint, runs `eval_op` so many times, then `final_op`, and writes a summary.

    Args:
      master: the target of the session.
      checkpoint_path: the checkpoint.
      logdir: the folder of the summary.
      num_evals: how many times to run `eval_op`.
      initial_op: initializes variables.
      initial_op_feed_dict: what is fed to it.
      eval_op: what is run: a tensor, a list, or a dictionary.
      eval_op_feed_dict: what is fed to it.
      final_op: what is run at the end.
      final_op_feed_dict: what is fed to it.
      summary_op: the summary; all of the graph by default, None for none.
      summary_op_feed_dict: what is fed to it.
      variables_to_restore: which variables the checkpoint gives; all when None.
      session_config: a `ConfigProto`.
      hooks: further hooks.

    Returns:
      The values of `final_op`.
    """
    all_hooks = _hooks(num_evals, logdir, summary_op, summary_op_feed_dict, hooks)
    saver = None if variables_to_restore is None else tf.train.Saver(variables_to_restore)
    return tf.contrib.training.evaluate_once(
        checkpoint_path,
        master=master,
        scaffold=tf.train.Scaffold(init_op=initial_op, init_feed_dict=initial_op_feed_dict, saver=saver),
        eval_ops=eval_op,
        feed_dict=eval_op_feed_dict,
        final_ops=final_op,
        final_ops_feed_dict=final_op_feed_dict,
        hooks=all_hooks,
        config=session_config,
    )


@export("contrib.slim.evaluation.evaluation_loop")
def evaluation_loop(
    master: Any,
    checkpoint_dir: str,
    logdir: Any,
    num_evals: int = 1,
    initial_op: Any = None,
    initial_op_feed_dict: Any = None,
    init_fn: Any = None,
    eval_op: Any = None,
    eval_op_feed_dict: Any = None,
    final_op: Any = None,
    final_op_feed_dict: Any = None,
    summary_op: Any = _USE_DEFAULT,
    summary_op_feed_dict: Any = None,
    variables_to_restore: Any = None,
    eval_interval_secs: float = 60,
    max_number_of_evaluations: int | None = None,
    session_config: Any = None,
    timeout: float | None = None,
    timeout_fn: Any = None,
    hooks: Any = None,
) -> Any:
    """Evaluates the checkpoints of a folder as they appear; see `evaluate_once`.

    Args:
      master: see `evaluate_once`, and so for what is not named here.
      checkpoint_dir: the folder.
      logdir: see there.
      num_evals: see there.
      initial_op: see there.
      initial_op_feed_dict: see there.
      init_fn: a function of the session that is called after `initial_op`.
      eval_op: see there.
      eval_op_feed_dict: see there.
      final_op: see there.
      final_op_feed_dict: see there.
      summary_op: see there.
      summary_op_feed_dict: see there.
      variables_to_restore: see there.
      eval_interval_secs: the least time between two evaluations.
      max_number_of_evaluations: how many checkpoints to evaluate; None for all that come.
      session_config: see there.
      timeout: how many seconds to wait for each checkpoint; None for ever.
      timeout_fn: says, when the time is over, whether to end.
      hooks: see there.

    Returns:
      The last values of `final_op`.
    """
    all_hooks = _hooks(num_evals, logdir, summary_op, summary_op_feed_dict, hooks)
    saver = None if variables_to_restore is None else tf.train.Saver(variables_to_restore)
    scaffold = tf.train.Scaffold(init_op=initial_op, init_feed_dict=initial_op_feed_dict, init_fn=init_fn, saver=saver)
    return tf.contrib.training.evaluate_repeatedly(
        checkpoint_dir,
        master=master,
        scaffold=scaffold,
        eval_ops=eval_op,
        feed_dict=eval_op_feed_dict,
        final_ops=final_op,
        final_ops_feed_dict=final_op_feed_dict,
        eval_interval_secs=eval_interval_secs,
        hooks=all_hooks,
        config=session_config,
        max_number_of_evaluations=max_number_of_evaluations,
        timeout=timeout,
        timeout_fn=timeout_fn,
    )
