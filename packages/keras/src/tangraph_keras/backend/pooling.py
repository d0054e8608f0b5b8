"""Pooling, and biases of channels."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.config import checked_format
from tangraph_keras.backend.convolution import Layout, padding_name
from tangraph_keras.backend.devices import has_nchw_support
from tangraph_keras.backend.tensors import int_shape, ndim


@export("keras.backend.pool2d")
def pool2d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:
    """Returns the maxima or means of windows of images.

    Args:
      x: a tensor of rank 4.
      pool_size: height and width of the windows.
      strides: the steps.
      padding: "same" or "valid".
      data_format: "channels_last" or "channels_first"; the setting's when None.
      pool_mode: "max" or "avg".

    Raises:
      ValueError: sizes that are no pairs, an unknown word.

    >>> with tf.Graph().as_default():
    ...     pool2d(tf.ones([1, 4, 4, 3]), (2, 2), strides=(2, 2)).shape.as_list()
    [1, 2, 2, 3]
    """
    checked_format(data_format)
    if len(pool_size) != 2:
        raise ValueError("`pool_size` must be a tuple of 2 integers.")
    if len(strides) != 2:
        raise ValueError("`strides` must be a tuple of 2 integers.")
    functions = {"max": tf.nn.max_pool, "avg": tf.nn.avg_pool}
    return _pool(x, 4, functions, pool_mode, pool_size, strides, padding, data_format)


@export("keras.backend.pool3d")
def pool3d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:
    """Returns the maxima or means of windows of volumes; see `pool2d`."""
    functions = {"max": tf.nn.max_pool3d, "avg": tf.nn.avg_pool3d}
    return _pool(x, 5, functions, pool_mode, pool_size, strides, padding, data_format)


def _pool(
    x: Any, rank: int, functions: Any, mode: str, size: Any, strides: Any, padding: str, data_format: str | None
) -> Any:
    layout = Layout(data_format, rank)
    x = layout.enter(x)
    padding = padding_name(padding)
    if mode not in functions:
        raise ValueError(f"Invalid pooling mode: {mode}")
    x = functions[mode](x, layout.widened(size), layout.widened(strides), padding=padding, data_format=layout.name)
    return layout.leave(x)


@export("keras.backend.bias_add")
def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Any:
    """Returns a tensor with a bias added.

    Args:
      x: a tensor.
      bias: a vector, one element for each channel; or a tensor of the shape of an element of x, channels last.
      data_format: "channels_last" or "channels_first"; the setting's when None.

    Raises:
      ValueError: a bias of another rank, an unknown format.
    """
    data_format = checked_format(data_format)
    shape, rank = int_shape(bias), ndim(x) or 0
    if len(shape) not in {1, rank - 1}:
        raise ValueError(f"Unexpected bias dimensions {len(shape)}, expect to be 1 or {rank} dimensions")
    if rank not in {3, 4, 5}:
        return tf.nn.bias_add(x, bias)
    first = data_format == "channels_first"
    if rank == 4 and len(shape) == 1:
        if not first:
            return tf.nn.bias_add(x, bias, data_format="NHWC")
        if has_nchw_support():
            return tf.nn.bias_add(x, bias, data_format="NCHW")
    return x + tf.reshape(bias, _bias_shape(shape, rank, first))


def _bias_shape(shape: Any, rank: int, first: bool) -> tuple[Any, ...]:
    if len(shape) > 1:
        return (1, shape[-1], *shape[:-1]) if first else (1, *shape)
    if first:
        return (1, shape[0], *(1,) * (rank - 2))
    # Of rank 5, TensorFlow leaves one of the ones out; broadcasting fills it in.
    return (*(1,) * min(rank - 1, 3), shape[0])
