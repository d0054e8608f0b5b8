"""The head of several classes: softmax cross entropy."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.export.outputs import DEFAULT_KEY, PredictOutput
from tangraph_estimators.heads import checks, classes
from tangraph_estimators.heads.binary import BinaryClassHead
from tangraph_estimators.heads.head import Head, LossSpec
from tangraph_estimators.heads.weights import weights_of


class MultiClassHead(Head):
    """One logit for each class; the loss is the softmax cross entropy.

    Args:
      n_classes: how many classes there are, three or more.
      weight_column, loss_reduction, loss_fn, name: see Head.
      label_vocabulary: the names of the classes where labels are names; None where they are numbers.

    Raises:
      ValueError: an argument is none of those that are possible.
    """

    def __init__(
        self,
        n_classes: int,
        weight_column: Any = None,
        label_vocabulary: Any = None,
        loss_reduction: str = tf.losses.Reduction.SUM,
        loss_fn: Any = None,
        name: str | None = None,
    ) -> None:
        if label_vocabulary is not None and not isinstance(label_vocabulary, list | tuple):
            raise ValueError(f"label_vocabulary should be a list or a tuple. Given type: {type(label_vocabulary)}")
        checks.check_reduction(loss_reduction)
        if loss_fn:
            checks.check_loss_fn(loss_fn)
        if n_classes is None:
            raise ValueError("n_classes cannot be None")
        _check_n_classes(n_classes)
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        self._n_classes = n_classes
        self._label_vocabulary = label_vocabulary

    @property
    def logits_dimension(self) -> int:
        """The size of the last axis of logits."""
        return self._n_classes

    def create_loss(self, features: Any, mode: Any, logits: Any, labels: Any) -> LossSpec:
        """Returns the loss of a batch; see Head.

        Raises:
          ValueError: labels are no integers, or with a vocabulary no strings.
        """
        logits = tf.convert_to_tensor(logits)
        ids = self._label_ids(checks.checked_labels(labels, logits, 1))
        if self._loss_fn:
            loss = checks.call_loss_fn(self._loss_fn, ids, logits, features)
        else:
            loss = tf.losses.sparse_softmax_cross_entropy(labels=ids, logits=logits, reduction=tf.losses.Reduction.NONE)
            loss = tf.expand_dims(loss, axis=-1)
        return self._weighted(loss, weights_of(features, self._weight_column, logits), ids)

    def _label_ids(self, labels: Any) -> Any:
        if self._label_vocabulary is None:
            if not labels.dtype.is_integer:
                raise ValueError(f"Labels dtype should be integer. Instead got {labels.dtype}.")
        else:
            if labels.dtype != tf.string:
                raise ValueError(f"Labels dtype should be string if there is a vocabulary. Instead got {labels.dtype}")
            labels = classes.ids_of(labels, self._label_vocabulary)
        return checks.checked_range(labels, self._n_classes)

    def _predict(self, logits: Any) -> tuple[Any, dict[str, Any]]:
        n_classes, vocabulary = self._n_classes, self._label_vocabulary
        logits = checks.checked_logits(logits, n_classes)
        with tf.name_scope(None, "predictions", (logits,)):
            all_class_ids = classes.all_class_ids(logits, n_classes)
            all_classes = classes.all_classes(logits, n_classes, vocabulary)
            class_ids = tf.expand_dims(tf.argmax(logits, axis=-1, name="class_ids"), axis=-1)
            names = classes.classes_of(class_ids, vocabulary)
            return logits, {
                "logits": logits,
                "probabilities": tf.nn.softmax(logits, name="probabilities"),
                "class_ids": class_ids,
                "classes": names,
                "all_class_ids": all_class_ids,
                "all_classes": all_classes,
            }

    def _export_outputs(self, predictions: dict[str, Any]) -> dict[str, Any]:
        output = classes.classification_output(predictions["probabilities"], self._n_classes, self._label_vocabulary)
        return {DEFAULT_KEY: output, "classification": output, "predict": PredictOutput(predictions)}

    def _metrics(
        self, predictions: dict[str, Any], loss: LossSpec, labels: Any, regularization_loss: Any
    ) -> dict[str, Any]:
        ids, class_ids, weights = loss.processed_labels, predictions["class_ids"], loss.weights
        with tf.name_scope(None, "metrics", (ids, class_ids, weights, loss.unreduced_loss, regularization_loss)):
            mean = tf.metrics.mean(values=loss.unreduced_loss, weights=weights, name="average_loss")
            accuracy = tf.metrics.accuracy(labels=ids, predictions=class_ids, weights=weights, name="accuracy")
            found = {self._key("average_loss"): mean, self._key("accuracy"): accuracy}
            if regularization_loss is not None:
                name = "regularization_loss"
                found[self._key(name)] = tf.metrics.mean(values=regularization_loss, name=name)
        return found


def _check_n_classes(n_classes: Any) -> None:
    if isinstance(n_classes, int) and n_classes <= 2:
        raise ValueError(f"n_classes must be > 2: {n_classes}.")
    # TensorFlow checks it once more in the default graph, whose nodes count for the seeds of what follows.
    check = tf.assert_greater(tf.convert_to_tensor(n_classes), 2, message="n_classes must be greater than 2")
    with tf.control_dependencies([check]):
        tf.no_op()


@export("contrib.estimator.multi_class_head")
def multi_class_head(
    n_classes: int,
    weight_column: Any = None,
    label_vocabulary: Any = None,
    loss_reduction: str = tf.losses.Reduction.SUM_OVER_BATCH_SIZE,
    loss_fn: Any = None,
    name: str | None = None,
) -> MultiClassHead:
    """Returns the head of a classification with three classes or more.

    Args:
      n_classes: how many classes there are.
      weight_column: the name of a feature with the weights of examples, a numeric column, or None.
      label_vocabulary: the names of the classes where labels are names; None where they are numbers.
      loss_reduction: how the losses of a batch become one; of `tf.losses.Reduction`.
      loss_fn: a function of labels and logits in place of the softmax cross entropy.
      name: the head's name, which summaries and metrics get too.

    >>> import tangraph as tf
    >>> tf.contrib.estimator.multi_class_head(n_classes=5).logits_dimension
    5
    """
    return MultiClassHead(n_classes, weight_column, label_vocabulary, loss_reduction, loss_fn, name)


def classification_head(n_classes: int, weight_column: Any, label_vocabulary: Any, loss_reduction: str) -> Head:
    """Returns the head of a classification, with two classes or more."""
    if n_classes == 2:
        return BinaryClassHead(weight_column, label_vocabulary=label_vocabulary, loss_reduction=loss_reduction)
    return MultiClassHead(n_classes, weight_column, label_vocabulary, loss_reduction)
