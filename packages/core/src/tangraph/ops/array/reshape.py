"""The same elements in another shape: reshape, expand_dims, squeeze."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.array.shape import shape as shape_of

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def divide_evenly(size: int | None, by: int | None) -> int | None:
    """Returns ``size / by``, None when one is unknown.

    Raises:
      ValueError: it is no whole number.
    """
    if size is None or by is None:
        return None
    if by <= 0:
        raise ValueError(f"Divisor must be positive but is {by}")
    if size % by:
        raise ValueError(f"Dimension size must be evenly divisible by {by} but is {size}")
    return size // by


def _reshape_shape(c: ShapeContext) -> Raw:
    out, known = c.shape_value(1), c.shapes[0]
    if out is None or known is None:
        return out
    unknown_out = [i for i, d in enumerate(out) if d is None]
    unknown_in = [i for i, d in enumerate(known) if d is None]
    if len(unknown_out) > 1 or len(unknown_in) > 1:
        return out
    elements_out = math.prod(d for d in out if d is not None)
    elements_in = math.prod(d for d in known if d is not None)
    if not unknown_in and not unknown_out:
        if elements_in != elements_out:
            text = "[" + ",".join(map(str, out)) + "]"
            raise ValueError(
                f"Cannot reshape a tensor with {elements_in} elements to shape {text} ({elements_out} elements)"
            )
        return out
    if not unknown_in:
        if elements_out > 0:
            return _with(out, unknown_out[0], divide_evenly(elements_in, elements_out))
        return out
    if not unknown_out:
        if elements_in != 0:
            divide_evenly(elements_out, elements_in)
        return out
    return out


def _with(shape: Raw, index: int, size: int | None) -> Raw:
    assert shape is not None
    return (*shape[:index], size, *shape[index + 1 :])


def _expand_dims_shape(c: ShapeContext) -> Raw:
    known, axis = c.shapes[0], c.value(1)
    if axis is not None and axis.size != 1:
        raise ValueError("'dim' input must be a tensor with a single value")
    if axis is None or known is None:
        return None
    dim, rank = int(axis.reshape(())), len(known)
    if not -rank - 1 <= dim <= rank:
        raise ValueError(f"dim {dim} not in the interval [{-rank - 1}, {rank}].")
    if dim < 0:
        dim += rank + 1
    return (*known[:dim], 1, *known[dim:])


def _squeeze_shape(c: ShapeContext) -> Raw:
    known = c.shapes[0]
    if known is None:
        return None
    rank, dims = len(known), set()
    for i, dim in enumerate(c.attr("squeeze_dims")):
        if not -rank <= dim < rank:
            raise ValueError(f"squeeze_dims[{i}] not in [{-rank},{rank}).")
        dims.add(dim % rank)
    kept: list[int | None] = []
    for i, size in enumerate(known):
        if i in dims:
            if size not in (1, None):
                raise ValueError(f"Can not squeeze dim[{i}], expected a dimension of 1, got {size}")
        elif dims or size not in (1, None):
            kept.append(size)
        elif size is None:
            return None
    return tuple(kept)


RESHAPE = ops.define(
    "Reshape",
    ["tensor: T", "shape: Tshape"],
    ["output: T"],
    ["T: type", "Tshape: {int32, int64} = DT_INT32"],
    shape=_reshape_shape,
    host_inputs=(1,),
    aliases={0: 0},
)
EXPAND_DIMS = ops.define(
    "ExpandDims",
    ["input: T", "dim: Tdim"],
    ["output: T"],
    ["T: type", "Tdim: {int32, int64} = DT_INT32"],
    shape=_expand_dims_shape,
    host_inputs=(1,),
    aliases={0: 0},
)
SQUEEZE = ops.define(
    "Squeeze",
    ["input: T"],
    ["output: T"],
    ["T: type", "squeeze_dims: list(int) >= 0 = []"],
    shape=_squeeze_shape,
    aliases={0: 0},
)


def _to_input_shape(op: Operation, grad: Any) -> Tensor:
    from tangraph.framework.indexed_slices import quiet_conversion

    with quiet_conversion():
        return reshape(grad, shape_of(op.inputs[0]))


@ops.gradient("Reshape", "ExpandDims")
def _reshape_grad(op: Operation, grad: Any) -> list[Tensor | None]:
    return [_to_input_shape(op, grad), None]


@ops.gradient("Squeeze")
def _squeeze_grad(op: Operation, grad: Any) -> Tensor:
    return _to_input_shape(op, grad)


@export("reshape", "manip.reshape")
def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """Returns a tensor with the elements of `tensor`, in row-major order, and another shape.

    Args:
      tensor: a tensor.
      shape: a vector of integers; at most one of them is -1, which stands for what is left.
      name: the operation's name.

    Raises:
      ValueError: the number of elements does not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.reshape(tf.zeros([2, 6]), [3, -1])
    <tf.Tensor 'Reshape:0' shape=(3, 4) dtype=float32>
    """
    result: Tensor = make_op(RESHAPE, tensor, shape, name=name)
    return result


@export("expand_dims")
def expand_dims(input: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """Inserts a dimension of size 1.

    Args:
      input: a tensor.
      axis: where: in ``[-rank - 1, rank]``.
      name: the operation's name.
      dim: the old name of `axis`.

    Raises:
      ValueError: no axis, or one out of range.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.expand_dims(tf.zeros([2, 3]), -1)
    <tf.Tensor 'ExpandDims:0' shape=(2, 3, 1) dtype=float32>
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    result: Tensor = make_op(EXPAND_DIMS, input, axis, name=name)
    return result


@export("compat.v2.expand_dims")
def expand_dims_v2(input: Any, axis: Any, name: str | None = None) -> Tensor:
    """As `tf.expand_dims`, with TensorFlow 2's arguments."""
    result: Tensor = make_op(EXPAND_DIMS, input, axis, name=name)
    return result


@export("squeeze")
def squeeze(input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None) -> Tensor:
    """Removes dimensions of size 1.

    Args:
      input: a tensor.
      axis: an axis or a list of them, all of size 1; every dimension of size 1 when None or empty.
      name: the operation's name.
      squeeze_dims: the old name of `axis`.

    Raises:
      ValueError: an axis is out of range or of another size; both names are given.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.squeeze(tf.zeros([1, 2, 1, 3]), [0])
    <tf.Tensor 'Squeeze:0' shape=(2, 1, 3) dtype=float32>
    """
    axis = deprecated_argument_lookup("axis", axis, "squeeze_dims", squeeze_dims)
    if np.isscalar(axis):
        axis = [axis]
    result: Tensor = make_op(SQUEEZE, input, squeeze_dims=[] if axis is None else axis, name=name)
    return result


@export("compat.v2.squeeze")
def squeeze_v2(input: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """As `tf.squeeze`, with TensorFlow 2's arguments."""
    return squeeze(input, axis, name)
