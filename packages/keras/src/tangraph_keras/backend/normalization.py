"""Batch normalization, as the backend has it."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.devices import has_nchw_support
from tangraph_keras.backend.tensors import ndim


@export("keras.backend.normalize_batch_in_training")
def normalize_batch_in_training(
    x: Any, gamma: Any, beta: Any, reduction_axes: Any, epsilon: float = 1e-3
) -> tuple[Any, Any, Any]:
    """Returns a batch normalized by its own mean and variance, and those two.

    Args:
      x: a tensor.
      gamma: what to multiply the normalized values by; None for ones.
      beta: what to add to them; None for zeros.
      reduction_axes: the axes along which mean and variance are taken.
      epsilon: what to add to the variance.
    """
    axes = list(reduction_axes)
    rank = ndim(x) or 0
    if rank == 4 and axes == [0, 2, 3] and not has_nchw_support():
        return _broadcast(x, gamma, beta, axes, epsilon)
    if rank == 4 and axes in ([0, 1, 2], [0, 2, 3]):
        return _fused(x, gamma, beta, axes, epsilon)
    if sorted(axes) == list(range(rank))[:-1]:
        mean, variance = tf.nn.moments(x, axes, None, None, False)
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, epsilon), mean, variance
    return _broadcast(x, gamma, beta, axes, epsilon)


def _broadcast(x: Any, gamma: Any, beta: Any, axes: list[int], epsilon: float) -> tuple[Any, Any, Any]:
    mean, variance = tf.nn.moments(x, axes, None, None, False)
    shape = tf.stack([1 if axis in axes else tf.shape(x)[axis] for axis in range(ndim(x) or 0)])
    wide = [tf.reshape(v, shape) for v in (mean, variance)]
    scale = None if gamma is None else tf.reshape(gamma, shape)
    offset = None if beta is None else tf.reshape(beta, shape)
    return tf.nn.batch_normalization(x, *wide, offset, scale, epsilon), mean, variance


def _fused(x: Any, gamma: Any, beta: Any, axes: list[int], epsilon: float) -> tuple[Any, Any, Any]:
    axis, layout = (3, "NHWC") if axes == [0, 1, 2] else (1, "NCHW")
    if gamma is None:
        gamma = tf.constant(1.0, dtype=x.dtype, shape=[x.shape[axis]])
    if beta is None:
        beta = tf.constant(0.0, dtype=x.dtype, shape=[x.shape[axis]])
    normed, mean, variance = tf.nn.fused_batch_norm(x, gamma, beta, epsilon=epsilon, data_format=layout)
    return normed, mean, variance


@export("keras.backend.batch_normalization")
def batch_normalization(
    x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3
) -> Any:
    """Returns a tensor normalized by a given mean and variance.

    Args:
      x: a tensor.
      mean, var: the mean and the variance of each channel.
      beta: what to add; None for zeros.
      gamma: what to multiply by; None for ones.
      axis: that of the channels.
      epsilon: what to add to the variance.
    """
    if ndim(x) != 4:
        return tf.nn.batch_normalization(x, mean, var, beta, gamma, epsilon)
    layout = {1: "NCHW", -3: "NCHW", 3: "NHWC", -1: "NHWC"}.get(axis)
    if layout == "NHWC" or (layout == "NCHW" and has_nchw_support()):
        mean, var = _vector(mean), _vector(var)
        beta = tf.zeros_like(mean) if beta is None else _vector(beta)
        gamma = tf.ones_like(mean) if gamma is None else _vector(gamma)
    outputs, _, _ = tf.nn.fused_batch_norm(
        x, gamma, beta, epsilon=epsilon, mean=mean, variance=var, data_format=layout, is_training=False
    )
    return outputs


def _vector(x: Any) -> Any:
    return tf.reshape(x, [-1]) if (ndim(x) or 0) > 1 else x
