"""Flat indices and coordinates; rows left out of sparse ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.ops.array.gather import gather
from tangraph.ops.array.unique import LIST_DIFF

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _unravel_index_shape(c: ShapeContext) -> Raw:
    indices, dims = c.shapes
    if indices is None or dims is None or len(indices) > 1:
        return None
    return dims if not indices else (dims[0] if dims else None, indices[0])


UNRAVEL_INDEX = ops.define(
    "UnravelIndex",
    ["indices: Tidx", "dims: Tidx"],
    ["output: Tidx"],
    ["Tidx: {int32, int64} = DT_INT32"],
    shape=_unravel_index_shape,
)
ops.without_gradient("UnravelIndex")


@export("unravel_index")
def unravel_index(indices: Any, dims: Any, name: str | None = None) -> Tensor:
    """Returns the coordinates of elements, given their numbers in row-major order.

    Args:
      indices: int32 or int64, a scalar or vector of numbers.
      dims: the shape that they count in, a vector of the same type.
      name: the operation's name.

    Returns:
      A tensor with one row of coordinates for each dimension.
    """
    result: Tensor = make_op(UNRAVEL_INDEX, indices, dims, name=name)
    return result


@export("sparse_mask", "sparse.mask")
def sparse_mask(a: IndexedSlices, mask_indices: Any, name: str | None = None) -> IndexedSlices:
    """Leaves rows out of an IndexedSlices.

    Args:
      a: the rows.
      mask_indices: the indices of those that are left out.
      name: the name of the operation that takes the others.
    """
    with name_scope(name, "sparse_mask", [a.values, a.indices, mask_indices]) as scope:
        kept, places = make_op(LIST_DIFF, a.indices, mask_indices)
        return IndexedSlices(gather(a.values, places, name=scope), kept, a.dense_shape)
