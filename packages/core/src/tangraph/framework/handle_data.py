"""What is known of the variable behind a resource handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tangraph.framework.dtypes import DType
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor

#: Op types that give the handle that they take.
PASS_HANDLES: Final = frozenset(
    {"Identity", "Switch", "Merge", "Enter", "Exit", "NextIteration", "RefIdentity", "_Alias", "_MergeInput", "_Merge"}
)


def handle_of(op_type: str, attrs: Mapping[str, Any]) -> tuple[DType, Raw] | None:
    """Returns the (type, shape) of the variable whose handle an op makes, None when it makes none."""
    return (attrs["dtype"], attrs["shape"]) if op_type == "VarHandleOp" else None


def handle_data(tensor: Tensor) -> tuple[DType, Raw] | None:
    """Returns the (type, shape) of the variable that a resource tensor stands for, None when it cannot be told."""
    while tensor.op.type in PASS_HANDLES:
        tensor = tensor.op._inputs[0]
    return handle_of(tensor.op.type, tensor.op.attrs)
