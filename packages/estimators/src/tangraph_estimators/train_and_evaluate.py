"""`tf.estimator.train_and_evaluate`: training with an evaluation after every checkpoint."""

from __future__ import annotations

import json
import os
import time
from typing import Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.estimator import Estimator
from tangraph_estimators.evaluator import EVALUATED, MISSING_CHECKPOINT, EvalResult, Evaluator, NewCheckpointListener
from tangraph_estimators.task import TaskType
from tangraph_estimators.train_spec import EvalSpec, TrainSpec

_MAX_DELAY_SECS: Final = 60
_DELAY_SECS_PER_WORKER: Final = 5


@export("estimator.train_and_evaluate")
def train_and_evaluate(estimator: Any, train_spec: Any, eval_spec: Any) -> Any:
    """Trains a model and evaluates it after every checkpoint; in a cluster, does what this task has to do.

    Args:
      estimator: the estimator.
      train_spec: a TrainSpec.
      eval_spec: an EvalSpec.

    Returns:
      The results of the last evaluation, and those of the exporters; None for a task of a cluster.

    Raises:
      TypeError: an argument is of another type.
      ValueError: TF_CONFIG names a task that does not exist.

    >>> import tempfile, tangraph as tf
    >>> def model_fn(features, labels, mode):
    ...     w = tf.get_variable("w", initializer=0.0)
    ...     loss = tf.reduce_mean(tf.square(w * features - labels))
    ...     step = tf.train.GradientDescentOptimizer(0.5).minimize(loss, tf.train.get_global_step())
    ...     return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=step)
    >>> def input_fn():
    ...     return tf.data.Dataset.from_tensors(([1.0], [1.0])).repeat()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     estimator = tf.estimator.Estimator(model_fn, folder)
    ...     train_spec = tf.estimator.TrainSpec(input_fn, max_steps=2)
    ...     metrics, _ = tf.estimator.train_and_evaluate(
    ...         estimator, train_spec, tf.estimator.EvalSpec(input_fn, steps=1)
    ...     )
    ...     int(metrics["global_step"])
    2
    """
    _check_type(eval_spec, EvalSpec, "eval_spec")
    _check_type(estimator, Estimator, "estimator")
    _check_type(train_spec, TrainSpec, "train_spec")
    config = estimator.config
    tf.logging.info("Not using Distribute Coordinator.")
    if config.task_type == TaskType.EVALUATOR and config.task_id > 0:
        raise ValueError(
            "For distributed training, there can only be one `evaluator` task (with task id 0).  Given task id "
            f"{config.task_id}"
        )
    if not config.cluster_spec and config.task_type != TaskType.EVALUATOR:
        tf.logging.info("Running training and evaluation locally (non-distributed).")
        return _run_local(estimator, train_spec, eval_spec)
    tasks = {
        TaskType.CHIEF: _run_trainer,
        TaskType.EVALUATOR: _run_evaluator,
        TaskType.MASTER: _run_master,
        TaskType.PS: _run_ps,
        TaskType.WORKER: _run_trainer,
    }
    if config.task_type not in tasks:
        raise ValueError(f"Task type {config.task_type} is not supported. Supported task types are {sorted(tasks)}")
    tasks[config.task_type](estimator, train_spec, eval_spec)
    return None


def _check_type(value: Any, kind: type, name: str) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"`{name}` must have type `tf.estimator.{kind.__name__}`. Got: {type(value)}")


def _run_local(estimator: Any, train_spec: Any, eval_spec: Any) -> tuple[Any, Any]:
    config = estimator.config
    tf.logging.info(
        "Start train and evaluate loop. The evaluate will happen after every checkpoint. Checkpoint frequency is "
        f"determined based on RunConfig arguments: save_checkpoints_steps {config.save_checkpoints_steps} or "
        f"save_checkpoints_secs {config.save_checkpoints_secs}."
    )
    listener = NewCheckpointListener(Evaluator(estimator, eval_spec, train_spec.max_steps), eval_spec.throttle_secs)
    _train(estimator, train_spec, [listener])
    result = listener.eval_result or EvalResult(MISSING_CHECKPOINT)
    return result.metrics, listener.export_results


def _train(estimator: Any, train_spec: Any, listeners: Any = None) -> None:
    estimator.train(
        input_fn=train_spec.input_fn,
        max_steps=train_spec.max_steps,
        hooks=list(train_spec.hooks),
        saving_listeners=listeners,
    )


def _run_trainer(estimator: Any, train_spec: Any, eval_spec: Any, listeners: Any = None) -> None:
    config = estimator.config
    if json.loads(os.environ.get("TF_CONFIG") or "{}").get("environment") != "google":
        _start_server(config)
    if config.task_type == TaskType.WORKER:
        longest = config.experimental_max_worker_delay_secs
        longest = _MAX_DELAY_SECS if longest is None else int(longest)
        delay = min(longest, (config.task_id + 1) * _DELAY_SECS_PER_WORKER)
        if delay > 0:
            tf.logging.info("Waiting %d secs before starting training.", delay)
            time.sleep(delay)
    _train(estimator, train_spec, listeners)


def _run_master(estimator: Any, train_spec: Any, eval_spec: Any) -> None:
    evaluator = Evaluator(estimator, eval_spec, train_spec.max_steps)
    _run_trainer(estimator, train_spec, eval_spec, [NewCheckpointListener(evaluator, eval_spec.throttle_secs)])


def _run_ps(estimator: Any, train_spec: Any, eval_spec: Any) -> None:
    _start_server(estimator.config).join()


def _start_server(config: Any) -> Any:
    """Starts the server of this task; there is none when the task is the only one."""
    if not config.cluster_spec or not config.task_type or config.task_id is None:
        raise RuntimeError(
            "Could not start server; be sure to specify cluster_spec, task_type, and task in RunConfig or set the "
            "TF_CONFIG environment variable."
        )
    if not config.master:
        jobs = config.cluster_spec.jobs
        trainers = {TaskType.CHIEF, TaskType.MASTER, TaskType.WORKER}
        if len(jobs) == 1 and len(config.cluster_spec.job_tasks(jobs[0])) == 1 and config.task_type in trainers:
            tf.logging.info("Skip starting Tensorflow server as there is only one node in the cluster.")
            return None
        raise RuntimeError(
            "Could not start server; be sure to specify master in RunConfig or set the TF_CONFIG environment variable."
        )
    tf.logging.info("Start Tensorflow server.")
    server = tf.train.Server(
        config.cluster_spec,
        job_name=config.task_type,
        task_index=config.task_id,
        config=tf.ConfigProto(log_device_placement=False, gpu_options=config.session_config.gpu_options),
        start=False,
        protocol=config.protocol,
    )
    server.start()
    return server


def _run_evaluator(estimator: Any, train_spec: Any, eval_spec: Any) -> None:
    """Evaluates new checkpoints until one is of the last step."""
    if eval_spec.start_delay_secs:
        tf.logging.info("Waiting %f secs before starting eval.", eval_spec.start_delay_secs)
        time.sleep(eval_spec.start_delay_secs)
    evaluator = Evaluator(estimator, eval_spec, train_spec.max_steps)
    last = train_spec.max_steps
    while True:
        start = time.time()
        result, _ = evaluator.evaluate_and_export()
        left = eval_spec.throttle_secs - (time.time() - start)
        if left > 0:
            tf.logging.info("Waiting %f secs before starting next eval run.", left)
            time.sleep(left)
        elif eval_spec.throttle_secs == 0 and result.status != EVALUATED:
            tf.logging.warning(
                "EvalSpec.throttle_secs is set as 0. This might overload the job before finding (next) new checkpoint. "
                "Please consider to increase it."
            )
        step = result.metrics[tf.GraphKeys.GLOBAL_STEP] if result.status == EVALUATED else None
        if step and last and step >= last:
            tf.logging.info("Exiting evaluation, global_step=%s >= train max_steps=%s", step, last)
            return
