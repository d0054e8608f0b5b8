"""One-hot vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _one_hot_shape(c: ShapeContext) -> Raw:
    axis = c.attr("axis")
    if axis < -1:
        raise ValueError("axis must be >= -1")
    value, indices = c.value(1), c.shapes[0]
    depth = None
    if value is not None:
        if value.ndim:
            raise ValueError(f"Input must be scalar but has rank {value.ndim}")
        depth = int(value)
        if depth < 0:
            raise ValueError(f"Dimension size, given by scalar input 1, must be non-negative but is {depth}")
    if indices is None:
        return None
    at = axis % (len(indices) + 1)
    return (*indices[:at], depth, *indices[at:])


ONE_HOT = ops.define(
    "OneHot",
    ["indices: TI", "depth: int32", "on_value: T", "off_value: T"],
    ["output: T"],
    ["axis: int = -1", "T: type", "TI: {uint8, int32, int64} = DT_INT64"],
    shape=_one_hot_shape,
    host_inputs=(1,),
)
ops.not_differentiable("OneHot")


@export("one_hot")
def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """Returns vectors that are `off_value` everywhere but at one index.

    Args:
      indices: a tensor of uint8, int32 or int64; an index out of range gives a vector without `on_value`.
      depth: the length of the vectors, an int32 scalar.
      on_value: a scalar; 1 when None.
      off_value: a scalar; 0 when None.
      axis: where the axis of length `depth` stands in the result; -1, the last, when None.
      dtype: the type of the values; float32 when they do not tell.
      name: the operation's name.

    Raises:
      TypeError: the types of the values do not agree with each other or with `dtype`.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.one_hot([0, 2], 3, dtype=tf.int32)).tolist()
    [[1, 0, 0], [0, 0, 1]]
    """
    with name_scope(name, "one_hot", [indices, depth, on_value, off_value, axis, dtype]) as scope:
        on_dtype = None if on_value is None else convert_to_tensor(on_value).dtype.base
        off_dtype = None if off_value is None else convert_to_tensor(off_value).dtype.base
        if dtype is not None:
            dtype = dtypes.as_dtype(dtype)
            for what, found in (("on_value", on_dtype), ("off_value", off_dtype)):
                if found is not None and found != dtype:
                    raise TypeError(f"dtype {found} of {what} does not match dtype parameter {dtype}")
        else:
            dtype = on_dtype or off_dtype or dtypes.float32
        if on_value is None:
            on_value = convert_to_tensor(1, dtype, name="on_value")
            on_dtype = dtype
        if off_value is None:
            off_value = convert_to_tensor(0, dtype, name="off_value")
            off_dtype = dtype
        if on_dtype != off_dtype:
            raise TypeError(f"dtype {on_dtype} of on_value does not match dtype {off_dtype} of off_value")
        result: Tensor = make_op(
            ONE_HOT, indices, depth, on_value, off_value, axis=-1 if axis is None else axis, name=scope
        )
        return result
