"""Convolutions of each channel by itself, and the separable convolutions that are made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.nn.windows import attrs_of, check_length, like_sizes, placed, space_axes, windowed_size

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()

_NAMES = ("dilations", "strides", "padding", "data_format")


def _depthwise_shape(c: ShapeContext) -> Raw:
    x, filters = c.with_rank(0, 4), c.with_rank(1, 4)
    strides = check_length(c, "DepthwiseConv2D", "stride", "strides", 4)
    dilations = check_length(c, "DepthwiseConv2D", "dilation", "dilations", 4)
    channel_axis, space = space_axes(c.attr("data_format"), 4)
    depth, multiplier = raw_shape.merge_dim(x[channel_axis], filters[2]), filters[3]
    sizes = {channel_axis: None if depth is None or multiplier is None else depth * multiplier}
    for axis, window in zip(space, filters[:2], strict=True):
        sizes[axis] = windowed_size(x[axis], window, strides[axis], c.attr("padding"), dilations[axis])
    return placed(x, sizes)


_ATTRS = [
    "T: {half, bfloat16, float, double}",
    "strides: list(int)",
    "padding: {'SAME', 'VALID'}",
    "data_format: {'NHWC', 'NCHW'} = 'NHWC'",
    "dilations: list(int) = [1, 1, 1, 1]",
]
NATIVE = ops.define("DepthwiseConv2dNative", ["input: T", "filter: T"], ["output: T"], _ATTRS, shape=_depthwise_shape)
BACKPROP_INPUT = ops.define(
    "DepthwiseConv2dNativeBackpropInput",
    ["input_sizes: int32", "filter: T", "out_backprop: T"],
    ["output: T"],
    _ATTRS,
    shape=like_sizes(4),
    host_inputs=(0,),
)
BACKPROP_FILTER = ops.define(
    "DepthwiseConv2dNativeBackpropFilter",
    ["input: T", "filter_sizes: int32", "out_backprop: T"],
    ["output: T"],
    _ATTRS,
    shape=like_sizes(4, 1),
    host_inputs=(1,),
)


@ops.gradient("DepthwiseConv2dNative")
def _native_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    from tangraph.ops.array.shape import shape

    attrs = attrs_of(op, _NAMES)
    x, filters = op.inputs
    return [
        make_op(BACKPROP_INPUT, shape(x), filters, grad, **attrs),
        make_op(BACKPROP_FILTER, x, shape(filters), grad, **attrs),
    ]


@ops.gradient("DepthwiseConv2dNativeBackpropInput")
def _backprop_input_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.shape import shape

    attrs = attrs_of(op, _NAMES)
    _, filters, out = op.inputs
    return [
        None,
        make_op(BACKPROP_FILTER, grad, shape(filters), out, **attrs),
        make_op(NATIVE, grad, filters, **attrs),
    ]


@ops.gradient("DepthwiseConv2dNativeBackpropFilter")
def _backprop_filter_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.shape import shape

    attrs = attrs_of(op, _NAMES)
    x, _, out = op.inputs
    return [
        make_op(BACKPROP_INPUT, shape(x), grad, out, **attrs),
        None,
        make_op(NATIVE, x, grad, **attrs),
    ]


@export("nn.depthwise_conv2d_native")
def depthwise_conv2d_native(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """Convolves each channel with filters of its own.

    Args:
      input: [batch, height, width, channels], or the NCHW form.
      filter: [filter_height, filter_width, channels, multiplier]: so many filters a channel.
      strides: four numbers, equal for height and width.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      dilations: four numbers.
      name: the operation's name.

    Returns:
      [batch, out_height, out_width, channels * multiplier], or the NCHW form.
    """
    result: Tensor = make_op(
        NATIVE,
        input,
        filter,
        strides=strides,
        padding=padding,
        data_format="NHWC" if data_format is None else data_format,
        dilations=dilations,
        name=name,
    )
    return result


@export("nn.depthwise_conv2d_native_backprop_input", "nn.depthwise_conv2d_backprop_input")
def depthwise_conv2d_native_backprop_input(
    input_sizes: Any,
    filter: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """Returns the gradient of `depthwise_conv2d_native` with respect to its images, whose shape is `input_sizes`."""
    result: Tensor = make_op(
        BACKPROP_INPUT,
        input_sizes,
        filter,
        out_backprop,
        strides=strides,
        padding=padding,
        data_format="NHWC" if data_format is None else data_format,
        dilations=dilations,
        name=name,
    )
    return result


@export("nn.depthwise_conv2d_native_backprop_filter", "nn.depthwise_conv2d_backprop_filter")
def depthwise_conv2d_native_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """Returns the gradient of `depthwise_conv2d_native` with respect to its filters, whose shape is `filter_sizes`."""
    result: Tensor = make_op(
        BACKPROP_FILTER,
        input,
        filter_sizes,
        out_backprop,
        strides=strides,
        padding=padding,
        data_format="NHWC" if data_format is None else data_format,
        dilations=dilations,
        name=name,
    )
    return result


@export("nn.depthwise_conv2d")
def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Convolves each channel with filters of its own, whose elements may be `rate` pixels apart.

    Args:
      input: [batch, height, width, channels], or the NCHW form.
      filter: [filter_height, filter_width, channels, multiplier].
      strides: four numbers, equal for height and width.
      padding: "SAME" or "VALID".
      rate: two numbers, for height and width; ones when None.
      name: the operation's name.
      data_format: "NHWC" (default) or "NCHW".
      dilations: the newer name of `rate`.

    Returns:
      [batch, out_height, out_width, channels * multiplier], or the NCHW form.
    """
    from tangraph.ops.array.shape import shape
    from tangraph.ops.nn.convolution import with_space_to_batch

    rate = deprecated_argument_lookup("dilations", dilations, "rate", rate)
    with name_scope(name, "depthwise", [input, filter]) as scope:
        input = convert_to_tensor(input, name="tensor_in")
        filters = convert_to_tensor(filter, name="filter_in")

        def convolve(x: Tensor, _: int, inner_padding: str) -> Tensor:
            return depthwise_conv2d_native(x, filters, strides, inner_padding, data_format, name=scope)

        result: Tensor = with_space_to_batch(
            input,
            [1, 1] if rate is None else rate,
            padding,
            convolve,
            filter_shape=shape(filters),
            data_format=data_format,
        )
        return result


@export("nn.separable_conv2d")
def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Convolves each channel by itself, then mixes the channels of each pixel (L. Sifre, 2014).

    Args:
      input: [batch, height, width, channels], or the NCHW form.
      depthwise_filter: [filter_height, filter_width, channels, multiplier].
      pointwise_filter: [1, 1, channels * multiplier, out_channels].
      strides: four numbers, equal for height and width.
      padding: "SAME" or "VALID".
      rate: two numbers: the distance of neighbouring elements of a depthwise filter; ones when None.
      name: the operation's name.
      data_format: "NHWC" (default) or "NCHW".
      dilations: the newer name of `rate`.

    Raises:
      ValueError: the pointwise filters are larger than one pixel.
    """
    from tangraph.ops.array.shape import shape
    from tangraph.ops.nn.conv2d import conv2d
    from tangraph.ops.nn.convolution import with_space_to_batch

    rate = deprecated_argument_lookup("dilations", dilations, "rate", rate)
    with name_scope(name, "separable_conv2d", [input, depthwise_filter, pointwise_filter]) as scope:
        input = convert_to_tensor(input, name="tensor_in")
        filters = convert_to_tensor(depthwise_filter, name="depthwise_filter")
        pointwise = convert_to_tensor(pointwise_filter, name="pointwise_filter")
        window = pointwise.shape.with_rank(4)
        window[0].assert_is_compatible_with(1)
        window[1].assert_is_compatible_with(1)

        def convolve(x: Tensor, _: int, inner_padding: str) -> Tensor:
            return depthwise_conv2d_native(x, filters, strides, inner_padding, data_format, name="depthwise")

        depthwise = with_space_to_batch(
            input,
            [1, 1] if rate is None else rate,
            padding,
            convolve,
            filter_shape=shape(filters),
            data_format=data_format,
        )
        return conv2d(depthwise, pointwise, [1, 1, 1, 1], "VALID", data_format=data_format, name=scope)
