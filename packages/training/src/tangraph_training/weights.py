"""Weights of losses and metrics: that they fit the values they weigh, checked in the graph where need be."""

from __future__ import annotations

from typing import Any, Final

import tangraph as tf
from tangraph.framework.constant_value import constant_value

_ERROR: Final = "weights can not be broadcast to values."


def assert_broadcastable(weights: Any, values: Any) -> Any:
    """Returns an operation that fails unless weights are a scalar, or of the values' rank with sizes 1 or equal.

    Args:
      weights: a tensor.
      values: a tensor.

    Raises:
      ValueError: it is known already that they do not fit.
    """
    with tf.name_scope(None, "assert_broadcastable", (weights, values)) as scope:
        weights, weights_shape, weights_rank = _described(weights, "weights")
        values, values_shape, values_rank = _described(values, "values")
        known = constant_value(weights_rank), constant_value(values_rank)
        if known[0] is not None and known[1] is not None:
            if known[0] == 0:
                return tf.no_op(name="static_scalar_check_success")
            if known[0] != known[1]:
                raise ValueError(
                    f"{_ERROR} values.rank={known[1]}. weights.rank={known[0]}. values.shape={values.shape}. "
                    f"weights.shape={weights.shape}."
                )
            if _known_to_fit(constant_value(weights_shape), constant_value(values_shape)):
                return tf.no_op(name="static_dims_check_success")
        is_scalar = tf.equal(0, weights_rank, name="is_scalar")
        data = (
            _ERROR,
            "weights.shape=",
            weights.name,
            weights_shape,
            "values.shape=",
            values.name,
            values_shape,
            "is_scalar=",
            is_scalar,
        )
        fits = tf.cond(
            is_scalar,
            lambda: is_scalar,
            lambda: _fits(weights_rank, weights_shape, values_rank, values_shape),
            name="is_valid_shape",
        )
        return tf.Assert(fits, data, name=scope)


def _described(tensor: Any, name: str) -> tuple[Any, Any, Any]:
    with tf.name_scope(None, name, (tensor,)) as scope:
        tensor = tf.convert_to_tensor(tensor, name=scope)
        return tensor, tf.shape(tensor, name="shape"), tf.rank(tensor, name="rank")


def _known_to_fit(weights_shape: Any, values_shape: Any) -> bool:
    if weights_shape is None or values_shape is None:
        return False
    for axis, (mine, other) in enumerate(zip(weights_shape, values_shape, strict=True)):
        if mine not in {1, other}:
            raise ValueError(
                f"{_ERROR} Mismatch at dim {axis}. values.shape={values_shape} weights.shape={weights_shape}."
            )
    return True


def _fits(weights_rank: Any, weights_shape: Any, values_rank: Any, values_shape: Any) -> Any:
    everything = (weights_rank, weights_shape, values_rank, values_shape)
    with tf.name_scope(None, "has_valid_nonscalar_shape", everything) as scope:
        same = tf.equal(values_rank, weights_rank, name="is_same_rank")
        return tf.cond(same, lambda: _sizes_fit(weights_shape, values_shape), lambda: same, name=scope)


def _sizes_fit(weights_shape: Any, values_shape: Any) -> Any:
    with tf.name_scope(None, "has_invalid_dims", (weights_shape, values_shape)) as scope:
        values_2d = tf.expand_dims(values_shape, -1)
        allowed = tf.concat((values_2d, tf.ones_like(values_2d)), axis=1)
        others = tf.sets.difference(tf.expand_dims(weights_shape, -1), allowed)
        return tf.equal(0, tf.size(others.values, name="num_invalid_dims"), name=scope)


def broadcast_weights(weights: Any, values: Any) -> Any:
    """Returns the weights broadcast to the shape of the values, where they fit as `assert_broadcastable` demands."""
    with tf.name_scope(None, "broadcast_weights", (weights, values)) as scope:
        values = tf.convert_to_tensor(values, name="values")
        weights = tf.convert_to_tensor(weights, dtype=values.dtype.base_dtype, name="weights")
        mine, other = weights.get_shape(), values.get_shape()
        if mine.is_fully_defined() and other.is_fully_defined() and mine.is_compatible_with(other):
            return weights
        with tf.control_dependencies((assert_broadcastable(weights, values),)):
            return tf.multiply(weights, tf.ones_like(values), name=scope)
