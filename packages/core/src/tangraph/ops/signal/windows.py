"""Windows for spectral analysis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.constant import constant
from tangraph.ops.array.fill import ones
from tangraph.ops.control_flow.cond import cond
from tangraph.ops.math.cast import cast
from tangraph.ops.math.comparison import equal
from tangraph.ops.math.division import floormod
from tangraph.ops.math.ranges import range
from tangraph.ops.math.trigonometry import cos

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("signal.hann_window", "contrib.signal.hann_window")
def hann_window(
    window_length: Any, periodic: Any = True, dtype: Any = dtypes.float32, name: str | None = None
) -> Tensor:
    """Returns a Hann window, ``0.5 - 0.5 * cos(2 * pi * n / count)``.

    Args:
      window_length: how many samples, a scalar.
      periodic: a bool, may be a tensor: whether the window repeats (for spectra) or is symmetric (for filters).
      dtype: a floating type.
      name: the name scope.

    Returns:
      A tensor of shape ``[window_length]``.

    Raises:
      ValueError: `dtype` is not floating, or an argument is no scalar.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.signal.hann_window(4)).round(3).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    return _raised_cosine(name, "hann_window", window_length, periodic, dtype, 0.5, 0.5)


@export("signal.hamming_window", "contrib.signal.hamming_window")
def hamming_window(
    window_length: Any, periodic: Any = True, dtype: Any = dtypes.float32, name: str | None = None
) -> Tensor:
    """Returns a Hamming window, ``0.54 - 0.46 * cos(2 * pi * n / count)``; arguments as for `hann_window`."""
    return _raised_cosine(name, "hamming_window", window_length, periodic, dtype, 0.54, 0.46)


def _raised_cosine(
    name: str | None, default_name: str, length: Any, periodic: Any, dtype: Any, level: float, swing: float
) -> Tensor:
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Found {dtype}")
    with name_scope(name, default_name, [length, periodic]):
        length = convert_to_tensor(length, dtypes.int32, name="window_length")
        length.shape.assert_has_rank(0)
        known_length = constant_value(length)
        if known_length == 1:
            return ones([1], dtype)
        periodic = cast(convert_to_tensor(periodic, dtypes.bool, name="periodic"), dtypes.int32)
        periodic.shape.assert_has_rank(0)
        even = 1 - floormod(length, 2)
        count = cast(length + periodic * even - 1, dtype)
        positions = cast(range(length), dtype)
        angles = constant(2 * math.pi, dtype) * positions / count

        def window() -> Tensor:
            result: Tensor = cast(level - swing * cos(angles), dtype)
            return result

        if known_length is not None:
            return window()
        either: Tensor = cond(equal(length, 1), lambda: ones([1], dtype), window)
        return either
