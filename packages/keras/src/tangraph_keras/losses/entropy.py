"""Losses of probabilities."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph.ops.control_flow.cond import smart_cond
from tangraph_keras.backend import cross_entropy
from tangraph_keras.backend.arithmetic import clip, mean
from tangraph_keras.losses.base import LossFunctionWrapper, converted
from tangraph_keras.losses.weighting import Reduction
from tangraph_layers.engine.settings import epsilon, floatx


@export("keras.losses.categorical_crossentropy", "keras.metrics.categorical_crossentropy")
def categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: Any = 0) -> Any:
    """Returns the cross entropy of classes.

    Args:
      y_true: the probabilities of the classes, usually a one and zeros, along the last axis.
      y_pred: the predicted ones, or logits.
      from_logits: whether the predictions are logits.
      label_smoothing: how much of the probabilities is spread over all classes: a number or a scalar tensor.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])).round(4).tolist()
    [0.6930999755859375]
    """
    y_true, y_pred = converted(y_true, y_pred)
    smoothing = tf.convert_to_tensor(label_smoothing, dtype=floatx())

    def smoothed() -> Any:
        classes = tf.cast(tf.shape(y_true)[1], y_pred.dtype)
        return y_true * (1.0 - smoothing) + smoothing / classes

    labels = smart_cond(smoothing, smoothed, lambda: y_true)
    return cross_entropy.categorical_crossentropy(labels, y_pred, from_logits=from_logits)


@export("keras.losses.sparse_categorical_crossentropy", "keras.metrics.sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """Returns the cross entropy of classes that are given by their numbers.

    Args:
      y_true: the numbers of the classes.
      y_pred: the predicted probabilities, or logits.
      from_logits: whether the predictions are logits.
      axis: that of the classes.
    """
    return cross_entropy.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


@export("keras.losses.binary_crossentropy", "keras.metrics.binary_crossentropy")
def binary_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: Any = 0) -> Any:
    """Returns the mean cross entropy of choices between two, along the last axis.

    Args:
      y_true: the probabilities, usually 0 or 1.
      y_pred: the predicted ones, or logits.
      from_logits: whether the predictions are logits.
      label_smoothing: how much the probabilities are moved towards a half: a number or a scalar tensor.
    """
    y_true, y_pred = converted(y_true, y_pred)
    smoothing = tf.convert_to_tensor(label_smoothing, dtype=floatx())
    labels = smart_cond(smoothing, lambda: y_true * (1.0 - smoothing) + 0.5 * smoothing, lambda: y_true)
    return mean(cross_entropy.binary_crossentropy(labels, y_pred, from_logits=from_logits), axis=-1)


@export(
    "keras.losses.kullback_leibler_divergence",
    "keras.losses.kld",
    "keras.losses.KLD",
    "keras.metrics.kullback_leibler_divergence",
    "keras.metrics.kld",
    "keras.metrics.KLD",
)
def kullback_leibler_divergence(y_true: Any, y_pred: Any) -> Any:
    """Returns the sum of y_true * log(y_true / y_pred), along the last axis (Kullback and Leibler, 1951)."""
    y_true, y_pred = converted(y_true, y_pred)
    y_true, y_pred = clip(y_true, epsilon(), 1), clip(y_pred, epsilon(), 1)
    return tf.reduce_sum(y_true * tf.log(y_true / y_pred), axis=-1)


@export("keras.losses.poisson", "keras.metrics.poisson")
def poisson(y_true: Any, y_pred: Any) -> Any:
    """Returns the mean of y_pred - y_true * log(y_pred), along the last axis."""
    y_true, y_pred = converted(y_true, y_pred)
    return mean(y_pred - y_true * tf.log(y_pred + epsilon()), axis=-1)


@export("keras.losses.CategoricalCrossentropy")
class CategoricalCrossentropy(LossFunctionWrapper):
    """`categorical_crossentropy` as an object; see `Loss`."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: Any = 0,
        reduction: str = Reduction.AUTO,
        name: str = "categorical_crossentropy",
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            name=name,
            reduction=reduction,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


@export("keras.losses.SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """`sparse_categorical_crossentropy` as an object; see `Loss`."""

    def __init__(
        self,
        from_logits: bool = False,
        reduction: str = Reduction.AUTO,
        name: str = "sparse_categorical_crossentropy",
    ) -> None:
        super().__init__(sparse_categorical_crossentropy, name=name, reduction=reduction, from_logits=from_logits)


@export("keras.losses.BinaryCrossentropy")
class BinaryCrossentropy(LossFunctionWrapper):
    """`binary_crossentropy` as an object; see `Loss`."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: Any = 0,
        reduction: str = Reduction.AUTO,
        name: str = "binary_crossentropy",
    ) -> None:
        super().__init__(
            binary_crossentropy,
            name=name,
            reduction=reduction,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )
        self.from_logits = from_logits


@export("keras.losses.KLDivergence")
class KLDivergence(LossFunctionWrapper):
    """`kullback_leibler_divergence` as an object; see `Loss`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "kullback_leibler_divergence") -> None:
        super().__init__(kullback_leibler_divergence, name=name, reduction=reduction)


@export("keras.losses.Poisson")
class Poisson(LossFunctionWrapper):
    """`poisson` as an object; see `Loss`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "poisson") -> None:
        super().__init__(poisson, name=name, reduction=reduction)
