"""Reductions along axes: sum, mean, maximum, minimum, product, all, any, and what is composed of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def reduction_shape(c: ShapeContext) -> Raw:
    """The shape of a reduction: input 0 without the axes that input 1 names, or with size 1 there."""
    shape = c.shapes[0]
    raw_shape.with_rank_at_most(c.shapes[1], 1)
    keep = c.attr("keep_dims")
    axes = c.value(1)
    if shape is None or axes is None:
        return (None,) * len(shape) if keep and shape is not None else None
    reduced = set()
    for axis in axes.reshape(-1).tolist():
        if not -len(shape) <= axis < len(shape):
            raise ValueError(f"Invalid reduction dimension {axis} for input with {len(shape)} dimensions.")
        reduced.add(axis % len(shape))
    if keep:
        return tuple(1 if i in reduced else d for i, d in enumerate(shape))
    return tuple(d for i, d in enumerate(shape) if i not in reduced)


def _reduction(name: str, type_attr: str | None = "T: numbertype") -> OpDef:
    kind = "T" if type_attr else "bool"
    return ops.define(
        name,
        [f"input: {kind}", "reduction_indices: Tidx"],
        [f"output: {kind}"],
        ["keep_dims: bool = false", *([type_attr] if type_attr else []), "Tidx: {int32, int64} = DT_INT32"],
        shape=reduction_shape,
        host_inputs=(1,),
    )


SUM, MEAN, MAX, MIN, PROD = (_reduction(name) for name in ("Sum", "Mean", "Max", "Min", "Prod"))
EUCLIDEAN_NORM = _reduction("EuclideanNorm")
ALL, ANY = _reduction("All", None), _reduction("Any", None)
ops.not_differentiable("All", "Any", "EuclideanNorm")


def reduction_axes(x: Any, axis: Any) -> Any:
    """Returns the axes to reduce: those given, or else all; nodes are added when the rank is not known."""
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.shape import rank
    from tangraph.ops.math.ranges import range

    if axis is not None:
        return axis
    # TensorFlow does not look at the shapes of variables, lists and arrays here.
    shape = x.raw_shape if isinstance(x, Tensor) else None
    if shape is not None:
        return constant(np.arange(len(shape)), dtype=dtypes.int32)
    if hasattr(x, "dense_shape"):
        from tangraph.framework.sparse_tensor import SparseTensor

        sizes = x.dense_shape.raw_shape if isinstance(x, SparseTensor) else None
        if sizes is not None and sizes[0] is not None:
            return constant(np.arange(sizes[0]), dtype=dtypes.int32)
    return range(0, rank(x))


def _reduce(op: OpDef, x: Any, axis: Any, keepdims: bool | None, name: str | None) -> Tensor:
    keep = bool(keepdims)
    output: Tensor = make_op(op, x, reduction_axes(x, axis), keep_dims=keep, name=name)
    return _scalar_if_all(output, axis, keep)


def _scalar_if_all(output: Tensor, axis: Any, keepdims: bool) -> Tensor:
    if axis is None and not keepdims and not raw_shape.is_fully_defined(output.raw_shape):
        output.set_shape(())
    return output


def _reduce_v1(
    op: OpDef, x: Any, axis: Any, keepdims: Any, name: str | None, reduction_indices: Any, keep_dims: Any
) -> Tensor:
    axis = deprecated_argument_lookup("axis", axis, "reduction_indices", reduction_indices)
    keepdims = deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims)
    return _reduce(op, x, axis, keepdims, name)


@export("reduce_sum", "math.reduce_sum")
def reduce_sum(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Returns the sum along axes.

    Args:
      input_tensor: a tensor of numbers.
      axis: an axis, a list or an int tensor of them, each in [-rank, rank); None for all.
      keepdims: whether the axes stay, with size 1.
      name: the operation's name.
      reduction_indices: the old name of `axis`.
      keep_dims: the old name of `keepdims`.

    Raises:
      ValueError: an axis is out of range, or an argument is given under both names.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.reduce_sum([[1.0, 2.0], [3.0, 4.0]], axis=0))
    array([4., 6.], dtype=float32)
    """
    return _reduce_v1(SUM, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


@export("reduce_mean", "math.reduce_mean")
def reduce_mean(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Returns the mean along axes; that of integers is rounded towards zero. The arguments are those of `reduce_sum`."""
    return _reduce_v1(MEAN, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


@export("reduce_max", "math.reduce_max")
def reduce_max(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Returns the greatest element along axes. The arguments are those of `reduce_sum`."""
    return _reduce_v1(MAX, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


@export("reduce_min", "math.reduce_min")
def reduce_min(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Returns the least element along axes. The arguments are those of `reduce_sum`."""
    return _reduce_v1(MIN, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


@export("reduce_prod", "math.reduce_prod")
def reduce_prod(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Returns the product along axes. The arguments are those of `reduce_sum`."""
    return _reduce_v1(PROD, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


@export("reduce_all", "math.reduce_all")
def reduce_all(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Says whether all elements along axes are true. The arguments are those of `reduce_sum`."""
    return _reduce_v1(ALL, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


@export("reduce_any", "math.reduce_any")
def reduce_any(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Says whether any element along axes is true. The arguments are those of `reduce_sum`."""
    return _reduce_v1(ANY, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


@export("math.reduce_euclidean_norm")
def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Returns the square root of the sum of squares along axes. The arguments are those of `reduce_sum`."""
    return _reduce(EUCLIDEAN_NORM, input_tensor, axis, keepdims, name)


@export("reduce_logsumexp", "math.reduce_logsumexp")
def reduce_logsumexp(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Returns log(sum(exp(x))) along axes, without overflow. The arguments are those of `reduce_sum`."""
    from tangraph.ops.array.fill import zeros_like
    from tangraph.ops.array.identity import stop_gradient
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.arithmetic import add, subtract
    from tangraph.ops.math.rounding import is_finite
    from tangraph.ops.math.unary import exp, log

    axis = deprecated_argument_lookup("axis", axis, "reduction_indices", reduction_indices)
    keep = bool(deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims))
    with name_scope(name, "ReduceLogSumExp", [input_tensor]):
        greatest = reduce_max(input_tensor, axis=axis, keepdims=True)
        # An infinite maximum would make inf - inf.
        finite = make_op("Select", is_finite(greatest), greatest, zeros_like(greatest))
        shift = stop_gradient(finite)
        result = log(reduce_sum(exp(subtract(input_tensor, shift)), axis=axis, keepdims=keep))
        if not keep:
            shift = reshape(shift, shape(result))
        return _scalar_if_all(add(result, shift), axis, keep)


@export("math.reduce_variance")
def reduce_variance(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """Returns the mean of the squared distances from the mean along axes. The arguments are those of `reduce_sum`."""
    from tangraph.ops.math.unary import square

    with name_scope(name or "reduce_variance"):
        means = reduce_mean(input_tensor, axis=axis, keepdims=True)
        return reduce_mean(square(input_tensor - means), axis=axis, keepdims=keepdims)


@export("math.reduce_std")
def reduce_std(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """Returns the standard deviation along axes. The arguments are those of `reduce_sum`."""
    from tangraph.ops.math.unary import sqrt

    with name_scope(name or "reduce_std"):
        return sqrt(reduce_variance(input_tensor, axis=axis, keepdims=keepdims))


@export("count_nonzero", "math.count_nonzero")
def count_nonzero(
    input_tensor: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
    dtype: Any = dtypes.int64,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
    input: Any = None,
) -> Tensor:
    """Returns how many elements along axes are not zero (not the empty string).

    Args:
      input_tensor: a tensor of numbers, bools or strings.
      axis, keepdims, name, reduction_indices, keep_dims: as for `reduce_sum`.
      dtype: the type of the result.
      input: another name of `input_tensor`.
    """
    from tangraph.ops.array.fill import zeros
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.comparison import not_equal_node

    keep = bool(deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims))
    tensor = deprecated_argument_lookup("input", input, "input_tensor", input_tensor)
    axis = deprecated_argument_lookup("axis", axis, "reduction_indices", reduction_indices)
    with name_scope(name, "count_nonzero", [tensor]):
        tensor = convert_to_tensor(tensor, name="input")
        predicate = not_equal_node(tensor, zeros([], dtype=tensor.dtype))
        counted = reduce_sum(cast(predicate, dtypes.int64), axis=axis, keepdims=keep)
        result: Tensor = cast(counted, dtype=dtype)
        return result


# The table of gradients is that of `ops`: it fills when the ops are there.
from tangraph.ops.math import reduction_gradients as _gradients  # noqa: E402, F401
