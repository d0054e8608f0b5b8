"""Elements repeated in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor, internal_convert_to_tensor
from tangraph.ops.array.boolean_mask import boolean_mask
from tangraph.ops.array.concat import concat
from tangraph.ops.array.packing import stack
from tangraph.ops.array.raw import cast_node, max_node, maximum_node
from tangraph.ops.array.reshape import expand_dims, reshape
from tangraph.ops.array.sequence_mask import all_dimensions, sequence_mask
from tangraph.ops.array.shape import rank, shape
from tangraph.ops.array.tile import broadcast_to, tile_one_dimension

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("repeat")
def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """Repeats the elements of a tensor along an axis.

    Args:
      input: a tensor.
      repeats: how often: an integer, or one for each element along the axis.
      axis: the axis; all elements in a row when None.
      name: the name of the scope of the nodes.

    Raises:
      TypeError: `axis` is no int, or `repeats` no integers.
      ValueError: the axis is out of range.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.repeat([3, 4], [1, 2])).tolist()
    [3, 4, 4]
    """
    if axis is None:
        input = reshape(input, [-1])
        axis = 0
    return repeat_with_axis(input, repeats, axis, name)


def repeat_with_axis(data: Any, repeats: Any, axis: int, name: str | None = None) -> Tensor:
    """As `tf.repeat`, for an axis that is given."""
    if not isinstance(axis, int):
        raise TypeError(f"axis must be an int; got {type(axis).__name__}")
    with name_scope(name, "Repeat", [data, repeats]):
        data = convert_to_tensor(data, name="data")
        repeats = _to_int32(repeats)
        repeats.shape.with_rank_at_most(1)
        data = _with_nonzero_rank(data)
        data_shape: Any = shape(data)
        axis = positive_axis(axis, None if data.raw_shape is None else len(data.raw_shape))
        if repeats.raw_shape is not None and len(repeats.raw_shape) == 1:
            data.shape[axis].assert_is_compatible_with(repeats.shape[0])
        if repeats.raw_shape == ():
            tiled = tile_one_dimension(expand_dims(data, axis + 1), axis + 1, repeats)
            return reshape(tiled, concat([data_shape[:axis], [-1], data_shape[axis + 1 :]], axis=0))
        return _repeat_each(data, data_shape, repeats, axis)


def _repeat_each(data: Tensor, data_shape: Any, repeats: Tensor, axis: int) -> Tensor:
    if repeats.raw_shape is None or len(repeats.raw_shape) != axis + 1:
        repeats_shape = shape(repeats)
        whole = concat([data_shape[: axis + 1 - rank(repeats)], repeats_shape], axis=0)
        repeats = broadcast_to(repeats, whole)
        repeats.set_shape([None] * (axis + 1))
    most = maximum_node(0, max_node(repeats, all_dimensions(repeats)))
    mask = sequence_mask(repeats, most)
    tiled = tile_one_dimension(expand_dims(data, axis + 1), axis + 1, most)
    result = boolean_mask(tiled, mask)
    if axis:
        result = reshape(result, concat([data_shape[:axis], [-1], data_shape[axis + 1 :]], axis=0))
    if data.raw_shape is not None:
        count = 0 if repeats.raw_shape is not None and repeats.raw_shape[0] == 0 else None
        result.set_shape(data.shape[:axis].concatenate([count]).concatenate(data.shape[axis + 1 :]))
    return result


def _to_int32(repeats: Any) -> Tensor:
    tensor = internal_convert_to_tensor(repeats, name="repeats", preferred_dtype=dtypes.int32)
    if not tensor.dtype.is_integer:
        raise TypeError(f"repeats must be an integer tensor; dtype={tensor.dtype}")
    return cast_node(tensor, dtypes.int32)


def positive_axis(axis: int, ndims: int | None) -> int:
    """Returns an axis counted from the front.

    Raises:
      ValueError: it is out of range, or negative while the rank is not known.
    """
    if ndims is not None:
        if -ndims <= axis < ndims:
            return axis % ndims
        raise ValueError(f"axis={axis} out of bounds: expected {-ndims}<=axis<{ndims}")
    if axis < 0:
        raise ValueError("axis may only be negative if ndims is statically known.")
    return axis


def _with_nonzero_rank(data: Tensor) -> Tensor:
    if data.raw_shape is not None:
        return data if data.raw_shape else stack([data])
    data_shape = shape(data)
    count: Any = rank(data)
    whole: Any = concat([[1], data_shape], axis=0)
    return reshape(data, whole[-count:])
