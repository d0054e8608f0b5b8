"""The pooling ops with their gradients; `pool` and `pool3d` hold the functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.nn.windows import attrs_of, check_length, like_input, like_sizes, placed, space_axes, windowed_size

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()

_SHORT = ("ksize", "strides", "padding", "data_format")


def _pooled(c: ShapeContext, ksize: list[int], strides: list[int], layout: str, depth_too: bool) -> Raw:
    rank = len(layout)
    x = c.with_rank(0, rank)
    channel_axis, space = space_axes(layout, rank)
    axes = [*space, channel_axis] if depth_too else space
    padding = c.attr("padding")
    return placed(x, {axis: windowed_size(x[axis], ksize[axis], strides[axis], padding) for axis in axes})


def _lengths(c: ShapeContext, op: str, rank: int, verb: str = "requires") -> tuple[list[int], list[int]]:
    c.with_rank(0, rank)
    strides = check_length(c, op, "stride", "strides", rank, verb)
    return check_length(c, op, "ksize", "ksize", rank, verb), strides


def _avg_pool_shape(c: ShapeContext) -> Raw:
    return _pooled(c, *_lengths(c, "AvgPool", 4), c.attr("data_format"), False)


def _max_pool_shape(c: ShapeContext) -> Raw:
    layout = c.attrs.get("data_format", "NHWC")
    if layout == "NCHW_VECT_C":
        ksize, strides = _lengths(c, "MaxPool", 5)
        return _pooled(c, ksize, strides, "NCHWV", False)
    return _pooled(c, *_lengths(c, "MaxPool", 4), layout, True)


def _max_pool_v2_shape(c: ShapeContext) -> Raw:
    x = c.with_rank(0, 4)
    ksize, strides = c.value(1), c.value(2)
    if ksize is None or strides is None:
        return (None,) * len(x)
    for name, value in (("stride", strides), ("ksize", ksize)):
        if value.size != 4:
            raise ValueError(f"MaxPool requires the {name} attribute to contain 4 values, but got: {value.size}")
    return _pooled(c, ksize.tolist(), strides.tolist(), c.attr("data_format"), True)


def _pool3d_shape(c: ShapeContext) -> Raw:
    return _pooled(c, *_lengths(c, "Pool3D ops", 5, "require"), c.attr("data_format"), False)


def _max_pool_grad_grad_shape(c: ShapeContext) -> Raw:
    out = _max_pool_shape(c)
    raw_shape.merge(c.shapes[0], c.shapes[2])
    raw_shape.merge(c.shapes[1], out)
    return out


def _max_pool_grad_grad_v2_shape(c: ShapeContext) -> Raw:
    x = c.with_rank(0, 4)
    ksize, strides = c.value(3), c.value(4)
    if ksize is None or strides is None:
        return (None,) * len(x)
    return _pooled(c, ksize.tolist(), strides.tolist(), c.attr("data_format"), True)


def _max_pool3d_grad_grad_shape(c: ShapeContext) -> Raw:
    out = _pool3d_shape(c)
    raw_shape.merge(c.shapes[0], c.shapes[2])
    raw_shape.merge(c.shapes[1], out)
    return out


def _with_argmax_shape(c: ShapeContext) -> list[Raw]:
    return [_max_pool_shape(c)] * 2


def _grad_grad_with_argmax_shape(c: ShapeContext) -> Raw:
    out = _max_pool_shape(c)
    raw_shape.merge(c.shapes[0], c.shapes[1])
    raw_shape.merge(c.shapes[2], out)
    return out


_WINDOW = ["ksize: list(int) >= 4", "strides: list(int) >= 4"]
_WINDOW3D = ["ksize: list(int) >= 5", "strides: list(int) >= 5"]
_PADDING = "padding: {'SAME', 'VALID'}"
_LAYOUT = "data_format: {'NHWC', 'NCHW'} = 'NHWC'"
_ANY_LAYOUT = "data_format: {'NHWC', 'NCHW', 'NCHW_VECT_C'} = 'NHWC'"
_LAYOUT3D = "data_format: {'NDHWC', 'NCDHW'} = 'NDHWC'"
_POOLED = "T: {half, bfloat16, float, double, int32, int64, uint8, int16, int8, uint16, qint8} = DT_FLOAT"
_REAL = "T: realnumbertype"
_FLOATS = "T: {half, bfloat16, float, double}"
_FLOATS3D = "T: {half, bfloat16, float}"
_THREE = ["orig_input: T", "orig_output: T", "grad: T"]
_SIZES = ["ksize: int32", "strides: int32"]
_INDEX = ["padding: {'SAME', 'VALID'}", "include_batch_in_index: bool = false"]


def _define(name: str, inputs: list[str], attrs: list[str], shape: Any, host: tuple[int, ...] = ()) -> OpDef:
    return ops.define(name, inputs, ["output: T"], attrs, shape=shape, host_inputs=host)


MAX_POOL = _define("MaxPool", ["input: T"], [_POOLED, *_WINDOW, _PADDING, _ANY_LAYOUT], _max_pool_shape)
MAX_POOL_V2 = _define("MaxPoolV2", ["input: T", *_SIZES], [_POOLED, _PADDING, _ANY_LAYOUT], _max_pool_v2_shape, (1, 2))
MAX_POOL_GRAD = _define("MaxPoolGrad", _THREE, [*_WINDOW, _PADDING, _LAYOUT, f"{_REAL} = DT_FLOAT"], like_input(4))
MAX_POOL_GRAD_V2 = _define(
    "MaxPoolGradV2", [*_THREE, *_SIZES], [_PADDING, _LAYOUT, f"{_REAL} = DT_FLOAT"], like_input(4), (3, 4)
)
MAX_POOL_GRAD_GRAD = _define("MaxPoolGradGrad", _THREE, [*_WINDOW, _PADDING, _LAYOUT, _REAL], _max_pool_grad_grad_shape)
MAX_POOL_GRAD_GRAD_V2 = _define(
    "MaxPoolGradGradV2", [*_THREE, *_SIZES], [_PADDING, _LAYOUT, _REAL], _max_pool_grad_grad_v2_shape, (3, 4)
)
AVG_POOL = _define("AvgPool", ["value: T"], [*_WINDOW, _PADDING, _LAYOUT, _FLOATS], _avg_pool_shape)
AVG_POOL_GRAD = _define(
    "AvgPoolGrad",
    ["orig_input_shape: int32", "grad: T"],
    [*_WINDOW, _PADDING, _LAYOUT, _FLOATS],
    like_sizes(4),
    (0,),
)
MAX_POOL3D = _define("MaxPool3D", ["input: T"], [*_WINDOW3D, _PADDING, _LAYOUT3D, _FLOATS3D], _pool3d_shape)
MAX_POOL3D_GRAD = _define(
    "MaxPool3DGrad",
    ["orig_input: TInput", "orig_output: TInput", "grad: T"],
    [*_WINDOW3D, _PADDING, _LAYOUT3D, f"{_FLOATS3D} = DT_FLOAT", "TInput: {half, bfloat16, float} = DT_FLOAT"],
    like_input(5),
)
MAX_POOL3D_GRAD_GRAD = _define(
    "MaxPool3DGradGrad", _THREE, [*_WINDOW3D, _PADDING, _LAYOUT3D, _REAL], _max_pool3d_grad_grad_shape
)
AVG_POOL3D = _define("AvgPool3D", ["input: T"], [*_WINDOW3D, _PADDING, _LAYOUT3D, _FLOATS], _pool3d_shape)
AVG_POOL3D_GRAD = _define(
    "AvgPool3DGrad",
    ["orig_input_shape: int32", "grad: T"],
    [*_WINDOW3D, _PADDING, _LAYOUT3D, _FLOATS],
    like_sizes(5),
    (0,),
)
MAX_POOL_WITH_ARGMAX = ops.define(
    "MaxPoolWithArgmax",
    ["input: T"],
    ["output: T", "argmax: Targmax"],
    [*_WINDOW, "Targmax: {int32, int64} = DT_INT64", *_INDEX, _REAL],
    shape=_with_argmax_shape,
)
MAX_POOL_GRAD_WITH_ARGMAX = _define(
    "MaxPoolGradWithArgmax",
    ["input: T", "grad: T", "argmax: Targmax"],
    [*_WINDOW, *_INDEX, "Targmax: {int32, int64}", _REAL],
    like_input(4),
)
_define(
    "MaxPoolGradGradWithArgmax",
    ["input: T", "grad: T", "argmax: Targmax"],
    [*_WINDOW, *_INDEX, "Targmax: {int32, int64}", _REAL],
    _grad_grad_with_argmax_shape,
)
ops.without_gradient("MaxPoolGradGradV2", "MaxPoolGradGradWithArgmax", "MaxPoolGradWithArgmax")


@ops.gradient("AvgPool")
def _avg_pool_grad(op: Operation, grad: Tensor) -> Any:
    from tangraph.ops.array.shape import shape

    return make_op(AVG_POOL_GRAD, shape(op.inputs[0]), grad, **attrs_of(op, _SHORT))


@ops.gradient("AvgPool3D")
def _avg_pool3d_grad(op: Operation, grad: Tensor) -> Any:
    from tangraph.ops.array.shape import shape

    return make_op(AVG_POOL3D_GRAD, shape(op.inputs[0]), grad, **attrs_of(op, _SHORT))


@ops.gradient("AvgPoolGrad", "AvgPool3DGrad")
def _avg_pool_grad_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Any]:
    from tangraph.ops.array.identity import stop_gradient

    forward = AVG_POOL if op.type == "AvgPoolGrad" else AVG_POOL3D
    return stop_gradient(op.inputs[0]), make_op(forward, grad, **attrs_of(op, _SHORT))


@ops.gradient("MaxPool")
def _max_pool_grad(op: Operation, grad: Tensor) -> Any:
    return make_op(MAX_POOL_GRAD, op.inputs[0], op.outputs[0], grad, **attrs_of(op, _SHORT))


@ops.gradient("MaxPool3D")
def _max_pool3d_grad(op: Operation, grad: Tensor) -> Any:
    return make_op(MAX_POOL3D_GRAD, op.inputs[0], op.outputs[0], grad, **attrs_of(op, _SHORT))


@ops.gradient("MaxPoolV2")
def _max_pool_v2_grad(op: Operation, grad: Tensor) -> tuple[Any, None, None]:
    x, ksize, strides = op.inputs
    attrs = attrs_of(op, ("padding", "data_format"))
    return make_op(MAX_POOL_GRAD_V2, x, op.outputs[0], grad, ksize, strides, **attrs), None, None


_SECOND = {
    "MaxPoolGrad": MAX_POOL_GRAD_GRAD,
    "MaxPoolGradGrad": MAX_POOL_GRAD,
    "MaxPool3DGrad": MAX_POOL3D_GRAD_GRAD,
    "MaxPool3DGradGrad": MAX_POOL3D_GRAD,
}


def _two_zeros(op: Operation) -> list[Tensor]:
    """The maximum stays where it is while its inputs change a little: nothing flows back to them."""
    from tangraph.ops.array.fill import zeros
    from tangraph.ops.array.shape import shape

    return [zeros(shape(x), dtype=x.dtype) for x in op.inputs[:2]]


@ops.gradient("MaxPoolGrad", "MaxPoolGradGrad", "MaxPool3DGrad", "MaxPool3DGradGrad")
def _max_pool_grad_grad(op: Operation, grad: Tensor) -> list[Any]:
    x, y, _ = op.inputs
    return [*_two_zeros(op), make_op(_SECOND[op.type], x, y, grad, **attrs_of(op, _SHORT))]


@ops.gradient("MaxPoolGradV2")
def _max_pool_grad_v2_grad(op: Operation, grad: Tensor) -> list[Any]:
    x, y, _, ksize, strides = op.inputs
    attrs = attrs_of(op, ("padding", "data_format"))
    return [*_two_zeros(op), make_op(MAX_POOL_GRAD_GRAD_V2, x, y, grad, ksize, strides, **attrs), None, None]


@ops.gradient("MaxPoolWithArgmax")
def _max_pool_with_argmax_grad(op: Operation, grad: Tensor, _: Any) -> Any:
    attrs = attrs_of(op, ("ksize", "strides", "padding", "include_batch_in_index"))
    return make_op(MAX_POOL_GRAD_WITH_ARGMAX, op.inputs[0], grad, op.outputs[1], **attrs)
