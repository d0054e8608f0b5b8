"""Zeros in the place of gradients that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.handle_data import handle_data
from tangraph.framework.scopes import control_dependencies
from tangraph.framework.tensor_shape import TensorShape

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


def zeros_like_output(op: Operation, index: int) -> Any:
    """Returns zeros of the shape and type of an output that the results do not depend on.

    For the Switch of a conditional they are made in the branch that runs: the other branch has no value to take the shape
    from.
    """
    from tangraph.ops.control_flow.util import is_switch

    value = op.outputs[index]
    context = op._control_flow_context
    if is_switch(op) and context is not None:
        return _zeros_in_branch(op, value, context)
    if value.dtype is dtypes.resource:
        return _zeros_of_variable(value)
    from tangraph.ops.array.fill import zeros_like

    return zeros_like(value, optimize=False)


def _zeros_in_branch(op: Operation, value: Tensor, context: Any) -> Any:
    from tangraph.ops.array.fill import zeros
    from tangraph.ops.array.identity import identity
    from tangraph.ops.array.shape import shape_internal
    from tangraph.ops.control_flow.switching import switch

    taken = switch(op._inputs[0], context.pred)[1 - context.branch]
    # Control dependencies hang on whole operations and not on the one output of the Switch that has a value.
    pivot = identity(taken)
    if value.dtype is dtypes.resource:
        with control_dependencies([pivot]):
            return _zeros_of_variable(taken)
    sizes = shape_internal(taken, optimize=False)
    with control_dependencies([pivot]):
        return zeros(sizes, dtype=value.dtype.base)


def _zeros_of_variable(handle: Tensor) -> Any:
    from tangraph.framework.make_op import make_op
    from tangraph.ops.array.fill import zeros

    return zeros(make_op("VariableShape", handle))


def zeros_for_source(tensor: Tensor) -> Any:
    """Returns zeros for a source that the results do not depend on; for the handle of a variable, of its value's shape."""
    from tangraph.ops.array.fill import zeros, zeros_like

    if tensor.dtype is dtypes.resource:
        from tangraph.ops.state.resource import variable_shape

        return zeros(variable_shape(tensor), dtype=_value_type(tensor))
    return zeros_like(tensor, dtype=tensor.dtype.base)


def _value_type(handle: Tensor) -> DType:
    return shape_and_dtype(handle)[1]


def shape_and_dtype(tensor: Tensor) -> tuple[TensorShape, DType]:
    """Returns the shape and type of a tensor's gradient: of a variable's handle, those of its value."""
    if tensor.dtype is not dtypes.resource:
        return tensor.shape, tensor.dtype.base
    known = handle_data(tensor)
    return (TensorShape(None), dtypes.float32) if known is None else (TensorShape.from_raw(known[1]), known[0])


def zeros_like(tensor: Tensor) -> Any:
    """Returns zeros of the shape and type of a tensor's gradient."""
    from tangraph.ops.array import fill

    if tensor.dtype is dtypes.resource:
        return fill.zeros(*shape_and_dtype(tensor))
    return fill.zeros_like(tensor)
