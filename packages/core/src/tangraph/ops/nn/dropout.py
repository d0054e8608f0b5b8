"""Dropout."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.constant_value import constant_value
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("nn.dropout")
def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
    rate: Any = None,
) -> Tensor:
    """Sets random elements to 0 and scales the others by 1 / (1 - rate) (Srivastava et al., JMLR 15, 2014).

    Args:
      x: a tensor of floats.
      keep_prob: 1 - rate, the old way to give it.
      noise_shape: the shape of the random choice, broadcast over `x`; None in it for a dimension of `x`.
      seed: see `tf.set_random_seed`.
      name: the name scope.
      rate: the probability that an element becomes 0, a number in [0, 1) or a scalar tensor.

    Returns:
      A tensor of the shape of `x`; `x` itself when the rate is known to be 0.

    Raises:
      ValueError: no floats, no rate, or one out of range.
    """
    try:
        dropped = None if keep_prob is None else 1.0 - keep_prob
    except TypeError:
        raise ValueError(f"keep_prob must be a floating point number or Tensor (got {keep_prob!r})") from None
    rate = deprecated_argument_lookup("rate", rate, "keep_prob", dropped)
    if rate is None:
        raise ValueError("You must provide a rate to dropout.")
    return dropout_v2(x, rate, noise_shape=noise_shape, seed=seed, name=name)


@export("compat.v2.nn.dropout")
def dropout_v2(x: Any, rate: Any, noise_shape: Any = None, seed: int | None = None, name: str | None = None) -> Tensor:
    """As `dropout`, with the rate only."""
    from tangraph.ops.math.cast import cast
    from tangraph.ops.random.uniform import random_uniform

    with name_scope(name, "dropout", [x]):
        x = convert_to_tensor(x, name="x")
        result: Tensor = x
        if not x.dtype.is_floating:
            raise ValueError(
                f"x has to be a floating point tensor since it's going to be scaled. Got a {x.dtype} tensor instead."
            )
        _check_rate(rate)
        if isinstance(rate, numbers.Real) and rate == 0:
            return result
        rate = convert_to_tensor(rate, dtype=x.dtype, name="rate")
        rate.get_shape().assert_has_rank(0)
        if constant_value(rate) == 0:
            return result
        drawn = random_uniform(_noise_shape(x, noise_shape), seed=seed, dtype=x.dtype)
        keep_prob = 1 - rate
        scale = 1 / keep_prob
        kept = drawn >= rate
        result = x * scale * cast(kept, x.dtype)
        result.set_shape(x.get_shape())
        return result


def _check_rate(rate: Any) -> None:
    if not isinstance(rate, numbers.Real):
        return
    number = float(rate)
    if not 0 <= number < 1:
        raise ValueError(f"rate must be a scalar tensor or a float in the range [0, 1), got {number:g}")
    if number > 0.5:
        from tangraph.util import tf_logging

        tf_logging.log_first_n(
            tf_logging.WARN,
            "Large dropout rate: %g (>0.5). It is the probability of setting an element to 0, which keep_prob was not. "
            "Please ensure that this is intended.",
            5,
            number,
        )


def _noise_shape(x: Tensor, noise_shape: Any) -> Any:
    from tangraph.ops.array.shape import shape

    if noise_shape is None:
        return shape(x)
    try:
        noise = raw_shape.from_value(noise_shape)
    except (TypeError, ValueError):
        return noise_shape
    if noise is None or x.raw_shape is None or len(noise) != len(x.raw_shape):
        return noise_shape
    return TensorShape([x.raw_shape[i] if size is None else size for i, size in enumerate(noise)])
