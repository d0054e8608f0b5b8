"""The schema of an op as TensorFlow's OpDef message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework.node_def import to_attr_value
from tangraph.framework.protos import OpDefProto

if TYPE_CHECKING:
    from tangraph.framework.op_def import ArgDef, AttrDef, OpDef


def op_def_message(op_def: OpDef) -> OpDefProto:
    """Returns a schema as a message."""
    message = OpDefProto(name=op_def.name, is_stateful=op_def.stateful)
    for args, target in ((op_def.inputs, message.input_arg), (op_def.outputs, message.output_arg)):
        for arg in args:
            target.add(**_argument(arg))
    for name in sorted(op_def.attrs):
        _write_attr(message, op_def.attrs[name])
    return message


def _argument(arg: ArgDef) -> dict[str, Any]:
    return {
        "name": arg.name,
        "type": arg.dtype.as_datatype_enum if arg.dtype is not None else None,
        "type_attr": arg.type_attr or None,
        "number_attr": arg.number_attr or None,
        "type_list_attr": arg.type_list_attr or None,
        "is_ref": arg.is_ref or None,
    }


def _write_attr(message: OpDefProto, attr: AttrDef) -> None:
    described = message.attr.add(name=attr.name, type=attr.kind)
    if attr.has_default:
        described.default_value.CopyFrom(to_attr_value(attr.default, attr.kind))
    if attr.minimum is not None:
        described.has_minimum = True
        described.minimum = attr.minimum
    if attr.allowed is not None:
        described.allowed_values.CopyFrom(to_attr_value(list(attr.allowed)))
