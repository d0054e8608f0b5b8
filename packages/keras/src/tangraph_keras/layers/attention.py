"""Attention by dot products, and by sums."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.settings import floatx


class BaseDenseAttention(Layer):
    """Means of values, weighted by how well keys fit queries.

    It is called on [query, value] or [query, value, key], tensors of (batch, steps, features), with a mask of
    [query mask, value mask].

    Args:
      causal: whether a query sees the values up to its own step only.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, causal: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.causal = causal
        self.supports_masking = True

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        raise NotImplementedError

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the weighted means, one for each query.

        Raises:
          ValueError: inputs or masks that are no such lists.
        """
        self._validate(inputs, mask)
        query, value = inputs[0], inputs[1]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = mask or (None, None)
        scores = self._calculate_scores(query=query, key=key)
        if value_mask is not None:
            value_mask = tf.expand_dims(value_mask, axis=-2)
        seen = _merged(value_mask, _causal_mask(scores) if self.causal else None)
        if seen is not None:
            hidden = tf.logical_not(seen)
            scores -= 1e9 * tf.cast(hidden, dtype=floatx())
        result = tf.matmul(tf.nn.softmax(scores), value)
        if query_mask is not None:
            query_mask = tf.expand_dims(query_mask, axis=-1)
            result *= tf.cast(query_mask, dtype=result.dtype)
        return result

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the mask of the queries."""
        self._validate(inputs, mask)
        return tf.convert_to_tensor(mask[0]) if mask and mask[0] is not None else None

    def _validate(self, inputs: Any, mask: Any) -> None:
        name = type(self).__name__
        if not isinstance(inputs, list):
            raise ValueError(
                f"{name} layer must be called on a list of inputs, namely [query, value] or [query, value, key]."
            )
        if len(inputs) < 2 or len(inputs) > 3:
            raise ValueError(
                f"{name} layer accepts inputs list of length 2 or 3, namely [query, value] or [query, value, key]. "
                f"Given length: {len(inputs)}"
            )
        if not mask:
            return
        if not isinstance(mask, list):
            raise ValueError(f"{name} layer mask must be a list, namely [query_mask, value_mask].")
        if len(mask) != 2:
            raise ValueError(
                f"{name} layer mask must be a list of length 2, namely [query_mask, value_mask]. Given length: "
                f"{len(mask)}"
            )

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "causal": self.causal}


@export("keras.layers.Attention")
class Attention(BaseDenseAttention):
    """Attention by dot products (Luong et al., arXiv:1508.04025).

    Args:
      use_scale: whether the products are multiplied by a number that is trained.
      **kwargs: `causal`, whether a query sees the values up to its own step only; see `tf.keras.layers.Layer`.

    >>> with tf.Graph().as_default():
    ...     Attention()([tf.ones([1, 2, 4]), tf.ones([1, 3, 4])]).shape.as_list()
    [1, 2, 4]
    """

    def __init__(self, use_scale: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale
        self.scale: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes the number, if there is one."""
        if self.use_scale:
            ones = tf.ones_initializer()
            self.scale = self.add_weight("scale", shape=(), initializer=ones, dtype=self.dtype, trainable=True)
        super().build(input_shape)

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        scores = tf.matmul(query, key, transpose_b=True)
        return scores if self.scale is None else scores * self.scale

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "use_scale": self.use_scale}


@export("keras.layers.AdditiveAttention")
class AdditiveAttention(BaseDenseAttention):
    """Attention by the tangents of sums (Bahdanau et al., arXiv:1409.0473).

    Args:
      use_scale: whether the features are weighted by numbers that are trained.
      **kwargs: `causal`, whether a query sees the values up to its own step only; see `tf.keras.layers.Layer`.
    """

    def __init__(self, use_scale: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale
        self.scale: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes the weights of the features, if there are any."""
        if self.use_scale:
            features = tf.TensorShape(input_shape[1])[-1].value
            glorot = tf.glorot_uniform_initializer()
            self.scale = self.add_weight(
                "scale", shape=[features], initializer=glorot, dtype=self.dtype, trainable=True
            )
        super().build(input_shape)

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        queries, keys = tf.expand_dims(query, axis=-2), tf.expand_dims(key, axis=-3)
        scale = self.scale if self.use_scale else 1.0
        return tf.reduce_sum(scale * tf.tanh(queries + keys), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "use_scale": self.use_scale}


def _causal_mask(scores: Any) -> Any:
    shape = tf.shape(scores)
    shape = tf.concat([tf.ones_like(shape[:-2]), shape[-2:]], axis=0)
    rows = tf.cumsum(tf.ones(shape=shape, dtype=tf.int32), axis=-2)
    columns = tf.cumsum(tf.ones(shape=shape, dtype=tf.int32), axis=-1)
    return tf.greater_equal(rows, columns)


def _merged(x: Any, y: Any) -> Any:
    if x is None or y is None:
        return y if x is None else x
    return tf.logical_and(x, y)
