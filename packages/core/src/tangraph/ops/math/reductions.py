"""Reductions along axes: sum, mean, maximum, minimum, product, all, any, and what is composed of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from tangraph.export import export, named
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
ops.not_differentiable("EuclideanNorm")
ops.without_gradient("All", "Any")


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


class ReductionFunction(Protocol):
    """A reduction; the arguments are those of `reduce_sum`."""

    def __call__(
        self,
        input_tensor: Any,
        axis: Any = None,
        keepdims: bool | None = None,
        name: str | None = None,
        reduction_indices: Any = None,
        keep_dims: bool | None = None,
    ) -> Tensor:
        """Returns the reduced tensor."""
        ...


def _reduction_function(op: OpDef, name: str, doc: str) -> ReductionFunction:
    def reduce(
        input_tensor: Any,
        axis: Any = None,
        keepdims: bool | None = None,
        name: str | None = None,
        reduction_indices: Any = None,
        keep_dims: bool | None = None,
    ) -> Tensor:
        axis = deprecated_argument_lookup("axis", axis, "reduction_indices", reduction_indices)
        keepdims = deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims)
        return _reduce(op, input_tensor, axis, keepdims, name)

    return export(name, f"math.{name}")(named(name, doc)(reduce))


_SUM_DOC: Final = """Returns the sum along axes.

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
_REST: Final = "The arguments are those of `reduce_sum`."
reduce_sum = _reduction_function(SUM, "reduce_sum", _SUM_DOC)
reduce_mean = _reduction_function(
    MEAN, "reduce_mean", f"Returns the mean along axes; that of integers is rounded towards zero. {_REST}"
)
reduce_max = _reduction_function(MAX, "reduce_max", f"Returns the greatest element along axes. {_REST}")
reduce_min = _reduction_function(MIN, "reduce_min", f"Returns the least element along axes. {_REST}")
reduce_prod = _reduction_function(PROD, "reduce_prod", f"Returns the product along axes. {_REST}")
reduce_all = _reduction_function(ALL, "reduce_all", f"Says whether all elements along axes are true. {_REST}")
reduce_any = _reduction_function(ANY, "reduce_any", f"Says whether any element along axes is true. {_REST}")


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
