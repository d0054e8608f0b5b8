"""Activations: the functions between layers, which `tf.layers` and `tf.keras` know by their names."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.settings import floatx


@export("keras.activations.relu", "keras.backend.relu")
def relu(x: Any, alpha: float = 0.0, max_value: Any = None, threshold: float = 0) -> Any:
    """Returns x above the threshold, and alpha * (x - threshold) below it.

    Args:
      x: a tensor.
      alpha: the slope below the threshold.
      max_value: the largest value to return; None for no bound.
      threshold: where the slope changes.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(relu(tf.constant([-1.0, 2.0, 9.0]), max_value=6)).tolist()
    [0.0, 2.0, 6.0]
    """
    negative = None
    if alpha != 0.0:
        if max_value is None and threshold == 0:
            return tf.nn.leaky_relu(x, alpha=alpha)
        negative = tf.nn.relu(-x + threshold) if threshold != 0 else tf.nn.relu(-x)
    bounded = max_value is not None
    if threshold != 0:
        x = x * tf.cast(tf.greater(x, threshold), floatx())
    elif max_value == 6:
        x, bounded = tf.nn.relu6(x), False
    else:
        x = tf.nn.relu(x)
    if bounded:
        upper = tf.constant(max_value, x.dtype.base_dtype)
        x = tf.clip_by_value(x, tf.constant(0.0, x.dtype.base_dtype), upper)
    if negative is not None:
        x -= tf.convert_to_tensor(alpha, dtype=x.dtype.base_dtype) * negative
    return x


@export("keras.activations.elu", "keras.backend.elu")
def elu(x: Any, alpha: float = 1.0) -> Any:
    """Returns x above zero, and alpha * (exp(x) - 1) below."""
    result = tf.nn.elu(x)
    return result if alpha == 1 else tf.where(x > 0, result, alpha * result)


@export("keras.activations.selu")
def selu(x: Any) -> Any:
    """Returns `elu` with the slopes that keep mean and variance (Klambauer et al., arXiv:1706.02515)."""
    return 1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717)


@export("keras.activations.softmax")
def softmax(x: Any, axis: int = -1) -> Any:
    """Returns the exponentials, divided by their sum along an axis.

    Args:
      x: a tensor of rank 2 or more.
      axis: the axis; of a matrix always the last one.

    Raises:
      ValueError: a tensor of rank 1.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(softmax(tf.constant([[1.0, 1.0]]))).tolist()
    [[0.5, 0.5]]
    """
    rank = x.shape.ndims
    if rank == 2:
        return tf.nn.softmax(x)
    if rank > 2:
        exponentials = tf.exp(x - tf.reduce_max(x, axis=axis, keepdims=True))
        return exponentials / tf.reduce_sum(exponentials, axis=axis, keepdims=True)
    raise ValueError(f"Cannot apply softmax to a tensor that is 1D. Received input: {x}")


@export("keras.activations.softplus")
def softplus(x: Any) -> Any:
    """Returns log(exp(x) + 1)."""
    return tf.nn.softplus(x)


@export("keras.activations.softsign")
def softsign(x: Any) -> Any:
    """Returns x / (abs(x) + 1)."""
    return tf.nn.softsign(x)


@export("keras.activations.tanh")
def tanh(x: Any) -> Any:
    """Returns the hyperbolic tangent."""
    return tf.nn.tanh(x)


@export("keras.activations.sigmoid")
def sigmoid(x: Any) -> Any:
    """Returns 1 / (1 + exp(-x))."""
    return tf.nn.sigmoid(x)


@export("keras.activations.exponential")
def exponential(x: Any) -> Any:
    """Returns exp(x)."""
    return tf.exp(x)


@export("keras.activations.hard_sigmoid", "keras.backend.hard_sigmoid")
def hard_sigmoid(x: Any) -> Any:
    """Returns 0.2 * x + 0.5, within 0 and 1."""
    slope = tf.constant(0.2, x.dtype.base_dtype)
    middle = tf.constant(0.5, x.dtype.base_dtype)
    return tf.clip_by_value(tf.add(tf.multiply(x, slope), middle), 0.0, 1.0)


@export("keras.activations.linear")
def linear(x: Any) -> Any:
    """Returns x."""
    return x


FUNCTIONS = {
    function.__name__: function
    for function in (elu, exponential, hard_sigmoid, linear, relu, selu, sigmoid, softmax, softplus, softsign, tanh)
}
