"""Arrays as TensorProto messages, and back."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.dtypes import DType
from tangraph.framework.protos import TensorProto, TensorShapeProto
from tangraph.framework.values import Array, check_shape, convert, fill, to_ndarray

__all__ = ["make_ndarray", "make_tensor_proto", "read_elements", "to_ndarray", "write_elements"]

# Which field holds the elements of a type; the others are in int_val.
_FIELDS: Final = {
    "float16": "half_val",
    "bfloat16": "half_val",
    "float32": "float_val",
    "float64": "double_val",
    "complex64": "scomplex_val",
    "complex128": "dcomplex_val",
    "int64": "int64_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
    "bool": "bool_val",
    "string": "string_val",
}
# The types whose arrays are written as raw bytes when they have more than one element, as TensorFlow does.
_RAW: Final = frozenset(
    {"float32", "float64", "int32", "uint8", "int16", "int8", "int64"}
    | {"qint8", "quint8", "qint16", "quint16", "qint32", "uint32", "uint64"}
)
_MAX_BYTES: Final = 2**31


@export("make_tensor_proto")
def make_tensor_proto(
    values: Any, dtype: Any = None, shape: Any = None, verify_shape: bool = False, allow_broadcast: bool = False
) -> TensorProto:
    """Returns a TensorProto that holds what ``tf.constant(values, dtype, shape)`` means.

    Args:
      values: a number, a string, an array, or nested lists of them. A TensorProto is returned as it is.
      dtype: what `as_dtype` takes, or None for the type of ``values``.
      shape: the shape; None for that of ``values``. A shape with more elements than ``values`` repeats the last one.
      verify_shape: whether ``shape`` has to be that of ``values``.
      allow_broadcast: whether only a single value may be repeated.

    Raises:
      TypeError: a value is not of the kind of ``dtype``, or has another shape than ``shape`` where that matters.
      ValueError: ``values`` is None, ragged, has more elements than ``shape``, or takes 2 GB and more.

    >>> make_tensor_proto([1.5, 2.5], shape=[3])
    dtype: DT_FLOAT
    tensor_shape {
      dim {
        size: 3
      }
    }
    float_val: 1.5
    float_val: 2.5
    <BLANKLINE>
    """
    if isinstance(values, TensorProto):
        return values
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype).base
    sizes = None if shape is None else [int(size) for size in shape]
    array = convert(values, dtype, sizes)
    if sizes is None:
        sizes = list(array.shape)
    else:
        check_shape(array, sizes, verify_shape, allow_broadcast)
    found = dtype if dtype is not None and dtype.is_quantized else dtypes.as_dtype(array.dtype)
    proto = TensorProto(
        dtype=found.as_datatype_enum,
        tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes]),
    )
    if found.name in _RAW and array.size > 1 and array.size == np.prod(sizes, dtype=np.int64):
        if array.nbytes >= _MAX_BYTES:
            raise ValueError("Cannot create a tensor proto whose content is larger than 2GB.")
        proto.tensor_content = array.tobytes()
    else:
        write_elements(proto, array.ravel(), found)
    return proto


def write_elements(tensor: Any, flat: Array, dtype: DType) -> None:
    """Appends elements to the field of a TensorProto (ours, or one of the protobuf library) that their type has."""
    getattr(tensor, _FIELDS.get(dtype.name, "int_val")).extend(_to_values(flat, dtype))


def read_elements(tensor: Any, dtype: DType) -> Array:
    """Returns the elements that stand in the field of their type, as a flat array."""
    return _from_values(getattr(tensor, _FIELDS.get(dtype.name, "int_val")), dtype)


def _to_values(flat: Array, dtype: DType) -> list[Any]:
    """Returns elements as the field of their type holds them."""
    if dtype.name in ("float16", "bfloat16"):
        flat = flat.view(np.uint16)
    elif dtype.is_complex:
        flat = flat.view(dtype.real_dtype.np)
    values: list[Any] = flat.tolist()
    return [value[0] for value in values] if dtype.is_quantized else values


def _from_values(values: Any, dtype: DType) -> Array:
    """Returns the elements that the field of their type holds."""
    if dtype.name in ("float16", "bfloat16"):
        return np.array(values, np.uint16).view(dtype.np)
    if dtype.is_complex:
        return np.array(values, dtype.real_dtype.np).view(dtype.np)
    if dtype.is_quantized:
        return np.array([(value,) for value in values], dtype.np)
    if dtype is dtypes.string:
        flat = np.empty(len(values), object)
        flat[:] = list(values)
        return flat
    # Small unsigned types travel as int32.
    return np.array(values, np.int64 if dtype.kind in ("i", "u") and dtype.size < 8 else dtype.np).astype(dtype.np)


@export("make_ndarray")
def make_ndarray(tensor: Any) -> Array:
    """Returns the array that a TensorProto (ours, or one of the protobuf library) holds.

    Raises:
      TypeError: its dtype is none that an array can have.
      ValueError: its content does not fit its shape.

    >>> make_ndarray(make_tensor_proto(["a", "b"], shape=[3]))
    array([b'a', b'b', b'b'], dtype=object)
    """
    dtype = dtypes.as_dtype(tensor.dtype).base
    if not dtype.is_numpy_compatible:
        raise TypeError(f"Unsupported tensor type: {tensor.dtype}")
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    if tensor.tensor_content:
        return np.frombuffer(tensor.tensor_content, dtype.np).copy().reshape(shape)
    return fill(read_elements(tensor, dtype), shape)
