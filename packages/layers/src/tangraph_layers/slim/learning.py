"""`tf.contrib.slim.learning`: training operations, and the loop that runs them under a Supervisor."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_training.train_op import summaries_of_gradients

if TYPE_CHECKING:
    from collections.abc import Callable

_USE_GLOBAL_STEP: Final = 0
_USE_DEFAULT: Final = 0


@export("contrib.slim.learning.add_gradients_summaries")
def add_gradients_summaries(grads_and_vars: Any) -> list[Any]:
    """Adds a histogram of each gradient and a scalar of its norm, and returns the summaries."""
    return summaries_of_gradients(grads_and_vars, "/")


@export("contrib.slim.learning.create_train_op")
def create_train_op(
    total_loss: Any,
    optimizer: Any,
    global_step: Any = _USE_GLOBAL_STEP,
    update_ops: Any = None,
    variables_to_train: Any = None,
    clip_gradient_norm: float = 0,
    summarize_gradients: bool = False,
    gate_gradients: int = 1,
    aggregation_method: Any = None,
    colocate_gradients_with_ops: bool = False,
    gradient_multipliers: Any = None,
    check_numerics: bool = True,
) -> Any:
    """Returns a tensor that does a step of training and has the value of the loss.

    Args:
      total_loss: a scalar.
      optimizer: an optimizer.
      global_step: the variable that counts the steps; None for none. By default the graph's.
      update_ops: what to run before the loss is computed; the collection UPDATE_OPS when None.
      variables_to_train: a list of variables; the trainable ones when None.
      clip_gradient_norm: the bound of each gradient's norm; 0 for none.
      summarize_gradients: whether to add summaries of the gradients.
      gate_gradients: see `tf.train.Optimizer.compute_gradients`.
      aggregation_method: see there.
      colocate_gradients_with_ops: see there.
      gradient_multipliers: a dictionary from a variable, or its name, to what its gradient is multiplied by.
      check_numerics: whether the loss must be finite.
    """
    training = tf.contrib.training

    def transform(grads: Any) -> Any:
        if gradient_multipliers:
            with tf.name_scope("multiply_grads"):
                grads = training.multiply_gradients(grads, gradient_multipliers)
        if clip_gradient_norm > 0:
            with tf.name_scope("clip_grads"):
                grads = training.clip_gradient_norms(grads, clip_gradient_norm)
        return grads

    steps = {} if global_step is _USE_GLOBAL_STEP else {"global_step": global_step}
    return training.create_train_op(
        total_loss=total_loss,
        optimizer=optimizer,
        update_ops=update_ops,
        variables_to_train=variables_to_train,
        transform_grads_fn=transform,
        summarize_gradients=summarize_gradients,
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
        check_numerics=check_numerics,
        **steps,
    )


def _trace_options(sess: Any, options: Any) -> dict[str, Any]:
    """Returns the arguments of a run that is traced; none when it is not."""
    if "should_trace" not in options:
        return {"options": None, "run_metadata": None}
    if "logdir" not in options:
        raise ValueError("logdir must be present in train_step_kwargs when should_trace is present")
    if not sess.run(options["should_trace"]):
        return {"options": None, "run_metadata": None}
    return {"options": tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), "run_metadata": tf.RunMetadata()}


def _write_trace(metadata: Any, step: int, options: Any) -> None:
    from tangraph_compat.python.client.timeline import Timeline

    trace = Timeline(metadata.step_stats).generate_chrome_trace_format()
    path = f"{options['logdir']}/tf_trace-{step}.json"
    tf.logging.info("Writing trace to %s", path)
    with tf.gfile.GFile(path, "w") as file:
        file.write(trace)
    if "summary_writer" in options:
        options["summary_writer"].add_run_metadata(metadata, f"run_metadata-{step}")


@export("contrib.slim.learning.train_step")
def train_step(sess: Any, train_op: Any, global_step: Any, train_step_kwargs: Any) -> tuple[Any, Any]:
    """Does a step, and says whether to stop.

    Args:
      sess: the session.
      train_op: does a step and gives the loss.
      global_step: the count of steps.
      train_step_kwargs: bool tensors by name: "should_stop", "should_log", "should_trace" (and then "logdir", and
        perhaps "summary_writer").

    Returns:
      The loss, and whether to stop.

    Raises:
      ValueError: a trace is to be written and there is no folder.
    """
    start = time.time()
    options = _trace_options(sess, train_step_kwargs)
    loss, step = sess.run([train_op, global_step], **options)
    elapsed = time.time() - start
    if options["run_metadata"] is not None:
        _write_trace(options["run_metadata"], step, train_step_kwargs)
    if "should_log" in train_step_kwargs and sess.run(train_step_kwargs["should_log"]):
        tf.logging.info("global step %d: loss = %.4f (%.3f sec/step)", step, loss, elapsed)
    stop = sess.run(train_step_kwargs["should_stop"]) if "should_stop" in train_step_kwargs else False
    return loss, stop


def _wait_for_step(sess: Any, global_step: Any, step: int) -> None:
    """Waits until other workers have done so many steps."""
    while tf.train.global_step(sess, global_step) < step:
        time.sleep(1.0)


@export("contrib.slim.learning.train")
def train(
    train_op: Any,
    logdir: Any,
    train_step_fn: Any = train_step,
    train_step_kwargs: Any = _USE_DEFAULT,
    log_every_n_steps: int = 1,
    graph: Any = None,
    master: Any = "",
    is_chief: bool = True,
    global_step: Any = None,
    number_of_steps: int | None = None,
    init_op: Any = _USE_DEFAULT,
    init_feed_dict: Any = None,
    local_init_op: Any = _USE_DEFAULT,
    init_fn: Any = None,
    ready_op: Any = _USE_DEFAULT,
    summary_op: Any = _USE_DEFAULT,
    save_summaries_secs: int = 600,
    summary_writer: Any = _USE_DEFAULT,
    startup_delay_steps: int = 0,
    saver: Any = None,
    save_interval_secs: int = 600,
    sync_optimizer: Any = None,
    session_config: Any = None,
    session_wrapper: Any = None,
    trace_every_n_steps: int | None = None,
    ignore_live_threads: bool = False,
) -> Any:
    """Trains under a `tf.train.Supervisor`, which initializes, restores, saves and writes summaries.

    Args:
      train_op: does a step and gives the loss; see `create_train_op`.
      logdir: the folder of checkpoints and summaries; None to write none.
      train_step_fn: does a step; a function as `train_step` is.
      train_step_kwargs: its last argument; "should_stop" and "should_log" by default.
      log_every_n_steps: how often to log the loss; 0 for never.
      graph: the graph; the default one when None.
      master: the target of the session.
      is_chief: whether this process initializes and saves.
      global_step: the count of steps; the graph's when None.
      number_of_steps: how many steps to do in all; None to go on until the inputs end.
      init_op: initializes variables; all global ones by default.
      init_feed_dict: what is fed to it.
      local_init_op: initializes local variables and tables; all by default.
      init_fn: a function of the session that is called after `init_op`.
      ready_op: says which variables have no value.
      summary_op: the summary; all of the graph by default.
      save_summaries_secs: the time between summaries.
      summary_writer: writes them; a `FileWriter` for the folder by default, None for none.
      startup_delay_steps: how many steps others do before this worker begins.
      saver: saves checkpoints; a saver of all variables when None.
      save_interval_secs: the time between checkpoints.
      sync_optimizer: a `tf.train.SyncReplicasOptimizer`, or a list of them.
      session_config: a `ConfigProto`.
      session_wrapper: a function of the session that returns the one to use.
      trace_every_n_steps: how often to write a trace; None for never.
      ignore_live_threads: whether threads may still run at the end.

    Returns:
      The loss of the last step.

    Raises:
      ValueError: arguments that contradict each other.
    """
    sync_optimizers = [sync_optimizer] if isinstance(sync_optimizer, tf.train.SyncReplicasOptimizer) else sync_optimizer
    _check(train_op, logdir, summary_op, saver, trace_every_n_steps)
    _check_steps(sync_optimizers, startup_delay_steps, number_of_steps)
    graph = graph or tf.get_default_graph()
    with graph.as_default():
        if global_step is None:
            global_step = tf.train.get_or_create_global_step()
        saver = saver or tf.train.Saver()
        init_op, ready_op, local_init_op, ready_for_local = _init_ops(
            init_op, ready_op, local_init_op, sync_optimizers, is_chief
        )
        if summary_op is _USE_DEFAULT:
            summary_op = tf.summary.merge_all()
        tokens, runners = [], []
        if is_chief and sync_optimizers is not None:
            tokens = [one.get_init_tokens_op() for one in sync_optimizers]
            runners = [one.get_chief_queue_runner() for one in sync_optimizers]
        if train_step_kwargs is _USE_DEFAULT:
            every = None if trace_every_n_steps is None or not is_chief else trace_every_n_steps
            train_step_kwargs = _step_options(global_step, number_of_steps, log_every_n_steps, every, logdir)
    supervisor = tf.train.Supervisor(
        graph=graph,
        is_chief=is_chief,
        logdir=logdir,
        init_op=init_op,
        init_feed_dict=init_feed_dict,
        local_init_op=local_init_op,
        ready_for_local_init_op=ready_for_local,
        ready_op=ready_op,
        summary_op=summary_op,
        summary_writer=tf.train.Supervisor.USE_DEFAULT if summary_writer is _USE_DEFAULT else summary_writer,
        global_step=global_step,
        saver=saver,
        save_summaries_secs=save_summaries_secs,
        save_model_secs=save_interval_secs,
        init_fn=init_fn,
    )
    if summary_writer is not None:
        train_step_kwargs["summary_writer"] = supervisor.summary_writer

    def begin(sess: Any) -> Any:
        if is_chief and logdir:
            supervisor.start_standard_services(sess)
        elif not is_chief and startup_delay_steps > 0:
            _wait_for_step(sess, global_step, min(startup_delay_steps, number_of_steps or sys.maxsize))
        threads = supervisor.start_queue_runners(sess)
        tf.logging.info("Starting Queues.")
        if runners:
            supervisor.start_queue_runners(sess, runners)
            sess.run(tokens)
        return threads

    loss, again = None, True
    while again:
        try:
            again = False
            with supervisor.managed_session(master, start_standard_services=False, config=session_config) as sess:
                tf.logging.info("Starting Session.")
                if session_wrapper is not None:
                    tf.logging.info("Wrapping session with wrapper function: %s", session_wrapper)
                    sess = session_wrapper(sess)
                threads = begin(sess)
                loss = _run(supervisor, loss, train_step_fn, sess, train_op, global_step, train_step_kwargs)
                if logdir and supervisor.is_chief:
                    tf.logging.info("Finished training! Saving model to disk.")
                    supervisor.saver.save(sess, supervisor.save_path, global_step=supervisor.global_step)
                    supervisor.stop(threads, close_summary_writer=True, ignore_live_threads=ignore_live_threads)
        except tf.errors.AbortedError:  # a server was started anew
            tf.logging.info("Retrying training!")
            again = True
    return loss


def _run(supervisor: Any, loss: Any, step: Callable[..., tuple[Any, Any]], *arguments: Any) -> Any:
    """Does steps until one says to stop, or the inputs are at their end; returns the last loss."""
    try:
        while not supervisor.should_stop():
            loss, stop = step(*arguments)
            if stop:
                tf.logging.info("Stopping Training.")
                supervisor.request_stop()
                break
    except tf.errors.OutOfRangeError as error:
        tf.logging.info("Caught OutOfRangeError. Stopping Training. %s", error)
    return loss


def _check(train_op: Any, logdir: Any, summary_op: Any, saver: Any, trace_every_n_steps: Any) -> None:
    if train_op is None:
        raise ValueError("train_op cannot be None.")
    if logdir is not None:
        return
    given = {
        "summary_op": summary_op is not _USE_DEFAULT and summary_op != _USE_DEFAULT,
        "saver": saver is not None,
        "trace_every_n_steps": trace_every_n_steps is not None,
    }
    for name, is_given in given.items():
        if is_given:
            raise ValueError(f"Cannot provide {name} because logdir=None")


def _check_steps(sync_optimizers: Any, startup_delay_steps: int, number_of_steps: int | None) -> None:
    if sync_optimizers is not None and startup_delay_steps > 0:
        raise ValueError("startup_delay_steps must be zero when sync_optimizer is supplied.")
    if number_of_steps is not None and number_of_steps <= 0:
        raise ValueError("`number_of_steps` must be either None or a positive number.")
    for one in sync_optimizers or []:
        if not isinstance(one, tf.train.SyncReplicasOptimizer):
            raise ValueError("`sync_optimizer` must be a tf.train.SyncReplicasOptimizer.")


def _init_ops(init_op: Any, ready_op: Any, local_init_op: Any, sync_optimizers: Any, is_chief: bool) -> tuple[Any, ...]:
    """Returns what initializes and what says whether all is ready, made where it is not given."""
    with tf.name_scope("init_ops"):
        if init_op is _USE_DEFAULT:
            init_op = tf.global_variables_initializer()
        if ready_op is _USE_DEFAULT:
            ready_op = tf.report_uninitialized_variables()
        if local_init_op is _USE_DEFAULT:
            local_init_op = tf.group(tf.local_variables_initializer(), tf.tables_initializer())
        if not isinstance(sync_optimizers, list):
            return init_op, ready_op, local_init_op, None
        with tf.control_dependencies([] if local_init_op is None else [local_init_op]):
            kind = "chief_init_op" if is_chief else "local_step_init_op"
            local_init_op = tf.group(*[getattr(one, kind) for one in sync_optimizers])
        ready = tf.group(*[one.ready_for_local_init_op for one in sync_optimizers])
        return init_op, ready_op, local_init_op, ready


def _step_options(
    global_step: Any, number_of_steps: int | None, log_every: int, trace_every: int | None, logdir: Any
) -> dict[str, Any]:
    """Returns the tensors that say whether to stop, to log, to trace."""
    with tf.name_scope("train_step"):
        stop = tf.greater_equal(global_step, number_of_steps) if number_of_steps else tf.constant(False)
        options: dict[str, Any] = {"should_stop": stop}
        if log_every > 0:
            options["should_log"] = tf.equal(tf.mod(global_step, log_every), 0)
        if trace_every is not None:
            options["should_trace"] = tf.equal(tf.mod(global_step, trace_every), 0)
            options["logdir"] = logdir
    return options
