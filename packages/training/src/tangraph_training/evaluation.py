"""`tf.contrib.training`: loops that train, wait for checkpoints, and evaluate them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph_training.monitored.evaluation import (
    count_for,
    get_or_create_eval_step,
    run_until_stopped,
    with_update,
)
from tangraph_training.monitored.hooks import SessionRunHook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@export("contrib.training.wait_for_new_checkpoint", "contrib.slim.evaluation.wait_for_new_checkpoint")
def wait_for_new_checkpoint(
    checkpoint_dir: str, last_checkpoint: str | None = None, seconds_to_sleep: float = 1, timeout: float | None = None
) -> str | None:
    """Waits for a checkpoint that is another than the last one.

    Args:
      checkpoint_dir: the folder.
      last_checkpoint: the checkpoint that is known; None for none.
      seconds_to_sleep: how long to wait before each look.
      timeout: how many seconds to wait in all; None for ever.

    Returns:
      The checkpoint, or None when the time was over.
    """
    tf.logging.info("Waiting for new checkpoint at %s", checkpoint_dir)
    end = None if timeout is None else time.time() + timeout
    while True:
        path: str | None = tf.train.latest_checkpoint(checkpoint_dir)
        if path is not None and path != last_checkpoint:
            tf.logging.info("Found new checkpoint at %s", path)
            return path
        if end is not None and time.time() + seconds_to_sleep > end:
            return None
        time.sleep(seconds_to_sleep)


@export("contrib.training.checkpoints_iterator", "contrib.slim.evaluation.checkpoints_iterator")
def checkpoints_iterator(
    checkpoint_dir: str,
    min_interval_secs: float = 0,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Iterator[str]:
    """Yields checkpoints as they appear; those that come while the program is busy are left out.

    Args:
      checkpoint_dir: the folder.
      min_interval_secs: the least time between two.
      timeout: how many seconds to wait for each; None for ever.
      timeout_fn: says, when the time is over, whether to end; it ends when None.
    """
    path: str | None = None
    while True:
        found = wait_for_new_checkpoint(checkpoint_dir, path, timeout=timeout)
        if found is None:
            if not timeout_fn:
                tf.logging.info("Timed-out waiting for a checkpoint.")
                return
            if timeout_fn():
                return
            continue
        start, path = time.time(), found
        yield path
        left = start + min_interval_secs - time.time()
        if left > 0:
            time.sleep(left)


@export("contrib.training.SummaryAtEndHook")
class SummaryAtEndHook(SessionRunHook):
    """Writes a summary when a session ends.

    Args:
      log_dir: the folder of the events.
      summary_writer: a `tf.summary.FileWriter` instead of it.
      summary_op: the summary; all summaries of the graph when None.
      feed_dict: what is fed to it.

    Raises:
      ValueError: neither folder nor writer is given.
    """

    def __init__(
        self, log_dir: Any = None, summary_writer: Any = None, summary_op: Any = None, feed_dict: Any = None
    ) -> None:
        if log_dir is None and summary_writer is None:
            raise ValueError("One of log_dir or summary_writer should be used.")
        self._summary_op = summary_op
        self._replace_summary_op = summary_op is None
        self._feed_dict = feed_dict
        self._summary_writer = summary_writer
        self._log_dir = log_dir

    def begin(self) -> None:
        """Finds the summary and the global step."""
        if self._replace_summary_op:
            self._summary_op = tf.summary.merge_all()
        self._global_step = tf.train.get_or_create_global_step()

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Opens the events."""
        if self._summary_writer is None and self._log_dir:
            self._summary_writer = tf.summary.FileWriterCache.get(self._log_dir)

    def end(self, session: Any) -> None:
        """Writes the summary."""
        if self._summary_op is not None:
            step = tf.train.global_step(session, self._global_step)
            summary = session.run(self._summary_op, self._feed_dict)
            if self._summary_writer:
                self._summary_writer.add_summary(summary, step)
        if self._summary_writer:
            self._summary_writer.flush()


@export("contrib.training.evaluate_repeatedly")
def evaluate_repeatedly(
    checkpoint_dir: str,
    master: Any = "",
    scaffold: Any = None,
    eval_ops: Any = None,
    feed_dict: Any = None,
    final_ops: Any = None,
    final_ops_feed_dict: Any = None,
    eval_interval_secs: float = 60,
    hooks: Any = None,
    config: Any = None,
    max_number_of_evaluations: int | None = None,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Any:
    """Evaluates the checkpoints of a folder as they appear; see `tf.contrib.training.evaluate_once`.

    Args:
      checkpoint_dir: the folder.
      master: the target of the sessions.
      scaffold: a `tf.train.Scaffold`.
      eval_ops: what is run: a tensor, a list, or a dictionary.
      feed_dict: what is fed to it.
      final_ops: what is run once at the end of each evaluation.
      final_ops_feed_dict: what is fed to that.
      eval_interval_secs: the least time between two evaluations.
      hooks: hooks of the sessions.
      config: a `ConfigProto`.
      max_number_of_evaluations: how many checkpoints to evaluate; None for all that come.
      timeout: how many seconds to wait for each checkpoint; None for ever.
      timeout_fn: says, when the time is over, whether to end.

    Returns:
      The last values of `final_ops`.
    """
    eval_step = get_or_create_eval_step()
    hooks = hooks or []
    if eval_ops is not None:
        update = tf.assign_add(eval_step, 1)
        count_for(hooks, update)
        eval_ops = with_update(eval_ops, update)
    final = tf.train.FinalOpsHook(final_ops, final_ops_feed_dict)
    hooks.append(final)
    paths = checkpoints_iterator(checkpoint_dir, eval_interval_secs, timeout, timeout_fn)
    for done, path in enumerate(paths, start=1):
        creator = tf.train.ChiefSessionCreator(
            scaffold=scaffold, checkpoint_filename_with_path=path, master=master, config=config
        )
        tf.logging.info("Starting evaluation at %s", time.strftime("%Y-%m-%d-%H:%M:%S", time.gmtime()))
        run_until_stopped(creator, hooks, eval_ops, feed_dict)
        tf.logging.info("Finished evaluation at %s", time.strftime("%Y-%m-%d-%H:%M:%S", time.gmtime()))
        if max_number_of_evaluations is not None and done >= max_number_of_evaluations:
            break
    return final.final_ops_values


@export("contrib.training.train")
def train(
    train_op: Any,
    logdir: Any,
    master: Any = "",
    is_chief: bool = True,
    scaffold: Any = None,
    hooks: Any = None,
    chief_only_hooks: Any = None,
    save_checkpoint_secs: Any = 600,
    save_summaries_steps: Any = 100,
    config: Any = None,
    max_wait_secs: int = 7200,
    run_metadata: Any = None,
) -> Any:
    """Runs a training operation until a hook asks to stop; see `tf.train.MonitoredTrainingSession`.

    Args:
      train_op: does a step and gives the loss.
      logdir: the folder of checkpoints and summaries.
      master: the target of the session.
      is_chief: whether this process initializes and saves.
      scaffold: a `tf.train.Scaffold`.
      hooks: hooks of the session.
      chief_only_hooks: hooks of the chief's session.
      save_checkpoint_secs: the time between checkpoints; None for none.
      save_summaries_steps: the steps between summaries; None for none.
      config: a `ConfigProto`.
      max_wait_secs: how long to wait for a session.
      run_metadata: a `RunMetadata` for each run.

    Returns:
      The loss of the last step.

    Raises:
      ValueError: something is to be saved, and there is no folder.
    """
    if logdir is None and is_chief:
        for name, value in {
            "save_summaries_steps": save_summaries_steps,
            "save_checkpoint_secs": save_checkpoint_secs,
        }.items():
            if value:
                raise ValueError(f"logdir cannot be None when {name} is not None")
    with tf.train.MonitoredTrainingSession(
        master=master,
        is_chief=is_chief,
        checkpoint_dir=logdir,
        scaffold=scaffold,
        hooks=hooks,
        chief_only_hooks=chief_only_hooks,
        save_checkpoint_secs=save_checkpoint_secs,
        save_summaries_steps=save_summaries_steps,
        config=config,
        max_wait_secs=max_wait_secs,
    ) as session:
        loss = None
        while not session.should_stop():
            loss = session.run(train_op, run_metadata=run_metadata)
    return loss
