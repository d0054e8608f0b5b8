"""Diagonals: diag, matrix_diag, matrix_set_diag, matrix_band_part, eye."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import colocate_with, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import ones, zeros, zeros_like

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _diag_shape(c: ShapeContext) -> Raw:
    each = raw_shape.with_rank_at_least(c.shapes[0], 1)
    return raw_shape.concatenate(each, each)


def _diag_part_shape(c: ShapeContext) -> Raw:
    whole = c.shapes[0]
    if whole is None:
        return None
    rank = len(whole)
    if rank % 2 or not rank:
        raise ValueError(f"Input must have even and non-zero rank, input rank is {rank}")
    half = rank // 2
    return tuple([raw_shape.merge_dim(whole[i], whole[i + half]) for i in range(half)])


def _matrix_diag_shape(c: ShapeContext) -> Raw:
    each = raw_shape.with_rank_at_least(c.shapes[0], 1)
    return None if each is None else (*each, each[-1])


def _smaller(a: int | None, b: int | None) -> int | None:
    if 0 in (a, b):
        return 0
    return None if a is None or b is None else min(a, b)


def _matrix_diag_part_shape(c: ShapeContext) -> Raw:
    whole = raw_shape.with_rank_at_least(c.shapes[0], 2)
    return None if whole is None else (*whole[:-2], _smaller(*whole[-2:]))


def _matrix_set_diag_shape(c: ShapeContext) -> Raw:
    whole = raw_shape.with_rank_at_least(c.shapes[0], 2)
    diagonal = raw_shape.with_rank_at_least(c.shapes[1], 1)
    if whole is not None:
        raw_shape.merge_dim(_smaller(*whole[-2:]), None if diagonal is None else diagonal[-1])
    if diagonal is None or raw_shape.is_fully_defined(whole):
        return whole
    return raw_shape.merge(whole, (*diagonal[:-1], None, None))


_NUMBERS = "T: {bfloat16, half, float, double, int32, int64, complex64, complex128}"
DIAG = ops.define("Diag", ["diagonal: T"], ["output: T"], [_NUMBERS], shape=_diag_shape)
DIAG_PART = ops.define("DiagPart", ["input: T"], ["diagonal: T"], [_NUMBERS], shape=_diag_part_shape)
MATRIX_DIAG = ops.define("MatrixDiag", ["diagonal: T"], ["output: T"], ["T: type"], shape=_matrix_diag_shape)
MATRIX_DIAG_PART = ops.define(
    "MatrixDiagPart", ["input: T"], ["diagonal: T"], ["T: type"], shape=_matrix_diag_part_shape
)
MATRIX_SET_DIAG = ops.define(
    "MatrixSetDiag", ["input: T", "diagonal: T"], ["output: T"], ["T: type"], shape=_matrix_set_diag_shape
)
MATRIX_BAND_PART = ops.define(
    "MatrixBandPart",
    ["input: T", "num_lower: Tindex", "num_upper: Tindex"],
    ["band: T"],
    ["T: type", "Tindex: {int32, int64} = DT_INT64"],
    shape=lambda c: c.shapes[0],
    host_inputs=(1, 2),
)


@ops.gradient("Diag")
def _diag_grad(_: Operation, grad: Tensor) -> Tensor:
    return diag_part(grad)


@ops.gradient("DiagPart")
def _diag_part_grad(_: Operation, grad: Tensor) -> Tensor:
    return diag(grad)


@ops.gradient("MatrixDiag")
def _matrix_diag_grad(_: Operation, grad: Tensor) -> Tensor:
    return matrix_diag_part(grad)


@ops.gradient("MatrixDiagPart")
def _matrix_diag_part_grad(op: Operation, grad: Tensor) -> Tensor:
    whole = op.inputs[0].raw_shape
    if whole is not None and whole[-1] is not None and whole[-1] == whole[-2]:
        return matrix_diag(grad)
    return matrix_set_diag(zeros_like(op.inputs[0]), grad)


@ops.gradient("MatrixSetDiag")
def _matrix_set_diag_grad(op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
    whole = raw_shape.merge(op.inputs[0].raw_shape, grad.raw_shape)
    diagonal = op.inputs[1].raw_shape
    batch = raw_shape.merge(None if whole is None else whole[:-2], None if diagonal is None else diagonal[:-1])
    size = None if whole is None else whole[-2:]
    if batch is not None and size is not None and None not in batch and None not in size:
        diag_shape: Any = [*batch, min(size)]  # type: ignore[type-var]
    else:
        diag_shape = _diagonal_shape(grad)
    kept = matrix_set_diag(grad, zeros(diag_shape, dtype=grad.dtype))
    return kept, matrix_diag_part(grad)


def _diagonal_shape(grad: Tensor) -> Tensor:
    from tangraph.ops.array.shape import rank, shape
    from tangraph.ops.array.slicing import slice as slice_
    from tangraph.ops.math.reductions import reduce_min

    with colocate_with(grad):
        whole, count = shape(grad), rank(grad)
        batch = slice_(whole, [0], [count - 2])
        size = slice_(whole, [count - 2], [2])
        return concat([batch, [reduce_min(size)]], 0)


@ops.gradient("MatrixBandPart")
def _matrix_band_part_grad(op: Operation, grad: Tensor) -> tuple[Tensor, None, None]:
    return matrix_band_part(grad, op.inputs[1], op.inputs[2]), None, None


@export("diag", "linalg.tensor_diag")
def diag(diagonal: Any, name: str | None = None) -> Tensor:
    """Returns a tensor of twice the rank with the given diagonal, and zeros elsewhere.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.diag([1, 2])).tolist()
    [[1, 0], [0, 2]]
    """
    result: Tensor = make_op(DIAG, diagonal, name=name)
    return result


@export("diag_part", "linalg.tensor_diag_part")
def diag_part(input: Any, name: str | None = None) -> Tensor:
    """Returns the diagonal of a tensor of even rank: what undoes `tf.diag`."""
    result: Tensor = make_op(DIAG_PART, input, name=name)
    return result


@export("matrix_diag", "linalg.diag")
def matrix_diag(
    diagonal: Any, name: str = "diag", k: Any = 0, num_rows: Any = -1, num_cols: Any = -1, padding_value: Any = 0
) -> Tensor:
    """Returns square matrices with given main diagonals.

    Args:
      diagonal: of shape ``[..., n]``.
      name: the operation's name.
      k: has no effect in TensorFlow 1.15, as have the rest.
      num_rows: has no effect.
      num_cols: has no effect.
      padding_value: has no effect.

    Returns:
      A tensor of shape ``[..., n, n]``.
    """
    result: Tensor = make_op(MATRIX_DIAG, diagonal, name=name)
    return result


@export("matrix_diag_part", "linalg.diag_part")
def matrix_diag_part(input: Any, name: str = "diag_part", k: Any = 0, padding_value: Any = 0) -> Tensor:
    """Returns the main diagonals of matrices.

    Args:
      input: of shape ``[..., m, n]``.
      name: the operation's name.
      k: has no effect in TensorFlow 1.15.
      padding_value: has no effect in TensorFlow 1.15.

    Returns:
      A tensor of shape ``[..., min(m, n)]``.
    """
    result: Tensor = make_op(MATRIX_DIAG_PART, input, name=name)
    return result


@export("matrix_set_diag", "linalg.set_diag")
def matrix_set_diag(input: Any, diagonal: Any, name: str = "set_diag", k: Any = 0) -> Tensor:
    """Returns matrices with their main diagonals replaced.

    Args:
      input: of shape ``[..., m, n]``.
      diagonal: of shape ``[..., min(m, n)]``.
      name: the operation's name.
      k: has no effect in TensorFlow 1.15.
    """
    result: Tensor = make_op(MATRIX_SET_DIAG, input, diagonal, name=name)
    return result


@export("matrix_band_part", "linalg.band_part")
def matrix_band_part(input: Any, num_lower: Any, num_upper: Any, name: str | None = None) -> Tensor:
    """Returns matrices with zeros outside of a band around the main diagonal.

    Args:
      input: of shape ``[..., m, n]``.
      num_lower: how many diagonals below the main one stay; all when negative.
      num_upper: how many above it.
      name: the operation's name.
    """
    result: Tensor = make_op(MATRIX_BAND_PART, input, num_lower, num_upper, name=name)
    return result


@export("eye", "linalg.eye")
def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Returns an identity matrix, or a batch of them.

    Args:
      num_rows: an int or int32 scalar.
      num_columns: the same; `num_rows` when None.
      batch_shape: a list or vector of integers.
      dtype: the element type.
      name: the name of the scope of the nodes.

    Raises:
      TypeError: a number of rows or columns that is no integer.
    """
    with name_scope(name, default_name="eye", values=[num_rows, num_columns, batch_shape]):
        is_square = num_columns is None
        batch_shape = [] if batch_shape is None else batch_shape
        num_columns = num_rows if num_columns is None else num_columns
        size: Any
        if isinstance(num_rows, Tensor) or isinstance(num_columns, Tensor):
            size = make_op("Minimum", num_rows, num_columns)
        else:
            if not isinstance(num_rows, (int, np.integer)) or not isinstance(num_columns, (int, np.integer)):
                raise TypeError("num_rows and num_columns must be positive integer values.")
            is_square = bool(num_rows == num_columns)
            size = min(num_rows, num_columns)
        whole: Any = None
        if isinstance(batch_shape, Tensor) or isinstance(size, Tensor):
            batch_shape = convert_to_tensor(batch_shape, name="shape", dtype=dtypes.int32)
            diag_shape: Any = concat((batch_shape, [size]), axis=0)
            if not is_square:
                whole = concat((batch_shape, [num_rows, num_columns]), axis=0)
        else:
            diag_shape = [*batch_shape, size]
            whole = [*batch_shape, num_rows, num_columns]
        diagonal = ones(diag_shape, dtype=dtype)
        if is_square:
            return matrix_diag(diagonal)
        return matrix_set_diag(zeros(whole, dtype=dtype), diagonal)
