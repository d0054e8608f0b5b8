"""Losses of classes by their margin."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph.ops.control_flow.cond import smart_cond
from tangraph_keras.backend.arithmetic import mean
from tangraph_keras.losses.base import LossFunctionWrapper, converted
from tangraph_keras.losses.weighting import Reduction


def _signs(y_true: Any) -> Any:
    """Returns labels of 0 and 1 as -1 and 1, and others as they are."""
    zeros, ones = tf.equal(y_true, 0), tf.equal(y_true, 1)
    binary = tf.reduce_all(tf.logical_or(zeros, ones))
    return smart_cond(binary, lambda: 2.0 * y_true - 1.0, lambda: y_true)


@export("keras.losses.hinge", "keras.metrics.hinge")
def hinge(y_true: Any, y_pred: Any) -> Any:
    """Returns the mean of max(1 - y_true * y_pred, 0), along the last axis.

    Args:
      y_true: -1 or 1; or 0 and 1, which are made that.
      y_pred: the predictions.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(hinge([[1.0, -1.0]], [[0.5, 0.5]])).tolist()
    [1.0]
    """
    y_true, y_pred = converted(y_true, y_pred)
    y_true = _signs(y_true)
    return mean(tf.maximum(1.0 - y_true * y_pred, 0.0), axis=-1)


@export("keras.losses.squared_hinge", "keras.metrics.squared_hinge")
def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """Returns the mean of the squares of max(1 - y_true * y_pred, 0); see `hinge`."""
    y_true, y_pred = converted(y_true, y_pred)
    y_true = _signs(y_true)
    return mean(tf.square(tf.maximum(1.0 - y_true * y_pred, 0.0)), axis=-1)


@export("keras.losses.categorical_hinge")
def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """Returns how much the best wrong class lacks to a margin of 1 below the true one.

    Args:
      y_true: a one and zeros along the last axis.
      y_pred: the predictions of the classes.
    """
    y_true, y_pred = converted(y_true, y_pred)
    positive = tf.reduce_sum(y_true * y_pred, axis=-1)
    negative = tf.reduce_max((1.0 - y_true) * y_pred, axis=-1)
    return tf.maximum(0.0, negative - positive + 1.0)


@export("keras.losses.Hinge")
class Hinge(LossFunctionWrapper):
    """`hinge` as an object; see `Loss`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "hinge") -> None:
        super().__init__(hinge, name=name, reduction=reduction)


@export("keras.losses.SquaredHinge")
class SquaredHinge(LossFunctionWrapper):
    """`squared_hinge` as an object; see `Loss`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "squared_hinge") -> None:
        super().__init__(squared_hinge, name=name, reduction=reduction)


@export("keras.losses.CategoricalHinge")
class CategoricalHinge(LossFunctionWrapper):
    """`categorical_hinge` as an object; see `Loss`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "categorical_hinge") -> None:
        super().__init__(categorical_hinge, name=name, reduction=reduction)
