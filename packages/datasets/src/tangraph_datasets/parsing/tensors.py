"""serialize_tensor and parse_tensor; decode_json_example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import raw_shape
from tangraph.framework.dtypes import as_dtype, cpp_name
from tangraph.framework.protos import TensorProto
from tangraph.framework.tensor_proto import make_ndarray
from tangraph.plugin import KernelSet, OpSet, export, make_op
from tangraph_datasets.parsing.raw import invalid, texts, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.dtypes import DType
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()


def _scalar(c: ShapeContext) -> Raw:
    del c
    return ()


def _unknown(c: ShapeContext) -> Raw:
    del c
    return None


def _same(c: ShapeContext) -> Raw:
    return c.shapes[0]


SERIALIZE = ops.define("SerializeTensor", ["tensor: T"], ["serialized: string"], ["T: type"], shape=_scalar)
PARSE = ops.define("ParseTensor", ["serialized: string"], ["output: out_type"], ["out_type: type"], shape=_unknown)
JSON = ops.define("DecodeJSONExample", ["json_examples: string"], ["binary_examples: string"], shape=_same)
ops.not_differentiable("SerializeTensor", "ParseTensor")
ops.without_gradient("DecodeJSONExample")


def serialized(value: Any, dtype: DType) -> bytes:
    """Returns an array as a serialized TensorProto."""
    array = np.asarray(value, dtype.np)
    proto = TensorProto(dtype=dtype.as_datatype_enum)
    proto.tensor_shape.SetInParent()
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    if array.dtype == object:
        proto.string_val.extend(array.ravel().tolist())
    else:
        proto.tensor_content = array.tobytes()
    data: bytes = proto.SerializeToString()
    return data


def parsed(data: bytes) -> tuple[Any, DType]:
    """Returns the array of a serialized TensorProto, and its type.

    Raises:
      InvalidArgumentError: it is none.
    """
    try:
        proto = TensorProto.FromString(data)
        dtype = as_dtype(proto.dtype)
        array = make_ndarray(proto)
    except (TypeError, ValueError):
        text = data.decode(errors="replace")
        raise invalid(f"Could not parse `serialized` as TensorProto: '{text}'") from None
    return (array[()] if array.ndim == 0 else array.copy()), dtype


@kernel("SerializeTensor")
def _serialize(k: KernelContext) -> Callable[..., bytes]:
    """A tensor as a string."""
    dtype = k.input_dtypes[0]
    return lambda value: serialized(value, dtype)


@kernel("ParseTensor")
def _parse(k: KernelContext) -> Callable[..., Any]:
    """A string as a tensor."""
    wanted = k.attr("out_type")

    def run(value: Any) -> Any:
        if np.ndim(value):
            raise invalid(f"Expected `serialized` to be a scalar, got shape: {raw_shape.to_str(np.shape(value))}")
        found, dtype = parsed(texts_of(value)[0][0])
        if dtype is not wanted:
            raise invalid(f"Type mismatch between parsed tensor ({cpp_name(dtype)}) and dtype ({cpp_name(wanted)})")
        return found

    return run


@kernel("DecodeJSONExample")
def _json(k: KernelContext) -> Callable[..., Any]:
    """Examples from JSON."""
    del k

    def run(value: Any) -> Any:
        items, shape = texts_of(value)
        return texts([_example(item) for item in items], shape)

    return run


def _example(text: bytes) -> bytes:
    from google.protobuf import json_format

    from tangraph_interop.messages import Example
    from tangraph_interop.wire import codec

    message = codec.protobuf_class(Example)()
    try:
        json_format.Parse(text, message)
    except json_format.ParseError as error:
        raise invalid(f"Error while parsing JSON: {error}") from None
    data: bytes = message.SerializeToString(deterministic=True)
    return data


@export("serialize_tensor", "io.serialize_tensor")
def serialize_tensor(tensor: Any, name: str | None = None) -> Tensor:
    """Returns a tensor as a string scalar, a serialized TensorProto, which :func:`parse_tensor` reads."""
    result: Tensor = make_op(SERIALIZE, tensor, name=name)
    return result


@export("parse_tensor", "io.parse_tensor")
def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Tensor:
    """Returns the tensor that a string holds.

    Args:
      serialized: a string scalar, a serialized TensorProto.
      out_type: its type.
      name: the operation's name.

    In a run it raises InvalidArgumentError for a string that is none, or of another type.
    """
    result: Tensor = make_op(PARSE, serialized, out_type=out_type, name=name)
    return result


@export("decode_json_example", "io.decode_json_example")
def decode_json_example(json_examples: Any, name: str | None = None) -> Tensor:
    """Returns tf.train.Example messages written as JSON as serialized ones.

    Args:
      json_examples: strings of any shape.
      name: the operation's name.
    """
    result: Tensor = make_op(JSON, json_examples, name=name)
    return result
