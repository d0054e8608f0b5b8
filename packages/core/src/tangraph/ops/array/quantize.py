"""Numbers kept in few bits: quantize, dequantize, and both at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


class QuantizeV2(NamedTuple):
    """What `tf.quantize` gives: the numbers, and the range that they stand for."""

    output: Tensor
    output_min: Tensor
    output_max: Tensor


def _unchanged_with_scalars(c: ShapeContext) -> Raw:
    for index in range(1, len(c.shapes)):
        raw_shape.with_rank(c.shapes[index], 0)
    return c.shapes[0]


def _quantize_shape(c: ShapeContext) -> list[Raw]:
    return [_unchanged_with_scalars(c), (), ()]


_MODE = "mode: {'MIN_COMBINED', 'MIN_FIRST', 'SCALED'} = 'MIN_COMBINED'"
_QUANTIZED = "T: {qint8, quint8, qint32, qint16, quint16}"
_FLOATS = "T: {bfloat16, half, float, double}"
QUANTIZE = ops.define(
    "QuantizeV2",
    ["input: float", "min_range: float", "max_range: float"],
    ["output: T", "output_min: float", "output_max: float"],
    [_QUANTIZED, _MODE, "round_mode: {'HALF_AWAY_FROM_ZERO', 'HALF_TO_EVEN'} = 'HALF_AWAY_FROM_ZERO'"],
    shape=_quantize_shape,
)
DEQUANTIZE = ops.define(
    "Dequantize",
    ["input: T", "min_range: float", "max_range: float"],
    ["output: float"],
    [_QUANTIZED, _MODE],
    shape=_unchanged_with_scalars,
)
ops.without_gradient("Dequantize", "QuantizeV2")
QUANTIZE_AND_DEQUANTIZE = ops.define(
    "QuantizeAndDequantizeV2",
    ["input: T", "input_min: T", "input_max: T"],
    ["output: T"],
    [
        "signed_input: bool = true",
        "num_bits: int = 8",
        "range_given: bool = false",
        _FLOATS,
        "round_mode: {'HALF_TO_EVEN', 'HALF_UP'} = 'HALF_TO_EVEN'",
        "narrow_range: bool = false",
    ],
    shape=_unchanged_with_scalars,
)
QUANTIZE_AND_DEQUANTIZE_V3 = ops.define(
    "QuantizeAndDequantizeV3",
    ["input: T", "input_min: T", "input_max: T", "num_bits: int32"],
    ["output: T"],
    ["signed_input: bool = true", "range_given: bool = true", _FLOATS, "narrow_range: bool = false"],
    shape=_unchanged_with_scalars,
    host_inputs=(3,),
)


@ops.gradient("QuantizeAndDequantizeV2", "QuantizeAndDequantizeV3")
def _straight_through(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return [grad, *[None] * (len(op.inputs) - 1)]


@export("quantize", "quantization.quantize")
def quantize(
    input: Any,
    min_range: Any,
    max_range: Any,
    T: Any,
    mode: str = "MIN_COMBINED",
    round_mode: str = "HALF_AWAY_FROM_ZERO",
    name: str | None = None,
) -> QuantizeV2:
    """Maps float32 numbers of a range to integers of a quantized type.

    Args:
      input: float32.
      min_range: the number that the least integer stands for, a scalar.
      max_range: the number that the greatest integer stands for, a scalar.
      T: qint8, quint8, qint16, quint16 or qint32.
      mode: "MIN_COMBINED", "MIN_FIRST" or "SCALED".
      round_mode: "HALF_AWAY_FROM_ZERO" or "HALF_TO_EVEN", for "SCALED".
      name: the operation's name.

    Returns:
      (output, output_min, output_max): the integers and the range that was used.
    """
    return QuantizeV2(*make_op(QUANTIZE, input, min_range, max_range, T=T, mode=mode, round_mode=round_mode, name=name))


@export("quantize_v2")
def quantize_v2(
    input: Any,
    min_range: Any,
    max_range: Any,
    T: Any,
    mode: str = "MIN_COMBINED",
    name: str | None = None,
    round_mode: str = "HALF_AWAY_FROM_ZERO",
) -> QuantizeV2:
    """As `tf.quantize`, with the arguments in another order."""
    return quantize(input, min_range, max_range, T, mode, round_mode, name)


@export("dequantize", "quantization.dequantize")
def dequantize(
    input: Any, min_range: Any, max_range: Any, mode: str = "MIN_COMBINED", name: str | None = None
) -> Tensor:
    """Returns the float32 numbers that quantized integers stand for: what undoes `tf.quantize`."""
    result: Tensor = make_op(DEQUANTIZE, input, min_range, max_range, mode=mode, name=name)
    return result


@export("quantization.quantize_and_dequantize")
def quantize_and_dequantize(
    input: Any,
    input_min: Any,
    input_max: Any,
    signed_input: bool = True,
    num_bits: int = 8,
    range_given: bool = False,
    round_mode: str = "HALF_TO_EVEN",
    name: str | None = None,
    narrow_range: bool = False,
) -> Tensor:
    """Rounds numbers to those that integers of few bits can stand for.

    Args:
      input: floats.
      input_min: the least number, a scalar; taken from the input without `range_given`.
      input_max: the greatest number, a scalar.
      signed_input: whether the integers are signed.
      num_bits: how many bits they have.
      range_given: whether `input_min` and `input_max` count.
      round_mode: "HALF_TO_EVEN" or "HALF_UP".
      name: the operation's name.
      narrow_range: whether the least integer is left out.
    """
    result: Tensor = make_op(
        QUANTIZE_AND_DEQUANTIZE,
        input,
        input_min,
        input_max,
        signed_input=signed_input,
        num_bits=num_bits,
        range_given=range_given,
        round_mode=round_mode,
        narrow_range=narrow_range,
        name=name,
    )
    return result
