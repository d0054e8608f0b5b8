"""Means and variances: moments, weighted moments, and the sums that they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("nn.moments")
def moments(
    x: Any,
    axes: Any,
    shift: Any = None,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """Returns the mean and the (biased) variance over some axes.

    Args:
      x: a tensor; halfs are computed in float32.
      axes: the axes, a list of integers.
      shift: not used.
      name: the name scope.
      keep_dims: the old name of `keepdims`.
      keepdims: whether the axes stay, with size 1.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     [float(v) for v in session.run(tf.nn.moments(tf.constant([1.0, 3.0]), [0]))]
    [2.0, 1.0]
    """
    from tangraph.ops.array.identity import stop_gradient
    from tangraph.ops.array.reshape import squeeze
    from tangraph.ops.math.arithmetic import squared_difference
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.reductions import reduce_mean

    keep = deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims)
    is_half = x.dtype.base is dtypes.float16
    with name_scope(name, "moments", [x, axes]):
        y = cast(x, dtypes.float32) if is_half else x
        mean = reduce_mean(y, axes, keepdims=True, name="mean")
        distances = squared_difference(y, stop_gradient(mean))
        variance = reduce_mean(distances, axes, keepdims=True, name="variance")
        if not keep:
            mean, variance = squeeze(mean, axes), squeeze(variance, axes)
        if is_half:
            mean, variance = cast(mean, dtypes.float16), cast(variance, dtypes.float16)
        return mean, variance


@export("nn.weighted_moments")
def weighted_moments(
    x: Any,
    axes: Any,
    frequency_weights: Any,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """Returns the weighted mean and variance over some axes.

    Args:
      x: a tensor; halfs are computed in float32.
      axes: the axes, a list of integers.
      frequency_weights: how often each element counts; broadcast against `x`.
      name: the name scope.
      keep_dims: the old name of `keepdims`.
      keepdims: whether the axes stay, with size 1.
    """
    from tangraph.ops.array.fill import zeros_like
    from tangraph.ops.array.reshape import squeeze
    from tangraph.ops.math.arithmetic import multiply, squared_difference
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.reductions import reduce_sum
    from tangraph.ops.math.unary import reciprocal

    keep = deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims)
    with name_scope(name, "weighted_moments", [x, frequency_weights, axes]):
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(frequency_weights, name="frequency_weights")
        is_half = x.dtype.base is dtypes.float16
        if is_half:
            x = cast(x, dtypes.float32)
        if weights.dtype is not x.dtype:
            weights = cast(weights, x.dtype)
        total = reduce_sum(weights * x, axes, name="weighted_input_sum", keepdims=True)
        # Weights that are broadcast count as often as they are used.
        everywhere = weights + zeros_like(x)
        weight_sum = reduce_sum(everywhere, axes, name="sum_of_weights", keepdims=True)
        divisor = reciprocal(weight_sum, name="inv_weight_sum")
        mean = multiply(total, divisor)
        distances = weights * squared_difference(x, mean)
        variance = multiply(reduce_sum(distances, axes, name="weighted_distsq", keepdims=True), divisor)
        if not keep:
            mean, variance = squeeze(mean, axis=axes), squeeze(variance, axis=axes)
        if is_half:
            mean, variance = cast(mean, dtypes.float16), cast(variance, dtypes.float16)
        return mean, variance


@export("nn.sufficient_statistics")
def sufficient_statistics(
    x: Any,
    axes: Any,
    shift: Any = None,
    keep_dims: bool | None = None,
    name: str | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Returns the sums from which `normalize_moments` computes mean and variance.

    Args:
      x: a tensor.
      axes: the axes, a list of integers.
      shift: subtracted from `x` first, for precision; close to the mean.
      keep_dims: the old name of `keepdims`.
      name: the name scope.
      keepdims: whether the axes stay, with size 1.

    Returns:
      The number of elements, their sum, the sum of their squares, and the shift (or None).
    """
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.gather import gather
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.arithmetic import squared_difference, subtract
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.reductions import reduce_prod, reduce_sum
    from tangraph.ops.math.unary import square

    axes = list(set(axes))
    keep = bool(deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims))
    with name_scope(name, "sufficient_statistics", [x, shift]):
        x = convert_to_tensor(x, name="x")
        sizes = [None] if x.raw_shape is None else [x.raw_shape[axis] for axis in axes]
        if None in sizes:
            counts = reduce_prod(gather(cast(shape(x), x.dtype), axes), name="count")
        else:
            number = 1
            for size in sizes:
                number *= size or 0
            counts = constant(number, dtype=x.dtype)
        if shift is None:
            values, squares = x, square(x)
        else:
            shift = convert_to_tensor(shift, name="shift")
            values, squares = subtract(x, shift), squared_difference(x, shift)
        total = reduce_sum(values, axes, keepdims=keep, name="mean_ss")
        square_total = reduce_sum(squares, axes, keepdims=keep, name="var_ss")
        return counts, total, square_total, shift


@export("nn.normalize_moments")
def normalize_moments(
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Returns mean and variance from the sums of `sufficient_statistics`.

    Args:
      counts: the number of elements.
      mean_ss: their (shifted) sum.
      variance_ss: the sum of their (shifted) squares.
      shift: what was subtracted, or None.
      name: the name scope.
    """
    from tangraph.ops.math.arithmetic import add, multiply, subtract
    from tangraph.ops.math.unary import reciprocal, square

    with name_scope(name, "normalize", [counts, mean_ss, variance_ss, shift]):
        divisor = reciprocal(counts, name="divisor")
        if shift is None:
            shifted = mean = multiply(mean_ss, divisor, name="mean")
        else:
            shifted = multiply(mean_ss, divisor, name="shifted_mean")
            mean = add(shifted, shift, name="mean")
        return mean, subtract(multiply(variance_ss, divisor), square(shifted), name="variance")
