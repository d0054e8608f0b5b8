"""Regularizers: functions from weights to a scalar loss."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export

if TYPE_CHECKING:
    from collections.abc import Callable


def _check_scale(scale: Any, name: str, end: str) -> bool:
    """Returns whether there is anything to regularize; raises ValueError for a scale that cannot be."""
    if isinstance(scale, numbers.Integral):
        raise ValueError(f"{name} cannot be an integer: {scale}")
    if not isinstance(scale, numbers.Real):
        return True
    if scale < 0.0:
        raise ValueError(f"Setting a scale less than 0 on a regularizer: {float(scale):g}{end}")
    if scale == 0.0:
        tf.logging.info("Scale of 0 disables regularizer.")
    return bool(scale != 0.0)


def _nothing(_: Any) -> None:
    """The regularizer for a scale of 0."""


@export("contrib.layers.l1_regularizer", "contrib.slim.l1_regularizer")
def l1_regularizer(scale: Any, scope: str | None = None) -> Callable[..., Any]:
    """Returns a function from weights to ``scale * sum(abs(weights))``.

    Args:
      scale: a number >= 0, or a scalar tensor; with 0.0 the function returns None.
      scope: the name scope.

    Raises:
      ValueError: an integer, or a negative number.
    """
    if not _check_scale(scale, "scale", ""):
        return _nothing

    def l1(weights: Any, name: str | None = None) -> Any:
        del name
        with tf.name_scope(scope, "l1_regularizer", [weights]) as full_name:
            factor = tf.convert_to_tensor(scale, dtype=weights.dtype.base_dtype, name="scale")
            return tf.multiply(factor, tf.reduce_sum(tf.abs(weights)), name=full_name)

    return l1


@export("contrib.layers.l2_regularizer", "contrib.slim.l2_regularizer")
def l2_regularizer(scale: Any, scope: str | None = None) -> Callable[..., Any]:
    """Returns a function from weights to ``scale * sum(weights ** 2) / 2``.

    Args:
      scale: a number >= 0, or a scalar tensor; with 0.0 the function returns None.
      scope: the name scope.

    Raises:
      ValueError: an integer, or a negative number.

    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     float(session.run(tf.contrib.layers.l2_regularizer(0.1)(tf.constant([3.0, -4.0]))))
    1.25
    """
    if not _check_scale(scale, "scale", "."):
        return _nothing

    def l2(weights: Any) -> Any:
        with tf.name_scope(scope, "l2_regularizer", [weights]) as name:
            factor = tf.convert_to_tensor(scale, dtype=weights.dtype.base_dtype, name="scale")
            return tf.multiply(factor, tf.nn.l2_loss(weights), name=name)

    return l2


@export("contrib.layers.l1_l2_regularizer", "contrib.slim.l1_l2_regularizer")
def l1_l2_regularizer(scale_l1: Any = 1.0, scale_l2: Any = 1.0, scope: str | None = None) -> Any:
    """Returns a function from weights to the sum of both losses.

    Args:
      scale_l1: see `l1_regularizer`.
      scale_l2: see `l2_regularizer`.
      scope: the name scope.

    Raises:
      ValueError: an integer, or a negative number.
    """
    for name, scale in (("scale_l1", scale_l1), ("scale_l2", scale_l2)):
        if isinstance(scale, numbers.Integral):
            raise ValueError(f"{name} cannot be an integer: {scale}")
    scope = scope or "l1_l2_regularizer"
    if scale_l1 == 0.0:
        return l2_regularizer(scale_l2, scope)
    if scale_l2 == 0.0:
        return l1_regularizer(scale_l1, scope)
    return sum_regularizer([l1_regularizer(scale_l1), l2_regularizer(scale_l2)], scope=scope)


@export("contrib.layers.sum_regularizer", "contrib.slim.sum_regularizer")
def sum_regularizer(regularizer_list: Any, scope: str | None = None) -> Any:
    """Returns a function from weights to the sum of what several give; None when there are none.

    Args:
      regularizer_list: the functions; None among them is left out.
      scope: the name scope.
    """
    regularizers = [regularizer for regularizer in regularizer_list if regularizer is not None]
    if not regularizers:
        return None

    def total(weights: Any) -> Any:
        with tf.name_scope(scope, "sum_regularizer", [weights]) as name:
            losses = [regularizer(weights) for regularizer in regularizers]
            losses = [loss for loss in losses if loss is not None]
            return tf.add_n(losses, name=name) if losses else None

    return total


@export("contrib.layers.apply_regularization", "contrib.slim.apply_regularization")
def apply_regularization(regularizer: Any, weights_list: Any = None) -> Any:
    """Returns the sum of a regularizer's losses, which also goes to the collection REGULARIZATION_LOSSES.

    Args:
      regularizer: a function from a weight to a scalar.
      weights_list: the weights; those of the collection WEIGHTS when None or empty.

    Raises:
      ValueError: there are no weights, or a loss is no scalar.
    """
    weights = weights_list or tf.get_collection(tf.GraphKeys.WEIGHTS)
    if not weights:
        raise ValueError("No weights to regularize.")
    with tf.name_scope("get_regularization_penalty", values=weights) as scope:
        penalties = [regularizer(w) for w in weights]
        penalties = [tf.constant(0.0) if p is None else p for p in penalties]
        for penalty in penalties:
            rank = penalty.get_shape().ndims
            if rank != 0:
                raise ValueError(f"regularizer must return a scalar Tensor instead of a Tensor with rank {rank}.")
        total = tf.add_n(penalties, name=scope)
        tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, total)
        return total
