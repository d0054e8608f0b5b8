"""The head of two classes: one logit, sigmoid cross entropy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.export.outputs import DEFAULT_KEY, PredictOutput, RegressionOutput
from tangraph_estimators.heads import checks, classes, metrics
from tangraph_estimators.heads.head import Head, LossSpec
from tangraph_estimators.heads.weights import weights_of


class BinaryClassHead(Head):
    """The logit is that of the second class; the loss is the sigmoid cross entropy.

    Args:
      weight_column, loss_reduction, loss_fn, name: see Head.
      thresholds: thresholds between 0 and 1 with metrics of their own.
      label_vocabulary: the names of the classes where labels are names; None where they are 0 and 1.

    Raises:
      ValueError: an argument is none of those that are possible.
      TypeError: `label_vocabulary` is no list.
    """

    def __init__(
        self,
        weight_column: Any = None,
        thresholds: Sequence[float] | None = None,
        label_vocabulary: Any = None,
        loss_reduction: str = tf.losses.Reduction.SUM,
        loss_fn: Any = None,
        name: str | None = None,
    ) -> None:
        thresholds = tuple(thresholds or ())
        if label_vocabulary is not None and not isinstance(label_vocabulary, list | tuple):
            raise TypeError(f"label_vocabulary should be a list or tuple. Given type: {type(label_vocabulary)}")
        if any(threshold <= 0.0 or threshold >= 1.0 for threshold in thresholds):
            raise ValueError(f"thresholds not in (0, 1): {(thresholds,)}.")
        checks.check_reduction(loss_reduction)
        if loss_fn:
            checks.check_loss_fn(loss_fn)
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        self._thresholds = thresholds
        self._label_vocabulary = label_vocabulary

    @property
    def logits_dimension(self) -> int:
        """The size of the last axis of logits."""
        return 1

    def create_loss(self, features: Any, mode: Any, logits: Any, labels: Any) -> LossSpec:
        """Returns the loss of a batch; see Head."""
        logits = tf.convert_to_tensor(logits)
        labels = checks.checked_labels(labels, logits, 1)
        if self._label_vocabulary is not None:
            labels = classes.ids_of(labels, self._label_vocabulary)
        labels = checks.checked_range(tf.to_float(labels), n_classes=2)
        if self._loss_fn:
            loss = checks.call_loss_fn(self._loss_fn, labels, logits, features)
        else:
            loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
        return self._weighted(loss, weights_of(features, self._weight_column, logits), labels)

    def _predict(self, logits: Any) -> tuple[Any, dict[str, Any]]:
        vocabulary = self._label_vocabulary
        with tf.name_scope(None, "predictions", (logits,)):
            logits = checks.checked_logits(logits, 1)
            logistic = tf.sigmoid(logits, name="logistic")
            both = tf.concat((tf.zeros_like(logits), logits), axis=-1, name="two_class_logits")
            probabilities = tf.nn.softmax(both, name="probabilities")
            class_ids = tf.expand_dims(tf.argmax(both, axis=-1, name="class_ids"), axis=-1)
            all_class_ids = classes.all_class_ids(logits, 2)
            all_classes = classes.all_classes(logits, 2, vocabulary)
            return logits, {
                "logits": logits,
                "logistic": logistic,
                "probabilities": probabilities,
                "class_ids": class_ids,
                "classes": classes.classes_of(class_ids, vocabulary),
                "all_class_ids": all_class_ids,
                "all_classes": all_classes,
            }

    def _export_outputs(self, predictions: dict[str, Any]) -> dict[str, Any]:
        output = classes.classification_output(predictions["probabilities"], 2, self._label_vocabulary)
        return {
            DEFAULT_KEY: output,
            "classification": output,
            "regression": RegressionOutput(value=predictions["logistic"]),
            "predict": PredictOutput(predictions),
        }

    def _metrics(
        self, predictions: dict[str, Any], loss: LossSpec, labels: Any, regularization_loss: Any
    ) -> dict[str, Any]:
        labels, weights, unreduced = loss.processed_labels, loss.weights, loss.unreduced_loss
        logits, logistic, class_ids = predictions["logits"], predictions["logistic"], predictions["class_ids"]
        values = (labels, logits, logistic, class_ids, weights, unreduced, regularization_loss)
        decided = {"labels": labels, "predictions": class_ids, "weights": weights}
        with tf.name_scope(None, "metrics", values):
            mean = metrics.labels_mean(labels, weights, "label/mean")
            found = {
                "average_loss": tf.metrics.mean(values=unreduced, weights=weights, name="average_loss"),
                "accuracy": tf.metrics.accuracy(**decided, name="accuracy"),
                "precision": tf.metrics.precision(**decided, name="precision"),
                "recall": tf.metrics.recall(**decided, name="recall"),
                "prediction/mean": metrics.predictions_mean(logistic, weights, "prediction/mean"),
                "label/mean": mean,
                "accuracy_baseline": metrics.accuracy_baseline(mean),
                "auc": metrics.auc(labels, logistic, weights, "auc"),
                "auc_precision_recall": metrics.auc(labels, logistic, weights, "auc_precision_recall", "PR"),
            }
            if regularization_loss is not None:
                name = "regularization_loss"
                found[name] = tf.metrics.mean(values=regularization_loss, name=name)
            for threshold in self._thresholds:
                found |= _at(threshold, labels, logistic, weights)
            return {self._key(name): metric for name, metric in found.items()}


def _at(threshold: float, labels: Any, logistic: Any, weights: Any) -> dict[str, Any]:
    makers = {"accuracy": metrics.accuracy_at, "precision": metrics.precision_at, "recall": metrics.recall_at}
    names = {kind: f"{kind}/positive_threshold_{threshold:g}" for kind in makers}
    return {names[kind]: make(labels, logistic, weights, threshold, names[kind]) for kind, make in makers.items()}


@export("contrib.estimator.binary_classification_head")
def binary_classification_head(
    weight_column: Any = None,
    thresholds: Sequence[float] | None = None,
    label_vocabulary: Any = None,
    loss_reduction: str = tf.losses.Reduction.SUM_OVER_BATCH_SIZE,
    loss_fn: Any = None,
    name: str | None = None,
) -> BinaryClassHead:
    """Returns the head of a classification with two classes.

    Args:
      weight_column: the name of a feature with the weights of examples, a numeric column, or None.
      thresholds: thresholds between 0 and 1 with metrics of their own.
      label_vocabulary: the names of the classes where labels are names; None where they are 0 and 1.
      loss_reduction: how the losses of a batch become one; of `tf.losses.Reduction`.
      loss_fn: a function of labels and logits in place of the sigmoid cross entropy.
      name: the head's name, which summaries and metrics get too.

    >>> import tangraph as tf
    >>> tf.contrib.estimator.binary_classification_head().logits_dimension
    1
    """
    return BinaryClassHead(weight_column, thresholds, label_vocabulary, loss_reduction, loss_fn, name)
