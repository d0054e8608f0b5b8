"""Convolutions of images: conv2d, its two gradients as ops of their own, and its transpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.ops.nn.windows import (
    attrs_of,
    check_depth,
    check_length,
    like_sizes,
    placed,
    sequence,
    space_axes,
    windowed_size,
)

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()

ATTRS = ("dilations", "strides", "padding", "explicit_paddings", "use_cudnn_on_gpu", "data_format")


def _conv2d_shape(c: ShapeContext) -> Raw:
    channel_axis, space = space_axes(c.attr("data_format"), 4)
    x, filters = c.with_rank(0, 4), c.with_rank(1, 4)
    dilations = check_length(c, "Conv2D", "dilation", "dilations", 4)
    layout = c.attr("data_format")
    strides = c.attr("strides")
    if len(strides) != 4:
        raise ValueError(
            f"Conv2D on data format {layout} requires the stride attribute to contain 4 values, but got: {len(strides)}"
        )
    check_depth(x[channel_axis], filters[2])
    padding, pads = c.attr("padding"), _pads(c, channel_axis)
    sizes = {channel_axis: filters[3]}
    for axis, window in zip(space, filters[:2], strict=True):
        sizes[axis] = windowed_size(x[axis], window, strides[axis], padding, dilations[axis], pads[axis])
    return placed(x, sizes)


def _pads(c: ShapeContext, channel_axis: int) -> list[tuple[int, int]]:
    flat: list[int] = c.attr("explicit_paddings")
    if c.attr("padding") != "EXPLICIT":
        if flat:
            raise ValueError("explicit_paddings attribute must be empty if the padding attribute is not EXPLICIT")
        return [(0, 0)] * 4
    if len(flat) != 8:
        raise ValueError(f"explicit_paddings attribute must contain 8 values, but got: {len(flat)}")
    if any(pad < 0 for pad in flat):
        raise ValueError("All elements of explicit_paddings must be nonnegative")
    pads = list(zip(flat[::2], flat[1::2], strict=True))
    if pads[0] != (0, 0) or pads[channel_axis] != (0, 0):
        raise ValueError("Nonzero explicit padding in the batch or depth dimensions is not supported")
    return pads


_LAYOUT = [
    "strides: list(int)",
    "use_cudnn_on_gpu: bool = true",
    "padding: {'SAME', 'VALID', 'EXPLICIT'}",
    "explicit_paddings: list(int) = []",
    "data_format: {'NHWC', 'NCHW'} = 'NHWC'",
    "dilations: list(int) = [1, 1, 1, 1]",
]
_TYPES = "T: {half, bfloat16, float, double}"

CONV2D = ops.define("Conv2D", ["input: T", "filter: T"], ["output: T"], [_TYPES, *_LAYOUT], shape=_conv2d_shape)
CONV2D_BACKPROP_INPUT = ops.define(
    "Conv2DBackpropInput",
    ["input_sizes: int32", "filter: T", "out_backprop: T"],
    ["output: T"],
    [_TYPES, *_LAYOUT],
    shape=like_sizes(4),
    host_inputs=(0,),
)
CONV2D_BACKPROP_FILTER = ops.define(
    "Conv2DBackpropFilter",
    ["input: T", "filter_sizes: int32", "out_backprop: T"],
    ["output: T"],
    [_TYPES, *_LAYOUT],
    shape=like_sizes(4, 1),
    host_inputs=(1,),
)


@ops.gradient("Conv2D")
def _conv2d_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    from tangraph.ops.array.shape import shape_n

    attrs = attrs_of(op, ATTRS)
    x, filters = op.inputs
    x_shape, filter_shape = shape_n([x, filters])
    return [
        make_op(CONV2D_BACKPROP_INPUT, x_shape, filters, grad, **attrs),
        make_op(CONV2D_BACKPROP_FILTER, x, filter_shape, grad, **attrs),
    ]


@ops.gradient("Conv2DBackpropInput")
def _conv2d_backprop_input_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.shape import shape

    attrs = attrs_of(op, ATTRS)
    _, filters, out = op.inputs
    return [
        None,
        make_op(CONV2D_BACKPROP_FILTER, grad, shape(filters), out, **attrs),
        make_op(CONV2D, grad, filters, **attrs),
    ]


@ops.gradient("Conv2DBackpropFilter")
def _conv2d_backprop_filter_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.shape import shape

    attrs = attrs_of(op, ATTRS)
    x, _, out = op.inputs
    return [
        make_op(CONV2D_BACKPROP_INPUT, shape(x), grad, out, **attrs),
        None,
        make_op(CONV2D, x, grad, **attrs),
    ]


def _padding_attrs(padding: Any) -> dict[str, Any]:
    """Returns the attrs that a padding stands for: "SAME", "VALID", or a (before, after) for each dimension."""
    if padding == "EXPLICIT":
        raise ValueError(
            '"EXPLICIT" is not a valid value for the padding parameter. To use explicit padding, the padding parameter '
            "must be a list."
        )
    if not isinstance(padding, (list, tuple)):
        return {"padding": padding, "explicit_paddings": []}
    for index, pair in enumerate(padding):
        wrong = "When padding is a list, each element of padding must be a list/tuple of size 2. Element with index"
        if not isinstance(pair, (list, tuple)):
            raise ValueError(f"{wrong} {index} of padding is not a list/tuple")
        if len(pair) != 2:
            raise ValueError(f"{wrong} {index} of padding has size {len(pair)}")
    if len(padding) != 4:
        raise ValueError(f"When padding is a list, it must be of size 4. Got padding of size: {len(padding)}")
    return {"padding": "EXPLICIT", "explicit_paddings": [pad for pair in padding for pad in pair]}


@export("nn.conv2d")
def conv2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool | None = True,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Convolves images with filters (a correlation: the filters are not flipped).

    Args:
      input: [batch, height, width, channels], or [batch, channels, height, width] for "NCHW"; half, float32, float64.
      filter: [filter_height, filter_width, channels, out_channels], of the same type.
      strides: the steps of the window: one number, two for height and width, or four.
      padding: "SAME" (zeros around, so that every stride gives an output), "VALID" (none), or four pairs of numbers
        of zeros before and after each dimension.
      use_cudnn_on_gpu: kept in the graph; it changes nothing.
      data_format: "NHWC" or "NCHW".
      dilations: the distance of neighbouring elements of the window, in the forms of `strides`.
      name: the operation's name.
      filters: the newer name of `filter`.

    Returns:
      [batch, out_height, out_width, out_channels] (or the NCHW form), of the input's type.

    Raises:
      ValueError: the shapes, strides or paddings do not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     image, ones = tf.reshape(tf.range(9.0), [1, 3, 3, 1]), tf.ones([2, 2, 1, 1])
    ...     session.run(tf.nn.conv2d(image, ones, strides=1, padding="VALID")).ravel()
    array([ 8., 12., 20., 24.], dtype=float32)
    """
    filter = deprecated_argument_lookup("filters", filters, "filter", filter)
    paddings = _padding_attrs(padding)
    layout = "NHWC" if data_format is None else data_format
    channel_axis = 1 if layout.startswith("NC") else 3
    result: Tensor = make_op(
        CONV2D,
        input,
        filter,
        strides=sequence(strides, 2, channel_axis, "strides"),
        dilations=sequence(dilations, 2, channel_axis, "dilations"),
        use_cudnn_on_gpu=True if use_cudnn_on_gpu is None else use_cudnn_on_gpu,
        data_format=layout,
        name=name,
        **paddings,
    )
    return result


@export("nn.conv2d_backprop_filter")
def conv2d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    use_cudnn_on_gpu: bool | None = True,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """Returns the gradient of `tf.nn.conv2d` with respect to its filters.

    Args:
      input: the images.
      filter_sizes: the shape of the filters, an int32 vector of four.
      out_backprop: the gradient of the convolution's output.
      strides: four numbers, as those below.
      padding: "SAME", "VALID", or four pairs.
      use_cudnn_on_gpu: kept in the graph; it changes nothing.
      data_format: "NHWC" or "NCHW".
      dilations: four numbers.
      name: the operation's name.
    """
    result: Tensor = make_op(
        CONV2D_BACKPROP_FILTER,
        input,
        filter_sizes,
        out_backprop,
        strides=strides,
        use_cudnn_on_gpu=True if use_cudnn_on_gpu is None else use_cudnn_on_gpu,
        data_format=data_format,
        dilations=dilations,
        name=name,
        **_padding_attrs(padding),
    )
    return result


@export("nn.conv2d_backprop_input")
def conv2d_backprop_input(
    input_sizes: Any,
    filter: Any = None,
    out_backprop: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool | None = True,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Returns the gradient of `tf.nn.conv2d` with respect to its images.

    Args:
      input_sizes: the shape of the images, an int32 vector of four.
      filter: the filters.
      out_backprop: the gradient of the convolution's output.
      strides: four numbers, as those below.
      padding: "SAME", "VALID", or four pairs.
      use_cudnn_on_gpu: kept in the graph; it changes nothing.
      data_format: "NHWC" or "NCHW".
      dilations: four numbers.
      name: the operation's name.
      filters: the newer name of `filter`.
    """
    filter = deprecated_argument_lookup("filters", filters, "filter", filter)
    result: Tensor = make_op(
        CONV2D_BACKPROP_INPUT,
        input_sizes,
        filter,
        out_backprop,
        strides=strides,
        use_cudnn_on_gpu=True if use_cudnn_on_gpu is None else use_cudnn_on_gpu,
        data_format=data_format,
        dilations=dilations,
        name=name,
        **_padding_attrs(padding),
    )
    return result


@export("nn.conv2d_transpose")
def conv2d_transpose(
    value: Any = None,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: Any = "SAME",
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose of `tf.nn.conv2d`: what goes from its outputs back to images of the size of its inputs.

    Args:
      value: [batch, height, width, channels], or the NCHW form.
      filter: [filter_height, filter_width, out_channels, channels].
      output_shape: the shape of the result, an int32 vector of four.
      strides: one number, two or four.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      name: the operation's name.
      input: the newer name of `value`.
      filters: the newer name of `filter`.
      dilations: one number, two or four.
    """
    value = deprecated_argument_lookup("input", input, "value", value)
    filter = deprecated_argument_lookup("filters", filters, "filter", filter)
    layout = "NHWC" if data_format is None else data_format
    channel_axis = 1 if layout.startswith("NC") else 3
    with name_scope(name, "conv2d_transpose", [value, filter, output_shape]) as scope:
        result: Tensor = make_op(
            CONV2D_BACKPROP_INPUT,
            output_shape,
            filter,
            value,
            strides=sequence(strides, 2, channel_axis, "strides"),
            padding=padding,
            data_format=layout,
            dilations=sequence(dilations, 2, channel_axis, "dilations"),
            name=scope,
        )
        return result
