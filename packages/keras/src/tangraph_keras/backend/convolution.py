"""Convolutions."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.config import checked_format
from tangraph_keras.backend.devices import has_nchw_support
from tangraph_keras.backend.shaping import temporal_padding

_TO_LAST = {3: (0, 2, 1), 4: (0, 2, 3, 1), 5: (0, 2, 3, 4, 1)}
_TO_FIRST = {3: (0, 2, 1), 4: (0, 3, 1, 2), 5: (0, 4, 1, 2, 3)}
_SPACE = {3: "W", 4: "HW", 5: "DHW"}


class Layout:
    """The place of channels that the program wants, and the one that operations get.

    Where operations cannot take channels before space (on the CPU), tensors are transposed before and after.

    Args:
      data_format: what the program said.
      rank: that of the tensors.
      transpose: whether to transpose in any case.
    """

    def __init__(self, data_format: str | None, rank: int, transpose: bool = False) -> None:
        self.first = checked_format(data_format) == "channels_first"
        self._rank = rank
        self.moved = self.first and (not has_nchw_support() or transpose)
        self.native_first = self.first and not self.moved
        self.name = f"NC{_SPACE[rank]}" if self.native_first else f"N{_SPACE[rank]}C"

    def enter(self, x: Any) -> Any:
        """Returns a tensor with its channels where operations take them."""
        return tf.transpose(x, _TO_LAST[self._rank]) if self.moved else x

    def leave(self, x: Any) -> Any:
        """Returns a tensor with its channels where the program wants them."""
        return tf.transpose(x, _TO_FIRST[self._rank]) if self.moved else x

    def widened(self, sizes: Any) -> tuple[Any, ...]:
        """Returns sizes of space as those of all axes: with ones for the batch and the channels."""
        return (1, 1, *sizes) if self.native_first else (1, *sizes, 1)


def padding_name(padding: str) -> str:
    """Returns what operations call a padding.

    Raises:
      ValueError: neither "same" nor "valid".
    """
    if padding not in {"same", "valid"}:
        raise ValueError(f"Invalid padding: {padding}")
    return padding.upper()


def _convolve(x: Any, kernel: Any, rank: int, strides: Any, padding: str, data_format: Any, rate: Any) -> Any:
    layout = Layout(data_format, rank)
    x = layout.enter(x)
    x = tf.nn.convolution(
        input=x,
        filter=kernel,
        dilation_rate=rate,
        strides=strides,
        padding=padding_name(padding),
        data_format=layout.name,
    )
    return layout.leave(x)


@export("keras.backend.conv1d")
def conv1d(
    x: Any,
    kernel: Any,
    strides: int = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int = 1,
) -> Any:
    """Returns a convolution of lines.

    Args:
      x: a tensor of rank 3.
      kernel: a tensor of rank 3: length, channels of the inputs, channels of the outputs.
      strides: the step.
      padding: "same", "valid" or "causal".
      data_format: "channels_last" or "channels_first"; the setting's when None.
      dilation_rate: the distance between the elements that the kernel sees.
    """
    checked_format(data_format)
    if padding == "causal":
        x = temporal_padding(x, (dilation_rate * (kernel.shape.as_list()[0] - 1), 0))
        padding = "valid"
    padding_name(padding)
    return _convolve(x, kernel, 3, strides, padding, data_format, dilation_rate)


@export("keras.backend.conv2d")
def conv2d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Returns a convolution of images; see `conv1d`.

    >>> with tf.Graph().as_default():
    ...     conv2d(tf.ones([1, 5, 5, 2]), tf.ones([3, 3, 2, 4]), padding="same").shape.as_list()
    [1, 5, 5, 4]
    """
    return _convolve(x, kernel, 4, strides, padding, data_format, dilation_rate)


@export("keras.backend.conv3d")
def conv3d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1, 1),
) -> Any:
    """Returns a convolution of volumes; see `conv1d`."""
    return _convolve(x, kernel, 5, strides, padding, data_format, dilation_rate)


@export("keras.backend.conv2d_transpose")
def conv2d_transpose(
    x: Any,
    kernel: Any,
    output_shape: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Returns the transpose of a convolution of images.

    Args:
      x: a tensor of rank 4.
      kernel: a tensor of rank 4: height, width, channels of the outputs, channels of the inputs.
      output_shape: the shape of the outputs, a tensor or numbers; None for the size of the batch is that of x.
      strides, padding, data_format, dilation_rate: see `conv2d`.
    """
    layout = Layout(data_format, 4, transpose=tuple(dilation_rate) != (1, 1))
    x = layout.enter(x)
    shape = _output_shape(x, output_shape, layout)
    if isinstance(shape, list | tuple):
        shape = tf.stack(list(shape))
    padding = padding_name(padding)
    if tuple(dilation_rate) == (1, 1):
        x = tf.nn.conv2d_transpose(x, kernel, shape, layout.widened(strides), padding=padding, data_format=layout.name)
    else:
        if dilation_rate[0] != dilation_rate[1]:
            raise AssertionError(f"Both dilation rates must be equal. Received: {dilation_rate}")
        x = tf.nn.atrous_conv2d_transpose(x, kernel, shape, rate=dilation_rate[0], padding=padding)
    return layout.leave(x)


def _output_shape(x: Any, shape: Any, layout: Layout) -> Any:
    if layout.moved:
        shape = (shape[0], *(shape[2 + i] for i in range(len(x.shape) - 2)), shape[1])
    if shape[0] is None:
        shape = (tf.shape(x)[0], *shape[1:])
    return shape


def conv3d_transpose(
    x: Any,
    kernel: Any,
    output_shape: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Returns the transpose of a convolution of volumes; see `conv2d_transpose`."""
    layout_first = checked_format(data_format)
    if isinstance(output_shape, list | tuple):
        output_shape = tf.stack(output_shape)
    layout = Layout(layout_first, 5)
    x = layout.enter(x)
    shape = _output_shape(x, output_shape, layout)
    x = tf.nn.conv3d_transpose(
        x, kernel, shape, layout.widened(strides), padding=padding_name(padding), data_format=layout.name
    )
    return layout.leave(x)


def separable_conv1d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Returns a separable convolution of lines; see `separable_conv2d`."""
    layout = Layout(data_format, 3)
    strides = (strides,) if isinstance(strides, int) else tuple(strides)
    rates = (dilation_rate,) if isinstance(dilation_rate, int) else tuple(dilation_rate)
    x = layout.enter(x)
    padding = padding_name(padding)
    axis = 2 if layout.native_first else 1
    x = tf.expand_dims(x, axis)
    depthwise_kernel = tf.expand_dims(depthwise_kernel, 0)
    pointwise_kernel = tf.expand_dims(pointwise_kernel, 0)
    x = tf.nn.separable_conv2d(
        x,
        depthwise_kernel,
        pointwise_kernel,
        strides=layout.widened(strides * 2),
        padding=padding,
        rate=(1, *rates),
        data_format=layout.name,
    )
    return layout.leave(tf.squeeze(x, [axis]))


@export("keras.backend.separable_conv2d")
def separable_conv2d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Returns a convolution of images, of each channel by itself and then of all channels at each place.

    Args:
      x: a tensor of rank 4.
      depthwise_kernel: the kernel of each channel: height, width, channels, multiplier.
      pointwise_kernel: the kernel of the second one: 1, 1, channels times multiplier, channels of the outputs.
      strides, padding, data_format, dilation_rate: see `conv2d`.
    """
    checked_format(data_format)
    if len(strides) != 2:
        raise ValueError("`strides` must be a tuple of 2 integers.")
    layout = Layout(data_format, 4)
    x = layout.enter(x)
    x = tf.nn.separable_conv2d(
        x,
        depthwise_kernel,
        pointwise_kernel,
        strides=layout.widened(strides),
        padding=padding_name(padding),
        rate=dilation_rate,
        data_format=layout.name,
    )
    return layout.leave(x)


def depthwise_conv2d(
    x: Any,
    depthwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Returns a convolution of each channel of images by itself; see `separable_conv2d`."""
    layout = Layout(data_format, 4)
    x = layout.enter(x)
    x = tf.nn.depthwise_conv2d(
        x,
        depthwise_kernel,
        strides=layout.widened(strides),
        padding=padding_name(padding),
        rate=dilation_rate,
        data_format=layout.name,
    )
    return layout.leave(x)
