"""The gradient of hue, saturation and value by red, green and blue: a case for each order of the three colours.

The formulas are those of https://en.wikipedia.org/wiki/HSL_and_HSV, differentiated. Each node stands where TensorFlow
has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tangraph.framework import dtypes
from tangraph.ops.array.packing import stack
from tangraph.ops.math.arithmetic import add
from tangraph.ops.math.cast import cast
from tangraph.ops.math.division import div_no_nan
from tangraph.ops.math.unary import square

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


class _Order(NamedTuple):
    """Where each colour is the largest (or the smallest) of a pixel: 1, and 0 elsewhere."""

    red: Any
    green: Any
    blue: Any


def _reciprocal(x: Any) -> Any:
    return div_no_nan(1.0, x)


def _where(condition: Any) -> Any:
    return cast(condition, dtypes.float32)


def rgb_to_hsv_gradient(images: Any, outputs: Any, grad: Any) -> Tensor:
    """Returns the gradient by the colours.

    Args:
      images: [..., 3], red, green and blue.
      outputs: hue, saturation and value of them.
      grad: the gradient by these.
    """
    reds, greens, blues = images[..., 0], images[..., 1], images[..., 2]
    saturation, value = outputs[..., 1], outputs[..., 2]
    biggest = _Order(
        _where((reds >= blues) & (reds >= greens)),
        _where((greens > reds) & (greens >= blues)),
        _where((blues > reds) & (blues > greens)),
    )
    smallest = _Order(
        _where((reds < blues) & (reds < greens)),
        _where((greens <= reds) & (greens < blues)),
        _where((blues <= reds) & (blues <= greens)),
    )
    of_saturation = [
        _saturation_by(
            reds,
            biggest.red,
            smallest.red,
            (smallest.green, greens, biggest.green),
            (smallest.blue, blues, biggest.blue),
        ),
        _saturation_by(
            greens,
            biggest.green,
            smallest.green,
            (smallest.red, reds, biggest.red),
            (smallest.blue, blues, biggest.blue),
        ),
        _saturation_by(
            blues,
            biggest.blue,
            smallest.blue,
            (smallest.green, greens, biggest.green),
            (smallest.red, reds, biggest.red),
        ),
    ]
    of_hue = [
        _hue_by_red(reds, greens, blues, saturation, value, biggest, smallest),
        _hue_by_green(reds, greens, blues, saturation, value, biggest, smallest),
        _hue_by_blue(reds, greens, blues, saturation, value, biggest, smallest),
    ]
    by_value = stack([grad[..., 2] * part for part in biggest], axis=-1)
    by_saturation = stack([grad[..., 1] * part for part in of_saturation], axis=-1)
    by_hue = stack([grad[..., 0] * part for part in of_hue], axis=-1)
    return add(add(by_value, by_saturation), by_hue)


def _saturation_by(color: Any, biggest: Any, smallest: Any, first: Any, second: Any) -> Any:
    """Where the colour is the largest, smallest / largest**2; where it is the smallest, -1 / largest."""
    (first_smallest, first_color, first_biggest), (second_smallest, second_color, second_biggest) = first, second
    positive = _where(color > 0)
    return positive * add(
        biggest * add(first_smallest * first_color, second_smallest * second_color) * _reciprocal(square(color)),
        smallest * -1 * _reciprocal((first_biggest * first_color) + (second_biggest * second_color)),
    )


def _hue_by_red(
    reds: Any, greens: Any, blues: Any, saturation: Any, value: Any, biggest: _Order, smallest: _Order
) -> Any:
    parts = [
        60
        * (
            _where(reds > 0)
            * biggest.red
            * -1
            * (greens - blues)
            * _reciprocal(square(saturation))
            * _reciprocal(square(value))
        ),
        60
        * (_where(greens > 0) * biggest.green * smallest.red * (blues - greens) * _reciprocal(square(reds - greens))),
        60 * (_where(greens > 0) * biggest.green * smallest.blue * -1 * _reciprocal(greens - blues)),
        60 * (_where(blues > 0) * biggest.blue * smallest.red * (blues - greens) * _reciprocal(square(blues - reds))),
        60 * (_where(blues > 0) * biggest.blue * smallest.green * _reciprocal(blues - greens)),
    ]
    return _in_turns(parts)


def _hue_by_green(
    reds: Any, greens: Any, blues: Any, saturation: Any, value: Any, biggest: _Order, smallest: _Order
) -> Any:
    parts = [
        60
        * (
            _where(greens > 0)
            * biggest.green
            * -1
            * (blues - reds)
            * _reciprocal(square(saturation))
            * _reciprocal(square(value))
        ),
        60 * (_where(reds > 0) * biggest.red * smallest.green * (reds - blues) * _reciprocal(square(reds - greens))),
        60 * (_where(reds > 0) * biggest.red * smallest.blue * _reciprocal(reds - blues)),
        60 * (_where(blues > 0) * biggest.blue * smallest.green * (reds - blues) * _reciprocal(square(blues - greens))),
        60 * (_where(blues > 0) * biggest.blue * smallest.red * -1 * _reciprocal(blues - reds)),
    ]
    return _in_turns(parts)


def _hue_by_blue(
    reds: Any, greens: Any, blues: Any, saturation: Any, value: Any, biggest: _Order, smallest: _Order
) -> Any:
    parts = [
        60
        * (
            _where(blues > 0)
            * biggest.blue
            * -1
            * (reds - greens)
            * _reciprocal(square(saturation))
            * _reciprocal(square(value))
        ),
        60 * (_where(reds > 0) * biggest.red * smallest.blue * (greens - reds) * _reciprocal(square(reds - blues))),
        60 * (_where(reds > 0) * biggest.red * smallest.green * -1 * _reciprocal(reds - greens)),
        60
        * (_where(greens > 0) * biggest.green * smallest.blue * (greens - reds) * _reciprocal(square(greens - blues))),
        60 * (_where(greens > 0) * biggest.green * smallest.red * _reciprocal(greens - reds)),
    ]
    return _in_turns(parts)


def _in_turns(parts: list[Any]) -> Any:
    """The sum of parts that are in degrees, in turns."""
    first, second, third, fourth, fifth = parts
    return (first + second + third + fourth + fifth) / 360
