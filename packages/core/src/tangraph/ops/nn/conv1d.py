"""Convolutions of sequences, which are convolutions of images that are one row high."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.ops.nn.conv2d import CONV2D, CONV2D_BACKPROP_INPUT
from tangraph.ops.nn.windows import sequence

if TYPE_CHECKING:
    from collections.abc import Collection

_CHANNELS_LAST = (None, "NWC", "NHWC")
_CHANNELS_FIRST = ("NCW", "NCHW")


def _layout(data_format: str | None, last: Collection[str | None], first: Collection[str]) -> tuple[str, int, int]:
    """Returns the layout of the images, the axis of their one row, and the axis of the channels of the sequence."""
    if data_format in last:
        return "NHWC", 1, 2
    if data_format in first:
        return "NCHW", 2, 1
    raise ValueError('data_format must be "NWC" or "NCW".')


@export("nn.conv1d")
def conv1d(
    value: Any = None,
    filters: Any = None,
    stride: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool | None = None,
    data_format: str | None = None,
    name: str | None = None,
    input: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Convolves sequences with filters.

    Args:
      value: [batch, width, channels], or [batch, channels, width] for "NCW".
      filters: [filter_width, channels, out_channels], of the same type.
      stride: the step of the window.
      padding: "SAME" or "VALID".
      use_cudnn_on_gpu: kept in the graph; it changes nothing.
      data_format: "NWC" (default) or "NCW".
      name: the operation's name.
      input: the newer name of `value`.
      dilations: the distance of neighbouring elements of the window.

    Returns:
      [batch, out_width, out_channels], or the NCW form.

    Raises:
      ValueError: the layout is unknown, or the shapes do not fit.
    """
    from tangraph.ops.array.reshape import expand_dims, squeeze

    value = deprecated_argument_lookup("input", input, "value", value)
    with name_scope(name, "conv1d", [value, filters]) as scope:
        layout, row, channel_axis = _layout(data_format, _CHANNELS_LAST, _CHANNELS_FIRST)
        strides = [1, *sequence(stride, 1, channel_axis, "stride")]
        rates = [1, *sequence(dilations, 1, channel_axis, "dilations")]
        image = expand_dims(value, row)
        result = make_op(
            CONV2D,
            image,
            expand_dims(filters, 0),
            strides=strides,
            padding=padding,
            use_cudnn_on_gpu=True if use_cudnn_on_gpu is None else use_cudnn_on_gpu,
            data_format=layout,
            dilations=rates,
            name=scope,
        )
        return squeeze(result, [row])


@export("nn.conv1d_transpose")
def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `tf.nn.conv1d`: what goes from its outputs back to sequences of the size of its inputs.

    Args:
      input: [batch, width, channels], or [batch, channels, width] for "NCW".
      filters: [filter_width, out_channels, channels].
      output_shape: the shape of the result, three numbers or an int32 vector.
      strides: the step of the window.
      padding: "SAME" or "VALID".
      data_format: "NWC" or "NCW".
      dilations: the distance of neighbouring elements of the window.
      name: the operation's name.
    """
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.reshape import expand_dims, squeeze

    with name_scope(name, "conv1d_transpose", [input, filters, output_shape]) as scope:
        layout, row, channel_axis = _layout(data_format, (None, "NWC"), ("NCW",))
        steps = [1, *sequence(strides, 1, channel_axis, "stride")]
        rates = [1, *sequence(dilations, 1, channel_axis, "dilations")]
        image = expand_dims(input, row)
        kernels = expand_dims(filters, 0)
        sizes: Any = output_shape if isinstance(output_shape, Tensor) else list(output_shape)
        result = make_op(
            CONV2D_BACKPROP_INPUT,
            concat([sizes[:row], [1], sizes[row:]], 0),
            kernels,
            image,
            strides=steps,
            padding=padding,
            data_format=layout,
            dilations=rates,
            name=scope,
        )
        return squeeze(result, row)
