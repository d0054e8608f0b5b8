"""What control flow does with values made of several tensors: IndexedSlices, SparseTensor, RaggedTensor."""

from __future__ import annotations

from typing import Any

from tangraph.framework import dtypes
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import internal_convert_to_tensor
from tangraph.util import nest


def as_tensor_or_composite(value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> Any:
    """Returns a tensor for what converts to one; a value made of several tensors stays what it is.

    Raises:
      ValueError: it has another dtype than asked for.
    """
    if not nest.is_composite(value) or isinstance(value, Tensor):
        return internal_convert_to_tensor(value, dtype, name, as_ref)
    found = getattr(value, "dtype", None)
    if dtype is not None and found is not None and not dtypes.as_dtype(dtype).is_compatible_with(found):
        raise ValueError(
            f"Tensor conversion requested dtype {dtypes.as_dtype(dtype).name} for Tensor with dtype {found.name}: "
            f"{value!s}"
        )
    return value


def composite_parts(value: Any) -> list[Tensor]:
    """Returns the tensors that a value is made of.

    Raises:
      TypeError: it is not made of tensors.
    """
    if not nest.is_composite(value):
        raise TypeError(f"Type {type(value)} not supported")
    return nest.flatten(value, expand_composites=True)


def as_indexed_slices_list(values: list[Any]) -> list[Any]:
    """Returns IndexedSlices for tensors and IndexedSlices, all with indices of one type."""
    from tangraph.framework.indexed_slices import IndexedSlices
    from tangraph.ops.math.cast import cast

    slices = [as_indexed_slices(v) for v in values]
    with_int32 = [s for s in slices if s.indices.dtype is dtypes.int32]
    if not with_int32 or len(with_int32) == len(slices):
        return slices
    return [
        IndexedSlices(s.values, cast(s.indices, dtypes.int64), s.dense_shape) if s in with_int32 else s for s in slices
    ]


def as_indexed_slices(value: Any) -> Any:
    """Returns the IndexedSlices that hold every row of a tensor; IndexedSlices as they are.

    Raises:
      TypeError: `value` is neither.
    """
    from tangraph.framework.indexed_slices import IndexedSlices
    from tangraph.ops.array.shape import shape_internal
    from tangraph.ops.math.ranges import range as range_

    if isinstance(value, IndexedSlices):
        return value
    if not isinstance(value, Tensor):
        raise TypeError(f"Not a Tensor or IndexedSlices: {type(value)}")
    value_shape = shape_internal(value, optimize=False)
    return IndexedSlices(value, range_(0, value_shape[0]), value_shape)
