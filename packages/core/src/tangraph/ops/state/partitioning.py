"""How variables are cut into slices: partitioners, and what follows from their answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.tensor_shape import TensorShape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tangraph.framework.dtypes import DType


class PartitionInfo:
    """Which part of a variable an initializer is asked for.

    Args:
      full_shape: the shape of the whole.
      var_offset: where the part begins.

    Raises:
      TypeError: an argument that is no list or tuple.
      ValueError: they do not fit each other.
    """

    def __init__(self, full_shape: Sequence[int], var_offset: Sequence[int]) -> None:
        for name, value in (("full_shape", full_shape), ("var_offset", var_offset)):
            if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
                raise TypeError(f"`{name}` must be a sequence (like tuple or list) instead of {type(value).__name__}")
        if len(var_offset) != len(full_shape):
            raise ValueError(
                f"Expected equal length, but `var_offset` is of length {len(var_offset)} while full_shape is of length "
                f"{len(full_shape)}."
            )
        for offset, size in zip(var_offset, full_shape, strict=True):
            if not 0 <= offset < size:
                raise ValueError(
                    f"Expected 0 <= offset < shape but found offset={offset}, shape={size} for var_offset={var_offset}, "
                    f"full_shape={full_shape}"
                )
        self._full_shape = full_shape
        self._var_offset = var_offset

    @property
    def full_shape(self) -> Sequence[int]:
        """The shape of the whole."""
        return self._full_shape

    @property
    def var_offset(self) -> Sequence[int]:
        """Where the part begins."""
        return self._var_offset

    def single_offset(self, shape: Sequence[int]) -> int:
        """Returns where a part of this shape begins along the axis that is cut; 0 when none is."""
        axis = self.single_slice_dim(shape)
        return 0 if axis is None else self.var_offset[axis]

    def single_slice_dim(self, shape: Sequence[int]) -> int | None:
        """Returns the one axis along which a part of this shape is smaller than the whole, None when there is none.

        Raises:
          TypeError: `shape` is no list or tuple.
          ValueError: the part is not inside of the whole, or is smaller along several axes.
        """
        if not isinstance(shape, Sequence) or isinstance(shape, (str, bytes)):
            raise TypeError(f"`shape` must be a sequence (like tuple or list) instead of {type(shape).__name__}")
        if len(shape) != len(self.full_shape):
            raise ValueError(
                f"Expected equal length, but received shape={shape} of length {len(shape)} while self.full_shape="
                f"{self.full_shape} is of length {len(self.full_shape)}."
            )
        for axis, size in enumerate(shape):
            if self.var_offset[axis] + size > self.full_shape[axis]:
                raise ValueError(
                    f"With self.var_offset={self.var_offset}, a partition of shape={shape} would exceed self.full_shape="
                    f"{self.full_shape} in dimension {axis}."
                )
        cut = [axis for axis, size in enumerate(shape) if size != self.full_shape[axis]]
        if len(cut) > 1:
            raise ValueError(
                f"Cannot use single_slice_dim() with shape={shape} and self.full_shape={self.full_shape} since slice dim "
                f"could be either dimension {cut[1]} or {cut[0]}."
            )
        return cut[0] if cut else None


def call_partitioner(partitioner: Callable[..., Any], shape: TensorShape, dtype: DType) -> Sequence[int]:
    """Returns the number of slices along each axis, checked.

    Raises:
      ValueError: the shape cannot be cut, or the answer does not fit it.
    """
    if not shape.is_fully_defined():
        raise ValueError(f"Shape of a new partitioned variable must be fully defined, but instead was {shape}.")
    if shape.ndims is None or shape.ndims < 1:
        raise ValueError(f"A partitioned Variable must have rank at least 1, shape: {shape}")
    slicing = partitioner(shape=shape, dtype=dtype)
    if not isinstance(slicing, Sequence):
        raise ValueError(f"Partitioner must return a sequence, but saw: {slicing}")
    if len(slicing) != shape.ndims:
        raise ValueError(
            f"Partitioner returned a partition list that does not match the Variable's rank: {slicing} vs. {shape}"
        )
    if any(p < 1 for p in slicing):
        raise ValueError(f"Partitioner returned zero partitions for some axes: {slicing}")
    if sum(p > 1 for p in slicing) > 1:
        raise ValueError(f"Can only slice a variable along one dimension: shape: {shape}, partitioning: {slicing}")
    return slicing


def slices(full_shape: list[int], partitions: Sequence[int]) -> Iterator[tuple[list[int], list[int]]]:
    """Yields (offset, shape) of every slice; the first ones are longer by one where the size does not divide.

    >>> list(slices([5, 2], [2, 1]))
    [([0, 0], [3, 2]), ([3, 0], [2, 2])]
    """
    axis = next((i for i, p in enumerate(partitions) if p > 1), 0)
    count = max(partitions, default=1)
    least, longer = divmod(full_shape[axis], count)
    start = 0
    for i in range(count):
        offset, shape = [0] * len(full_shape), list(full_shape)
        offset[axis], shape[axis] = start, least + (i < longer)
        yield offset, shape
        start += shape[axis]


@export("fixed_size_partitioner")
def fixed_size_partitioner(num_shards: int, axis: int = 0) -> Callable[..., list[int]]:
    """Returns a partitioner that cuts into a given number of slices.

    Args:
      num_shards: the number of slices; there are not more of them than elements along the axis.
      axis: the axis to cut.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(2)):
    ...     [part.name for part in tf.get_variable("w", [4, 2])]
    ['p/w/part_0:0', 'p/w/part_1:0']
    """

    def partitioner(shape: TensorShape, **_: Any) -> list[int]:
        partitions = [1] * len(shape)
        sizes: list[Any] = shape.as_list()
        partitions[axis] = min(num_shards, sizes[axis])
        return partitions

    return partitioner


@export("variable_axis_size_partitioner")
def variable_axis_size_partitioner(
    max_shard_bytes: int, axis: int = 0, bytes_per_string_element: int = 16, max_shards: int | None = None
) -> Callable[..., list[int]]:
    """Returns a partitioner that cuts so that no slice is larger than a number of bytes.

    Args:
      max_shard_bytes: the most bytes of a slice.
      axis: the axis to cut.
      bytes_per_string_element: how much a string counts.
      max_shards: the most slices.

    Raises:
      ValueError: a number that is not positive.
    """
    if max_shard_bytes < 1 or bytes_per_string_element < 1:
        raise ValueError("Both max_shard_bytes and bytes_per_string_element must be positive.")
    if max_shards and max_shards < 1:
        raise ValueError("max_shards must be positive.")

    def partitioner(shape: Any, dtype: Any) -> list[int]:
        if not isinstance(shape, TensorShape):
            raise ValueError(f"shape is not a TensorShape: {shape}")
        if not shape.is_fully_defined():
            raise ValueError(f"shape is not fully defined: {shape}")
        if not isinstance(dtype, dtypes.DType):
            raise ValueError(f"dtype is not a DType: {dtype}")
        element = bytes_per_string_element if dtype.base is dtypes.string else dtype.size
        sizes: list[Any] = shape.as_list()
        bytes_per_slice = math.prod(sizes) / sizes[axis] * element
        slices_per_shard = max(1, math.floor(max_shard_bytes / bytes_per_slice))
        shards = math.ceil(sizes[axis] / slices_per_shard)
        partitions = [1] * len(sizes)
        partitions[axis] = min(max_shards, shards) if max_shards else shards
        return partitions

    return partitioner


@export("min_max_variable_partitioner")
def min_max_variable_partitioner(
    max_partitions: int = 1, axis: int = 0, min_slice_size: int = 256 << 10, bytes_per_string_element: int = 16
) -> Callable[..., list[int]]:
    """Returns a partitioner that makes as many slices as there may be while each has a number of bytes.

    Args:
      max_partitions: the most slices.
      axis: the axis to cut.
      min_slice_size: the least bytes of a slice.
      bytes_per_string_element: how much a string counts.
    """

    def partitioner(shape: TensorShape, dtype: Any) -> list[int]:
        if axis >= len(shape):
            raise ValueError(f"Can not partition variable along axis {axis} when shape is only {shape}")
        element = bytes_per_string_element if dtype.base is dtypes.string else dtype.size
        sizes: list[Any] = shape.as_list()
        wanted = math.ceil(math.prod(sizes) * element / min_slice_size)
        partitions = [1] * len(sizes)
        partitions[axis] = max(1, min(sizes[axis], max_partitions, wanted))
        return partitions

    return partitioner


@export("create_partitioned_variables")
def create_partitioned_variables(
    shape: Sequence[int],
    slicing: Sequence[int],
    initializer: Any,
    dtype: Any = dtypes.float32,
    trainable: bool = True,
    collections: Any = None,
    name: str | None = None,
    reuse: Any = None,
) -> list[Any]:
    """Returns the slices of a new partitioned variable; deprecated for `get_variable` with a partitioner.

    Args:
      shape: the shape of the whole.
      slicing: the number of slices along each axis; more than one along one axis at most.
      initializer: a tensor, or a function of shape and dtype.
      dtype, trainable, collections: see `tf.Variable`.
      name: "PartitionedVariable" when None.
      reuse: see `tf.variable_scope`.

    Raises:
      ValueError: the arguments do not fit each other.
    """
    from tangraph.ops.state.variable_scope import get_partitioned_variable, variable_scope

    if len(shape) != len(slicing):
        raise ValueError(
            "The 'shape' and 'slicing' of a partitioned Variable must have the length: shape: "
            f"{shape}, slicing: {slicing}"
        )
    if len(shape) < 1:
        raise ValueError(f"A partitioned Variable must have rank at least 1: shape: {shape}")
    with variable_scope(name, "PartitionedVariable", reuse=reuse):
        return list(
            get_partitioned_variable(
                name=None,
                shape=shape,
                dtype=dtype,
                initializer=initializer,
                trainable=trainable,
                partitioner=lambda **_: slicing,
                collections=collections,
            )
        )
