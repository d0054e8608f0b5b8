"""The head of regressions: mean squared error."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.export.outputs import DEFAULT_KEY, PredictOutput, RegressionOutput
from tangraph_estimators.heads import checks
from tangraph_estimators.heads.head import Head, LossSpec
from tangraph_estimators.heads.metrics import predictions_mean
from tangraph_estimators.heads.weights import weights_of


class RegressionHead(Head):
    """Logits are the predictions; the loss is their squared difference from the labels.

    Args:
      label_dimension: the size of the last axis of labels.
      weight_column, loss_reduction, loss_fn, name: see Head.
      inverse_link_fn: a function from logits to predictions; None where they are the same.

    Raises:
      ValueError: an argument is none of those that are possible.
    """

    def __init__(
        self,
        weight_column: Any = None,
        label_dimension: int = 1,
        loss_reduction: str = tf.losses.Reduction.SUM,
        loss_fn: Any = None,
        inverse_link_fn: Any = None,
        name: str | None = None,
    ) -> None:
        checks.check_reduction(loss_reduction)
        if loss_fn:
            checks.check_loss_fn(loss_fn)
        if label_dimension < 1:
            raise ValueError(f"Invalid label_dimension {label_dimension}.")
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        self._logits_dimension = label_dimension
        self._inverse_link_fn = inverse_link_fn

    @property
    def logits_dimension(self) -> int:
        """The size of the last axis of logits."""
        return self._logits_dimension

    def create_loss(self, features: Any, mode: Any, logits: Any, labels: Any) -> LossSpec:
        """Returns the loss of a batch; see Head."""
        logits = tf.convert_to_tensor(logits)
        labels = tf.to_float(checks.checked_labels(labels, logits, self._logits_dimension))
        if self._loss_fn:
            loss = checks.call_loss_fn(self._loss_fn, labels, logits, features, self._logits_dimension)
        else:
            loss = tf.losses.mean_squared_error(labels=labels, predictions=logits, reduction=tf.losses.Reduction.NONE)
        weights = weights_of(features, self._weight_column, logits, allow_per_logit_weights=True)
        return self._weighted(loss, weights, labels)

    def _predict(self, logits: Any) -> tuple[Any, dict[str, Any]]:
        logits = checks.checked_logits(logits, self._logits_dimension)
        if self._inverse_link_fn:
            return logits, {"predictions": self._inverse_link_fn(logits), "logits": logits}
        return logits, {"predictions": logits}

    def _export_outputs(self, predictions: dict[str, Any]) -> dict[str, Any]:
        output = RegressionOutput(value=predictions["predictions"])
        return {DEFAULT_KEY: output, "regression": output, "predict": PredictOutput(predictions)}

    def _metrics(
        self, predictions: dict[str, Any], loss: LossSpec, labels: Any, regularization_loss: Any
    ) -> dict[str, Any]:
        predicted, weights = predictions["predictions"], loss.weights
        metrics = {
            self._key("average_loss"): tf.metrics.mean(values=loss.unreduced_loss, weights=weights),
            self._key("prediction/mean"): predictions_mean(predicted, weights, "prediction/mean"),
            self._key("label/mean"): tf.metrics.mean(values=labels, weights=weights),
        }
        if regularization_loss is not None:
            name = "regularization_loss"
            metrics[self._key(name)] = tf.metrics.mean(values=regularization_loss, name=name)
        return metrics


@export("contrib.estimator.regression_head")
def regression_head(
    weight_column: Any = None,
    label_dimension: int = 1,
    loss_reduction: str = tf.losses.Reduction.SUM_OVER_BATCH_SIZE,
    loss_fn: Any = None,
    inverse_link_fn: Any = None,
    name: str | None = None,
) -> RegressionHead:
    """Returns the head of a regression.

    Args:
      weight_column: the name of a feature with the weights of examples, a numeric column, or None.
      label_dimension: the size of the last axis of labels.
      loss_reduction: how the losses of a batch become one; of `tf.losses.Reduction`.
      loss_fn: a function of labels and logits in place of the squared difference.
      inverse_link_fn: a function from logits to predictions; None where they are the same.
      name: the head's name, which summaries and metrics get too.

    >>> import tangraph as tf
    >>> tf.contrib.estimator.regression_head(label_dimension=3).logits_dimension
    3
    """
    return RegressionHead(weight_column, label_dimension, loss_reduction, loss_fn, inverse_link_fn, name)
