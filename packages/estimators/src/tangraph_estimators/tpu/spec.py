"""`tf.contrib.tpu.TPUEstimatorSpec`: what a model function for TPUs returns."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.arguments import argument_names
from tangraph_estimators.export.outputs import with_default_output
from tangraph_estimators.mode_keys import ModeKeys
from tangraph_estimators.spec import (
    EstimatorSpec,
    checked_hooks,
    checked_loss,
    checked_predictions,
    checked_train_op,
)


class _Fields(NamedTuple):
    mode: Any
    predictions: Any
    loss: Any
    train_op: Any
    eval_metrics: Any
    export_outputs: Any
    scaffold_fn: Any
    host_call: Any
    training_hooks: Any
    evaluation_hooks: Any
    prediction_hooks: Any


@export("contrib.tpu.TPUEstimatorSpec", "estimator.tpu.TPUEstimatorSpec")
class TPUEstimatorSpec(_Fields):
    """An EstimatorSpec whose metrics and host calls are functions, which run on the host.

    Args:
      mode: one of `tf.estimator.ModeKeys`.
      predictions: tensors by name.
      loss: a scalar tensor.
      train_op: the operation of a training step.
      eval_metrics: a pair of a function that returns name -> (value, update operation), and its tensors: a list, or a
        dictionary by argument.
      export_outputs: name -> ExportOutput.
      scaffold_fn: a function without arguments that returns a `tf.train.Scaffold`.
      host_call: a pair of a function and its tensors; what it returns is run at every step.
      training_hooks: hooks for training.
      evaluation_hooks: hooks for evaluations.
      prediction_hooks: hooks for predictions.

    Raises:
      ValueError: something that the mode needs is missing, or a pair is none.
      TypeError: something is not of the type it must have.
      RuntimeError: a function takes another number of tensors.
    """

    __slots__ = ()

    def __new__(
        cls,
        mode: Any,
        predictions: Any = None,
        loss: Any = None,
        train_op: Any = None,
        eval_metrics: Any = None,
        export_outputs: Any = None,
        scaffold_fn: Any = None,
        host_call: Any = None,
        training_hooks: Any = None,
        evaluation_hooks: Any = None,
        prediction_hooks: Any = None,
    ) -> Self:
        """Checks everything."""
        for name, call in _calls(eval_metrics, host_call).items():
            _check_call(name, call)
        hooks = [checked_hooks(some) for some in (training_hooks, evaluation_hooks, prediction_hooks)]
        train_op = checked_train_op(train_op, mode)
        loss = checked_loss(loss, mode)
        predictions = checked_predictions(predictions, mode)
        if mode == ModeKeys.PREDICT:
            export_outputs = with_default_output(export_outputs, predictions)
        return super().__new__(
            cls, mode, predictions, loss, train_op, eval_metrics, export_outputs, scaffold_fn, host_call, *hooks
        )

    def as_estimator_spec(self) -> EstimatorSpec:
        """Returns the EstimatorSpec of the same model on a CPU: the functions are called."""
        called = {name: _call(name, call) for name, call in _calls(self.eval_metrics, self.host_call).items()}
        hooks = (HostCallHook(called["host_call"]),) if self.host_call is not None else ()
        return EstimatorSpec(
            mode=self.mode,
            predictions=self.predictions,
            loss=self.loss,
            train_op=self.train_op,
            eval_metric_ops=called.get("eval_metrics"),
            export_outputs=self.export_outputs,
            scaffold=self.scaffold_fn() if self.scaffold_fn else None,
            training_hooks=self.training_hooks + hooks,
            evaluation_hooks=self.evaluation_hooks + hooks,
            prediction_hooks=self.prediction_hooks + hooks,
        )


def _calls(eval_metrics: Any, host_call: Any) -> dict[str, Any]:
    pairs = {"eval_metrics": eval_metrics, "host_call": host_call}
    return {name: pair for name, pair in pairs.items() if pair is not None}


def _check_call(name: str, call: Any) -> None:
    if not isinstance(call, tuple | list):
        raise ValueError(f"{name} should be tuple or list")
    if len(call) != 2:
        raise ValueError(f"{name} should have two elements.")
    function, tensors = call
    if not callable(function):
        raise TypeError(f"{name}[0] should be callable.")
    if not isinstance(tensors, tuple | list | dict):
        raise ValueError(f"{name}[1] should be tuple or list, or dict.")
    if isinstance(tensors, dict) or inspect.getfullargspec(function).varargs is not None:
        return
    expected = len(argument_names(function))
    if len(tensors) != expected:
        raise RuntimeError(
            f"In TPUEstimatorSpec.{name}, length of tensors {len(tensors)} does not match method args of the function, "
            f"which takes {expected}."
        )


def _call(name: str, call: Any) -> Any:
    function, tensors = call
    if not isinstance(tensors, Mapping):
        return function(*tensors)
    try:
        return function(**tensors)
    except TypeError as error:
        tf.logging.warning(
            "Exception while calling %s: %s. It is likely the tensors (%s[1]) do not match the function's arguments",
            name,
            error,
            name,
        )
        raise


class HostCallHook(tf.train.SessionRunHook):  # type: ignore[misc]
    """Runs what a host call returned at every step, with the writers of `tf.contrib.summary` open.

    Args:
      tensors: what it returned.
    """

    def __init__(self, tensors: Any) -> None:
        self._tensors = tensors
        self._init_ops: list[Any] = []
        self._finalize_ops: list[Any] = []

    def begin(self) -> None:
        """Builds what opens and flushes the writers."""
        self._init_ops = tf.contrib.summary.summary_writer_initializer_op()
        self._finalize_ops = [tf.contrib.summary.flush(writer=op.inputs[0]) for op in self._init_ops]

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Opens the writers."""
        session.run(self._init_ops)

    def before_run(self, run_context: Any) -> Any:
        """Asks for the tensors."""
        return tf.train.SessionRunArgs(self._tensors)

    def end(self, session: Any) -> None:
        """Flushes the writers."""
        session.run(self._finalize_ops)
