"""The hash of a function's definition that TensorFlow puts into the names of functions.

It is taken over the wire format of parts of the FunctionDef, so the few kinds of fields that these have are written here;
whole messages are serialized by tangraph-interop.
"""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework.message_fields import Nested, Repeated, RepeatedNested
from tangraph.framework.protos import OpDefProto, TensorProto
from tangraph.framework.tensor_proto import make_ndarray

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tangraph.framework.message import Message
    from tangraph.framework.protos import AttrValue, FunctionDef, NodeDef

_MASK: Final = (1 << 64) - 1
_SEED: Final = 0xDECAFCAFFE
_FACTOR: Final = 0xC6A4A7935BD1E995
_VARINTS: Final = frozenset({"int32", "int64", "uint32", "uint64", "bool", "enum"})


def function_hash(definition: FunctionDef) -> str:
    """Returns the eleven characters that stand for a definition, whatever its name."""
    h = _op_def_hash(definition.signature)
    for key in sorted(definition.attr):
        h = _combine(_attr_hash(definition.attr[key]), hash64(key.encode(), h))
    h = _combine(_nodes_hash(definition.node_def), h)
    for mapping in (definition.ret, definition.control_ret):
        for key in sorted(mapping):
            h = hash64(mapping[key].encode(), hash64(key.encode(), h))
    return base64.b64encode(struct.pack("<Q", h), b"aA").decode().rstrip("=")


def hash64(data: bytes, seed: int = _SEED) -> int:
    """Returns TensorFlow's Hash64 of bytes (a MurmurHash64A)."""
    h = seed ^ (len(data) * _FACTOR & _MASK)
    whole = len(data) & ~7
    for (k,) in struct.iter_unpack("<Q", data[:whole]):
        k = k * _FACTOR & _MASK
        k = (k ^ (k >> 47)) * _FACTOR & _MASK
        h = (h ^ k) * _FACTOR & _MASK
    if len(data) > whole:
        h = (h ^ int.from_bytes(data[whole:], "little")) * _FACTOR & _MASK
    h = (h ^ (h >> 47)) * _FACTOR & _MASK
    return h ^ (h >> 47)


def _combine(a: int, b: int) -> int:
    return (a ^ (b + 0x9E3779B97F4A7800 + (a << 10) + (a >> 4))) & _MASK


def _op_def_hash(signature: OpDefProto) -> int:
    copy = OpDefProto()
    copy.CopyFrom(signature)
    copy.name = ""
    h = _SEED
    for name in sorted(set(copy.control_output)):
        h = _combine(h, hash64(name.encode()))
    copy.ClearField("control_output")
    return hash64(wire(copy), h)


def _nodes_hash(nodes: Iterable[NodeDef]) -> int:
    h = _SEED
    for node in sorted(nodes, key=lambda n: n.name):
        h = _combine(_node_hash(node), hash64(node.name.encode(), h))
    return h


def _node_hash(node: NodeDef) -> int:
    h = hash64(node.name.encode())
    for text in (node.op, node.device):
        h = hash64(text.encode(), h)
    inputs = [text for text in node.input if not text.startswith("^")]
    for text in (*inputs, *sorted({text for text in node.input if text.startswith("^")})):
        h = hash64(text.encode(), h)
    for key in sorted(key for key in node.attr if not key.startswith("_")):
        h = _combine(_attr_hash(node.attr[key]), hash64(key.encode(), h))
    return h


def _attr_hash(value: AttrValue) -> int:
    kind = value.WhichOneof("value")
    if kind == "tensor":
        return hash64(wire(_as_content(value.tensor)))
    if kind == "func":
        h = hash64(value.func.name.encode())
        attrs: Mapping[str, Any] = value.func.attr
        for key in sorted(attrs):
            h = _combine(_attr_hash(attrs[key]), hash64(key.encode(), h))
        return h
    return hash64(wire(value))


def _as_content(tensor: TensorProto) -> TensorProto:
    """The tensor with its elements as bytes, in whichever fields they stood."""
    array = make_ndarray(tensor)
    made = TensorProto(dtype=tensor.dtype)
    made.tensor_shape.CopyFrom(tensor.tensor_shape)
    if array.dtype == object:
        made.string_val.extend(array.ravel().tolist())
    else:
        made.tensor_content = np.ascontiguousarray(array).tobytes()
    return made


# -- the wire format -----------------------------------------------------------------------------------------------


def wire(message: Message) -> bytes:
    """Returns a message without maps and without fixed numbers in the wire format."""
    parts = []
    for field in message.FIELDS.values():
        if not field.is_set(message):
            continue
        value = getattr(message, field.name)
        if isinstance(field, Nested):
            parts.append(_chunk(field.number, wire(value)))
        elif isinstance(field, RepeatedNested):
            parts.extend(_chunk(field.number, wire(item)) for item in value)
        elif isinstance(field, Repeated):
            parts.append(_repeated(field.number, field.kind, value))
        else:
            parts.append(_scalar(field.number, field.kind, value))
    return b"".join(parts)


def _repeated(number: int, kind: str, values: Any) -> bytes:
    if kind in {"string", "bytes"}:
        return b"".join([_scalar(number, kind, value) for value in values])
    if kind in _VARINTS:
        return _chunk(number, b"".join([_varint(int(value)) for value in values]))
    return _chunk(number, b"".join([struct.pack(_FORMATS[kind], value) for value in values]))


_FORMATS: Final = {"float": "<f", "double": "<d"}


def _scalar(number: int, kind: str, value: Any) -> bytes:
    if kind in _VARINTS:
        return _varint(number << 3) + _varint(int(value))
    if kind == "float":
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    if kind == "double":
        return _varint(number << 3 | 1) + struct.pack("<d", value)
    return _chunk(number, value.encode() if isinstance(value, str) else bytes(value))


def _chunk(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    value &= _MASK
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)
