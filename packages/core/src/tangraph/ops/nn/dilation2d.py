"""Morphology of grey images: dilation2d and erosion2d."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.ops.nn.windows import attrs_of, check_length

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _dilation_shape(c: ShapeContext) -> Raw:
    x, filters = c.with_rank(0, 4), c.with_rank(1, 3)
    strides = check_length(c, "Dilation2D", "stride", "strides", 4)
    rates = check_length(c, "Dilation2D", "rates", "rates", 4)
    depth = filters[2]
    raw_shape.merge_dim(x[3], depth)
    if None in (*x[1:3], *filters[:2]):
        return (x[0], None, None, depth)
    space = [_count(x[i], (filters[i - 1] - 1) * rates[i] + 1, strides[i], c.attr("padding")) for i in (1, 2)]
    return (x[0], *space, depth)


def _count(size: int, reach: int, stride: int, padding: str) -> int:
    if stride <= 0:
        raise ValueError(f"Stride must be > 0, but got {stride}")
    count = (size + stride - 1) // stride if padding == "SAME" else int((size - reach + stride) / stride)
    if count < 0:
        raise ValueError(
            f"Computed output size would be negative: {count} [input_size: {size}, effective_filter_size: {reach}, "
            f"stride: {stride}]"
        )
    return count


def _as_input(c: ShapeContext) -> Raw:
    return c.shapes[0]


def _as_filter(c: ShapeContext) -> Raw:
    return c.shapes[1]


_ATTRS = ["T: realnumbertype", "strides: list(int) >= 4", "rates: list(int) >= 4", "padding: {'SAME', 'VALID'}"]
DILATION2D = ops.define("Dilation2D", ["input: T", "filter: T"], ["output: T"], _ATTRS, shape=_dilation_shape)
_GRAD_INPUTS = ["input: T", "filter: T", "out_backprop: T"]
BACKPROP_INPUT = ops.define("Dilation2DBackpropInput", _GRAD_INPUTS, ["in_backprop: T"], _ATTRS, shape=_as_input)
BACKPROP_FILTER = ops.define("Dilation2DBackpropFilter", _GRAD_INPUTS, ["filter_backprop: T"], _ATTRS, shape=_as_filter)
ops.without_gradient("Dilation2DBackpropFilter", "Dilation2DBackpropInput")


@ops.gradient("Dilation2D")
def _dilation2d_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    attrs = attrs_of(op, ("strides", "rates", "padding"))
    return [make_op(backprop, *op.inputs, grad, **attrs) for backprop in (BACKPROP_INPUT, BACKPROP_FILTER)]


@export("nn.dilation2d")
def dilation2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Takes the maximum of image plus filter over each window: the grey-scale dilation.

    Args:
      input: [batch, height, width, channels], real numbers.
      filter: [filter_height, filter_width, channels].
      strides: four numbers: the steps of the window.
      rates: four numbers: the distance of neighbouring elements of a window.
      padding: "SAME" or "VALID".
      name: the operation's name.
      filters: the newer name of `filter`.
      dilations: the newer name of `rates`.
    """
    filter = deprecated_argument_lookup("filters", filters, "filter", filter)
    rates = deprecated_argument_lookup("dilations", dilations, "rates", rates)
    result: Tensor = make_op(DILATION2D, input, filter, strides=strides, rates=rates, padding=padding, name=name)
    return result


@export("nn.erosion2d")
def erosion2d(value: Any, kernel: Any, strides: Any, rates: Any, padding: Any, name: str | None = None) -> Tensor:
    """Takes the minimum of image minus mirrored kernel over each window: the grey-scale erosion.

    Args:
      value: [batch, height, width, channels], real numbers.
      kernel: [kernel_height, kernel_width, channels].
      strides: four numbers: the steps of the window.
      rates: four numbers: the distance of neighbouring elements of a window.
      padding: "SAME" or "VALID".
      name: the operation's name.
    """
    from tangraph.ops.array.reverse import reverse
    from tangraph.ops.math.unary import negative

    with name_scope(name, "erosion2d", [value, kernel]) as scope:
        flipped = negative(value)
        mirrored = reverse(kernel, [0, 1])
        return negative(dilation2d(flipped, mirrored, strides, rates, padding, name=scope))
