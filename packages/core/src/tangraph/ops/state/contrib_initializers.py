"""The initializers of `tf.contrib.layers`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.tensor import Tensor


@export("contrib.layers.xavier_initializer", "contrib.layers.xavier_initializer_conv2d")
def xavier_initializer(
    uniform: bool = True, seed: int | None = None, dtype: Any = dtypes.float32
) -> Callable[..., Tensor]:
    """Returns an initializer that keeps the scale of gradients equal in all layers (Glorot and Bengio, 2010).

    Args:
      uniform: whether to draw from a uniform distribution, and not from a truncated normal one.
      seed: the operation's seed.
      dtype: the element type, a floating-point one.
    """
    return variance_scaling_initializer(factor=1.0, mode="FAN_AVG", uniform=uniform, seed=seed, dtype=dtype)


@export("contrib.layers.variance_scaling_initializer")
def variance_scaling_initializer(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: Any = dtypes.float32,
) -> Callable[..., Tensor]:
    """Returns an initializer whose values have variance ``factor / n``, n the number of units that a weight joins.

    Args:
      factor: what to multiply the variance by.
      mode: "FAN_IN", "FAN_OUT" or "FAN_AVG".
      uniform: whether to draw from a uniform distribution, and not from a truncated normal one.
      seed: the operation's seed.
      dtype: the element type, a floating-point one.

    Raises:
      TypeError: an unknown mode, or another type.
    """
    default = dtypes.as_dtype(dtype)
    _check_floating(default)
    if mode not in {"FAN_IN", "FAN_OUT", "FAN_AVG"}:
        raise TypeError("Unknown mode %s [FAN_IN, FAN_OUT, FAN_AVG]", mode)

    def initializer(shape: Sequence[int], dtype: Any = default, partition_info: Any = None) -> Tensor:
        from tangraph.ops.random.normal import truncated_normal
        from tangraph.ops.random.uniform import random_uniform

        del partition_info
        _check_floating(dtypes.as_dtype(dtype))
        fan_in, fan_out = _fans(shape)
        units = {"FAN_IN": fan_in, "FAN_OUT": fan_out, "FAN_AVG": (fan_in + fan_out) / 2.0}[mode]
        if uniform:
            limit = math.sqrt(3.0 * factor / units)
            return random_uniform(shape, -limit, limit, dtype, seed=seed)
        # 1.3 makes up for what the cut takes off the variance.
        return truncated_normal(shape, 0.0, math.sqrt(1.3 * factor / units), dtype, seed=seed)

    return initializer


def _check_floating(dtype: dtypes.DType) -> None:
    if not dtype.is_floating:
        raise TypeError("Cannot create initializer for non-floating point type.")


def _fans(shape: Sequence[int]) -> tuple[float, float]:
    if not shape:
        return 1.0, 1.0
    field = math.prod(float(d) for d in shape[:-2])
    return float(shape[-2] if len(shape) > 1 else shape[-1]) * field, float(shape[-1]) * field
