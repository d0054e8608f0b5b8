"""What is known of the variable, TensorArray or table behind a resource handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes, raw_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tangraph.framework.dtypes import DType
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor

#: Op types that give the handle that they take.
PASS_HANDLES: Final = frozenset(
    {
        "Identity",
        "Switch",
        "Merge",
        "Enter",
        "Exit",
        "NextIteration",
        "RefIdentity",
        "_Alias",
        "_MergeInput",
        "_Merge",
        "TensorArrayGradV3",
        "TensorListPushBack",
        "TensorListPopBack",
        "TensorListSetItem",
        "TensorListScatterIntoExistingList",
        "TensorListResize",
        "TensorListConcatLists",
        "ZerosLike",
    }
)
#: What makes tensor lists: which input is the shape of the elements.
LIST_MAKERS: Final = {
    "EmptyTensorList": 0,
    "TensorListReserve": 0,
    "TensorListFromTensor": 1,
    "TensorListScatter": 2,
    "TensorListScatterV2": 2,
    "TensorListSplit": 1,
}


#: Lookup tables; what is behind their handles is the values.
_TABLES: Final = frozenset(
    {"HashTableV2", "MutableHashTableV2", "MutableHashTableOfTensorsV2", "MutableDenseHashTableV2"}
)


def handle_of(op_type: str, attrs: Mapping[str, Any]) -> tuple[DType, Raw] | None:
    """Returns the (type, shape) of the variable, TensorArray element or table value whose handle an op makes, or None."""
    if op_type == "VarHandleOp":
        return attrs["dtype"], attrs["shape"]
    if op_type in _TABLES:
        return attrs["value_dtype"], attrs.get("value_shape", ())
    if op_type == "TensorArrayV3":
        shape = attrs["element_shape"]
        if attrs["identical_element_shapes"] or raw_shape.is_fully_defined(shape):
            return attrs["dtype"], shape
    return None


def handle_data(tensor: Tensor) -> tuple[DType, Raw] | None:
    """Returns the (type, shape) of what a resource tensor stands for, None when it cannot be told."""
    while tensor.op.type in PASS_HANDLES and tensor.op._inputs:
        tensor = tensor.op._inputs[0]
    known = tensor.graph._handle_data
    found = known.get(tensor) if known else None
    if found is None and tensor.op.type in LIST_MAKERS:
        from tangraph.framework.shape_values import value_as_shape

        shape = tensor.op._inputs[LIST_MAKERS[tensor.op.type]]
        return tensor.op.attrs["element_dtype"], None if shape.raw_shape == () else value_as_shape(shape)
    return found or handle_of(tensor.op.type, tensor.op.attrs)


def copy_handle_data(source: Tensor, target: Tensor) -> None:
    """Notes that a tensor (the argument of a function, the result of a call) stands for what another one does."""
    if source.dtype is dtypes.resource or source.dtype is dtypes.variant:
        known = handle_data(source)
        if known is not None:
            target.graph._handle_data[target] = known
