"""Masks for sequences of different lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.constant import constant
from tangraph.ops.array.raw import cast_node, max_node, maximum_node, range_node
from tangraph.ops.array.reshape import expand_dims
from tangraph.ops.array.shape import rank

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


def all_dimensions(x: Tensor) -> Tensor:
    """Returns the axes of a tensor, as an int32 vector."""
    if x.raw_shape is not None:
        return constant(np.arange(len(x.raw_shape)), dtype=dtypes.int32)
    return range_node(0, rank(x), 1)


@export("sequence_mask")
def sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = dtypes.bool, name: str | None = None) -> Tensor:
    """Returns a mask with `lengths` true elements at the start of each row.

    Args:
      lengths: an integer tensor of any rank.
      maxlen: the length of a row, a scalar; the largest of `lengths` when None.
      dtype: the type of the result; 1 is true.
      name: the name of the scope of the nodes.

    Returns:
      A tensor of shape ``lengths.shape + [maxlen]``.

    Raises:
      ValueError: `maxlen` is no scalar.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.sequence_mask([1, 3], 4, tf.int32)).tolist()
    [[1, 0, 0, 0], [1, 1, 1, 0]]
    """
    with name_scope(name, "SequenceMask", [lengths, maxlen]):
        lengths = convert_to_tensor(lengths)
        if maxlen is None:
            maxlen = max_node(lengths, all_dimensions(lengths))
            maxlen = maximum_node(constant(0, maxlen.dtype), maxlen)
        else:
            maxlen = convert_to_tensor(maxlen)
        if maxlen.raw_shape:
            raise ValueError("maxlen must be scalar for sequence_mask")
        row: Any = range_node(constant(0, maxlen.dtype), maxlen, constant(1, maxlen.dtype))
        lengths_column = cast_node(expand_dims(lengths, -1), maxlen.dtype)
        result: Tensor = row < lengths_column
        if dtype is None or dtypes.as_dtype(dtype).base is dtypes.bool:
            return result
        return cast_node(result, dtype)
