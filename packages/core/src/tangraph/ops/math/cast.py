"""Changes of the element type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.math.broadcast import unchanged_shape

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation

ops = OpSet()

CAST = ops.define(
    "Cast",
    ["x: SrcT"],
    ["y: DstT"],
    ["SrcT: type", "DstT: type", "Truncate: bool = false"],
    shape=unchanged_shape,
)
_DIFFERENTIABLE = frozenset({"float16", "float32", "float64", "bfloat16", "complex64", "complex128"})


@ops.gradient("Cast")
def _cast_grad(op: Operation, grad: Tensor) -> Tensor | None:
    source = op.inputs[0].dtype.base
    if source.name in _DIFFERENTIABLE and grad.dtype.base.name in _DIFFERENTIABLE:
        result: Tensor = cast(grad, source)
        return result
    return None


@export("cast", "dtypes.cast")
def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """Returns the elements as another type.

    Floats become integers by dropping the fraction; integers that do not fit wrap around; complex numbers keep their
    real part; bools become 0 and 1.

    Args:
      x: a tensor, SparseTensor or IndexedSlices of numbers or bools.
      dtype: the type wanted; a tensor that has it is returned as it is.
      name: the operation's name.

    Raises:
      TypeError: `dtype` is no type.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.cast([1.8, 2.2], tf.int32))
    array([1, 2], dtype=int32)
    """
    from tangraph.ops.state.resource_variable import is_resource_variable

    base = dtypes.as_dtype(dtype).base
    if getattr(x, "dtype", None) is base and (isinstance(x, Tensor) or is_resource_variable(x)):
        return x
    with name_scope(name, "Cast", [x]) as scope:
        if hasattr(x, "dense_shape") and hasattr(x, "indices"):
            return type(x)(**_parts_with(x, cast(x.values, base, name=scope)))
        x = convert_to_tensor(x, name="x")
        if x.dtype.base is not base:
            x = make_op(CAST, x, DstT=base, name=scope)
        return x


def _parts_with(x: Any, values: Tensor) -> dict[str, Any]:
    """The arguments that make a SparseTensor or IndexedSlices like `x` with other values."""
    return {"indices": x.indices, "values": values, "dense_shape": x.dense_shape}


@export("saturate_cast", "dtypes.saturate_cast")
def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Tensor:
    """Returns the elements as another type; what does not fit becomes the nearest that does.

    Args:
      value: a tensor of real numbers.
      dtype: the type wanted.
      name: the operation's name.
    """
    from tangraph.ops.math.extremes import maximum, minimum

    with name_scope(name, "saturate_cast", [value]) as scope:
        value = convert_to_tensor(value, name="value")
        dtype = dtypes.as_dtype(dtype).base
        if value.dtype.min < dtype.min:
            value = maximum(value, convert_to_tensor(dtype.min, dtype=value.dtype, name="min"))
        if value.dtype.max > dtype.max:
            value = minimum(value, convert_to_tensor(dtype.max, dtype=value.dtype, name="max"))
        result: Tensor = cast(value, dtype, name=scope)
        return result


@export("to_float")
def to_float(x: Any, name: str = "ToFloat") -> Any:
    """Returns `cast(x, tf.float32)`."""
    return cast(x, dtypes.float32, name=name)


@export("to_double")
def to_double(x: Any, name: str = "ToDouble") -> Any:
    """Returns `cast(x, tf.float64)`."""
    return cast(x, dtypes.float64, name=name)


@export("to_int32")
def to_int32(x: Any, name: str = "ToInt32") -> Any:
    """Returns `cast(x, tf.int32)`."""
    return cast(x, dtypes.int32, name=name)


@export("to_int64")
def to_int64(x: Any, name: str = "ToInt64") -> Any:
    """Returns `cast(x, tf.int64)`."""
    return cast(x, dtypes.int64, name=name)


@export("to_bfloat16")
def to_bfloat16(x: Any, name: str = "ToBFloat16") -> Any:
    """Returns `cast(x, tf.bfloat16)`."""
    return cast(x, dtypes.bfloat16, name=name)


@export("to_complex64")
def to_complex64(x: Any, name: str = "ToComplex64") -> Any:
    """Returns `cast(x, tf.complex64)`."""
    return cast(x, dtypes.complex64, name=name)


@export("to_complex128")
def to_complex128(x: Any, name: str = "ToComplex128") -> Any:
    """Returns `cast(x, tf.complex128)`."""
    return cast(x, dtypes.complex128, name=name)
