"""Hooks that end training early, by what evaluations wrote."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.estimator import Estimator


@export("estimator.experimental.make_early_stopping_hook", "contrib.estimator.make_early_stopping_hook")
def make_early_stopping_hook(
    estimator: Any,
    should_stop_fn: Callable[[], bool],
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> Any:
    """Returns a hook that ends training when a function says so.

    Args:
      estimator: the estimator.
      should_stop_fn: a function without arguments; the chief calls it, and the workers see what it said.
      run_every_secs: the seconds between two calls; None with `run_every_steps`.
      run_every_steps: the steps between two calls.

    Raises:
      TypeError: `estimator` is none, or `should_stop_fn` no function.
      ValueError: both times are given.
    """
    if not isinstance(estimator, Estimator):
        raise TypeError(f"`estimator` must have type `tf.estimator.Estimator`. Got: {type(estimator)}")
    if run_every_secs is not None and run_every_steps is not None:
        raise ValueError("Only one of `run_every_secs` and `run_every_steps` must be set.")
    if estimator.config.is_chief:
        return _StopOnPredicateHook(should_stop_fn, run_every_secs, run_every_steps)
    return _CheckForStoppingHook()


def _stop_variable() -> Any:
    with tf.variable_scope("signal_early_stopping", values=[], reuse=tf.AUTO_REUSE):
        return tf.get_variable(
            "STOP",
            shape=[],
            dtype=tf.bool,
            initializer=tf.constant_initializer(False),
            collections=[tf.GraphKeys.GLOBAL_VARIABLES],
            trainable=False,
        )


class _StopOnPredicateHook(tf.train.SessionRunHook):  # type: ignore[misc]
    """Asks a function from time to time, and tells all workers by a variable."""

    def __init__(self, should_stop_fn: Any, run_every_secs: Any, run_every_steps: Any) -> None:
        if not callable(should_stop_fn):
            raise TypeError("`should_stop_fn` must be callable.")
        self._should_stop_fn = should_stop_fn
        self._timer = tf.train.SecondOrStepTimer(every_secs=run_every_secs, every_steps=run_every_steps)
        self._global_step: Any = None
        self._stop_op: Any = None

    def begin(self) -> None:
        self._global_step = tf.train.get_global_step()
        self._stop_op = tf.assign(_stop_variable(), True)

    def before_run(self, run_context: Any) -> Any:
        return tf.train.SessionRunArgs(self._global_step)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        step = run_values.results
        if not self._timer.should_trigger_for_step(step):
            return
        self._timer.update_last_triggered_step(step)
        if self._should_stop_fn():
            tf.logging.info("Requesting early stopping at global step %d", step)
            run_context.session.run(self._stop_op)
            run_context.request_stop()


class _CheckForStoppingHook(tf.train.SessionRunHook):  # type: ignore[misc]
    """Ends a worker when the chief has said so."""

    _stop: Any = None

    def begin(self) -> None:
        self._stop = _stop_variable()

    def before_run(self, run_context: Any) -> Any:
        return tf.train.SessionRunArgs(self._stop)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        if run_values.results:
            tf.logging.info("Early stopping requested, suspending run.")
            run_context.request_stop()


@export("contrib.estimator.read_eval_metrics")
def read_eval_metrics(eval_dir: str) -> dict[int, dict[str, float]]:
    """Returns step -> results by name, in the order of the steps, of all event files in a folder."""
    found: dict[int, dict[str, float]] = {}
    if not tf.gfile.Exists(eval_dir):
        return found
    for path in tf.gfile.Glob(os.path.join(eval_dir, "events.out.tfevents.*")):
        for event in tf.train.summary_iterator(path):
            values = {v.tag: v.simple_value for v in event.summary.value if v.HasField("simple_value")}
            if values:
                found.setdefault(event.step, {}).update(values)
    return dict(sorted(found.items()))


def _better(higher: bool, value: float, other: float) -> bool:
    return value > other if higher else value < other


def _threshold_hook(
    estimator: Any, metric: str, threshold: float, higher: bool, eval_dir: Any, min_steps: int, *times: Any
) -> Any:
    folder = estimator.eval_dir() if eval_dir is None else eval_dir

    def crossed() -> bool:
        for step, metrics in read_eval_metrics(folder).items():
            if step >= min_steps and _better(higher, metrics[metric], threshold):
                tf.logging.info(
                    'At step %s, metric "%s" has value %s which is %s the configured threshold (%s) for early stopping.',
                    step,
                    metric,
                    metrics[metric],
                    "greater than" if higher else "less than",
                    threshold,
                )
                return True
        return False

    return make_early_stopping_hook(estimator, crossed, *times)


def _improvement_hook(
    estimator: Any, metric: str, patience: int, higher: bool, eval_dir: Any, min_steps: int, *times: Any
) -> Any:
    folder = estimator.eval_dir() if eval_dir is None else eval_dir

    def stalled() -> bool:
        best, best_step = None, 0
        for step, metrics in read_eval_metrics(folder).items():
            if step < min_steps:
                continue
            if best is None or _better(higher, metrics[metric], best):
                best, best_step = metrics[metric], step
            if step - best_step >= patience:
                tf.logging.info(
                    'No %s in metric "%s" for %s steps, which is greater than or equal to max steps (%s) configured for '
                    "early stopping.",
                    "increase" if higher else "decrease",
                    metric,
                    step - best_step,
                    patience,
                )
                return True
        return False

    return make_early_stopping_hook(estimator, stalled, *times)


@export("estimator.experimental.stop_if_higher_hook", "contrib.estimator.stop_if_higher_hook")
def stop_if_higher_hook(
    estimator: Any,
    metric_name: str,
    threshold: float,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> Any:
    """Returns a hook that ends training when a metric is above a threshold.

    Args:
      estimator: the estimator.
      metric_name: the metric.
      threshold: the threshold.
      eval_dir: the folder with the results; that of evaluations without a name when None.
      min_steps: results of earlier steps are left out.
      run_every_secs: the seconds between two looks; None with `run_every_steps`.
      run_every_steps: the steps between two looks.
    """
    times = (run_every_secs, run_every_steps)
    return _threshold_hook(estimator, metric_name, threshold, True, eval_dir, min_steps, *times)


@export("estimator.experimental.stop_if_lower_hook", "contrib.estimator.stop_if_lower_hook")
def stop_if_lower_hook(
    estimator: Any,
    metric_name: str,
    threshold: float,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> Any:
    """Returns a hook that ends training when a metric is below a threshold; see `stop_if_higher_hook`."""
    times = (run_every_secs, run_every_steps)
    return _threshold_hook(estimator, metric_name, threshold, False, eval_dir, min_steps, *times)


@export("estimator.experimental.stop_if_no_increase_hook", "contrib.estimator.stop_if_no_increase_hook")
def stop_if_no_increase_hook(
    estimator: Any,
    metric_name: str,
    max_steps_without_increase: int,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> Any:
    """Returns a hook that ends training when a metric has not risen for so many steps; see `stop_if_higher_hook`."""
    times = (run_every_secs, run_every_steps)
    return _improvement_hook(estimator, metric_name, max_steps_without_increase, True, eval_dir, min_steps, *times)


@export("estimator.experimental.stop_if_no_decrease_hook", "contrib.estimator.stop_if_no_decrease_hook")
def stop_if_no_decrease_hook(
    estimator: Any,
    metric_name: str,
    max_steps_without_decrease: int,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> Any:
    """Returns a hook that ends training when a metric has not fallen for so many steps; see `stop_if_higher_hook`."""
    times = (run_every_secs, run_every_steps)
    return _improvement_hook(estimator, metric_name, max_steps_without_decrease, False, eval_dir, min_steps, *times)
