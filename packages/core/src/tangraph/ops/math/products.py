"""Products along axes: cross, trace, tensordot."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _cross_shape(c: ShapeContext) -> Raw:
    shapes = [raw_shape.with_rank_at_least(s, 1) for s in c.shapes]
    for shape in shapes:
        if shape is not None:
            raw_shape.with_dim(shape[-1], 3)
    return raw_shape.merge(*shapes)


CROSS = ops.define("Cross", ["a: T", "b: T"], ["product: T"], ["T: realnumbertype"], shape=_cross_shape)


@ops.gradient("Cross")
def _cross_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    a, b = op.inputs
    return cross(b, grad), cross(grad, a)


@export("linalg.cross", "cross")
def cross(a: Any, b: Any, name: str | None = None) -> Tensor:
    """Returns the cross products of vectors.

    Args:
      a: a tensor of real numbers of shape [..., 3].
      b: of the same shape and type.
      name: the operation's name.
    """
    result: Tensor = make_op(CROSS, a, b, name=name)
    return result


@export("linalg.trace", "trace")
def trace(x: Any, name: str | None = None) -> Tensor:
    """Returns the sums of the main diagonals of matrices.

    Args:
      x: a tensor of shape [..., m, n].
      name: the operation's name.
    """
    from tangraph.ops.math.reductions import reduce_sum

    with name_scope(name, "Trace", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return reduce_sum(make_op("MatrixDiagPart", x, name="diag_part"), [-1], name=scope)


@export("tensordot", "linalg.tensordot")
def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """Returns the sum of products over pairs of axes.

    Args:
      a: a tensor of numbers.
      b: of the same type.
      axes: how many of the last axes of `a` and the first of `b` are summed over; or a pair of lists of axes, or of
        axes; or an int32 tensor of shape [2, k].
      name: the operation's name.

    Returns:
      A tensor whose axes are those of `a` that are left, then those of `b`.

    Raises:
      ValueError: the axes do not pair.
    """
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.math.matmul import matmul

    with name_scope(name, "Tensordot", [a, b, axes]) as scope:
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, name="b")
        a_axes, b_axes = _paired_axes(a, axes)
        a_matrix, a_free, a_static = _as_matrix(a, a_axes)
        b_matrix, b_free, b_static = _as_matrix(b, b_axes, flipped=True)
        product = matmul(a_matrix, b_matrix)
        result: Tensor
        if isinstance(a_free, list) and isinstance(b_free, list):
            result = reshape(product, a_free + b_free, name=scope)
            return result
        sizes = [convert_to_tensor(free, dtype=dtypes.int32) for free in (a_free, b_free)]
        result = reshape(product, concat(sizes, 0), name=scope)
        if a_static is not None and b_static is not None:
            result.set_shape(a_static + b_static)
        return result


def _paired_axes(a: Tensor, axes: Any) -> tuple[Any, Any]:
    """The axes of both tensors, as lists or tensors."""
    from tangraph.ops.math.ranges import range as range_of

    rank = None if a.raw_shape is None else len(a.raw_shape)
    if isinstance(axes, (int, np.integer)):
        if axes < 0:
            raise ValueError("'axes' must be at least 0.")
        if rank is not None:
            if axes > rank:
                raise ValueError(f"'axes' must not be larger than the number of dimensions of tensor {a}.")
            return list(range(rank - axes, rank)), list(range(axes))
        from tangraph.ops.array.shape import rank as rank_of

        dims = rank_of(a)
        return range_of(dims - axes, dims, dtype=dtypes.int32), range_of(axes, dtype=dtypes.int32)
    if isinstance(axes, (list, tuple)):
        if len(axes) != 2:
            raise ValueError("'axes' must be an integer or have length 2.")
        first, second = axes
        if isinstance(first, (int, np.integer)) and isinstance(second, (int, np.integer)):
            first, second = [first], [second]
        if len(first) != len(second):
            raise ValueError(f"Different number of contraction axes 'a' and 'b', {len(first)} != {len(second)}.")
        return first, second
    axes = convert_to_tensor(axes, name="axes", dtype=dtypes.int32)
    return axes[0], axes[1]


def _as_matrix(a: Tensor, axes: Any, flipped: bool = False) -> tuple[Tensor, Any, list[int | None] | None]:
    """Returns `a` as a matrix (free axes, summed axes), the sizes of its free axes, and those as far as they are known.

    Args:
      a: a tensor.
      axes: the axes that are summed over, a list or a tensor.
      flipped: whether the summed axes come first.
    """
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.transpose import transpose

    known = a.raw_shape
    listed = isinstance(axes, (list, tuple))
    if raw_shape.is_fully_defined(known) and listed and known is not None:
        chosen = [i if i >= 0 else i + len(known) for i in axes]
        free = [i for i in range(len(known)) if i not in chosen]
        free_sizes: list[int | None] = [known[i] for i in free]
        outer = math.prod(known[i] or 0 for i in free)
        inner = math.prod(known[i] or 0 for i in chosen)
        permutation = chosen + free if flipped else free + chosen
        shape = [inner, outer] if flipped else [outer, inner]
        return reshape(transpose(a, permutation), shape), free_sizes, free_sizes
    return _as_matrix_by_nodes(a, axes, flipped, listed)


def _as_matrix_by_nodes(
    a: Tensor, axes: Any, flipped: bool, listed: bool
) -> tuple[Tensor, Tensor, list[int | None] | None]:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.gather import gather
    from tangraph.ops.array.packing import stack
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import rank, shape
    from tangraph.ops.array.transpose import transpose
    from tangraph.ops.array.unique import setdiff1d
    from tangraph.ops.math.ranges import range as range_of
    from tangraph.ops.math.reductions import reduce_prod

    known = a.raw_shape
    static: list[int | None] | None = None
    if known is not None and listed:
        chosen = [i if i >= 0 else i + len(known) for i in axes]
        others = [i for i in range(len(known)) if i not in chosen]
        static = [known[i] for i in others]
        axes = convert_to_tensor(chosen, dtype=dtypes.int32, name="axes")
        free = convert_to_tensor(others, dtype=dtypes.int32, name="free")
        sizes = shape(a)
    else:
        sizes = shape(a)
        dims = rank(a)
        axes = convert_to_tensor(axes, dtype=dtypes.int32, name="axes")
        axes = make_op("Select", axes >= 0, axes, axes + dims)
        free, _ = setdiff1d(range_of(dims), axes)
    free_sizes, summed_sizes = gather(sizes, free), gather(sizes, axes)
    outer, inner = reduce_prod(free_sizes), reduce_prod(summed_sizes)
    if flipped:
        permutation, new_shape = concat([axes, free], 0), stack([inner, outer])
    else:
        permutation, new_shape = concat([free, axes], 0), stack([outer, inner])
    return reshape(transpose(a, permutation), new_shape), free_sizes, static
