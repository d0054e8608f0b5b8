"""Convolutions of volumes: conv3d, its gradients as ops of their own, and its transpose."""

from __future__ import annotations

from collections.abc import Sized
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.ops.nn.windows import (
    attrs_of,
    check_depth,
    check_length,
    like_input,
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

ops = OpSet()

_NAMES = ("dilations", "strides", "padding", "data_format")


def _conv3d_shape(c: ShapeContext) -> Raw:
    x, filters = c.with_rank(0, 5), c.with_rank(1, 5)
    dilations = check_length(c, "Conv3D", "dilation", "dilations", 5)
    strides = check_length(c, "Conv3D", "stride", "strides", 5)
    channel_axis, space = space_axes(c.attr("data_format"), 5)
    check_depth(x[channel_axis], filters[3])
    sizes = {channel_axis: filters[4]}
    for axis, window in zip(space, filters[:3], strict=True):
        sizes[axis] = windowed_size(x[axis], window, strides[axis], c.attr("padding"), dilations[axis])
    return placed(x, sizes)


_TYPES = "T: {half, bfloat16, float, double}"
_WINDOWS = ["strides: list(int) >= 5", "padding: {'SAME', 'VALID'}"]
_LAYOUT = "data_format: {'NDHWC', 'NCDHW'} = 'NDHWC'"
_DILATIONS = "dilations: list(int) = [1, 1, 1, 1, 1]"

CONV3D = ops.define(
    "Conv3D",
    ["input: T", "filter: T"],
    ["output: T"],
    [_TYPES, *_WINDOWS, _LAYOUT, _DILATIONS],
    shape=_conv3d_shape,
)
CONV3D_BACKPROP_INPUT_V2 = ops.define(
    "Conv3DBackpropInputV2",
    ["input_sizes: Tshape", "filter: T", "out_backprop: T"],
    ["output: T"],
    [_TYPES, *_WINDOWS, _LAYOUT, _DILATIONS, "Tshape: {int32, int64} = DT_INT32"],
    shape=like_sizes(5),
    host_inputs=(0,),
)
CONV3D_BACKPROP_FILTER_V2 = ops.define(
    "Conv3DBackpropFilterV2",
    ["input: T", "filter_sizes: int32", "out_backprop: T"],
    ["output: T"],
    [_TYPES, *_WINDOWS, _LAYOUT, _DILATIONS],
    shape=like_sizes(5, 1),
    host_inputs=(1,),
)
ops.define(
    "Conv3DBackpropInput",
    ["input: T", "filter: T", "out_backprop: T"],
    ["output: T"],
    ["T: {half, float, double}", *_WINDOWS, _DILATIONS],
    shape=like_input(5),
)
ops.define(
    "Conv3DBackpropFilter",
    ["input: T", "filter: T", "out_backprop: T"],
    ["output: T"],
    ["T: {half, float, double}", *_WINDOWS, _DILATIONS],
    shape=like_input(5, 1),
)
ops.without_gradient("Conv3DBackpropFilter", "Conv3DBackpropInput")


@ops.gradient("Conv3D")
def _conv3d_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    from tangraph.ops.array.shape import shape

    attrs = attrs_of(op, _NAMES)
    x, filters = op.inputs
    return [
        make_op(CONV3D_BACKPROP_INPUT_V2, shape(x), filters, grad, **attrs),
        make_op(CONV3D_BACKPROP_FILTER_V2, x, shape(filters), grad, **attrs),
    ]


@ops.gradient("Conv3DBackpropInputV2")
def _conv3d_backprop_input_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.shape import shape

    attrs = attrs_of(op, _NAMES)
    _, filters, out = op.inputs
    return [
        None,
        make_op(CONV3D_BACKPROP_FILTER_V2, grad, shape(filters), out, **attrs),
        make_op(CONV3D, grad, filters, **attrs),
    ]


@ops.gradient("Conv3DBackpropFilterV2")
def _conv3d_backprop_filter_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.shape import shape

    attrs = attrs_of(op, _NAMES)
    x, _, out = op.inputs
    return [
        make_op(CONV3D_BACKPROP_INPUT_V2, shape(x), grad, out, **attrs),
        None,
        make_op(CONV3D, x, grad, **attrs),
    ]


@export("nn.conv3d")
def conv3d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    data_format: str = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Convolves volumes with filters.

    Args:
      input: [batch, depth, height, width, channels], or [batch, channels, depth, height, width] for "NCDHW".
      filter: [filter_depth, filter_height, filter_width, channels, out_channels], of the same type.
      strides: five numbers: the steps of the window.
      padding: "SAME" or "VALID".
      data_format: "NDHWC" or "NCDHW".
      dilations: five numbers: the distance of neighbouring elements of the window.
      name: the operation's name.
      filters: the newer name of `filter`.

    Raises:
      ValueError: the shapes do not fit.
    """
    filter = deprecated_argument_lookup("filters", filters, "filter", filter)
    result: Tensor = make_op(
        CONV3D,
        input,
        filter,
        strides=strides,
        padding=padding,
        data_format="NDHWC" if data_format is None else data_format,
        dilations=[1] * 5 if dilations is None else dilations,
        name=name,
    )
    return result


@export("nn.conv3d_backprop_filter", "nn.conv3d_backprop_filter_v2")
def conv3d_backprop_filter_v2(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """Returns the gradient of `tf.nn.conv3d` with respect to its filters, whose shape is `filter_sizes`."""
    result: Tensor = make_op(
        CONV3D_BACKPROP_FILTER_V2,
        input,
        filter_sizes,
        out_backprop,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilations=dilations,
        name=name,
    )
    return result


@export("nn.conv3d_transpose")
def conv3d_transpose(
    value: Any,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: Any = "SAME",
    data_format: str | None = "NDHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose of `tf.nn.conv3d`: what goes from its outputs back to volumes of the size of its inputs.

    Args:
      value: [batch, depth, height, width, channels], or the NCDHW form.
      filter: [filter_depth, filter_height, filter_width, out_channels, channels].
      output_shape: the shape of the result, an integer vector of five.
      strides: one number, three or five.
      padding: "SAME" or "VALID".
      data_format: "NDHWC" or "NCDHW".
      name: the operation's name.
      input: the newer name of `value`.
      filters: the newer name of `filter`.
      dilations: one number, three or five.
    """
    filter = deprecated_argument_lookup("filters", filters, "filter", filter)
    value = deprecated_argument_lookup("input", input, "value", value)
    layout = "NDHWC" if data_format is None else data_format
    channel_axis = 1 if layout.startswith("NC") else 4
    with name_scope(name, "conv3d_transpose", [value, filter, output_shape]) as scope:
        result: Tensor = make_op(
            CONV3D_BACKPROP_INPUT_V2,
            output_shape,
            filter,
            value,
            strides=sequence(strides, 3, channel_axis, "strides"),
            padding=padding,
            data_format=layout,
            dilations=sequence(dilations, 3, channel_axis, "dilations"),
            name=scope,
        )
        return result


@export("nn.conv_transpose")
def conv_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of a convolution in one, two or three dimensions, as many as `output_shape` says.

    Args:
      input: [batch, *space, channels], or the form with the channels first.
      filters: [*window, out_channels, channels].
      output_shape: the shape of the result, batch and channels included.
      strides: one number, one a dimension of space, or one a dimension.
      padding: "SAME" or "VALID".
      data_format: where the channels stand; last when None.
      dilations: in the forms of `strides`.
      name: the operation's name.

    Raises:
      ValueError: `output_shape` does not have three to five elements.
    """
    from tangraph.ops.nn.conv1d import conv1d_transpose
    from tangraph.ops.nn.conv2d import conv2d_transpose

    with name_scope(name, "conv_transpose", [input, filters, output_shape]) as scope:
        if isinstance(output_shape, Tensor):
            count: Any = output_shape.shape[0] - 2
        elif isinstance(output_shape, Sized):
            count = len(output_shape) - 2
        else:
            raise ValueError("output_shape must be a tensor or sized collection.")
        if not 1 <= count <= 3:
            raise ValueError(f"output_shape must be of length 3, 4 or 5 but was {count + 2}.")
        if count == 1:
            return conv1d_transpose(input, filters, output_shape, strides, padding, data_format, dilations, scope)
        transpose = conv2d_transpose if count == 2 else conv3d_transpose
        return transpose(input, filters, output_shape, strides, padding, data_format, scope, dilations=dilations)
