"""The elements for which a mask is true."""

from __future__ import annotations

from typing import Any

from tangraph.export import export
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape, as_shape
from tangraph.ops.array.concat import concat
from tangraph.ops.array.gather import gather
from tangraph.ops.array.raw import prod_node
from tangraph.ops.array.reshape import reshape, squeeze
from tangraph.ops.array.shape import shape
from tangraph.ops.array.where import where


@export("boolean_mask")
def boolean_mask(tensor: Any, mask: Any, name: str = "boolean_mask", axis: int | None = None) -> Tensor:
    """Takes the elements of a tensor for which a mask is true.

    Args:
      tensor: a tensor.
      mask: booleans; the shape is that of `tensor` from `axis` on, as far as it goes.
      name: the name of the scope of the nodes.
      axis: the first dimension that is masked; 0 when None.

    Returns:
      A tensor in which the masked dimensions have become one.

    Raises:
      ValueError: the mask is a scalar, of unknown rank, or of another shape.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.boolean_mask([[1, 2], [3, 4], [5, 6]], [True, False, True])).tolist()
    [[1, 2], [5, 6]]
    """
    with name_scope(name, values=[tensor, mask]):
        tensor = convert_to_tensor(tensor, name="tensor")
        mask = convert_to_tensor(mask, name="mask")
        if mask.raw_shape is None:
            raise ValueError(
                "Number of mask dimensions must be specified, even if some dimensions are None.  E.g. shape=[None] is "
                "ok, but shape=None is not."
            )
        rank = len(mask.raw_shape)
        if rank == 0:
            raise ValueError("mask cannot be scalar.")
        axis = 0 if axis is None else axis
        whole: TensorShape = tensor.shape
        whole[axis : axis + rank].assert_is_compatible_with(mask.shape)
        sizes: Any = shape(tensor)
        leading = prod_node(sizes[axis : axis + rank], [0])
        before: Any = shape(tensor)
        before = before[:axis]
        after: Any = shape(tensor)
        flat = reshape(tensor, concat([before, [leading], after[axis + rank :]], 0))
        count = whole[axis : axis + rank].num_elements()
        flat.set_shape(as_shape(whole[:axis]).concatenate([count]).concatenate(whole[axis + rank :]))
        mask = reshape(mask, [-1])
        return gather(flat, squeeze(where(mask), axis=[1]), axis=axis)


@export("compat.v2.boolean_mask")
def boolean_mask_v2(tensor: Any, mask: Any, axis: int | None = None, name: str = "boolean_mask") -> Tensor:
    """As `tf.boolean_mask`, with the arguments in TensorFlow 2's order."""
    return boolean_mask(tensor, mask, name, axis)
