"""Tensors put beside each other along a new axis, and taken apart again: stack, unstack, parallel_stack.

Here too is how lists with tensors among their elements become one tensor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor, is_dense_tensor_like
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array.constant import constant

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _axis(c: ShapeContext, rank: int) -> int:
    axis: int = c.attr("axis")
    if not -rank <= axis < rank:
        raise ValueError(f"Invalid axis: {axis}; must be in [{-rank},{rank})")
    return axis % rank


def merged_shapes(shapes: Any) -> Raw:
    """Returns the one shape that all have, merged from the last to the first.

    Raises:
      ValueError: two contradict each other.
    """
    result: Raw = shapes[-1]
    for i in reversed(range(len(shapes) - 1)):
        try:
            result = raw_shape.merge(shapes[i], result)
        except ValueError as error:
            raise ValueError(f"{error}\n\tFrom merging shape {i} with other shapes.") from None
    return result


def _pack_shape(c: ShapeContext) -> Raw:
    each = merged_shapes(c.shapes)
    if each is None:
        return None
    axis = _axis(c, len(each) + 1)
    return (*each[:axis], len(c.shapes), *each[axis:])


def _unpack_shape(c: ShapeContext) -> list[Raw]:
    whole, count = c.shapes[0], c.attr("num")
    if whole is None:
        return [None] * count
    axis = _axis(c, len(whole))
    raw_shape.with_dim(whole[axis], count)
    return [(*whole[:axis], *whole[axis + 1 :])] * count


def _parallel_concat_shape(c: ShapeContext) -> Raw:
    wanted: Raw = c.attr("shape")
    if not raw_shape.is_fully_defined(wanted):
        raise ValueError("shape attr must be fully defined.")
    assert wanted is not None
    each = (1, *wanted[1:])
    for shape in c.shapes:
        if not raw_shape.is_fully_defined(shape):
            raise ValueError("All input shapes must be fully defined.")
        raw_shape.merge(shape, each)
    return wanted


PACK = ops.define(
    "Pack", ["values: N * T"], ["output: T"], ["N: int >= 1", "T: type", "axis: int = 0"], shape=_pack_shape
)
UNPACK = ops.define(
    "Unpack",
    ["value: T"],
    ["output: num * T"],
    ["num: int >= 0", "T: type", "axis: int = 0"],
    shape=_unpack_shape,
)
PARALLEL_CONCAT = ops.define(
    "ParallelConcat",
    ["values: N * T"],
    ["output: T"],
    ["N: int >= 1", "T: type", "shape: shape"],
    shape=_parallel_concat_shape,
)
ops.without_gradient("ParallelConcat")


@ops.gradient("Pack")
def _pack_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    return unstack(grad, num=op.attrs["N"], axis=op.attrs["axis"])


@ops.gradient("Unpack")
def _unpack_grad(op: Operation, *grads: Tensor) -> Tensor:
    return stack(list(grads), axis=op.attrs["axis"])


@export("stack")
def stack(values: Any, axis: int = 0, name: str = "stack") -> Tensor:
    """Puts tensors of one shape and type beside each other along a new axis.

    Args:
      values: a list of tensors.
      axis: where the new axis stands in the result, in ``[-(rank + 1), rank + 1)``.
      name: the operation's name.

    Raises:
      ValueError: the axis is out of range, or the shapes differ.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.stack([[1, 4], [2, 5]], axis=1)).tolist()
    [[1, 2], [4, 5]]
    """
    if axis == 0:
        try:
            return convert_to_tensor(values, name=name)
        except (TypeError, ValueError):
            pass
    first = convert_to_tensor(values[0], name=name).raw_shape
    if first is not None:
        rank = len(first) + 1
        if not -rank <= axis < rank:
            raise ValueError(f"axis = {axis} not in [{-rank}, {rank})")
    result: Tensor = make_op(PACK, values, axis=axis, name=name)
    return result


@export("unstack")
def unstack(value: Any, num: int | None = None, axis: int = 0, name: str = "unstack") -> list[Tensor]:
    """Takes a tensor apart along an axis, into a list of tensors of one rank less.

    Args:
      value: a tensor.
      num: how many; None when the static shape tells.
      axis: the axis, in ``[-rank, rank)``.
      name: the operation's name.

    Raises:
      ValueError: the axis is out of range, or `num` is not known.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     len(tf.unstack(tf.zeros([3, 2])))
    3
    """
    if num is None:
        value = convert_to_tensor(value)
        known = value.raw_shape
        if known is not None:
            if not -len(known) <= axis < len(known):
                raise ValueError(f"axis = {axis} not in [{-len(known)}, {len(known)})")
            num = known[axis]
    if num is None:
        raise ValueError(f"Cannot infer num from shape {value.shape}")
    result: list[Tensor] = make_op(UNPACK, value, num=num, axis=axis, name=name)
    return result


@export("parallel_stack")
def parallel_stack(values: Any, name: str = "parallel_stack") -> Tensor:
    """As `tf.stack` along axis 0, for tensors whose shapes are all known."""
    from tangraph.ops.array.reshape import expand_dims

    with name_scope(name):
        first = convert_to_tensor(values[0])
        shape = TensorShape([len(values)]).concatenate(first.shape)
        result: Tensor = make_op(PARALLEL_CONCAT, [expand_dims(v, 0) for v in values], shape=shape)
        return result


def autopack(value: Any, dtype: DType | None, name: str) -> Any:
    """Makes one tensor of a list in which tensors stand beside numbers, as many levels deep as there are.

    Args:
      value: a list or tuple.
      dtype: the type wanted; the first tensor's when None. Tensors of another type are cast.
      name: the name of the Pack node, and the scope of what it needs.
    """
    inferred = _dtype_in(value)
    if inferred is None or _all_plain(value):
        return NotImplemented
    if dtype is None:
        dtype = inferred
    elif dtype != inferred:
        value = _cast_in(value, dtype)
    return _pack_nested(value, dtype, name)


def _all_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_all_plain(v) for v in value)
    return isinstance(value, (int, float, complex, str, bytes, np.generic, np.ndarray))


def _dtype_in(value: Any) -> DType | None:
    for item in value:
        if is_dense_tensor_like(item):
            found: DType = item.dtype.base_dtype
            return found
        if isinstance(item, (list, tuple)):
            inner = _dtype_in(item)
            if inner is not None:
                return inner
    return None


def _cast_in(value: Any, dtype: DType) -> Any:
    if isinstance(value, (list, tuple)):
        return [_cast_in(v, dtype) for v in value]
    if is_dense_tensor_like(value) and value.dtype.base_dtype != dtype:
        from tangraph.ops.array.raw import cast_node

        return cast_node(value, dtype)
    return value


def _pack_nested(value: Any, dtype: DType, name: str) -> Any:
    """Returns a tensor, or a list of the elements when no tensor is among them."""
    must_pack = False
    items: list[Any] = []
    with name_scope(name) as scope:
        for i, item in enumerate(value):
            if is_dense_tensor_like(item):
                if item.dtype.base_dtype != dtype:
                    raise TypeError(
                        f"Cannot convert a list containing a tensor of dtype {item.dtype} to {dtype} "
                        f"(Tensor is: {item!r})"
                    )
                must_pack = True
            elif isinstance(item, (list, tuple)):
                item = _pack_nested(item, dtype, str(i))
                must_pack = must_pack or is_dense_tensor_like(item)
            items.append(item)
        if not must_pack:
            return items
        tensors = [
            item if is_dense_tensor_like(item) else constant(item, dtype=dtype, name=str(i))
            for i, item in enumerate(items)
        ]
        return make_op(PACK, tensors, name=scope)
