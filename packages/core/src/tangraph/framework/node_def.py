"""Between Tangraph's own nodes and the NodeDef, AttrValue and GraphDef messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.dtypes import DType
from tangraph.framework.protos import AttrValue, GraphDef, NameAttrList, NodeDef, TensorProto, TensorShapeProto
from tangraph.framework.tensor_shape import TensorShape

if TYPE_CHECKING:
    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation

_MAX_BYTES: Final = 2**31


def to_attr_value(value: Any, kind: str = "") -> AttrValue:
    """Returns an attr as a message; `kind` is the schema's, needed to tell an empty list's type."""
    message = AttrValue()
    if kind.startswith("list(") or (isinstance(value, (list, tuple)) and kind != "shape"):
        inner = kind[5:-1] if kind else ""
        message.list.Clear()
        message.list.SetInParent()
        for item in value:
            field, converted = _scalar(item, inner)
            target = getattr(message.list, field)
            if field in {"shape", "tensor", "func"}:
                target.add().CopyFrom(converted)
            else:
                target.append(converted)
        return message
    field, converted = _scalar(value, kind)
    if field in {"shape", "tensor", "func"}:
        getattr(message, field).CopyFrom(converted)
    else:
        setattr(message, field, converted)
    return message


def _scalar(value: Any, kind: str) -> tuple[str, Any]:
    if kind == "shape":
        return "shape", TensorShape.from_raw(value).as_proto()
    if isinstance(value, DType):
        return "type", value.as_datatype_enum
    if isinstance(value, bool):
        return "b", value
    if isinstance(value, int):
        return "i", value
    if isinstance(value, float):
        return "f", value
    if isinstance(value, str):
        return "s", value.encode()
    if isinstance(value, bytes):
        return "s", value
    if isinstance(value, np.ndarray):
        from tangraph.framework.tensor_proto import make_tensor_proto

        return "tensor", make_tensor_proto(value)
    return "func", value


def from_attr_value(value: Any) -> Any:
    """Returns an AttrValue message (ours or protobuf's) in Tangraph's terms; anything else as it is."""
    if not hasattr(value, "WhichOneof") or isinstance(value, NameAttrList):
        return value
    field = value.WhichOneof("value")
    if field is None:
        return None
    if field == "list":
        items = value.list
        for name in ("s", "i", "f", "b", "type", "shape", "tensor", "func"):
            found = getattr(items, name)
            if len(found):
                return [_from_field(name, v) for v in found]
        return []
    return _from_field(field, getattr(value, field))


def _from_field(field: str, value: Any) -> Any:
    match field:
        case "type":
            return dtypes.as_dtype(value)
        case "shape":
            return shape_from_proto(value)
        case "tensor":
            from tangraph.framework.tensor_proto import make_ndarray

            return make_ndarray(value)
        case "s":
            try:
                return value.decode()
            except UnicodeDecodeError:
                return value
    return value


def shape_from_proto(proto: Any) -> tuple[int | None, ...] | None:
    """Returns a TensorShapeProto as a raw shape."""
    if proto.unknown_rank:
        return None
    return tuple(None if d.size == -1 else int(d.size) for d in proto.dim)


def to_node_def(op: Operation) -> NodeDef:
    """Returns the NodeDef message of an operation."""
    node = NodeDef()
    _write_node(op, node)
    return node


def _write_node(op: Operation, node: NodeDef) -> None:
    node.name, node.op, node.device = op.name, op.type, op.device
    for tensor in op._inputs:
        node.input.append(tensor.op.name if tensor.value_index == 0 else tensor.name)
    for control in op._control_inputs:
        node.input.append(f"^{control.name}")
    for key, value in op.attrs.items():
        schema = op.op_def.attrs.get(key)
        node.attr[key].CopyFrom(to_attr_value(value, schema.kind if schema else ""))


def to_graph_def(graph: Graph, add_shapes: bool = False) -> GraphDef:
    """Returns the GraphDef message of a graph; see `Graph.as_graph_def`.

    Control inputs are sorted by name, as in TensorFlow's GraphDefs; in a NodeDef of its own they are not.
    """
    message = GraphDef()
    message.versions.CopyFrom(graph_def_versions(bool(graph._functions)))
    size = sum(
        value.nbytes for op in graph.get_operations() for value in op.attrs.values() if type(value) is np.ndarray
    )
    if size >= _MAX_BYTES:
        raise ValueError("GraphDef cannot be larger than 2GB.")
    for op in graph.get_operations():
        node = message.node.add()
        _write_node(op, node)
        if len(op._control_inputs) > 1:
            first = len(op._inputs)
            node.input[first:] = sorted(node.input[first:])
        if add_shapes and op.outputs:
            node.attr["_output_shapes"].CopyFrom(to_attr_value([t.raw_shape for t in op.outputs], "list(shape)"))
    if graph._functions:
        from tangraph.functions.library import write_library

        write_library(graph, message.library)
    return message


def graph_def_versions(has_functions: bool = False) -> Any:
    """Returns the version message of the GraphDefs of TensorFlow 1.15; consumers know functions since version 12."""
    versions = GraphDef().versions
    versions.producer = 134
    if has_functions:
        versions.min_consumer = 12
    return versions


__all__ = [
    "TensorProto",
    "TensorShapeProto",
    "from_attr_value",
    "graph_def_versions",
    "shape_from_proto",
    "to_attr_value",
    "to_graph_def",
    "to_node_def",
]
