"""Changes of the element type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export, named
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.math.broadcast import unchanged_shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.dtypes import DType
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


def _cast_function(function_name: str, default_name: str, dtype: DType) -> Callable[..., Any]:
    def cast_to(x: Any, name: str = default_name) -> Any:
        return cast(x, dtype, name=name)

    return export(function_name)(named(function_name, f"Returns `cast(x, tf.{dtype.name})`.")(cast_to))


to_float = _cast_function("to_float", "ToFloat", dtypes.float32)
to_double = _cast_function("to_double", "ToDouble", dtypes.float64)
to_int32 = _cast_function("to_int32", "ToInt32", dtypes.int32)
to_int64 = _cast_function("to_int64", "ToInt64", dtypes.int64)
to_bfloat16 = _cast_function("to_bfloat16", "ToBFloat16", dtypes.bfloat16)
to_complex64 = _cast_function("to_complex64", "ToComplex64", dtypes.complex64)
to_complex128 = _cast_function("to_complex128", "ToComplex128", dtypes.complex128)
