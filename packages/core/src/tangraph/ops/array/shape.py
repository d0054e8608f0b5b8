"""What is asked of a tensor's shape: shape, shape_n, size, rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.constant import constant

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _rank_of(shape: Raw) -> Raw:
    return (None if shape is None else len(shape),)


def _shape_shape(c: ShapeContext) -> Raw:
    return _rank_of(c.shapes[0])


def _shape_n_shape(c: ShapeContext) -> list[Raw]:
    return [_rank_of(s) for s in c.shapes]


def _scalar(_: ShapeContext) -> Raw:
    return ()


_INTEGER = "out_type: {int32, int64} = DT_INT32"
SHAPE = ops.define("Shape", ["input: T"], ["output: out_type"], ["T: type", _INTEGER], shape=_shape_shape)
SHAPE_N = ops.define(
    "ShapeN", ["input: N * T"], ["output: N * out_type"], ["N: int >= 1", "T: type", _INTEGER], shape=_shape_n_shape
)
SIZE = ops.define("Size", ["input: T"], ["output: out_type"], ["T: type", _INTEGER], shape=_scalar)
RANK = ops.define("Rank", ["input: T"], ["output: int32"], ["T: type"], shape=_scalar)
ops.not_differentiable("Shape", "ShapeN", "Size", "Rank")


def _is_sparse(value: Any) -> bool:
    """Says whether a value is a SparseTensor or its value, without importing the module for everybody."""
    if isinstance(value, Tensor) or not hasattr(value, "dense_shape"):
        return False
    from tangraph.framework.sparse_tensor import is_sparse

    return is_sparse(value)


@export("shape")
def shape(input: Any, name: str | None = None, out_type: Any = dtypes.int32) -> Tensor:
    """Returns the shape of a tensor as a vector of integers.

    Args:
      input: a tensor or SparseTensor.
      name: the operation's name.
      out_type: int32 or int64.

    Returns:
      A vector; a constant when the shape is known while the graph is built.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.shape(tf.placeholder(tf.float32, [None, 3]))
    <tf.Tensor 'Shape:0' shape=(2,) dtype=int32>
    """
    return shape_internal(input, name, True, out_type)


@export("compat.v2.shape")
def shape_v2(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> Tensor:
    """As `tf.shape`, with the arguments in TensorFlow 2's order."""
    return shape_internal(input, name, True, out_type)


def shape_internal(input: Any, name: str | None = None, optimize: bool = True, out_type: Any = dtypes.int32) -> Tensor:
    """As `tf.shape`; without `optimize` the op is there even when the shape is known."""
    with name_scope(name, "Shape", [input]) as scope:
        if _is_sparse(input):
            from tangraph.ops.array.raw import cast_node

            return cast_node(input.dense_shape, out_type)
        known = convert_to_tensor(input).raw_shape
        if optimize and raw_shape.is_fully_defined(known):
            return constant(list(known or ()), out_type, name=scope)
        result: Tensor = make_op(SHAPE, input, out_type=out_type, name=scope)
        return result


@export("shape_n")
def shape_n(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> list[Tensor]:
    """Returns the shapes of several tensors of one type, as vectors of `out_type` (int32 or int64)."""
    result: list[Tensor] = make_op(SHAPE_N, input, out_type=out_type, name=name)
    return result


@export("size")
def size(input: Any, name: str | None = None, out_type: Any = dtypes.int32) -> Tensor:
    """Returns the number of elements of a tensor, a scalar of `out_type` (int32 or int64).

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     int(session.run(tf.size([[1, 2, 3], [4, 5, 6]])))
    6
    """
    return size_internal(input, name, True, out_type)


@export("compat.v2.size")
def size_v2(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> Tensor:
    """As `tf.size`, with the arguments in TensorFlow 2's order."""
    return size_internal(input, name, True, out_type)


def size_internal(input: Any, name: str | None = None, optimize: bool = True, out_type: Any = dtypes.int32) -> Tensor:
    """As `tf.size`; without `optimize` the op is there even when the size is known."""
    with name_scope(name, "Size", [input]) as scope:
        if _is_sparse(input):
            from tangraph.ops.array.raw import cast_node, prod_node

            return prod_node(cast_node(input.dense_shape, out_type), 0, name=scope)
        known = convert_to_tensor(input).raw_shape
        if optimize and known is not None:
            if None not in known:
                return constant(raw_shape.num_elements(known), out_type, name=scope)
            if 0 in known:
                return constant(0, out_type, name=scope)
        result: Tensor = make_op(SIZE, input, out_type=out_type, name=scope)
        return result


@export("rank")
def rank(input: Any, name: str | None = None) -> Tensor:
    """Returns the rank of a tensor, an int32 scalar (not a matrix's rank).

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     int(session.run(tf.rank(tf.zeros([2, 3, 4]))))
    3
    """
    return rank_internal(input, name)


def rank_internal(input: Any, name: str | None = None, optimize: bool = True) -> Tensor:
    """As `tf.rank`; without `optimize` the op is there even when the rank is known."""
    with name_scope(name, "Rank", [input]) as scope:
        if _is_sparse(input):
            size_of_shape: Tensor = make_op(SIZE, input.dense_shape, name=scope)
            return size_of_shape
        known = convert_to_tensor(input).raw_shape
        if optimize and known is not None:
            return constant(len(known), dtypes.int32, name=scope)
        result: Tensor = make_op(RANK, input, name=scope)
        return result
