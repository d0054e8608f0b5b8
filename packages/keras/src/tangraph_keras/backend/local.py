"""Convolutions whose kernel is another one at each place."""

from __future__ import annotations

import itertools
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.config import checked_format
from tangraph_keras.backend.products import batch_dot
from tangraph_keras.backend.shaping import concatenate
from tangraph_keras.backend.tensors import int_shape


def local_conv(
    inputs: Any, kernel: Any, kernel_size: Any, strides: Any, output_shape: Any, data_format: str | None = None
) -> Any:
    """Returns a convolution with a kernel for each place.

    Args:
      inputs: a tensor of the batch, space and channels.
      kernel: a tensor of rank 3: places, what a window holds, channels of the outputs.
      kernel_size: the sizes of the windows.
      strides: the steps.
      output_shape: the sizes of space of the outputs.
      data_format: "channels_last" or "channels_first"; the setting's when None.
    """
    first = checked_format(data_format) == "channels_first"
    shape = int_shape(kernel)
    rank = len(output_shape)
    windows = []
    for position in itertools.product(*(range(int(size)) for size in output_shape)):
        space = [
            slice(at * step, at * step + size) for at, step, size in zip(position, strides, kernel_size, strict=False)
        ]
        everything = slice(None)
        chosen = [everything, everything, *space] if first else [everything, *space, everything]
        windows.append(tf.reshape(inputs[chosen], (1, -1, shape[1])))
    outputs = batch_dot(concatenate(windows, axis=0), kernel)
    outputs = tf.reshape(outputs, (*output_shape, -1, shape[-1]))
    axes = list(range(rank))
    return tf.transpose(outputs, perm=[rank, rank + 1, *axes] if first else [rank, *axes, rank + 1])


@export("keras.backend.local_conv1d")
def local_conv1d(inputs: Any, kernel: Any, kernel_size: Any, strides: Any, data_format: str | None = None) -> Any:
    """Returns a convolution of lines with a kernel for each place; see `local_conv2d`."""
    return local_conv(inputs, kernel, kernel_size, strides, (kernel.shape[0],), data_format)


@export("keras.backend.local_conv2d")
def local_conv2d(
    inputs: Any, kernel: Any, kernel_size: Any, strides: Any, output_shape: Any, data_format: str | None = None
) -> Any:
    """Returns a convolution of images with a kernel for each place.

    Args:
      inputs: a tensor of rank 4.
      kernel: a tensor of rank 3: places, what a window holds, channels of the outputs.
      kernel_size: height and width of the windows.
      strides: the steps.
      output_shape: rows and columns of the outputs.
      data_format: "channels_last" or "channels_first"; the setting's when None.
    """
    return local_conv(inputs, kernel, kernel_size, strides, output_shape, data_format)
