"""The functions between layers, as the backend has them."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.settings import floatx


@export("keras.backend.relu")
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


@export("keras.backend.elu")
def elu(x: Any, alpha: float = 1.0) -> Any:
    """Returns x above zero, and alpha * (exp(x) - 1) below."""
    result = tf.nn.elu(x)
    return result if alpha == 1 else tf.where(x > 0, result, alpha * result)


@export("keras.backend.softmax")
def softmax(x: Any, axis: int = -1) -> Any:
    """Returns the exponentials, divided by their sum along an axis."""
    return tf.nn.softmax(x, axis=axis)


@export("keras.backend.softplus")
def softplus(x: Any) -> Any:
    """Returns log(exp(x) + 1)."""
    return tf.nn.softplus(x)


@export("keras.backend.softsign")
def softsign(x: Any) -> Any:
    """Returns x / (abs(x) + 1)."""
    return tf.nn.softsign(x)


@export("keras.backend.sigmoid")
def sigmoid(x: Any) -> Any:
    """Returns 1 / (1 + exp(-x))."""
    return tf.nn.sigmoid(x)


@export("keras.backend.hard_sigmoid")
def hard_sigmoid(x: Any) -> Any:
    """Returns 0.2 * x + 0.5, within 0 and 1."""
    slope = tf.constant(0.2, x.dtype.base_dtype)
    middle = tf.constant(0.5, x.dtype.base_dtype)
    return tf.clip_by_value(tf.add(tf.multiply(x, slope), middle), 0.0, 1.0)


@export("keras.backend.tanh")
def tanh(x: Any) -> Any:
    """Returns the hyperbolic tangent."""
    return tf.nn.tanh(x)


@export("keras.backend.dropout")
def dropout(x: Any, level: float, noise_shape: Any = None, seed: int | None = None) -> Any:
    """Returns a tensor with elements set to zero by chance, and the others scaled up to keep the sum.

    Args:
      x: a tensor of floats.
      level: the share of elements to drop.
      noise_shape: the shape of the choice, which is spread over x.
      seed: the operation's seed; NumPy's global generator draws one when None.
    """
    if seed is None:
        seed = np.random.randint(10**7)  # noqa: NPY002  the draw that programs with np.random.seed get
    return tf.nn.dropout(x, rate=level, noise_shape=noise_shape, seed=seed)


@export("keras.backend.l2_normalize")
def l2_normalize(x: Any, axis: Any = None) -> Any:
    """Returns a tensor divided by its length along axes."""
    return tf.nn.l2_normalize(x, axis=axis)


@export("keras.backend.in_top_k")
def in_top_k(predictions: Any, targets: Any, k: int) -> Any:
    """Returns whether each target is among the k largest predictions of its row."""
    return tf.nn.in_top_k(predictions, targets, k)
