"""Grids of coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.fill import ones
from tangraph.ops.array.packing import stack
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import size

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("meshgrid")
def meshgrid(*args: Any, **kwargs: Any) -> list[Tensor]:
    """Returns the coordinates of the points of a grid, one tensor for each axis, as `numpy.meshgrid` does.

    Args:
      *args: vectors of one type: the coordinates along each axis.
      **kwargs: `indexing`: "xy" (default, the first two axes swapped) or "ij"; `name`: the name of the scope.

    Raises:
      TypeError: another keyword argument.
      ValueError: another indexing.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     [grid.tolist() for grid in session.run(tf.meshgrid([1, 2, 3], [4, 5]))]
    [[[1, 2, 3], [1, 2, 3]], [[4, 4, 4], [5, 5, 5]]]
    """
    indexing = kwargs.pop("indexing", "xy")
    name = kwargs.pop("name", "meshgrid")
    if kwargs:
        raise TypeError(f"'{next(iter(kwargs))}' is an invalid keyword argument for this function")
    if indexing not in ("xy", "ij"):
        raise ValueError("indexing parameter must be either 'xy' or 'ij'")
    with name_scope(name, "meshgrid", args):
        rank = len(args)
        once = (1,) * rank
        output: list[Any] = [reshape(stack(x), (*once[:i], -1, *once[i + 1 :])) for i, x in enumerate(args)]
        sizes = [size(x) for x in args]
        dtype = convert_to_tensor(args[0]).dtype.base
        if indexing == "xy" and rank > 1:
            output[0] = reshape(output[0], (1, -1) + (1,) * (rank - 2))
            output[1] = reshape(output[1], (-1, 1) + (1,) * (rank - 2))
            sizes[0], sizes[1] = sizes[1], sizes[0]
        factor = ones(sizes, dtype)
        return [x * factor for x in output]
