"""The weights of examples: a feature, checked against the logits."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_estimators.feature_columns.features import _LazyBuilder
from tangraph_estimators.feature_columns.numeric import NumericColumn, _NumericColumn


def weights_of(features: Any, weight_column: Any, logits: Any, allow_per_logit_weights: bool = False) -> Any:
    """Returns the weights of a batch, [..., 1]; 1.0 when there is no column.

    Args:
      features: the features by name.
      weight_column: the name of a feature, a numeric column, or None.
      logits: the logits, [..., dimension].
      allow_per_logit_weights: whether weights may be [..., dimension].

    Raises:
      TypeError: `weight_column` is something else.
      ValueError: the feature is no number.
    """
    message = "weights shape must be [D0, D1, ... DN] or [D0, D1, ... DN, 1]"
    if allow_per_logit_weights:
        message = "weights shape must be [D0, D1, ... DN], [D0, D1, ... DN, 1] or [D0, D1, ... DN, logits_dimension]"
    with tf.name_scope(None, "weights", values=(*features.values(), logits)) as scope:
        if weight_column is None:
            return 1.0
        weights = tf.to_float(_values(features, weight_column), name="weights")
        weights_shape = tf.shape(weights, name="weights_shape")
        logits_shape = tf.shape(logits, name="logits_shape")
        data = ["logits_shape: ", logits_shape, "weights_shape: ", weights_shape]
        ranks = weights.shape.ndims, logits.shape.ndims
        if None not in ranks and ranks[0] == ranks[1] - 1:
            assert_dimension = tf.assert_equal(logits_shape[:-1], weights_shape, message=message, data=data)
            with tf.control_dependencies([assert_dimension]):
                return tf.expand_dims(weights, -1, name=scope)
        supported = tf.concat([logits_shape[:-1], [1]], axis=0)
        if allow_per_logit_weights:
            one_each = tf.reduce_all(tf.equal(logits_shape, weights_shape))
            condition = tf.reduce_any([one_each, tf.reduce_all(tf.equal(supported, weights_shape))])
            assert_dimension = tf.Assert(condition=condition, data=[message, *data])
        else:
            assert_dimension = tf.assert_equal(supported, weights_shape, message=message, data=data)
        with tf.control_dependencies([assert_dimension]):
            return tf.identity(weights, name=scope)


def _values(features: Any, weight_column: Any) -> Any:
    if isinstance(weight_column, str):
        weight_column = tf.feature_column.numeric_column(key=weight_column, shape=(1,))
    if not isinstance(weight_column, NumericColumn | _NumericColumn):
        raise TypeError(f"Weight column must be either a string or _NumericColumn. Given type: {type(weight_column)}.")
    weights = weight_column._get_dense_tensor(_LazyBuilder(features))
    if not (weights.dtype.is_floating or weights.dtype.is_integer):
        raise ValueError(f"Weight column should be castable to float. Given dtype: {weights.dtype}")
    return weights
