"""The same elements of a SparseTensor in another shape."""

from __future__ import annotations

import math
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.constant_value import constant_value, constant_value_as_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.sparse_tensor import SparseTensor, convert_to_sparse_tensor
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _reshape_shape(c: ShapeContext) -> list[Raw]:
    indices = c.with_rank(0, 2)
    c.with_rank(1, 1)
    new = c.with_rank(2, 1)
    return [(indices[0], new[0]), new]


SPARSE_RESHAPE = ops.define(
    "SparseReshape",
    ["input_indices: int64", "input_shape: int64", "new_shape: int64"],
    ["output_indices: int64", "output_shape: int64"],
    shape=_reshape_shape,
)
ops.without_gradient("SparseReshape")


@export("sparse.reshape", "sparse_reshape")
def sparse_reshape(sp_input: Any, shape: Any, name: str | None = None) -> SparseTensor:
    """Gives a SparseTensor another shape, with the same number of elements.

    Args:
      sp_input: a SparseTensor.
      shape: an integer vector; one size may be -1, which follows from the others.
      name: the operation's name.

    Raises:
      ValueError: the shapes are known and do not fit.
    """
    from tangraph.ops.array.identity import identity
    from tangraph.ops.math.cast import cast

    sparse = convert_to_sparse_tensor(sp_input)
    shape = cast(shape, dtypes.int64)
    with name_scope(name, "SparseReshape", [sparse.indices, sparse.values, sparse.dense_shape]) as scope:
        indices, new_shape = make_op(SPARSE_RESHAPE, sparse.indices, sparse.dense_shape, shape, name=scope)
        known = _known_result(sparse, shape)
        if known is not None:
            from tangraph.ops.array.constant import constant

            new_shape = constant(known, dtype=dtypes.int64)
        return SparseTensor(indices, identity(sparse.values), new_shape)


def _known_result(sparse: SparseTensor, shape: Tensor) -> list[int] | None:
    """Returns the new shape when it follows from what is known."""
    wanted, old = constant_value_as_shape(shape).raw, sparse.shape.raw
    if wanted is None or not raw_shape.is_fully_defined(old):
        return None
    given = constant_value(shape)
    if given is not None and (given == -1).sum() > 1:
        raise ValueError(f"At most one dimension can be inferred (-1). Found: {given}")
    elements = math.prod(old)  # type: ignore[arg-type]
    missing = wanted.count(None)
    if missing > 1:
        return None
    others = math.prod(size for size in wanted if size is not None)
    sizes = [elements // others if size is None else size for size in wanted]
    if math.prod(sizes) != elements:
        raise ValueError(
            f"Cannot reshape a tensor with {elements} elements to shape {list(wanted)} ({math.prod(sizes)} elements)."
        )
    return sizes


@export("sparse.expand_dims")
def sparse_expand_dims(sp_input: Any, axis: Any = None, name: str | None = None) -> SparseTensor:
    """Inserts a dimension of size 1.

    Args:
      sp_input: a SparseTensor.
      axis: where, from the end if negative; last when None.
      name: the name scope.

    Raises:
      TypeError: `axis` is no integer.
    """
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.fill import zeros
    from tangraph.ops.array.shape import shape
    from tangraph.ops.array.slicing import slice
    from tangraph.ops.array.where import where_v2

    rank = sp_input.dense_shape.shape[0]
    axis = -1 if axis is None else axis
    with name_scope(name, "expand_dims", [sp_input.indices, sp_input.values, sp_input.dense_shape]):
        if isinstance(axis, Integral):
            axis = convert_to_tensor(axis, name="axis", dtype=dtypes.int32)
        elif not isinstance(axis, Tensor):
            raise TypeError("axis must be an integer value in range [-rank(sp_input) - 1, rank(sp_input)]")
        place: Any = axis
        place = where_v2(place >= 0, place, place + rank + 1)
        count: Any = shape(sp_input.indices)
        column = zeros([count[0], 1], dtype=dtypes.int64)
        before = slice(sp_input.indices, [0, 0], [-1, place])
        after = slice(sp_input.indices, [0, place], [-1, -1])
        indices = concat([before, column, after], axis=1)
        head = slice(sp_input.dense_shape, [0], [place])
        tail = slice(sp_input.dense_shape, [place], [-1])
        one = convert_to_tensor([1], name="new_shape", dtype=dtypes.int64)
        return SparseTensor(indices, sp_input.values, concat([head, one, tail], axis=0))


@export("sparse.reset_shape", "sparse_reset_shape")
def sparse_reset_shape(sp_input: Any, new_shape: Any = None) -> SparseTensor:
    """Gives a SparseTensor a larger shape, or the smallest one that holds its elements.

    Args:
      sp_input: a SparseTensor.
      new_shape: an integer vector of the same length, no size of which is smaller; the smallest when None.

    Raises:
      ValueError: a size is known to be smaller.
    """
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.fill import ones_like
    from tangraph.ops.array.identity import identity
    from tangraph.ops.math.arithmetic import add
    from tangraph.ops.math.extremes import maximum
    from tangraph.ops.math.reductions import reduce_max

    sparse = convert_to_sparse_tensor(sp_input)
    indices, values, shape = [identity(x) for x in (sparse.indices, sparse.values, sparse.dense_shape)]
    if new_shape is None:
        last = reduce_max(indices, axis=0)
        zero = constant(0, dtype=dtypes.int64)
        return SparseTensor(indices, values, maximum(zero, add(last, ones_like(shape))))
    return SparseTensor(indices, values, _checked_shape(sparse, shape, new_shape))


def _checked_shape(sparse: SparseTensor, shape: Tensor, new_shape: Any) -> Any:
    from tangraph.ops.array.shape import shape as shape_of
    from tangraph.ops.check_ops import assert_equal, assert_less_equal
    from tangraph.ops.control_flow.grouping import with_dependencies
    from tangraph.ops.math.cast import cast

    wanted = convert_to_tensor(new_shape)
    wanted.shape.assert_has_rank(1)
    wanted = cast(wanted, dtypes.int64)
    if wanted.raw_shape is not None:
        wanted.shape[0].merge_with(shape.shape[0])
    known, old = constant_value(wanted), sparse.shape.raw
    if known is not None and raw_shape.is_fully_defined(old):
        sizes = np.array(old)
        if not (sizes <= known).all():
            raise ValueError(
                "Requested new_shape should have dimension sizes >= sp_input.shape.  "
                f"Found new_shape ({sizes}), sp_input.shape ({known})."
            )
        return known
    wanted = with_dependencies([assert_equal(shape_of(shape), shape_of(wanted))], wanted)
    return with_dependencies([assert_less_equal(shape, wanted)], wanted)
