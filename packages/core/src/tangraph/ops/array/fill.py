"""Tensors of one value: zeros, ones, fill, zeros_like, ones_like."""

from __future__ import annotations

import operator
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor, is_dense_tensor_like
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array.constant import constant
from tangraph.ops.array.identity import unchanged
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import shape_internal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tangraph.framework.dtypes import DType
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _fill_shape(c: ShapeContext) -> Raw:
    raw_shape.with_rank(c.shapes[0], 1)
    raw_shape.with_rank(c.shapes[1], 0)
    dims = c.value(0)
    if dims is not None and (dims < 0).any():
        raise ValueError("Fill dimensions must be >= 0")
    return c.shape_value(0)


FILL = ops.define(
    "Fill",
    ["dims: index_type", "value: T"],
    ["output: T"],
    ["T: type", "index_type: {int32, int64} = DT_INT32"],
    shape=_fill_shape,
    host_inputs=(0,),
)
ZEROS_LIKE = ops.define("ZerosLike", ["x: T"], ["y: T"], ["T: type"], shape=unchanged)
ONES_LIKE = ops.define(
    "OnesLike",
    ["x: T"],
    ["y: T"],
    [
        "T: {bfloat16, half, float, double, int8, uint8, int16, uint16, int32, int64, complex64, complex128, bool}",
    ],
    shape=unchanged,
)
ops.not_differentiable("ZerosLike", "OnesLike")


@ops.gradient("Fill")
def _fill_grad(_: Operation, grad: Tensor) -> tuple[None, Tensor]:
    from tangraph.ops.math.reductions import reduce_sum

    return None, reduce_sum(grad)


@export("fill")
def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """Returns a tensor all of whose elements are `value`.

    Args:
      dims: the shape, a vector of integers.
      value: a scalar.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.fill([2, 3], 9)
    <tf.Tensor 'Fill:0' shape=(2, 3) dtype=int32>
    """
    result: Tensor = make_op(FILL, dims, value, name=name)
    return result


@export("zeros")
def zeros(shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """Returns a tensor of zeros (of False, of empty strings).

    Args:
      shape: a list of sizes (numbers or scalar tensors), a TensorShape, or a vector of integers.
      dtype: the element type.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.zeros([3, 4], tf.int32)
    <tf.Tensor 'zeros:0' shape=(3, 4) dtype=int32>
    """
    return _filled(shape, dtype, name, "zeros", 0)


@export("ones")
def ones(shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """Returns a tensor of ones (of True).

    Args:
      shape: a list of sizes (numbers or scalar tensors), a TensorShape, or a vector of integers.
      dtype: the element type.
      name: the operation's name.
    """
    return _filled(shape, dtype, name, "ones", 1)


def _filled(shape: Any, dtype: Any, name: str | None, default_name: str, number: int) -> Tensor:
    base = dtypes.as_dtype(dtype).base
    value: Any = bool(number) if base is dtypes.bool else "" if base is dtypes.string and not number else number
    with name_scope(name, default_name, [shape]) as scope:
        if not isinstance(shape, Tensor):
            try:
                if _is_small(shape):
                    return constant(value, shape=shape, dtype=base, name=scope)
                shape = convert_to_tensor(TensorShape(shape), name=None)
            except (TypeError, ValueError):
                shape = convert_to_tensor(shape, dtype=dtypes.int32)
        if not shape.raw_shape:
            shape = reshape(shape, [-1])
        return fill(shape, constant(value, dtype=base), name=scope)


def _is_small(shape: Any) -> bool:
    """Says whether a shape has fewer than 1000 elements.

    TensorFlow multiplies and compares with NumPy, which lets tensors among the sizes answer by their operators: the
    nodes `mul` and `Less` that this leaves in the graph are a part of it, though the answer is of no use.
    """
    sizes = list(_sizes(shape))
    if not isinstance(shape, (list, tuple, TensorShape)) and np.ndim(shape) == 0 and not is_dense_tensor_like(shape):
        return False
    try:
        number = reduce(operator.mul, sizes) if sizes else 1.0
        return bool(number < 1000)
    except TypeError:
        return False


def _sizes(shape: Any) -> Iterator[Any]:
    if isinstance(shape, (list, tuple, TensorShape)):
        for item in shape:
            yield from _sizes(item)
    elif isinstance(shape, np.ndarray):
        yield from shape.ravel()
    elif shape is None:
        raise TypeError("A shape of None has no number of elements.")
    else:
        yield shape


@export("zeros_like")
def zeros_like(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Tensor:
    """Returns zeros in the shape of a tensor.

    Args:
      tensor: a tensor.
      dtype: the element type; the tensor's when None.
      name: the operation's name.
      optimize: whether a shape that is known may be taken from the graph instead of the value.
    """
    with name_scope(name, "zeros_like", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name="tensor")
        wanted: DType | None = None if dtype is None else dtypes.as_dtype(dtype)
        if optimize and raw_shape.is_fully_defined(tensor.raw_shape) and tensor.dtype is not dtypes.variant:
            return zeros(tensor.shape, wanted or tensor.dtype, name=scope)
        if wanted is not None and wanted != tensor.dtype and wanted is not dtypes.variant:
            return zeros(shape_internal(tensor, optimize=optimize), wanted, name=scope)
        result: Tensor = make_op(ZEROS_LIKE, tensor, name=scope)
        return result


@export("compat.v2.zeros_like")
def zeros_like_v2(input: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """As `tf.zeros_like`, with TensorFlow 2's arguments."""
    return zeros_like(input, dtype, name)


@export("ones_like")
def ones_like(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Tensor:
    """Returns ones in the shape of a tensor.

    Args:
      tensor: a tensor.
      dtype: the element type; the tensor's when None.
      name: the operation's name.
      optimize: whether a shape that is known may be taken from the graph instead of the value.
    """
    with name_scope(name, "ones_like", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name="tensor")
        shape = shape_internal(tensor, optimize=optimize)
        result = ones(shape, tensor.dtype if dtype is None else dtype, name=scope)
        result.set_shape(tensor.shape)
        return result


@export("compat.v2.ones_like")
def ones_like_v2(input: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """As `tf.ones_like`, with TensorFlow 2's arguments."""
    return ones_like(input, dtype, name)
