"""Arithmetic: reductions, functions of each element, comparisons."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.settings import floatx


def _numbers(x: Any) -> Any:
    """Returns a tensor of bools as floats."""
    return tf.cast(x, floatx()) if x.dtype.base_dtype == tf.bool else x


@export("keras.backend.max")
def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Returns the maximum along axes; of all elements for None."""
    return tf.reduce_max(x, axis, keepdims)


@export("keras.backend.min")
def min(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Returns the minimum along axes; of all elements for None."""
    return tf.reduce_min(x, axis, keepdims)


@export("keras.backend.sum")
def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Returns the sum along axes; of all elements for None."""
    return tf.reduce_sum(x, axis, keepdims)


@export("keras.backend.prod")
def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Returns the product along axes; of all elements for None."""
    return tf.reduce_prod(x, axis, keepdims)


@export("keras.backend.cumsum")
def cumsum(x: Any, axis: int = 0) -> Any:
    """Returns the running sum along an axis."""
    return tf.cumsum(x, axis=axis)


@export("keras.backend.cumprod")
def cumprod(x: Any, axis: int = 0) -> Any:
    """Returns the running product along an axis."""
    return tf.cumprod(x, axis=axis)


@export("keras.backend.var")
def var(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Returns the variance along axes; of all elements for None."""
    return tf.math.reduce_variance(_numbers(x), axis=axis, keepdims=keepdims)


@export("keras.backend.std")
def std(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Returns the standard deviation along axes; of all elements for None."""
    return tf.math.reduce_std(_numbers(x), axis=axis, keepdims=keepdims)


@export("keras.backend.mean")
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Returns the mean along axes; of all elements for None. Bools count as 0 and 1."""
    return tf.reduce_mean(_numbers(x), axis, keepdims)


@export("keras.backend.any")
def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Returns whether any element along axes is not zero."""
    return tf.reduce_any(tf.cast(x, tf.bool), axis, keepdims)


@export("keras.backend.all")
def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Returns whether all elements along axes are not zero."""
    return tf.reduce_all(tf.cast(x, tf.bool), axis, keepdims)


@export("keras.backend.argmax")
def argmax(x: Any, axis: int = -1) -> Any:
    """Returns the index of the largest element along an axis."""
    return tf.argmax(x, axis)


@export("keras.backend.argmin")
def argmin(x: Any, axis: int = -1) -> Any:
    """Returns the index of the smallest element along an axis."""
    return tf.argmin(x, axis)


@export("keras.backend.square")
def square(x: Any) -> Any:
    """Returns the square of each element."""
    return tf.square(x)


@export("keras.backend.abs")
def abs(x: Any) -> Any:
    """Returns the absolute value of each element."""
    return tf.abs(x)


@export("keras.backend.sqrt")
def sqrt(x: Any) -> Any:
    """Returns the square root of each element; zero of what is negative.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(sqrt(tf.constant([4.0, -1.0]))).tolist()
    [2.0, 0.0]
    """
    zero = tf.constant(0.0, x.dtype.base_dtype)
    infinity = tf.constant(np.inf, x.dtype.base_dtype)
    return tf.sqrt(tf.clip_by_value(x, zero, infinity))


@export("keras.backend.exp")
def exp(x: Any) -> Any:
    """Returns the exponential of each element."""
    return tf.exp(x)


@export("keras.backend.log")
def log(x: Any) -> Any:
    """Returns the natural logarithm of each element."""
    return tf.log(x)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Returns the logarithm of the sum of exponentials along axes."""
    return tf.reduce_logsumexp(x, axis, keepdims)


@export("keras.backend.round")
def round(x: Any) -> Any:
    """Returns each element rounded, halves to even numbers."""
    return tf.round(x)


@export("keras.backend.sign")
def sign(x: Any) -> Any:
    """Returns the sign of each element."""
    return tf.sign(x)


@export("keras.backend.pow")
def pow(x: Any, a: Any) -> Any:
    """Returns each element to a power."""
    return tf.pow(x, a)


@export("keras.backend.sin")
def sin(x: Any) -> Any:
    """Returns the sine of each element."""
    return tf.sin(x)


@export("keras.backend.cos")
def cos(x: Any) -> Any:
    """Returns the cosine of each element."""
    return tf.cos(x)


@export("keras.backend.clip")
def clip(x: Any, min_value: Any, max_value: Any) -> Any:
    """Returns each element brought within two bounds; None for an upper one is no bound."""
    if max_value is not None and max_value < min_value:
        max_value = min_value
    if max_value is None:
        max_value = np.inf
    lower = tf.constant(min_value, x.dtype.base_dtype)
    upper = tf.constant(max_value, x.dtype.base_dtype)
    return tf.clip_by_value(x, lower, upper)


@export("keras.backend.equal")
def equal(x: Any, y: Any) -> Any:
    """Returns where x == y."""
    return tf.equal(x, y)


@export("keras.backend.not_equal")
def not_equal(x: Any, y: Any) -> Any:
    """Returns where x != y."""
    return tf.not_equal(x, y)


@export("keras.backend.greater")
def greater(x: Any, y: Any) -> Any:
    """Returns where x > y."""
    return tf.greater(x, y)


@export("keras.backend.greater_equal")
def greater_equal(x: Any, y: Any) -> Any:
    """Returns where x >= y."""
    return tf.greater_equal(x, y)


@export("keras.backend.less")
def less(x: Any, y: Any) -> Any:
    """Returns where x < y."""
    return tf.less(x, y)


@export("keras.backend.less_equal")
def less_equal(x: Any, y: Any) -> Any:
    """Returns where x <= y."""
    return tf.less_equal(x, y)


@export("keras.backend.maximum")
def maximum(x: Any, y: Any) -> Any:
    """Returns the larger one of each two elements."""
    return tf.maximum(x, y)


@export("keras.backend.minimum")
def minimum(x: Any, y: Any) -> Any:
    """Returns the smaller one of each two elements."""
    return tf.minimum(x, y)
