"""Axes in another order: transpose, matrix_transpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _transpose_shape(c: ShapeContext) -> Raw:
    known, perm_shape, perm = c.shapes[0], c.shapes[1], c.value(1)
    count = raw_shape.num_elements(perm_shape)
    if known is None and count is None and perm is None:
        return None
    rank = len(known) if known is not None else count if count is not None else int(perm.size)  # type: ignore[union-attr]
    if known is None and rank < 2:
        return None
    dims = raw_shape.with_rank(known, rank)
    raw_shape.with_rank(perm_shape, 1)
    raw_shape.with_dim(count, rank)
    if perm is None:
        return (None,) * rank
    for axis in perm.tolist():
        if axis >= rank:
            raise ValueError(f"perm dim {axis} is out of range of input rank {rank}")
    return tuple([dims[axis] for axis in perm.tolist()])


_ATTRS = ["T: type", "Tperm: {int32, int64} = DT_INT32"]
TRANSPOSE = ops.define(
    "Transpose",
    ["x: T", "perm: Tperm"],
    ["y: T"],
    _ATTRS,
    shape=_transpose_shape,
    host_inputs=(1,),
    aliases={0: 0},
)
CONJUGATE_TRANSPOSE = ops.define(
    "ConjugateTranspose", ["x: T", "perm: Tperm"], ["y: T"], _ATTRS, shape=_transpose_shape, host_inputs=(1,)
)


def _invert_permutation_shape(c: ShapeContext) -> Raw:
    return raw_shape.with_rank(c.shapes[0], 1)


INVERT_PERMUTATION = ops.define(
    "InvertPermutation",
    ["x: T"],
    ["y: T"],
    ["T: {int32, int64} = DT_INT32"],
    shape=_invert_permutation_shape,
    host_inputs=(0,),
)
ops.not_differentiable("InvertPermutation")


@ops.gradient("Transpose")
def _transpose_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return [transpose(grad, invert_permutation(op.inputs[1])), None]


@ops.gradient("ConjugateTranspose")
def _conjugate_transpose_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return [transpose(grad, invert_permutation(op.inputs[1]), conjugate=True), None]


@export("transpose")
def transpose(a: Any, perm: Any = None, name: str = "transpose", conjugate: bool = False) -> Tensor:
    """Returns a tensor with its axes in another order.

    Args:
      a: a tensor.
      perm: for each axis of the result, the axis of `a` that it is; the reverse order when None.
      name: the operation's name.
      conjugate: whether complex elements are conjugated too.

    Raises:
      ValueError: `perm` does not fit the rank.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.transpose(tf.zeros([2, 3, 4]), [0, 2, 1])
    <tf.Tensor 'transpose:0' shape=(2, 4, 3) dtype=float32>
    """
    with name_scope(name, "transpose", [a]) as scope:
        op = CONJUGATE_TRANSPOSE if conjugate and a.dtype.is_complex else TRANSPOSE
        result: Tensor
        if perm is not None:
            result = make_op(op, a, perm, name=scope)
            return result
        a = convert_to_tensor(a, name="a")
        result = make_op(op, a, _reverse_order(a), name=scope)
        known = result.op._inputs[0].raw_shape
        if known is not None:
            result.set_shape(known[::-1])
        return result


def _reverse_order(a: Tensor) -> Any:
    if a.raw_shape:
        rank = len(a.raw_shape)
        return (rank - 1) - np.arange(rank)
    from tangraph.ops.array.shape import RANK

    rank_of_a: Any = make_op(RANK, a)
    from tangraph.ops.array.raw import range_node

    return (rank_of_a - 1) - range_node(0, rank_of_a, 1)


@export("compat.v2.transpose")
def transpose_v2(a: Any, perm: Any = None, conjugate: bool = False, name: str = "transpose") -> Tensor:
    """As `tf.transpose`, with the arguments in TensorFlow 2's order."""
    return transpose(a, perm, name, conjugate)


@export("matrix_transpose", "linalg.matrix_transpose", "linalg.transpose")
def matrix_transpose(a: Any, name: str = "matrix_transpose", conjugate: bool = False) -> Tensor:
    """Swaps the last two axes of a tensor.

    Args:
      a: a tensor of rank 2 or more.
      name: the name of the scope of the nodes.
      conjugate: whether complex elements are conjugated too.

    Raises:
      ValueError: the rank is less than 2.
    """
    with name_scope(name, values=[a]):
        a = convert_to_tensor(a, name="a")
        if a.raw_shape is not None:
            rank = len(a.raw_shape)
            if rank < 2:
                raise ValueError(f"Argument 'a' should be a (batch) matrix, with rank >= 2.  Found: {a.shape}")
            perm: Any = [*range(rank - 2), rank - 1, rank - 2]
        else:
            perm = _swapped_last(a)
        return transpose(a, perm=perm, conjugate=conjugate)


def _swapped_last(a: Tensor) -> Tensor:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.raw import range_node
    from tangraph.ops.array.shape import rank

    count: Any = rank(a)
    return concat((range_node(0, count - 2, 1), [count - 1, count - 2]), 0)


@export("invert_permutation", "math.invert_permutation")
def invert_permutation(x: Any, name: str | None = None) -> Tensor:
    """Returns the permutation that undoes another: ``y[x[i]] = i``.

    Args:
      x: an int32 or int64 vector of the numbers 0 to n - 1, each once.
      name: the operation's name.
    """
    result: Tensor = make_op(INVERT_PERMUTATION, x, name=name)
    return result
