"""Gradients of the reductions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import dtypes, raw_shape
from tangraph.framework.constant_value import constant_value
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import colocate_with, device
from tangraph.framework.stacks import get_default_graph
from tangraph.ops.math.reductions import ops, reduce_prod, reduce_sum

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


def reduced_shape(input_shape: Any, axes: Any) -> Tensor:
    """Returns the shape that a reduction with `keep_dims` gives, as nodes.

    Args:
      input_shape: the shape of the reduced tensor; a tensor or a tuple.
      axes: the axes.
    """
    from tangraph.ops.array.fill import fill
    from tangraph.ops.array.shape import shape, size
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.ranges import range

    input_shape = cast(input_shape, dtypes.int32)
    axes = cast(axes, dtypes.int32)
    rank = size(input_shape)
    axes = (axes + rank) % rank
    axes_shape = shape(axes)
    result: Tensor = make_op("DynamicStitch", [range(rank), axes], [input_shape, fill(axes_shape, 1)])
    return result


def _safe_divide(x: Any, y: Any) -> Any:
    """Divides shapes; sizes of 0 are divided as by 1."""
    from tangraph.ops.math.extremes import maximum

    return x // maximum(y, 1)


@ops.gradient("Sum")
def _sum_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return [_spread(op, grad), None]


def _spread(op: Operation, grad: Tensor) -> Tensor:
    """Repeats the gradient of a sum along the axes that were summed over."""
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.array.tile import tile

    x = op.inputs[0]
    known = x.raw_shape
    axes = constant_value(op.inputs[1]) if known is not None else None
    if known is not None and axes is not None:
        if np.array_equal(axes, np.arange(len(known))):
            grad = reshape(grad, [1] * len(known))
            full = constant(known, dtype=dtypes.int32) if None not in known else shape(x)
            return tile(grad, full)
        if None not in known:
            kept, repeats = _static_spread(known, tuple(axes.reshape(-1)))  # type: ignore[arg-type]
            return tile(reshape(grad, kept), repeats)
    input_shape = shape(x)
    with colocate_with(input_shape):
        kept_dims = reduced_shape(input_shape, op.inputs[1])
        scaling = _safe_divide(input_shape, kept_dims)
    return tile(reshape(grad, kept_dims), scaling)


def _static_spread(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Returns the shape with the reduced axes at size 1, and how often each axis is repeated.

    TensorFlow computes the two with nodes of the graph, once for each (shape, axes) of a graph, and leaves them there.
    """
    cache = get_default_graph().__dict__.setdefault("_reduced_shape_cache", {})
    key = (shape, tuple(int(a) for a in axes))
    if key not in cache:
        reduced = {int(a) % len(shape) for a in axes}
        kept = tuple(1 if i in reduced else d for i, d in enumerate(shape))
        reduced_shape(shape, axes)
        _safe_divide(shape, kept)
        cache[key] = kept, tuple(d // max(k, 1) for d, k in zip(shape, kept, strict=True))
    found: tuple[tuple[int, ...], tuple[int, ...]] = cache[key]
    return found


@ops.gradient("Mean")
def _mean_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.division import truediv

    spread = _spread(op, grad)
    x, y = op.inputs[0], op.outputs[0]
    if raw_shape.is_fully_defined(x.raw_shape) and raw_shape.is_fully_defined(y.raw_shape):
        count = (raw_shape.num_elements(x.raw_shape) or 0) // max(raw_shape.num_elements(y.raw_shape) or 0, 1)
        factor = constant(count, dtype=spread.dtype)
    else:
        input_shape, output_shape = shape(x), shape(y)
        factor = _safe_divide(reduce_prod(input_shape), reduce_prod(output_shape))
    return [truediv(spread, cast(factor, spread.dtype)), None]


@ops.gradient("Max", "Min")
def _extreme_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.comparison import equal

    x = op.inputs[0]
    kept_dims = reduced_shape(shape(x), op.inputs[1])
    y = reshape(op.outputs[0], kept_dims)
    grad = reshape(grad, kept_dims)
    # Elements that share the extreme share its gradient.
    chosen = cast(equal(y, x), grad.dtype)
    count = reshape(reduce_sum(chosen, op.inputs[1]), kept_dims)
    return [chosen / count * grad, None]


@ops.gradient("Prod")
def _prod_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.array.tile import tile
    from tangraph.ops.array.transpose import invert_permutation, transpose
    from tangraph.ops.math.complex import conj
    from tangraph.ops.math.cumulative import cumprod

    x = op.inputs[0]
    input_shape = shape(x)
    axes = reshape(op.inputs[1], [-1])
    kept_dims = reduced_shape(input_shape, op.inputs[1])
    scaling = _safe_divide(input_shape, kept_dims)
    grad = tile(reshape(grad, kept_dims), scaling)
    permutation, count, others = _reduced_axes_first(x, input_shape, axes)
    permuted = transpose(x, permutation)
    permuted_shape = shape(permuted)
    rows = reshape(permuted, (count, others))
    # The product of all elements but one, without a division: those before it times those after it.
    before = cumprod(rows, axis=0, exclusive=True)
    after = cumprod(rows, axis=0, exclusive=True, reverse=True)
    rest = reshape(conj(before) * conj(after), permuted_shape)
    return [reshape(grad * transpose(rest, invert_permutation(permutation)), input_shape), None]


def _reduced_axes_first(x: Tensor, input_shape: Tensor, axes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Returns a permutation that brings the reduced axes to the front, and the sizes of the two groups of axes."""
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.gather import gather
    from tangraph.ops.array.shape import rank
    from tangraph.ops.array.unique import setdiff1d
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.ranges import range

    with device("/cpu:0"):
        dims = rank(x)
        axes = (axes + dims) % dims
        reduced = cast(axes, dtypes.int32)
        kept, _ = setdiff1d(range(0, dims), reduced)
        permutation = concat([reduced, kept], 0)
        count = reduce_prod(gather(input_shape, reduced))
        others = reduce_prod(gather(input_shape, kept))
    return permutation, count, others
