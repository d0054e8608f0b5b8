"""Losses of numbers: differences of several kinds."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.arithmetic import clip, mean
from tangraph_keras.losses.base import LossFunctionWrapper, converted
from tangraph_keras.losses.weighting import Reduction
from tangraph_layers.engine.settings import epsilon, floatx


@export(
    "keras.losses.mean_squared_error",
    "keras.losses.mse",
    "keras.losses.MSE",
    "keras.metrics.mean_squared_error",
    "keras.metrics.mse",
    "keras.metrics.MSE",
)
def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Returns the mean square of the differences, along the last axis.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(mean_squared_error([[0.0, 1.0]], [[2.0, 1.0]])).tolist()
    [2.0]
    """
    y_true, y_pred = converted(y_true, y_pred)
    return mean(tf.squared_difference(y_pred, y_true), axis=-1)


@export(
    "keras.losses.mean_absolute_error",
    "keras.losses.mae",
    "keras.losses.MAE",
    "keras.metrics.mean_absolute_error",
    "keras.metrics.mae",
    "keras.metrics.MAE",
)
def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Returns the mean of the absolute differences, along the last axis."""
    y_true, y_pred = converted(y_true, y_pred)
    return mean(tf.abs(y_pred - y_true), axis=-1)


@export(
    "keras.losses.mean_absolute_percentage_error",
    "keras.losses.mape",
    "keras.losses.MAPE",
    "keras.metrics.mean_absolute_percentage_error",
    "keras.metrics.mape",
    "keras.metrics.MAPE",
)
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """Returns the mean of the absolute differences in percent of what is true, along the last axis."""
    y_true, y_pred = converted(y_true, y_pred)
    difference = tf.abs((y_true - y_pred) / clip(tf.abs(y_true), epsilon(), None))
    return 100.0 * mean(difference, axis=-1)


@export(
    "keras.losses.mean_squared_logarithmic_error",
    "keras.losses.msle",
    "keras.losses.MSLE",
    "keras.metrics.mean_squared_logarithmic_error",
    "keras.metrics.msle",
    "keras.metrics.MSLE",
)
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """Returns the mean square of the differences of log(1 + x), along the last axis."""
    y_true, y_pred = converted(y_true, y_pred)
    first = tf.log(clip(y_pred, epsilon(), None) + 1.0)
    second = tf.log(clip(y_true, epsilon(), None) + 1.0)
    return mean(tf.squared_difference(first, second), axis=-1)


@export("keras.losses.logcosh")
def logcosh(y_true: Any, y_pred: Any) -> Any:
    """Returns the mean of log(cosh(difference)), along the last axis."""
    y_true, y_pred = converted(y_true, y_pred)
    x = y_pred - y_true
    return mean(x + tf.nn.softplus(-2.0 * x) - tf.log(2.0), axis=-1)


def huber_loss(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Returns half the square of each difference, and its absolute value beyond delta (Huber, 1964)."""
    y_pred, y_true = tf.cast(y_pred, dtype=floatx()), tf.cast(y_true, dtype=floatx())
    error = tf.abs(tf.subtract(y_pred, y_true))
    quadratic = tf.minimum(error, delta)
    linear = tf.subtract(error, quadratic)
    half = tf.convert_to_tensor(0.5, dtype=quadratic.dtype)
    return tf.add(tf.multiply(half, tf.multiply(quadratic, quadratic)), tf.multiply(delta, linear))


@export(
    "keras.losses.cosine",
    "keras.losses.cosine_proximity",
    "keras.losses.cosine_similarity",
    "keras.metrics.cosine",
    "keras.metrics.cosine_proximity",
)
def cosine_proximity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Returns the cosine of the angle between what is true and the prediction, along an axis."""
    y_true, y_pred = tf.nn.l2_normalize(y_true, axis=axis), tf.nn.l2_normalize(y_pred, axis=axis)
    return tf.reduce_sum(y_true * y_pred, axis=axis)


@export("keras.losses.MeanSquaredError")
class MeanSquaredError(LossFunctionWrapper):
    """`mean_squared_error` as an object; see `Loss`.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     float(sess.run(MeanSquaredError()([[0.0], [1.0]], [[2.0], [1.0]])))
    2.0
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "mean_squared_error") -> None:
        super().__init__(mean_squared_error, name=name, reduction=reduction)


@export("keras.losses.MeanAbsoluteError")
class MeanAbsoluteError(LossFunctionWrapper):
    """`mean_absolute_error` as an object; see `Loss`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "mean_absolute_error") -> None:
        super().__init__(mean_absolute_error, name=name, reduction=reduction)


@export("keras.losses.MeanAbsolutePercentageError")
class MeanAbsolutePercentageError(LossFunctionWrapper):
    """`mean_absolute_percentage_error` as an object; see `Loss`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "mean_absolute_percentage_error") -> None:
        super().__init__(mean_absolute_percentage_error, name=name, reduction=reduction)


@export("keras.losses.MeanSquaredLogarithmicError")
class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """`mean_squared_logarithmic_error` as an object; see `Loss`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "mean_squared_logarithmic_error") -> None:
        super().__init__(mean_squared_logarithmic_error, name=name, reduction=reduction)


@export("keras.losses.LogCosh")
class LogCosh(LossFunctionWrapper):
    """`logcosh` as an object; see `Loss`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "logcosh") -> None:
        super().__init__(logcosh, name=name, reduction=reduction)


@export("keras.losses.Huber")
class Huber(LossFunctionWrapper):
    """Half the square of differences, and their absolute value beyond delta; see `Loss`."""

    def __init__(self, delta: float = 1.0, reduction: str = Reduction.AUTO, name: str = "huber_loss") -> None:
        super().__init__(huber_loss, name=name, reduction=reduction, delta=delta)


@export("keras.losses.CosineSimilarity")
class CosineSimilarity(LossFunctionWrapper):
    """`cosine_similarity` as an object; see `Loss`."""

    def __init__(self, axis: int = -1, reduction: str = Reduction.AUTO, name: str = "cosine_similarity") -> None:
        super().__init__(cosine_proximity, reduction=reduction, name=name, axis=axis)
