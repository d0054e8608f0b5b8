"""What an exported training step or evaluation gives out: loss, predictions and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tangraph as tf
from tangraph_estimators.export.outputs import ExportOutput, checked_key, checked_outputs
from tangraph_interop.saved_model import signatures


class SupervisedOutput(ExportOutput):
    """Loss, predictions and metrics.

    Args:
      loss: a tensor, or tensors by name.
      predictions: a tensor, or tensors by name.
      metrics: name -> (value, update operation).

    Raises:
      ValueError: something is no tensor.
    """

    def __init__(self, loss: Any = None, predictions: Any = None, metrics: Any = None) -> None:
        self.loss = None if loss is None else _prefixed(checked_outputs(loss, "loss"), "loss")
        self.predictions = (
            None if predictions is None else _prefixed(checked_outputs(predictions, "predictions"), "predictions")
        )
        self.metrics = None if metrics is None else _metric_outputs(metrics)


class TrainOutput(SupervisedOutput):
    """Those of a training step."""

    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """Returns a signature for training."""
        return signatures.supervised_train_signature_def(receiver_tensors, self.loss, self.predictions, self.metrics)


class EvalOutput(SupervisedOutput):
    """Those of an evaluation."""

    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """Returns a signature for evaluations."""
        return signatures.supervised_eval_signature_def(receiver_tensors, self.loss, self.predictions, self.metrics)


def _prefixed(outputs: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {_with_prefix(key, prefix): value for key, value in outputs.items()}


def _with_prefix(key: str, prefix: str) -> str:
    return key if key.startswith(prefix) else f"{prefix}/{key}"


def _metric_outputs(metrics: Any) -> dict[str, Any]:
    outputs = {}
    for key, (value, update) in (metrics if isinstance(metrics, dict) else {"metrics": metrics}).items():
        name = _with_prefix(checked_key(key, "metrics"), "metrics")
        if not isinstance(value, tf.Tensor):
            raise ValueError(f"{name} output value must be a Tensor; got {value}.")
        if not isinstance(update, tf.Tensor | tf.Operation):
            raise ValueError(f"{name} update_op must be a Tensor or Operation; got {update}.")
        if isinstance(update, tf.Operation):
            with tf.control_dependencies([update]):
                update = tf.constant([], name="metric_op_wrapper")
        outputs[f"{name}/value"] = value
        outputs[f"{name}/update_op"] = update
    return outputs
