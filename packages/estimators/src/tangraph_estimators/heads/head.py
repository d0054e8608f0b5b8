"""Head: from logits to an EstimatorSpec."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any, NamedTuple

import tangraph as tf
from tangraph_estimators.mode_keys import ModeKeys
from tangraph_estimators.spec import EstimatorSpec


class LossSpec(NamedTuple):
    """The loss of a batch: reduced, of each example, with its weights, and the labels as the loss takes them."""

    training_loss: Any
    unreduced_loss: Any
    weights: Any
    processed_labels: Any


class Head(abc.ABC):
    """What logits mean: one subclass for each kind of labels.

    Args:
      weight_column: the name of a feature with the weights of examples, a numeric column, or None.
      loss_reduction: how the losses of a batch become one; of `tf.losses.Reduction`.
      loss_fn: a function of labels and logits, and features by name, in place of the usual loss.
      name: the head's name, which summaries and metrics get too; None for none.
    """

    def __init__(self, weight_column: Any, loss_reduction: str, loss_fn: Any, name: str | None) -> None:
        self._weight_column = weight_column
        self._loss_reduction = loss_reduction
        self._loss_fn = loss_fn
        self._name = name

    @property
    def name(self) -> str | None:
        """The head's name."""
        return self._name

    @property
    @abc.abstractmethod
    def logits_dimension(self) -> int:
        """The size of the last axis of logits."""

    @abc.abstractmethod
    def create_loss(self, features: Any, mode: Any, logits: Any, labels: Any) -> LossSpec:
        """Returns the loss of a batch.

        Args:
          features: the features by name.
          mode: one of `tf.estimator.ModeKeys`.
          logits: the logits, [..., logits_dimension].
          labels: the labels.
        """

    @abc.abstractmethod
    def _predict(self, logits: Any) -> tuple[Any, dict[str, Any]]:
        """Returns the logits, checked, and the predictions by name."""

    @abc.abstractmethod
    def _export_outputs(self, predictions: dict[str, Any]) -> dict[str, Any]:
        """Returns the outputs of an exported model."""

    @abc.abstractmethod
    def _metrics(
        self, predictions: dict[str, Any], loss: LossSpec, labels: Any, regularization_loss: Any
    ) -> dict[str, Any]:
        """Returns the metrics by name."""

    def _key(self, name: str) -> str:
        """Returns the name of a metric or summary of this head."""
        return f"{name}/{self._name}" if self._name else name

    def _weighted(self, unreduced_loss: Any, weights: Any, labels: Any) -> LossSpec:
        loss = tf.losses.compute_weighted_loss(unreduced_loss, weights=weights, reduction=self._loss_reduction)
        return LossSpec(loss, unreduced_loss, weights, labels)

    def create_estimator_spec(
        self,
        features: Any,
        mode: Any,
        logits: Any,
        labels: Any = None,
        optimizer: Any = None,
        train_op_fn: Callable[[Any], Any] | None = None,
        regularization_losses: Any = None,
    ) -> EstimatorSpec:
        """Returns the spec of a model with this head.

        Args:
          features: the features by name.
          mode: one of `tf.estimator.ModeKeys`.
          logits: the logits, [..., logits_dimension].
          labels: the labels; None for predictions.
          optimizer: an optimizer for training; or
          train_op_fn: a function from the loss to a training step.
          regularization_losses: losses that are added.

        Raises:
          ValueError: for training, both `optimizer` and `train_op_fn` are given, or neither.
        """
        with tf.name_scope(self._name, "head"):
            logits, predictions = self._predict(logits)
            if mode == ModeKeys.PREDICT:
                outputs = self._export_outputs(predictions)
                return EstimatorSpec(mode, predictions=predictions, export_outputs=outputs)
            loss = self.create_loss(features=features, mode=mode, logits=logits, labels=labels)
            total, regularization_loss = loss.training_loss, None
            if regularization_losses:
                regularization_loss = tf.add_n(regularization_losses)
                total = tf.add_n([total, regularization_loss])
            if mode == ModeKeys.TRAIN:
                train_op = _train_op(total, optimizer, train_op_fn)
                mean_loss = self._mean_loss(loss)
        if mode == ModeKeys.EVAL:
            # Metrics are outside of the head's scope, where TensorFlow calls the function that makes them.
            metrics = self._metrics(predictions, loss, labels, regularization_loss)
            return EstimatorSpec(mode, predictions=predictions, loss=total, eval_metric_ops=metrics)
        with tf.name_scope(""):
            tf.summary.scalar(self._key("loss"), total)
            if mean_loss is not None:
                tf.summary.scalar(self._key("average_loss"), mean_loss)
            if regularization_loss is not None:
                tf.summary.scalar(self._key("regularization_loss"), regularization_loss)
        return EstimatorSpec(mode, predictions=predictions, loss=total, train_op=train_op)

    def _mean_loss(self, loss: LossSpec) -> Any:
        """Returns the mean loss of an example where the loss of a batch is a sum, None otherwise."""
        if self._loss_reduction != tf.losses.Reduction.SUM:
            return None
        weight = tf.reduce_sum(loss.weights * tf.ones_like(loss.unreduced_loss))
        return loss.training_loss / weight


def _train_op(loss: Any, optimizer: Any, train_op_fn: Callable[[Any], Any] | None) -> Any:
    """Returns a training step, with the operations that update moving means."""
    if optimizer is not None:
        if train_op_fn is not None:
            raise ValueError("train_op_fn and optimizer cannot both be set.")
        train_op = optimizer.minimize(loss, global_step=tf.train.get_global_step())
    elif train_op_fn is not None:
        train_op = train_op_fn(loss)
    else:
        raise ValueError("train_op_fn and optimizer cannot both be None.")
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    return tf.group(train_op, *updates) if updates else train_op
