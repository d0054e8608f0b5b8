"""Accuracies: how many predictions are right."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.arithmetic import mean
from tangraph_keras.metrics.ragged import flat_values
from tangraph_keras.metrics.reducing import MeanMetricWrapper
from tangraph_layers.engine.settings import floatx


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """Returns 1 where predictions are equal to what is true, and 0 elsewhere."""
    [y_pred, y_true], _ = flat_values([y_pred, y_true])
    y_pred.shape.assert_is_compatible_with(y_true.shape)
    if y_true.dtype != y_pred.dtype:
        y_pred = tf.cast(y_pred, y_true.dtype)
    return tf.cast(tf.equal(y_true, y_pred), floatx())


@export("keras.metrics.binary_accuracy")
def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """Returns the share of right choices between 0 and 1, along the last axis.

    Args:
      y_true: 0 and 1.
      y_pred: probabilities.
      threshold: above which a probability is a 1.
    """
    threshold = tf.cast(threshold, y_pred.dtype)
    y_pred = tf.cast(y_pred > threshold, y_pred.dtype)
    return mean(tf.equal(y_true, y_pred), axis=-1)


@export("keras.metrics.categorical_accuracy")
def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Returns 1 where the largest prediction is that of the true class, and 0 elsewhere.

    Args:
      y_true: a one and zeros, along the last axis.
      y_pred: the predictions of the classes.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(categorical_accuracy([[0, 1], [0, 1]], [[0.1, 0.9], [0.8, 0.2]])).tolist()
    [1.0, 0.0]
    """
    return tf.cast(tf.equal(tf.argmax(y_true, axis=-1), tf.argmax(y_pred, axis=-1)), floatx())


def _class_numbers(y_true: Any, y_pred: Any) -> Any:
    """Returns the numbers of classes without a last axis of size 1."""
    rank = tf.convert_to_tensor(y_pred).shape.ndims
    true_rank = tf.convert_to_tensor(y_true).shape.ndims
    if true_rank is not None and rank is not None and len(y_true.shape) == len(y_pred.shape):
        return tf.squeeze(y_true, [-1])
    return y_true


@export("keras.metrics.sparse_categorical_accuracy")
def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Returns 1 where the largest prediction is that of the true class, and 0 elsewhere.

    Args:
      y_true: the numbers of the classes.
      y_pred: the predictions of the classes, along the last axis.
    """
    y_true = _class_numbers(y_true, y_pred)
    y_pred = tf.argmax(y_pred, axis=-1)
    if y_pred.dtype.base_dtype != y_true.dtype.base_dtype:
        y_pred = tf.cast(y_pred, y_true.dtype.base_dtype)
    return tf.cast(tf.equal(y_true, y_pred), floatx())


@export("keras.metrics.top_k_categorical_accuracy")
def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Returns 1 where the true class is among the k largest predictions, and 0 elsewhere."""
    return tf.cast(tf.nn.in_top_k(y_pred, tf.argmax(y_true, axis=-1), k), floatx())


@export("keras.metrics.sparse_top_k_categorical_accuracy")
def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Returns 1 where the true class, given by its number, is among the k largest predictions, and 0 elsewhere."""
    y_true = _class_numbers(y_true, y_pred)
    return tf.cast(tf.nn.in_top_k(y_pred, tf.cast(y_true, "int32"), k), floatx())


@export("keras.metrics.Accuracy")
class Accuracy(MeanMetricWrapper):
    """The share of predictions that are equal to what is true."""

    def __init__(self, name: str = "accuracy", dtype: Any = None) -> None:
        super().__init__(accuracy, name, dtype=dtype)


@export("keras.metrics.BinaryAccuracy")
class BinaryAccuracy(MeanMetricWrapper):
    """The share of right choices between 0 and 1; see `binary_accuracy`."""

    def __init__(self, name: str = "binary_accuracy", dtype: Any = None, threshold: float = 0.5) -> None:
        super().__init__(binary_accuracy, name, dtype=dtype, threshold=threshold)


@export("keras.metrics.CategoricalAccuracy")
class CategoricalAccuracy(MeanMetricWrapper):
    """The share of right classes; see `categorical_accuracy`."""

    def __init__(self, name: str = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(categorical_accuracy, name, dtype=dtype)


@export("keras.metrics.SparseCategoricalAccuracy")
class SparseCategoricalAccuracy(MeanMetricWrapper):
    """The share of right classes; see `sparse_categorical_accuracy`."""

    def __init__(self, name: str = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype=dtype)


@export("keras.metrics.TopKCategoricalAccuracy")
class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the true class is among the k largest predictions."""

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype=dtype, k=k)


@export("keras.metrics.SparseTopKCategoricalAccuracy")
class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the true class, given by its number, is among the k largest predictions."""

    def __init__(self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype=dtype, k=k)
