"""Counts: bincount and histograms of fixed width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _bincount_shape(c: ShapeContext) -> Raw:
    size = c.value(1)
    if size is None:
        return (None,)
    if size.ndim:
        raise ValueError(f"Shape must be rank 0 but is rank {size.ndim}")
    if size < 0:
        raise ValueError(f"size ({size}) must be non-negative")
    return (int(size),)


def _histogram_shape(c: ShapeContext) -> Raw:
    value_range = c.with_rank(1, 1)
    raw_shape.with_dim(value_range[0], 2)
    raw_shape.with_rank(c.shapes[2], 0)
    nbins = c.value(2)
    if nbins is None:
        return (None,)
    if nbins <= 0:
        raise ValueError(f"Requires nbins > 0: {nbins}")
    return (int(nbins),)


BINCOUNT = ops.define(
    "Bincount",
    ["arr: int32", "size: int32", "weights: T"],
    ["bins: T"],
    ["T: {int32, int64, float, double}"],
    shape=_bincount_shape,
    host_inputs=(1,),
)
BUCKETIZE = ops.define(
    "Bucketize",
    ["input: T"],
    ["output: int32"],
    ["T: {int32, int64, float, double}", "boundaries: list(float)"],
    shape=lambda c: c.shapes[0],
)
HISTOGRAM_FIXED_WIDTH = ops.define(
    "HistogramFixedWidth",
    ["values: T", "value_range: T", "nbins: int32"],
    ["out: dtype"],
    ["T: {int32, int64, float, double}", "dtype: {int32, int64} = DT_INT32"],
    shape=_histogram_shape,
    host_inputs=(1, 2),
)
ops.without_gradient("Bincount", "Bucketize", "HistogramFixedWidth")


@export("math.bincount", "bincount")
def bincount(
    arr: Any, weights: Any = None, minlength: Any = None, maxlength: Any = None, dtype: Any = dtypes.int32
) -> Tensor:
    """Returns how often each non-negative number occurs.

    Args:
      arr: a tensor of int32.
      weights: what each element counts, in the shape of `arr`; 1 when None.
      minlength: the least length of the result.
      maxlength: the greatest; larger numbers are left out.
      dtype: the type of the result when there are no weights.

    Returns:
      A vector as long as the greatest element + 1.
    """
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.extremes import maximum, minimum
    from tangraph.ops.math.reductions import reduce_max, reduce_prod
    from tangraph.ops.math.segment import unsorted_segment_sum

    with name_scope(None, "bincount"):
        arr = convert_to_tensor(arr, name="arr", dtype=dtypes.int32)
        not_empty = reduce_prod(shape(arr)) > 0
        size = cast(not_empty, dtypes.int32) * (reduce_max(arr) + 1)
        if minlength is not None:
            size = maximum(convert_to_tensor(minlength, name="minlength", dtype=dtypes.int32), size)
        if maxlength is not None:
            size = minimum(convert_to_tensor(maxlength, name="maxlength", dtype=dtypes.int32), size)
        if weights is not None:
            weights = convert_to_tensor(weights, name="weights")
            return unsorted_segment_sum(weights, arr, size)
        result: Tensor = make_op(BINCOUNT, arr, size, constant([], dtype))
        return result


@export("histogram_fixed_width")
def histogram_fixed_width(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = dtypes.int32, name: str | None = None
) -> Tensor:
    """Returns how many values fall into each of `nbins` equal parts of a range.

    Args:
      values: a tensor of numbers; those outside of the range count in the first or last part.
      value_range: a pair of the same type, the ends of the range.
      nbins: how many parts.
      dtype: tf.int32 or tf.int64.
      name: the operation's name.
    """
    with name_scope(name, "histogram_fixed_width", [values, value_range, nbins]) as scope:
        result: Tensor = make_op(HISTOGRAM_FIXED_WIDTH, values, value_range, nbins, dtype=dtype, name=scope)
        return result


@export("histogram_fixed_width_bins")
def histogram_fixed_width_bins(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = dtypes.int32, name: str | None = None
) -> Tensor:
    """Returns the part of the range into which each value falls; see `histogram_fixed_width`."""
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.clip import clip_by_value
    from tangraph.ops.math.division import truediv
    from tangraph.ops.math.rounding import floor

    with name_scope(name, "histogram_fixed_width_bins", [values, value_range, nbins]):
        values = convert_to_tensor(values, name="values")
        values_shape = shape(values)
        values = reshape(values, [-1])
        value_range = convert_to_tensor(value_range, name="value_range")
        nbins = convert_to_tensor(nbins, dtype=dtypes.int32, name="nbins")
        nbins_float = cast(nbins, values.dtype)
        scaled = truediv(values - value_range[0], value_range[1] - value_range[0], name="scaled_values")
        indices = floor(nbins_float * scaled, name="indices")
        indices = cast(clip_by_value(indices, 0, nbins_float - 1), dtypes.int32)
        result: Tensor = reshape(indices, values_shape)
        return result
