"""Checks and normalises the attrs of a node.

Inside Tangraph an attr is a plain value: DType, int, float, bool, str (bytes when it is no text), a raw shape, an
ndarray, an AttrValue-like function reference, or a list of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import dtypes, raw_shape, stacks
from tangraph.framework.dtypes import DType
from tangraph.framework.tensor_shape import Dimension

if TYPE_CHECKING:
    from tangraph.framework.op_def import AttrDef


def normalise(op_type: str, attr: AttrDef, value: Any) -> Any:
    """Returns an attr's value in Tangraph's terms.

    Raises:
      TypeError: it is of the wrong kind.
      ValueError: it is not among the allowed ones.
    """
    kind = attr.kind
    if kind.startswith("list("):
        if not isinstance(value, (list, tuple)):
            if kind == "list(type)" or not hasattr(value, "__iter__"):
                raise TypeError(f"Expected list for attr {attr.name}, obtained {type(value).__name__} instead.")
            value = list(value)
        if attr.minimum is not None and len(value) < attr.minimum:
            raise ValueError(
                f"Attr '{attr.name}' of '{op_type}' Op passed list of length {len(value)} less than minimum "
                f"{attr.minimum}."
            )
        return [_one(op_type, attr, kind[5:-1], v) for v in value]
    result = _one(op_type, attr, kind, value)
    if attr.minimum is not None and result < attr.minimum:
        raise ValueError(f"Attr '{attr.name}' of '{op_type}' Op passed {result} less than minimum {attr.minimum}.")
    return result


def _one(op_type: str, attr: AttrDef, kind: str, value: Any) -> Any:
    if kind == "type":
        dtype = value if type(value) is DType else _as_dtype(attr, value)
        if attr.allowed is not None and dtype.base not in attr.allowed:
            allowed = ", ".join(d.name for d in attr.allowed)
            raise TypeError(
                f"Value passed to parameter '{attr.name}' has DataType {dtype.name} not in list of allowed values: "
                f"{allowed}"
            )
        return dtype.base
    if kind == "int":
        return _as_int(attr, value)
    if kind == "float":
        return _as_float(attr, value)
    if kind == "bool":
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(f"Expected bool for argument '{attr.name}' not {value!r}.")
        return bool(value)
    if kind == "string":
        return _as_string(op_type, attr, value)
    if kind == "shape":
        try:
            return raw_shape.from_value(value)
        except (TypeError, ValueError) as error:
            raise type(error)(f"Error converting {attr.name} to a TensorShape: {error}") from None
    if kind == "func":
        from tangraph.functions.definition import function_reference

        return function_reference(value, attr.name, stacks.get_default_graph())
    return value


def _as_dtype(attr: AttrDef, value: Any) -> DType:
    try:
        return dtypes.as_dtype(value)
    except TypeError as error:
        raise TypeError(f"Expected DataType for argument '{attr.name}' not {value!r}.") from error


def _as_int(attr: AttrDef, value: Any) -> int:
    if isinstance(value, Dimension):
        value = value.value
    if isinstance(value, str):
        raise TypeError(f"Expected int for argument '{attr.name}' not {value!r}.")
    try:
        return int(value)
    except (TypeError, ValueError):
        raise TypeError(f"Expected int for argument '{attr.name}' not {value!r}.") from None


def _as_float(attr: AttrDef, value: Any) -> float:
    if isinstance(value, str):
        raise TypeError(f"Expected float for argument '{attr.name}' not {value!r}.")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"Expected float for argument '{attr.name}' not {value!r}.") from None


def _as_string(op_type: str, attr: AttrDef, value: Any) -> Any:
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            return value
    if not isinstance(value, str):
        raise TypeError(f"Expected string for argument '{attr.name}' not {value!r}.")
    if attr.allowed is not None and value not in attr.allowed:
        raise ValueError(
            f"Attr '{attr.name}' of '{op_type}' Op passed string '{value}' not in: \""
            + '", "'.join(attr.allowed)
            + '".'
        )
    return value
