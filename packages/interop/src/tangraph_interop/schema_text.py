"""Op schemas and types as the texts of errors show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import protos

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.dtypes import DType
    from tangraph.framework.op_def import ArgDef, AttrDef, OpDef

_RUNTIME_NAMES: Final = {"float32": "float", "float64": "double", "float16": "half"}


def type_name(dtype: DType) -> str:
    """Returns the name that TensorFlow's runtime has for a type.

    >>> from tangraph.framework import dtypes
    >>> type_name(dtypes.float32), type_name(dtypes.int32)
    ('float', 'int32')
    """
    base = dtype.base.name
    return _RUNTIME_NAMES.get(base, base) + "_ref" * dtype.is_ref


def type_names(types: Sequence[DType]) -> str:
    """Returns the names of several types, "float, int32"."""
    return ", ".join(type_name(dtype) for dtype in types)


def describe(op_def: OpDef) -> str:
    """Returns a schema on one line."""
    inputs = ", ".join(_argument(arg) for arg in op_def.inputs)
    outputs = ", ".join(_argument(arg) for arg in op_def.outputs)
    attrs = "".join(_attr(op_def.attrs[name]) for name in sorted(op_def.attrs))
    stateful = "; is_stateful=true" if op_def.stateful else ""
    return f"Op<name={op_def.name}; signature={inputs} -> {outputs}{attrs}{stateful}>"


def _argument(arg: ArgDef) -> str:
    kind = arg.type_list_attr or arg.type_attr or (type_name(arg.dtype) if arg.dtype else "")
    if arg.number_attr:
        kind = f"{arg.number_attr}*{kind}"
    return f"{arg.name}:Ref({kind})" if arg.is_ref else f"{arg.name}:{kind}"


def _attr(attr: AttrDef) -> str:
    text = f"; attr={attr.name}:{attr.kind}"
    if attr.has_default:
        text += f",default={_value(attr.default)}"
    if attr.minimum is not None:
        text += f",min={attr.minimum}"
    if attr.allowed is not None:
        text += f",allowed=[{', '.join(_value(item) for item in attr.allowed)}]"
    return text


def _value(value: Any) -> str:
    if hasattr(value, "as_datatype_enum"):
        return protos.DataType.Name(value.as_datatype_enum)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
