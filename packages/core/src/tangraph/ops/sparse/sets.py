"""Sets along the last dimension of tensors: tf.sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.sparse_tensor import SparseTensor, convert_to_tensor_or_sparse_tensor

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()
_TYPES: Final = (
    dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64, dtypes.uint8, dtypes.uint16, dtypes.string,
)  # fmt: skip


def _of_rank(rank: int | None) -> list[Raw]:
    return [(None, rank), (None,), (rank,)]


def _dense_to_dense_shape(c: ShapeContext) -> list[Raw]:
    a, b = (raw_shape.with_rank_at_least(s, 2) for s in c.shapes)
    if a is not None and b is not None:
        raw_shape.with_rank(b, len(a))
        raw_shape.merge(a[:-1], b[:-1])
    known = a if a is not None else b
    return _of_rank(None if known is None else len(known))


def _dense_to_sparse_shape(c: ShapeContext) -> list[Raw]:
    a = raw_shape.with_rank_at_least(c.shapes[0], 2)
    return _of_rank(_sparse_rank(c, 3) if a is None else len(a))


def _sparse_to_sparse_shape(c: ShapeContext) -> list[Raw]:
    a, b = _sparse_rank(c, 2), _sparse_rank(c, 5)
    return _of_rank(b if a is None else a)


def _sparse_rank(c: ShapeContext, index: int) -> int | None:
    return raw_shape.with_rank(c.shapes[index], 1)[0]


_ATTRS = ["validate_indices: bool = true", "T: {int8, int16, int32, int64, uint8, uint16, string}"]
_RESULT = ["result_indices: int64", "result_values: T", "result_shape: int64"]
SET_SIZE = ops.define("SetSize", ["set_indices: int64", "set_values: T", "set_shape: int64"], ["size: int32"], _ATTRS)
DENSE_TO_DENSE = ops.define(
    "DenseToDenseSetOperation",
    ["set1: T", "set2: T"],
    _RESULT,
    ["set_operation: string", *_ATTRS],
    shape=_dense_to_dense_shape,
)
DENSE_TO_SPARSE = ops.define(
    "DenseToSparseSetOperation",
    ["set1: T", "set2_indices: int64", "set2_values: T", "set2_shape: int64"],
    _RESULT,
    ["set_operation: string", *_ATTRS],
    shape=_dense_to_sparse_shape,
)
SPARSE_TO_SPARSE = ops.define(
    "SparseToSparseSetOperation",
    [
        "set1_indices: int64",
        "set1_values: T",
        "set1_shape: int64",
        "set2_indices: int64",
        "set2_values: T",
        "set2_shape: int64",
    ],
    _RESULT,
    ["set_operation: string", *_ATTRS],
    shape=_sparse_to_sparse_shape,
)
ops.not_differentiable("SetSize", "DenseToDenseSetOperation", "DenseToSparseSetOperation", "SparseToSparseSetOperation")


@export("sets.size", "sets.set_size")
def set_size(a: Any, validate_indices: bool = True) -> Tensor:
    """Returns how many different values each set has.

    Args:
      a: a SparseTensor of integers or strings, with the sets along its last dimension.
      validate_indices: whether the order and the range of the indices are checked.

    Returns:
      int32, of the rank of `a` less one.

    Raises:
      TypeError: `a` is no SparseTensor, or of another type.
    """
    a = convert_to_tensor_or_sparse_tensor(a, name="a")
    if not isinstance(a, SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {a}.")
    if a.values.dtype.base not in _TYPES:
        raise TypeError(f"Invalid dtype {a.values.dtype}.")
    result: Tensor = make_op(SET_SIZE, a.indices, a.values, a.dense_shape, validate_indices=validate_indices)
    return result


def _converted(a: Any, b: Any) -> tuple[Any, Any, bool]:
    """Returns both operands, the dense one first, and whether they have changed places."""
    a = convert_to_tensor_or_sparse_tensor(a, name="a")
    if a.dtype.base not in _TYPES:
        raise TypeError(f"'a' invalid dtype {a.dtype}.")
    b = convert_to_tensor_or_sparse_tensor(b, name="b")
    if b.dtype.base != a.dtype.base:
        raise TypeError(f"Types don't match, {a.dtype} vs {b.dtype}.")
    if isinstance(a, SparseTensor) and not isinstance(b, SparseTensor):
        return b, a, True
    return a, b, False


def _parts(value: Any) -> list[Tensor]:
    return [value.indices, value.values, value.dense_shape] if isinstance(value, SparseTensor) else [value]


def _operation(a: Any, b: Any, operation: str, validate_indices: bool) -> SparseTensor:
    both = isinstance(a, SparseTensor), isinstance(b, SparseTensor)
    op = SPARSE_TO_SPARSE if all(both) else DENSE_TO_SPARSE if both[1] else DENSE_TO_DENSE
    result = make_op(op, *_parts(a), *_parts(b), set_operation=operation, validate_indices=validate_indices)
    return SparseTensor(*result)


@export("sets.intersection", "sets.set_intersection")
def set_intersection(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """Returns the values that are in both of two sets, for each pair of sets along the last dimension.

    Args:
      a: a tensor or SparseTensor of integers or strings.
      b: of the same type and, but for the last dimension, the same shape.
      validate_indices: whether the order and the range of the indices are checked.

    Raises:
      TypeError: another type, or two different ones.
    """
    a, b, _ = _converted(a, b)
    return _operation(a, b, "intersection", validate_indices)


@export("sets.difference", "sets.set_difference")
def set_difference(a: Any, b: Any, aminusb: bool = True, validate_indices: bool = True) -> SparseTensor:
    """Returns the values of one set that are not in another; of `b` that are not in `a` without `aminusb`."""
    a, b, flipped = _converted(a, b)
    return _operation(a, b, "a-b" if aminusb != flipped else "b-a", validate_indices)


@export("sets.union", "sets.set_union")
def set_union(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """Returns the values that are in one of two sets or in both."""
    a, b, _ = _converted(a, b)
    return _operation(a, b, "union", validate_indices)
